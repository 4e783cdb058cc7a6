package sale

// acceptPayment takes a confirmed payment. It turns the motor, unless the sum does not fit, somebody works at the machine or
// the order is for no goods: then the money goes back. No other function turns a motor for an order.
func (s *Shop) acceptPayment(t *activeOrder, a Answer, source string) {
	if m := findMisfit(t.Order, a.Money); m != "" {
		s.refundMisfit(t, a, source, m)
		return
	}
	if s.underService() || t.IsTrial() {
		s.refundAtOnce(t, a, source)
		return
	}
	if !s.move(t, Paid, func(o *Order) { o.Money, o.Source = a.Money, source }) {
		return
	}
	s.dropCode(t, "")
	s.checkout, s.stuck = checkout{}, stuckVend{}
	s.deeds = append(s.deeds, Vend{t.Order})
}

// refundAtOnce: the money came while somebody works at the machine. No motor turns; all of it goes back.
func (s *Shop) refundAtOnce(t *activeOrder, a Answer, source string) {
	if !s.move(t, Late, nil) {
		return
	}
	s.toClosing(t)
	s.dropCode(t, "")
	s.refundLate(t, a, source)
	s.showRefund(t.Order)
}

// findMisfit says what does not fit between an order and the money that came.
func findMisfit(o Order, m Money) string {
	switch {
	case m.Fen != o.Fen:
		return "the sum differs"
	case m.Currency != "CNY":
		return "the currency differs"
	}
	return ""
}

// refundMisfit: the money is not what the order costs, or part of it has gone back. All of it goes back.
func (s *Shop) refundMisfit(t *activeOrder, a Answer, source, what string) {
	live := t.State.Live()
	if s.refundAll(t, Misfit, RefundForMisfit, a, source, what) && live { // an old order does not disturb a customer
		s.dropCode(t, "")
		s.showRefund(t.Order)
	}
}

// closeRefused: the gateway will not take money for this number.
func (s *Shop) closeRefused(t *activeOrder, in Answered) {
	if !s.move(t, Refused, func(o *Order) { o.GatewayCode = in.Code }) {
		return
	}
	s.toClosing(t)
	if !s.fulfilWish(t, in.Deed == KindQuery) {
		s.showSorry(t.Order, noteOfCause(in.Cause))
	}
}

// closeLate: the time is over, or the customer left; from now on money that comes goes back.
// The customer reads that nothing was taken only if the gateway said so; its silence may hide a payment.
func (s *Shop) closeLate(t *activeOrder, says Outcome) {
	gaveUp := s.checkout.After != ""
	if !s.move(t, Late, nil) {
		return
	}
	s.toClosing(t)
	known := says == OutcomeUnpaid || says == OutcomePaying
	if s.fulfilWish(t, says == OutcomeUnpaid) || gaveUp && known {
		return
	}
	note := NoteUnsettled
	if known {
		note = NoteLate
	}
	s.showAfter(t.Order, ScreenSorry, note, numberFor)
}

// refundLate: money came for an order that no longer wants it.
func (s *Shop) refundLate(t *activeOrder, a Answer, source string) {
	if what := findMisfit(t.Order, a.Money); what != "" {
		s.refundAll(t, Misfit, RefundForMisfit, a, source, what)
		return
	}
	s.refundAll(t, Paid, RefundForLate, a, source, "")
}

// refundAll stores the money that came, and gives back all of it.
func (s *Shop) refundAll(t *activeOrder, e Event, why string, a Answer, source, what string) bool {
	ok := s.move(t, e, func(o *Order) {
		o.Money, o.Source, o.Misfit = a.Money, source, what
		refundFor(o, why, false)
	})
	if ok {
		s.toRefunding(t)
	}
	return ok
}

// closeGone closes an order that can no longer be paid.
func (s *Shop) closeGone(t *activeOrder, a Answer) {
	s.move(t, Gone, func(o *Order) {
		o.GatewayCode = a.Code
		if a.Cause == CauseReversed {
			o.ReturnedBy = "reverse"
		}
	})
	s.lookAgain(t)
}

// lookAgain plans the later looks at an order that has closed: money may come all the same.
func (s *Shop) lookAgain(t *activeOrder) { t.Rechecks, t.Due = 2, s.now.Mono+recheckSoon }

// toClosing starts the cancel rounds of an order, from the first query.
func (s *Shop) toClosing(t *activeOrder) {
	t.Due, t.Closing = s.now.Mono, closingState{}
}
