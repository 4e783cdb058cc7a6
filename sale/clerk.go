package sale

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Clerk carries out a Shop's deeds in the world and brings back what came of them.
// A failed write ends the Shop's life: outputs go off, and a new Shop is built from the book by waking.
type Clerk struct {
	Open      func() *Shop // a new, empty shop for each life
	Gateway   Gateway
	Book      Book
	Dispenser Dispenser
	Screen    Screen
	Scanner   Scanner
	Wall      func() (now time.Time, synced bool) // nil: the system clock, never synchronised
	Draw      func() string                       // fresh random characters for Number; nil: crypto/rand
	Log       func(line string)                   // nil: nothing is logged
	Recorder  Recorder                            // nil: nothing is recorded
	Observe   func(Observation)                   // is called after each write, call and vend, and must not block; nil: nobody watches

	inbox           inbox
	codes           codes
	clock           clock
	lastBeat        atomic.Int64 // when the clerk last showed that it does not hang, on the monotonic clock
	snapshot        atomic.Pointer[Snapshot]
	running         sync.WaitGroup // calls and vends of the life that is ending
	uninterruptible atomic.Int32   // charges and vends under way: they are waited for when the service stops
	quarantined     []No           // orders whose last move the book refused
	unwritten       []Batch        // what came of vends, and the book could not take
	dropped         atomic.Int64   // presses, scans and edges for which the inbox had no room
	parts           map[string]Input
	partMu          sync.Mutex
}

// Observation is a deed that has come to its end.
type Observation struct {
	Deed    Deed // a Write, Call or Vend
	Began   time.Time
	Took    time.Duration
	Err     error // of a Write or Call
	Dropped bool  // of a Vend
}

const (
	writeFor = 10 * time.Second
	aliveFor = 15 * time.Second
	maxRetry = 5 * time.Second
)

// Run serves customers until ctx ends; then it waits for the motor and the charge under way, and writes what came of them.
func (c *Clerk) Run(ctx context.Context) error {
	c.clock.start(c.Wall)
	c.inbox.open()
	pause := time.Second
	for {
		began := c.clock.mono()
		l, err := c.runLife(ctx)
		if err == nil {
			c.awaitDeeds(&c.running)
			return nil
		}
		c.Dispenser.Off()
		c.log(fmt.Sprintf("the book did not take a page, nothing is sold until it does: %v", err))
		c.Scanner.Arm(false)
		c.showBookClosed(err)
		c.awaitDeeds(&c.running)
		if l != nil {
			l.keepOutcomes()
		}
		if c.clock.mono()-began > time.Minute {
			pause = time.Second
		}
		if !c.waitWritable(ctx, &pause) {
			return nil
		}
	}
}

// waitWritable waits until the book can be written again, or the service is stopped.
func (c *Clerk) waitWritable(ctx context.Context, pause *time.Duration) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(*pause):
		}
		*pause = min(2**pause, maxRetry)
		c.lastBeat.Store(int64(c.clock.mono()))
		wctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeFor)
		err := c.Book.CheckWritable(wctx)
		cancel()
		if err == nil {
			err = c.writeOutcomes(ctx)
		}
		c.lastBeat.Store(int64(c.clock.mono()))
		if err == nil {
			return true
		}
		c.showBookClosed(err)
	}
}

// awaitDeeds waits until the deeds of an ended life have come to their end, and keeps the beat meanwhile.
func (c *Clerk) awaitDeeds(wg *sync.WaitGroup) {
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	for {
		select {
		case <-done:
			return
		case <-time.After(time.Second):
			c.lastBeat.Store(int64(c.clock.mono()))
		}
	}
}

