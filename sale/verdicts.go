package sale

// paid: the money is confirmed. Only here does an order reach its motor.
func (s *Shop) paid(t *activeOrder, a Answer, source string) {
	if m := misfits(t.Order, a.Money); m != "" {
		s.misfit(t, a, source, m)
		return
	}
	if s.handsInside() {
		s.paidTooLate(t, a, source)
		return
	}
	if !s.move(t, Paid, func(o *Order) { o.Money, o.Source = a.Money, source }) {
		return
	}
	s.dropCode(t, "")
	s.checkout, s.stuck = checkout{}, stuckVend{}
	s.deeds = append(s.deeds, Vend{t.Order})
}

// paidTooLate: the money came while somebody works at the machine. No motor turns; all of it goes back.
func (s *Shop) paidTooLate(t *activeOrder, a Answer, source string) {
	if !s.move(t, Late, nil) {
		return
	}
	s.toClosing(t)
	s.dropCode(t, "")
	s.latePaid(t, a, source)
	s.finish(t.Order, ScreenRefunding, NoteReturned, refundingFor)
}

// misfits says what does not fit between an order and the money that came.
func misfits(o Order, m Money) string {
	switch {
	case m.Fen != o.Fen:
		return "the sum differs"
	case m.Currency != "CNY":
		return "the currency differs"
	}
	return ""
}

// misfit: money is there but not for vending; all of it goes back.
func (s *Shop) misfit(t *activeOrder, a Answer, source, what string) {
	live := t.State.Live()
	ok := s.move(t, Misfit, func(o *Order) {
		o.Money, o.Source, o.Misfit = a.Money, source, what
		refundFor(o, RefundForMisfit, false)
	})
	if !ok {
		return
	}
	s.toRefunding(t)
	if live { // an old order does not disturb whoever stands there now
		s.dropCode(t, "")
		s.finish(t.Order, ScreenRefunding, NoteReturned, refundingFor)
	}
}

// refuse: the gateway will not take money for this number.
func (s *Shop) refuse(t *activeOrder, in Answered) {
	if !s.move(t, Refused, func(o *Order) { o.GatewayCode = in.Code }) {
		return
	}
	s.toClosing(t)
	if !s.follow(t, in.Deed == KindQuery) {
		s.apologise(t.Order, noteOf(in.Cause))
	}
}

// late: the time is over, or the customer left; from now on money that comes goes back.
// Only who was told "not paid" may tell the customer that nothing was taken; silence may hide a payment.
func (s *Shop) late(t *activeOrder, says Outcome) {
	gaveUp := s.checkout.After != ""
	if !s.move(t, Late, nil) {
		return
	}
	s.toClosing(t)
	known := says == OutcomeUnpaid || says == OutcomePaying
	if s.follow(t, says == OutcomeUnpaid) || gaveUp && known {
		return
	}
	note := NoteUnsettled
	if known {
		note = NoteLate
	}
	s.apologise(t.Order, note)
}

// latePaid: money came for an order that no longer wants it.
func (s *Shop) latePaid(t *activeOrder, a Answer, source string) {
	e, why, what := Paid, RefundForLate, misfits(t.Order, a.Money)
	if what != "" {
		e, why = Misfit, RefundForMisfit
	}
	ok := s.move(t, e, func(o *Order) {
		o.Money, o.Source, o.Misfit = a.Money, source, what
		refundFor(o, why, false)
	})
	if ok {
		s.toRefunding(t)
	}
}

func (s *Shop) gone(t *activeOrder, a Answer) {
	s.move(t, Gone, func(o *Order) {
		o.GatewayCode = a.Code
		if a.Cause == CauseReversed {
			o.ReturnedBy = "reverse"
		}
	})
	t.Looks, t.Due = 2, s.now.Mono+lookSoon
}

func (s *Shop) toClosing(t *activeOrder) {
	t.Due, t.Closing = s.now.Mono, closingState{}
}
