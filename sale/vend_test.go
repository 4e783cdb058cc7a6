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
		w.wait(15 * time.Second) // long enough for the next key to be taken
		w.looks(1, "anna")
		var second No
		if next.stuck {
			second = w.stuckOrder(t, next.slot)
		} else {
			second = w.qr(t, next.slot)
			w.gate.pay(w.gate.orders[second])
		}
		w.wait(8 * time.Second)
		w.tell(Edge{Slot: next.slot})
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

// One thing was paid for, and what fell leaves the stock, with a fault or without. A recording of an older version does not
// say how many fell: that is one.
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

// Two pieces for one price are one sale, and two pieces less in the slot.
func TestTheStockFallsByAsManyAsFell(t *testing.T) {
	for _, row := range []struct{ pieces, stock, left int }{{1, 5, 4}, {2, 5, 3}, {3, 5, 2}, {2, 1, 0}} {
		w := calmWorld(t)
		w.tell(CountStock{Slot: 1, Stock: row.stock, Was: 1 << 30, By: "anna"})
		no := w.qr(t, 1)
		w.gate.pay(w.gate.orders[no])
		w.wait(3 * time.Second)
		fault := ""
		if row.pieces > 1 {
			fault = FaultDouble
		}
		w.tell(Vended{No: no, Dropped: true, Pieces: row.pieces, Fault: fault})
		if h := *w.shop.findSlot(1); w.state(no) != Sold || h.Stock != row.left || w.book.shelf(1).Stock != row.left {
			t.Errorf("%d of %d fell: %s, and %d are left in the book: the last customers pay for an empty slot", row.pieces, row.stock, w.state(no), h.Stock)
		}
	}
}

// Edges that nobody can read are no alarm and no late drop: they flag the slot, once, and it goes on selling.
func TestANoisyWireFlagsTheSlotAndMovesNothing(t *testing.T) {
	w := calmWorld(t)
	no := w.stuckOrder(t, 2)
	written := len(w.pages)
	for range 3 {
		w.tell(Edge{Slot: 1, Unreadable: true})
	}
	if n := len(w.pages) - written; n != 1 {
		t.Errorf("a wire that hums wrote %d times to the card", n)
	}
	if h := *w.shop.findSlot(1); h.Flag != FlagNoisy || h.Fault != "" || w.shop.slotFault(h) != "" || w.book.shelf(1).Flag != FlagNoisy {
		t.Errorf("nobody looks at the wire: flag %q, fault %q", h.Flag, h.Fault)
	}
	if o, last := w.book.orders[no], w.pages[len(w.pages)-1]; o.GoodsToo || len(last.Alarms) > 0 || len(last.Moves) > 0 {
		t.Errorf("noise was taken for goods: %v, %+v", o.GoodsToo, last)
	}
	w.shop.findSlot(3).Flag = FaultDouble
	w.tell(Edge{Slot: 3, Unreadable: true})
	if h := *w.shop.findSlot(3); h.Flag != FaultDouble {
		t.Errorf("the flag %q went, and %q is there: nobody looks at the spiral", FaultDouble, h.Flag)
	}
}

// shelf is a slot as the book has it.
func (b *ledger) shelf(n Slot) (h SlotState) {
	for _, s := range b.shelves {
		if s.Slot == n {
			h = s
		}
	}
	return h
}
