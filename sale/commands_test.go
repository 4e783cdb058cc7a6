package sale

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"
)

// replies are the replies among some deeds, and whether a write stands behind one of them.
func replies(deeds []Deed) (out []Reply, early bool) {
	for _, d := range deeds {
		switch d := d.(type) {
		case Reply:
			out = append(out, d)
		case Write:
			early = early || len(out) > 0
		}
	}
	return out, early
}

func TestEveryCommandIsAnsweredOnceAfterItsWrite(t *testing.T) {
	commands := []Command{
		ClearSlot{Slot: 1, By: "anna"}, ClearSlot{Slot: 9, By: "anna"}, ClearSlot{Slot: 1, Fault: FaultJam, By: "anna"}, CountStock{Slot: 1, Stock: 3, Was: 1 << 30, By: "anna"},
		CountStock{Slot: 1, Stock: 4, Was: 9, By: "anna"}, ClearStop{By: "anna"}, SetOnSale{Slot: 1, By: "anna"}, SetOnSale{Slot: 1, By: "anna"}, SetOnSale{Slot: 1, On: true, By: "anna"},
		EditProduct{Slot: 1, Name: "tea", Fen: 300, Stock: -1, By: "anna"}, EditProduct{Slot: 1, By: "anna"}, BeginTestVend{Slot: 1, By: "anna"}, SetMaintenance{By: "anna"},
		SetMaintenance{On: true, By: "anna"}, BeginTestVend{Slot: 1, By: "anna"}, BeginTestVend{Slot: 2, By: "anna"}, SetMaintenance{By: "anna"}, EndTestVend{Slot: 1, Dropped: true, By: "anna"},
		DecideOrder{No: "K1-1", Event: Settled, By: "anna"}, NoteAct{Act: ActSignIn, By: "anna"}, NoteAct{Act: "no such act", By: "anna"}, NoteAct{Act: ActBackup},
	}
	want := []Refusal{"", RefusedSlot, RefusedOther, "", RefusedMoved, "", "", RefusedOffAlready, "", "", RefusedInvalid, RefusedInService, RefusedInAlready,
		"", "", RefusedTurning, RefusedTurning, "", RefusedSettled, "", RefusedInvalid, RefusedInvalid}
	kinds := map[reflect.Type]bool{}
	w := calmWorld(t)
	for i, cmd := range commands {
		kinds[reflect.TypeOf(cmd)] = true
		deeds := w.shop.Step(w.instant(), cmd)
		got, early := replies(deeds)
		if len(got) != 1 || early || got[0].Refusal != want[i] {
			t.Errorf("%T %+v: answered %+v, before its write: %v; want %q", cmd, cmd, got, early, want[i])
		}
		if wrote := len(deeds) > 0 && reflect.TypeOf(deeds[0]) == reflect.TypeFor[Write](); wrote != (want[i] == "") {
			t.Errorf("%T %+v: refused with %q, written: %v", cmd, cmd, want[i], wrote)
		}
	}
	if len(kinds) != 10 {
		t.Errorf("only %d kinds of commands were tried", len(kinds))
	}
	asleep := &Shop{}
	if got, _ := replies(asleep.Step(Instant{}, ClearStop{By: "anna"})); len(got) != 1 || got[0].Refusal != RefusedStarting {
		t.Errorf("before the book is read: %+v", got)
	}
}

func TestARefusalNamesWhatTheSlotHoldsNow(t *testing.T) {
	w := calmWorld(t)
	got, _ := replies(w.shop.Step(w.instant(), CountStock{Slot: 2, Stock: 4, Was: 9, By: "anna"}))
	if len(got) != 1 || got[0].Refusal != RefusedMoved || got[0].Product.Stock != 1<<30 || got[0].Product.Slot != 2 {
		t.Errorf("a count that was made from an old number: %+v", got)
	}
	no := w.qr(t, 2)
	got, _ = replies(w.shop.Step(w.instant(), CountStock{Slot: 2, Stock: 4, Was: 1 << 30, By: "anna"}))
	if len(got) != 1 || got[0].Refusal != RefusedSelling {
		t.Errorf("a count under a customer of %s: %+v", no, got)
	}
}

