package sale

import (
	"testing"
	"time"
)

// The light barrier's word: a late edge belongs to the last stuck order only if no motor ran since, a customer's included.
func TestWhatFallsAfterTheNextVendBelongsToNoOrderBefore(t *testing.T) {
	for name, next := range map[string]struct {
		slot  Slot
		stuck bool
	}{"the next customer's slot": {2, false}, "the same slot, cleared": {1, false}, "another stuck one": {2, true}} {
		w := calmWorld(t)
		first := w.stuckOrder(t, 1)
		w.answer = func(c Call) (Answer, bool) { return Answer{Outcome: OutcomeAgain}, c.Kind == KindRefund }
		w.wait(5 * time.Second)
		w.looks(1, "anna")
		var second No
		if next.stuck {
			second = w.stuckOrder(t, next.slot)
		} else {
			second = w.qr(t, next.slot)
			w.gate.pay(w.gate.orders[second])
		}
		w.wait(8 * time.Second)
		w.tell(Edge{next.slot})
		if o := w.book.orders[first]; o.GoodsToo {
			t.Errorf("%s: what fell after %s is booked to %s: its customer is said to have goods and money", name, second, first)
		}
		if o := w.book.orders[second]; o.GoodsToo != next.stuck {
			t.Errorf("%s: goods and money both went out with the second: %v, %s", name, o.GoodsToo, o.State)
		}
		if h := w.shop.findSlot(1); h.Fault != "" {
			t.Errorf("%s: the slot that fell silent long ago is set aside again: %q", name, h.Fault)
		}
	}
}

// One thing was paid for, and one leaves the stock, with a fault or without.
func TestADropTakesOneFromTheStockWhateverItsFault(t *testing.T) {
	for _, fault := range []string{"", FaultDouble, FaultJam, FaultNoMotor, FaultOff, FaultUnknown} {
		for _, stock := range []int{5, 1} {
			w := calmWorld(t)
			w.tell(CountStock{Slot: 1, Stock: stock, Was: 1 << 30, By: "anna"})
			no := w.qr(t, 1)
			w.gate.pay(w.gate.orders[no])
			w.wait(3 * time.Second)
			w.tell(Vended{No: no, Dropped: true, Fault: fault})
			h := *w.shop.findSlot(1)
			if w.state(no) != Sold || h.Stock != stock-1 {
				t.Errorf("a drop with fault %q: %s, and of %d there are %d left in the book: the slot reads empty while goods are in it", fault, w.state(no), stock, h.Stock)
			}
			if aside := h.Fault != ""; aside != (fault != "" && fault != FaultDouble) || (h.Flag != "") != (fault == FaultDouble) {
				t.Errorf("a drop with fault %q: the slot says fault %q, flag %q", fault, h.Fault, h.Flag)
			}
		}
	}
}
