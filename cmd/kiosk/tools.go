package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"kiosk/display"
	"kiosk/hw"
	"kiosk/sale"
	"kiosk/status"
)

const (
	pictureFor = 30 * time.Second
	scanFor    = 20 * time.Second
)

var (
	errInService = errors.New("the kiosk is in service: begin maintenance first")
	errTurning   = errors.New("a test vend turns a motor: wait until it has stopped")
	errNotTaken  = errors.New("no motor was turned: the kiosk did not take the test vend; look at how it stands, and try again")
)

// bench tells why nobody may work at the machine now: it must be in maintenance, and its front empty.
func (k *kiosk) bench() error {
	switch s := k.clerk.Snapshot(); {
	case s.Maintenance == "":
		return errInService
	case s.Live:
		return status.ErrServing
	case s.Testing != 0:
		return errTurning
	}
	return nil
}

// tools are what a technician may do at the machine from the page.
func (k *kiosk) tools() status.Tools {
	t := status.Tools{
		TestVend: k.testVend, Picture: func(name string) error { return k.screen.Test(name, pictureFor) },
		Reconcile: k.reconcileNow, Backup: k.backupTo, Bundle: k.bundle, Restart: k.restart,
	}
	if m, err := panelModel(&k.conf); err == nil {
		for _, p := range display.TestPictures(m) {
			t.Pictures = append(t.Pictures, status.Picture{Name: p.Name, ZH: p.ZH, EN: p.EN})
		}
	}
	if k.scanner != nil {
		t.ScanTest = k.scanTest
	}
	if k.cues != nil {
		t.Locate = func() { k.cue(hw.SignalLocate) }
	}
	return t
}

// testVend turns a motor for a technician. The shop is asked first: from then on no sale can begin, for the maintenance
// does not end before the motor has stopped, and a power cut leaves a line.
func (k *kiosk) testVend(ctx context.Context, slot int, who status.Person) (bool, string, error) {
	n := sale.Slot(slot)
	reply, err := k.clerk.Do(ctx, sale.BeginTestVend{Slot: n, By: who.Name, From: who.From})
	if err != nil { // it may have been taken all the same: without an end no maintenance would ever end
		k.clerk.Post(sale.EndTestVend{Slot: n, By: who.Name, From: who.From})
		return false, "", errNotTaken
	}
	if err := testRefused(reply.Refusal); err != nil {
		return false, "", err
	}
	ctx = context.WithoutCancel(ctx)
	dropped, fault := k.drops.Vend(ctx, slot)
	_, err = k.clerk.Do(ctx, sale.EndTestVend{Slot: n, Dropped: dropped, Fault: fault, By: who.Name, From: who.From})
	if err != nil {
		say("the book did not take what a test vend came to: " + err.Error())
	}
	return dropped, fault, nil
}

// testRefused is why the shop lets no motor turn for a test.
func testRefused(why sale.Refusal) error {
	switch why {
	case "":
		return nil
	case sale.RefusedInService:
		return errInService
	case sale.RefusedServing:
		return status.ErrServing
	case sale.RefusedTurning:
		return errTurning
	}
	return errNotTaken
}

// scanTrial takes the next code away from the sale.
type scanTrial struct {
	mu   sync.Mutex
	kind chan string
}

// take hands a code's kind to a trial, if one is under way.
func (t *scanTrial) take(kind string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kind == nil {
		return false
	}
	t.kind <- kind // it has room for one
	t.kind = nil
	return true
}

func (t *scanTrial) begin() (<-chan string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kind != nil {
		return nil, false
	}
	t.kind = make(chan string, 1)
	return t.kind, true
}

func (t *scanTrial) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kind = nil
}

func (k *kiosk) scanTest(ctx context.Context) (string, error) {
	if err := k.bench(); err != nil {
		return "", err
	}
	kind, ok := k.trial.begin()
	if !ok {
		return "", errors.New("a scan test is under way: hold a code to the module")
	}
	defer k.trial.end()
	k.ears.test(true)
	defer k.ears.test(false)
	over := time.After(scanFor)
	for k.bench() == nil {
		select {
		case read := <-kind:
			return read, nil
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(200 * time.Millisecond): // a customer may come as soon as the maintenance ends
			continue
		case <-over:
		}
		return "", fmt.Errorf("nothing was read in %v: hold a payment code 10 cm before the module, at full brightness", scanFor)
	}
	return "", errInService
}

// ears are the scan module as the clerk arms it, with a technician's test beside.
type ears struct {
	sale.Scanner
	mu     sync.Mutex
	wanted bool // by the clerk
	tested bool
}

// Arm is the clerk's word.
func (e *ears) Arm(on bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.wanted = on
	e.Scanner.Arm(e.wanted || e.tested)
}

func (e *ears) test(on bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tested = on
	e.Scanner.Arm(e.wanted || e.tested)
}

func (k *kiosk) reconcileNow(ctx context.Context, day time.Time) error {
	g, ok := k.clerk.Gateway.(biller)
	if !ok {
		return fmt.Errorf("api %s fetches no bills", k.conf.Pay.API)
	}
	last, err := k.reconcileDay(ctx, g, day)
	if err == nil {
		k.days.note(last, nil)
	}
	return err
}