// showBookClosed shows that nothing is sold because of the book.
func (c *Clerk) showBookClosed(err error) {
	why := []Why{{"book", fmt.Sprintf("the book cannot be written: %v", err)}}
	old := c.Snapshot()
	v := View{Screen: ScreenClosed, Why: why}
	c.snapshot.Store(&Snapshot{Why: why, Cloud: old.Cloud, Clock: old.Clock, Products: old.Products, Open: old.Open, Owed: old.Owed, Doubts: old.Doubts, View: v, Front: v.frontOf()})
	if c.Recorder != nil {
		c.Recorder.Show(c.clock.instant(), v)
	}
	c.Screen.Show(v)
}

// Post hands an input to the shop. It never blocks. When the shop is far behind, presses, scans and edges are dropped.
func (c *Clerk) Post(in Input) {
	switch in := in.(type) {
	case Health:
		c.keepPart("health "+in.Part, in)
	case Beam:
		c.keepPart(fmt.Sprintf("beam %d", in.Slot), in)
	case Located:
		c.keepPart("address", in)
	}
	_, press := in.(Pressed)
	_, scan := in.(Scanned)
	_, edge := in.(Edge)
	if !c.inbox.putInput(in, !press && !scan && !edge) {
		c.dropped.Add(1)
	}
}

// Do hands a person's command to the shop and brings back its answer, after what it wrote is on disk. ErrUnknown
// means that it is not known whether the shop did it; any other error means that it did not.
func (c *Clerk) Do(ctx context.Context, cmd Command) (Reply, error) {
	answer := make(chan Reply, 1)
	if err := c.inbox.sendCommand(message{in: cmd, reply: answer}); err != nil {
		return Reply{}, err
	}
	select {
	case r, ok := <-answer:
		if !ok {
			return Reply{}, ErrUnknown
		}
		return r, nil
	case <-ctx.Done():
		return Reply{}, fmt.Errorf("%w: %w", ErrUnknown, ctx.Err())
	}
}

// keepPart keeps the newest word of a part of the machine: the next life must be told it again.
func (c *Clerk) keepPart(key string, in Input) {
	c.partMu.Lock()
	defer c.partMu.Unlock()
	if c.parts == nil {
		c.parts = map[string]Input{}
	}
	c.parts[key] = in
}

// Press is the key of a slot.
func (c *Clerk) Press(slot int) { c.Post(Pressed{Slot: Slot(slot), Draw: c.draw()}) }

// PressBlocked is the key of a slot whose light barrier just failed its test.
func (c *Clerk) PressBlocked(slot int) {
	c.Post(Pressed{Slot: Slot(slot), Draw: c.draw(), Blocked: true})
}

// GiveUp is the cancel key.
func (c *Clerk) GiveUp() { c.Post(GaveUp{}) }

// Scan takes what the scan module read. The text stays in memory, behind a handle.
func (c *Clerk) Scan(text, kind string) {
	h := c.codes.keepCode(text)
	c.Post(Scanned{Code: h, Wallet: kind, Draw: c.draw()})
}

// NoteUnread notes that something was held to the scan module that is no code.
func (c *Clerk) NoteUnread() { c.Post(Scanned{Wallet: KindUnread}) }

// Snapshot is the shop as it was after its last step.
func (c *Clerk) Snapshot() Snapshot {
	if s := c.snapshot.Load(); s != nil {
		return *s
	}
	v := View{Screen: ScreenClosed, Why: []Why{{NotReadyStarting, "the book is not read yet"}}}
	return Snapshot{Why: v.Why, View: v, Front: v.frontOf()}
}

// Alive reports whether the clerk still takes steps, or waits for the book without hanging.
func (c *Clerk) Alive() bool {
	return c.snapshot.Load() != nil && c.clock.mono()-time.Duration(c.lastBeat.Load()) < aliveFor
}

func (c *Clerk) observe(o Observation) {
	if c.Observe != nil {
		o.Took = time.Since(o.Began)
		c.Observe(o)
	}
}

func (c *Clerk) log(line string) {
	if c.Log != nil {
		c.Log(line)
	}
}

func (c *Clerk) draw() string {
	if c.Draw != nil {
		return c.Draw()
	}
	return drawNumber()
}
