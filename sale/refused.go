package sale

import "slices"

// CanUndo reports whether the shop can take back the moves of the last step and leave alone the order that the book
// refuses. It cannot while the motor of that order may have turned: then only a new life knows how to go on.
func (s *Shop) CanUndo(no No) bool {
	return s.undo != nil && s.undo.State.Awake && !slices.ContainsFunc(s.undo.State.Orders, func(t activeOrder) bool {
		return t.State == Vending && (t.No == no || s.hasEnded(t.No))
	})
}

// hasEnded reports whether a vend has come to its end in this step: taken back, nobody would tell of it again.
func (s *Shop) hasEnded(no No) bool {
	t := s.findOrder(no)
	return t == nil || t.State != Vending
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
