package sale

import (
	"cmp"
	"slices"
	"testing"
	"time"
)

// stalls counts what a person was told of an order that does not come to its end.
func (w *world) stalls(no No) (n int) {
	for _, p := range w.pages {
		for _, a := range p.Alarms {
			if a.Kind == "stalled" && a.No == no {
				n++
			}
		}
	}
	return n
}

// never makes every answer about an order lack a field: to the shop it is an error.
func (w *world) never(of No) {
	w.mute = of
}

func TestWhatNeverComesToItsEndReachesAPersonInHours(t *testing.T) {
	closing := func(t *testing.T, w *world) No {
		no := w.qr(t, 1)
		w.press(1)
		return no
	}
	refunding := func(t *testing.T, w *world) No { return w.stuckOrder(t, 1) }
	returned := func(w *world, no No, how string) func(Call) (Answer, bool) {
		return func(c Call) (Answer, bool) {
			if c.Kind == KindRefund {
				return Answer{Outcome: OutcomeAccepted}, true
			}
			a := w.gate.money(w.gate.orders[no], OutcomeReturned)
			a.Refund, a.Pending = how, how == RefundPending
			return a, c.Kind == KindQuery && c.Order.No == no && len(w.sent(KindRefund, no)) > 0
		}
	}
	for what, c := range map[string]struct {
		begin func(*testing.T, *world) No
		then  func(*world, No)
		state State
		why   string
		after time.Duration
	}{
		"paid without a time, for ever": {closing, (*world).never, Closing, ReasonSilent, stallAfter},
		"a cancel refused for ever": {closing, func(w *world, no No) {
			w.answer = func(c Call) (Answer, bool) {
				return Answer{Outcome: map[bool]Outcome{true: OutcomeUnpaid, false: OutcomeDenied}[c.Kind == KindQuery]}, c.Order.No == no
			}
		}, Closing, ReasonOverdue, stallAfter},
		"a refund without a whole answer": {refunding, (*world).never, Refunding, ReasonOverdue, stallAfter},
		"NOTSURE for ever":                {refunding, func(w *world, no No) { w.answer = returned(w, no, "") }, Refunding, ReasonOverdue, stallAfter},
		"PROCESSING for ever":             {refunding, func(w *world, no No) { w.answer = returned(w, no, RefundPending) }, Refunding, ReasonOverdue, pendingAfter},
	} {
		w := calmWorld(t)
		no := c.begin(t, w)
		w.wait(4 * time.Second)
		c.then(w, no)
		w.wait(c.after - time.Minute)
		if n := w.stalls(no); n != 0 || len(w.shop.Snapshot().Stalled) != 0 {
			t.Errorf("%s: told %d times already, %v", what, n, w.shop.Snapshot().Stalled)
		}
		w.wait(2 * time.Hour) // a refund under way is looked at each hour
		if s := w.shop.Snapshot(); w.state(no) != c.state || w.stalls(no) != 1 || !slices.Equal(s.Stalled, []Stall{{no, c.why}}) || !s.Ready {
			t.Errorf("%s: %s for hours, and a person is told %d times: %v, %v", what, w.state(no), w.stalls(no), s.Stalled, s.Why)
		}
		w.wait(20 * time.Hour)
		for range 40 { // a kiosk whose power fails again and again
			w.restart(nil)
			w.wait(5 * time.Minute)
		}
		if n := w.stalls(no); n > 2 {
			t.Errorf("%s: told %d times", what, n)
		}
		// The way out: the owner gives the money back on the platform, and the kiosk sees it.
		w.mute, w.answer = "", func(c Call) (Answer, bool) {
			paid := cmp.Or(c.Order.Money.Transaction, "T1") // another one would be a second payment
			a := Answer{Outcome: OutcomeReturned, Code: "REFUND", Returned: 100, Money: Money{paid, 100, "CNY", w.instant().Wall}}
			return a, c.Kind == KindQuery && c.Order.No == no
		}
		w.wait(2 * time.Hour)
		if w.state(no) != Refunded || len(w.shop.Snapshot().Stalled) != 0 {
			t.Errorf("%s: refunded on the platform, and %s, %v", what, w.state(no), w.shop.Snapshot().Stalled)
		}
	}
}

func TestWhatWaitsForThePersonIsTold(t *testing.T) {
	w := calmWorld(t)
	w.answer = func(c Call) (Answer, bool) {
		return Answer{Outcome: OutcomeDenied, Code: "NOTENOUGH"}, c.Kind == KindRefund
	}
	no := w.stuckOrder(t, 1)
	w.wait(time.Minute)
	if s := w.shop.Snapshot().Stalled; !slices.Equal(s, []Stall{{no, ReasonBalance}}) {
		t.Errorf("the balance is low, and the owner reads %v", s)
	}
	w.answer = nil
	w.wait(2 * time.Hour)
	if s := w.shop.Snapshot().Stalled; len(s) != 0 || w.state(no) != Refunded {
		t.Errorf("%v, %s", s, w.state(no))
	}
	no = w.qr(t, 2)
	w.tell(Answered{Deed: KindQuery, No: no}) // nobody waits for it
	w.press(2)
	w.wait(5 * time.Second)
	for w.shop.findOrder(no).Call.Kind != KindQuery {
		w.wait(100 * time.Millisecond)
	}
	w.tell(Answered{Deed: KindQuery, No: no, Answer: Answer{Code: "FOO"}, Err: "trade_state FOO decides nothing"})
	if s := w.shop.Snapshot().Stalled; !slices.Equal(s, []Stall{{no, StallWord}}) {
		t.Errorf("a word that nobody knows, and the owner reads %v", s)
	}
}

// An order of days ago that is paid late, and paid back within a minute, is nothing to look at.
func TestALatePaymentThatGoesBackAtOnceDisturbsNobody(t *testing.T) {
	w, no, _ := lostCharge(t)
	w.wait(3 * 24 * time.Hour)
	w.restart(nil)
	w.wait(time.Minute)
	w.gate.orders[no] = paidLate(w, no)
	o := w.book.orders[no]
	w.seen = func(Input, []Deed) {
		if s := w.shop.Snapshot().Stalled; len(s) != 0 {
			t.Fatalf("told of %v", s)
		}
	}
	w.tell(Nudged{No: no, Known: &o})
	w.wait(10 * time.Minute)
	if w.state(no) != Refunded || w.stalls(no) != 0 {
		t.Errorf("%s, told %d times", w.state(no), w.stalls(no))
	}
}
