package sale

import (
	"testing"
	"time"
)

// nights lets days go by in a shop that switches its kiosk off every night.
func (w *world) nights(days int) {
	for range days {
		w.wait(14 * time.Hour)
		w.cut(10 * time.Hour)
		w.wait(10*time.Hour + steadyFor + time.Minute)
	}
}

// silence takes the gateway away, or brings it back.
func (w *world) silence(on bool) { w.calm, w.gate.away = !on, on }

// silentOrder is an order whose customer was there while the gateway went away.
func (w *world) silentOrder(t *testing.T) No {
	t.Helper()
	no := w.qr(t, 1)
	w.silence(true)
	w.wait(10 * time.Minute)
	if w.state(no) != Closing {
		t.Fatalf("%s is %s", no, w.state(no))
	}
	return no
}

// A kiosk that is switched off every night never runs for seven days on end.
func TestLimitsOfDaysAreReachedByAKioskThatSleepsAtNight(t *testing.T) {
	settle := func(w *world, no No) { w.tell(DecideOrder{No: no, Event: Settled, By: "owner", How: "cash"}) }

	t.Run("seven days without an answer", func(t *testing.T) {
		w := calmWorld(t)
		no := w.silentOrder(t)
		w.nights(6)
		if settle(w, no); w.state(no) != Closing {
			t.Fatal("settled by a person while the gateway may still answer")
		}
		w.nights(2)
		if settle(w, no); w.state(no) != Closed {
			t.Errorf("after eight days of silence nobody may settle it: %s", w.state(no))
		}
	})
	t.Run("an answer starts the seven days anew", func(t *testing.T) {
		w := calmWorld(t)
		no := w.silentOrder(t)
		w.nights(6)
		w.silence(false)
		w.answer = func(c Call) (Answer, bool) { return Answer{Outcome: OutcomeUnpaid, Code: "NOTPAY"}, c.Order.No == no }
		w.wait(10 * time.Minute)
		w.silence(true)
		w.nights(3)
		if settle(w, no); w.state(no) != Closing {
			t.Error("settled three days after the gateway said that it may still be paid")
		}
	})
	t.Run("seven days of a denied payment", func(t *testing.T) {
		w := calmWorld(t)
		no := w.stuckOrder(t, 1)
		w.answer = func(c Call) (Answer, bool) {
			return Answer{Outcome: OutcomeMissing, Code: "ORDERNOTEXIST"}, c.Order.No == no
		}
		w.nights(6)
		if w.state(no) != Refunding {
			t.Fatalf("given to a person before seven days: %s", w.state(no))
		}
		w.nights(2)
		if w.state(no) != Owed {
			t.Errorf("denied for eight days, and still %s: nobody looks after the customer's money", w.state(no))
		}
	})
}
