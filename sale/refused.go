package sale

import "slices"

// undo is what a step knew before its first move. If the book refuses the moves, the shop goes back there.
type undo struct {
	State ShopState
	Batch Batch  // what the step had written down before
	Deeds []Deed // what the step had asked for before: they rest on no move
}

// keepUndo is called before the first move of a step changes anything.
func (s *Shop) keepUndo() {
	if len(s.batch.Moves) > 0 {
		return
	}
	b := s.batch
	b.Slots, b.Alarms = slices.Clone(b.Slots), slices.Clone(b.Alarms)
	s.undo = &undo{s.State(), b, slices.Clone(s.deeds)}
}

// CanUndo reports whether the shop can take back the moves of the last step and leave alone the order that the book
// refuses. It cannot while the motor of that order may have turned: then only a new life knows how to go on.
func (s *Shop) CanUndo(no No) bool {
	return s.undo != nil && s.undo.State.Awake && !slices.ContainsFunc(s.undo.State.Orders, func(t activeOrder) bool {
		return t.No == no && t.State == Vending
	})
}

// undoMoves takes the moves of the last step back: the book refuses one order's, and so all of them.
func (s *Shop) undoMoves(no No) {
	u := s.undo
	if u == nil {
		return
	}
	s.undo, s.orders = nil, nil
	s.Restore(u.State)
	s.batch, s.deeds = u.Batch, u.Deeds
	s.barOrder(no)
}

// barOrder leaves an order alone whose move the book refuses: it is asked after hourly, a person is told and may settle it at
// once. A birth that is refused leaves nothing behind: the next press draws another number.
func (s *Shop) barOrder(no No) {
	t := s.findOrder(no)
	if t == nil {
		return
	}
	if told := t.Quarantined; !told {
		s.tellBarred(t)
	} else if t.State == New {
		t.State = Closed // never written: there is nothing to settle, and the next notice asks again
	}
	t.Quarantined, t.Call.QueryNext, t.Due = true, false, s.now.Mono+hourly
}

// tellBarred brings an order to where a person may settle it, and writes down why.
func (s *Shop) tellBarred(t *activeOrder) {
	s.raiseAlarm("barred", t.Slot, t.No, "the book refuses what the gateway says of it: a person must look")
	switch {
	case t.State.Live():
		s.closeLate(t, "")
	case t.State == Refunding:
		s.giveUpRefund(t, codeBarred)
		return
	case t.State == New: // a number that is not in the book has no reason there
		return
	}
	s.setReason(t, ReasonBarred)
}