// Rule 16: the gateway must have been silent about an order in Closing for a week, or have denied it for a month.
func TestAnOrderInClosingIsSettledOnlyAfterAWeekOrAMonth(t *testing.T) {
	for reason, limit := range map[string]time.Duration{ReasonSilent: settleQuiet, ReasonUnknown: settleMissing} {
		for _, quiet := range []time.Duration{limit - time.Minute, limit} {
			w := calmWorld(t)
			w.wait(steadyFor) // sooner a limit of days does not believe the wall
			at := w.instant()
			o := &activeOrder{Order: Order{No: "K1-7", State: Closing, Merchant: w.shop.Merchant, Reason: reason, Updated: at.Wall.Add(-quiet)}, Heard: at.Mono, Closing: closingState{DeniedSince: at.Mono}, Due: never}
			w.shop.orders = append(w.shop.orders, o)
			w.shop.now = at
			may := quiet >= limit
			if got := w.shop.Snapshot().Settleable; len(got) > 0 != may {
				t.Errorf("%s for %v: the page is offered %v", reason, quiet, got)
			}
			got, _ := replies(w.shop.Step(at, DecideOrder{No: "K1-7", Event: Settled, By: "anna", How: "cash", Note: "x"}))
			if len(got) != 1 || (got[0].Refusal == "") != may || !may && got[0].Refusal != RefusedEarly {
				t.Errorf("%s for %v: answered %+v", reason, quiet, got)
			}
		}
	}
}

// doing runs a clerk over a counter, and gives it a command once it is awake.
func doing(t *testing.T, book *counter, do func(t *testing.T, c *Clerk)) {
	synctest.Test(t, func(t *testing.T) {
		c := &Clerk{
			Open: func() *Shop { return &Shop{Kiosk: "K1", Merchant: Merchant{MchID: "m"}} }, Gateway: book, Book: book, Dispenser: book, Screen: book, Scanner: book,
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- c.Run(ctx) }()
		synctest.Wait()
		do(t, c)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestACommandIsAnsweredWhenItIsOnDisk(t *testing.T) {
	book := &counter{}
	doing(t, book, func(t *testing.T, c *Clerk) {
		before := book.writes
		r, err := c.Do(t.Context(), SetMaintenance{On: true, By: "anna"})
		if err != nil || r.Refusal != "" || book.writes != before+1 || c.Snapshot().Maintenance != "anna" {
			t.Errorf("answered %+v, %v after %d writes; the page sees %q", r, err, book.writes-before, c.Snapshot().Maintenance)
		}
		if r, err := c.Do(t.Context(), SetMaintenance{On: true, By: "bo"}); err != nil || r.Refusal != RefusedOutAlready {
			t.Errorf("a second one: %+v, %v", r, err)
		}
	})
}

func TestACommandWhoseWriteFailedIsNotKnown(t *testing.T) {
	book := &counter{}
	doing(t, book, func(t *testing.T, c *Clerk) {
		book.failAt, book.failFor = book.writes+1, 1
		if r, err := c.Do(t.Context(), SetMaintenance{On: true, By: "anna"}); !errors.Is(err, ErrUnknown) {
			t.Errorf("answered %+v, %v", r, err)
		}
		if _, err := c.Do(t.Context(), ClearStop{By: "anna"}); err == nil || errors.Is(err, ErrUnknown) {
			t.Errorf("while the book cannot be written: %v", err)
		}
	})
}

func TestAFullInboxIsBusyAndAnEndedContextNotKnown(t *testing.T) {
	var b inbox
	b.open()
	b.takeCommands(true)
	for range maxInbox {
		b.putInput(Tick{}, false)
	}
	if err := b.sendCommand(message{in: ClearStop{}, reply: make(chan Reply, 1)}); !errors.Is(err, ErrBusy) {
		t.Errorf("a full inbox: %v", err)
	}
	c := &Clerk{}
	c.inbox.open()
	c.inbox.takeCommands(true)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Do(ctx, ClearStop{By: "anna"}); !errors.Is(err, ErrUnknown) || !errors.Is(err, context.Canceled) {
		t.Errorf("the one who asked is gone: %v", err)
	}
	waiting := make(chan Reply, 1)
	if err := c.inbox.sendCommand(message{in: ClearStop{}, reply: waiting}); err != nil {
		t.Fatal(err)
	}
	c.inbox.takeCommands(false)
	if _, ok := <-waiting; ok {
		t.Error("the end of a life answered a command")
	}
}
