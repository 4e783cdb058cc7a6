package onsite

import (
	"context"
	"errors"
	"sync"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/sale"
	"kiosk/status"
)

// writePatience is how long a restart waits for its line: a book that takes longer is why somebody restarts.
const writePatience = 3 * time.Second

// Bench is what a technician does with the machine from its page.
type Bench struct {
	Shop interface {
		Shop
		Do(ctx context.Context, cmd sale.Command) (sale.Reply, error)
	}
	Dispenser  sale.Dispenser
	Scan       *ScanTest
	IsAttended func() bool
	Stop       func() // ends the service
	Log        func(line string)
}

// Check returns why nobody may work at the machine now: it must be in maintenance, and its front empty.
func (b *Bench) Check() error {
	switch s := b.Shop.Snapshot(); {
	case s.Maintenance == "":
		return status.ErrInService
	case s.Live:
		return status.ErrServing
	case s.Testing != 0:
		return status.ErrTurning
	}
	return nil
}

// TestScan lets the scan module look.
func (b *Bench) TestScan(ctx context.Context) (kind string, err error) {
	if err := b.Check(); err != nil {
		return "", err
	}
	return b.Scan.Run(ctx)
}

// TestVend turns a motor for a technician. The shop is asked first: from then on no sale can begin, for the maintenance
// does not end before the motor has stopped, and a power cut leaves a line.
func (b *Bench) TestVend(ctx context.Context, slot int, who status.Person) (dropped bool, fault string, err error) {
	n := sale.Slot(slot)
	reply, err := b.Shop.Do(ctx, sale.BeginTestVend{Slot: n, By: who.Name, From: who.From})
	if err != nil {
		if errors.Is(err, sale.ErrUnknown) { // it may have been taken: without an end no maintenance would ever end
			b.Shop.Post(sale.EndTestVend{Slot: n, By: who.Name, From: who.From})
		}
		return false, "", status.ErrNotTurned
	}
	if err := explainRefusal(reply.Refusal); err != nil {
		return false, "", err
	}
	ctx = context.WithoutCancel(ctx)
	pieces, fault := b.Dispenser.Vend(ctx, slot)
	dropped = pieces > 0
	end := sale.EndTestVend{Slot: n, Dropped: dropped, Fault: fault, By: who.Name, From: who.From}
	_, err = b.Shop.Do(ctx, end)
	if errors.Is(err, sale.ErrBusy) { // a post is always taken
		b.Shop.Post(end)
	} else if err != nil {
		b.Log("the book did not take what a test vend came to: " + config.OneLine(err))
	}
	return dropped, fault, nil
}

// explainRefusal says why the shop lets no motor turn for a test.
func explainRefusal(why sale.Refusal) error {
	switch why {
	case "":
		return nil
	case sale.RefusedInService:
		return status.ErrInService
	case sale.RefusedServing:
		return status.ErrServing
	case sale.RefusedTurning:
		return status.ErrTurning
	}
	return status.ErrNotTurned
}

// Restart writes down who ends the service, and returns how: a stop as the service manager's, which starts it again. A
// book that takes no line holds nobody up.
func (b *Bench) Restart(ctx context.Context, who status.Person) (end func(), err error) {
	if b.IsAttended() {
		return nil, status.ErrServing
	}
	ctx, cancel := context.WithTimeout(ctx, writePatience)
	defer cancel()
	if _, err := b.Shop.Do(ctx, sale.NoteAct{Act: sale.ActRestart, By: who.Name, From: who.From}); err != nil {
		b.Log("the book did not take it: restarted the program, by " + sale.FullName(who.Name, who.From))
	}
	return b.Stop, nil
}

// scanTestTime is how long a technician has to find a code and hold it to the module.
const scanTestTime = 20 * time.Second

// ScanTest stands between the clerk and the scan module, and lets a technician have the next code instead of a sale. The
// clerk arms the module only for a customer, so that ends a test: the customer's code is a sale's.
type ScanTest struct {
	Scanner sale.Scanner

	mu    sync.Mutex
	armed bool        // by the clerk
	kind  chan string // with room for the one code; closed for a customer; nil: no test is under way
}

// Arm is the clerk's word.
func (t *ScanTest) Arm(on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if on && t.kind != nil {
		close(t.kind)
		t.kind = nil
	}
	t.armed = on
	t.Scanner.Arm(t.armed || t.kind != nil)
}

// TakeCode hands a code's kind to the test, if one is under way.
func (t *ScanTest) TakeCode(kind string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kind == nil {
		return false
	}
	t.kind <- kind
	t.kind = nil
	return true
}

// IsRunning reports whether a test is under way.
func (t *ScanTest) IsRunning() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kind != nil
}

// Run waits for one code, and returns of what kind it was.
func (t *ScanTest) Run(ctx context.Context) (string, error) {
	kind, ok := t.beginTest()
	if !ok {
		return "", status.ErrScanning
	}
	defer t.endTest()
	select {
	case read, ok := <-kind:
		if !ok {
			return "", status.ErrInService
		}
		return read, nil
	case <-ctx.Done():
		return "", ctx.Err()
	case <-time.After(scanTestTime):
		return "", status.ErrNothingRead
	}
}

// beginTest arms the module beside the clerk.
func (t *ScanTest) beginTest() (<-chan string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kind != nil {
		return nil, false
	}
	t.kind = make(chan string, 1)
	t.Scanner.Arm(true)
	return t.kind, true
}

// endTest leaves the module as the clerk wants it.
func (t *ScanTest) endTest() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kind = nil
	t.Scanner.Arm(t.armed)
}
