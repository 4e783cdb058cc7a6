package sale

import (
	"testing"
	"time"
)

// told collects every screen and note of the next while.
func (w *world) told(d time.Duration) map[string]bool {
	seen := map[string]bool{}
	for end := w.now + d; w.now < end; w.wait(500 * time.Millisecond) {
		seen[w.view.Screen+" "+w.view.Note] = true
	}
	return seen
}

func TestNobodyIsToldThatNothingWasTakenWhileNobodyKnows(t *testing.T) {
	w := calmWorld(t)
	no := w.qr(t, 1)
	w.calm, w.gate.away = false, true
	w.gate.pay(w.gate.orders[no])
	if seen := w.told(2 * time.Minute); seen[ScreenSorry+" "+NoteLate] || !seen[ScreenSorry+" "+NoteUnsettled] {
		t.Errorf("paid while the line was down, and told %v", seen)
	}

	w = calmWorld(t)
	w.qr(t, 1)
	w.answer = func(c Call) (Answer, bool) {
		if c.Kind == KindCharge {
			g := &gateOrder{o: c.Order, state: "USERPAYING", at: w.now, refunds: map[string]*gateRefund{}}
			w.gate.orders[c.Order.No] = g
			w.gate.pay(g)
			w.calm, w.gate.away, w.answer = false, true, nil
			return Answer{Outcome: OutcomeAgain}, true
		}
		return Answer{}, false
	}
	w.scan("a")
	if seen := w.told(2 * time.Minute); seen[ScreenSorry+" "+NoteLate] || !seen[ScreenSorry+" "+NoteUnsettled] {
		t.Errorf("charged while the line went down, and told %v", seen)
	}
}

func TestAnOldOrderDisturbsNobody(t *testing.T) {
	w := calmWorld(t)
	old := w.qr(t, 1)
	w.press(1)
	w.wait(8 * time.Second)
	no := w.qr(t, 2)
	g := w.gate.orders[old]
	w.gate.pay(g)
	g.refunds["by hand"] = &gateRefund{g.paid, RefundDone, w.now}
	for w.state(old) == Closing && w.view.QR != "" {
		w.wait(200 * time.Millisecond)
	}
	if w.state(old) == Closing || w.view.No != no || w.view.QR == "" {
		t.Errorf("the owner paid an old order back, and the next customer reads %+v", w.view)
	}
	w.wait(20 * time.Second)
	if w.state(old) != Refunded {
		t.Errorf("the old order is %s", w.state(old))
	}
}

func TestARefundDoesNotWaitInAQueue(t *testing.T) {
	w := calmWorld(t)
	w.crowd(t, maxClosing-1)
	w.awaitTurn()
	no := w.stuckOrder(t, 2)
	w.wait(20 * time.Second)
	if w.state(no) != Refunded {
		t.Errorf("with %d orders closing a stuck order is still %s after 20 s", maxClosing-1, w.state(no))
	}

	w = calmWorld(t)
	for range 700 {
		no := Number("K1", len(w.book.birth)+1, w.draw())
		o := Order{No: no, Means: Native, State: Closed, Fen: 100, Slot: 1, Created: w.instant().Wall, Trusted: true}
		w.book.orders[no], w.book.birth = o, append(w.book.birth, no)
		w.gate.orders[no] = &gateOrder{o: o, state: "CLOSED", refunds: map[string]*gateRefund{}}
	}
	no = w.stuckOrder(t, 2)
	w.cut(time.Second)
	w.wait(30 * time.Second)
	if w.state(no) != Refunded {
		t.Errorf("woken among 700 closed orders a cut vend is still %s after 30 s", w.state(no))
	}
}

func TestALatePayerAmongFiftyIsFoundSoon(t *testing.T) {
	w := calmWorld(t)
	last := w.crowd(t, maxClosing)
	w.wait(15 * time.Second)
	w.gate.pay(w.gate.orders[last])
	w.wait(25 * time.Second)
	if w.state(last) != Refunded {
		t.Errorf("the fiftieth late payer is still %s after 25 s", w.state(last))
	}
}

func TestACodeDoesNotComeBackForASlotThatCannotServe(t *testing.T) {
	for name, in := range map[string]Input{"beam": Beam{1, true}, "panel": Health{"panel", "gone"}} {
		w := calmWorld(t)
		no := w.qr(t, 1)
		w.answer = func(c Call) (Answer, bool) {
			return Answer{Outcome: OutcomeAgain}, c.Kind == KindQuery && c.Order.No == no
		}
		w.press(1)
		w.tell(in)
		w.press(1)
		if w.view.QR != "" {
			t.Errorf("%s: the code is back: %+v", name, w.view)
		}
	}
	w := calmWorld(t)
	w.tell(Unshown{w.qr(t, 1), "too long"})
	w.press(1)
	if w.view.QR != "" {
		t.Error("a code that the panel refused is back")
	}
}

func TestANudgeIsALookMore(t *testing.T) {
	w := calmWorld(t)
	no := w.qr(t, 1)
	w.press(1)
	for w.state(no) != Closed {
		w.wait(time.Second)
	}
	w.tell(Nudged{No: no})
	w.wait(5 * time.Minute)
	w.gate.orders[no].state, w.gate.orders[no].paid = "SUCCESS", 100
	w.wait(10 * time.Minute)
	if w.state(no) != Refunded {
		t.Errorf("nudged, then paid nine minutes after the close: %s", w.state(no))
	}

	w = calmWorld(t)
	no = w.qr(t, 1)
	w.press(1)
	w.wait(60 * time.Hour)
	w.gate.orders[no].state, w.gate.orders[no].paid = "SUCCESS", 100
	o := w.book.orders[no]
	w.tell(Nudged{No: no, Known: &o})
	w.wait(time.Minute)
	if w.state(no) != Refunded {
		t.Errorf("nudged after 60 hours: %s", w.state(no))
	}
}

func TestASlotClearedTooSoonIsSetAsideByItsLateDrop(t *testing.T) {
	w := calmWorld(t)
	no := w.stuckOrder(t, 1)
	w.answer = func(c Call) (Answer, bool) { return Answer{Outcome: OutcomeAgain}, c.Kind == KindRefund }
	w.wait(10 * time.Second)
	w.looks(1, "anna")
	w.tell(Edge{Slot: 1})
	if !w.book.orders[no].GoodsToo || w.shop.findSlot(1).Fault == "" {
		t.Errorf("goods too %v, slot fault %q", w.book.orders[no].GoodsToo, w.shop.findSlot(1).Fault)
	}
}

func TestACodeAmongTooManyClosingOrdersIsToldToWait(t *testing.T) {
	w := calmWorld(t)
	w.crowd(t, maxClosing-1)
	w.awaitTurn()
	w.qr(t, 2)
	w.scan("z")
	w.wait(time.Second)
	if len(w.codes) != 0 || w.view.Screen != ScreenSorry || w.view.Note != NoteBusy {
		t.Errorf("%d codes charged, the screen says %s %s", len(w.codes), w.view.Screen, w.view.Note)
	}
}
