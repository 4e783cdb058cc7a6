package sale

import "time"

const (
	reverseAfter = 15 * time.Second
	closeAfter   = 5*time.Minute + 10*time.Second
	goneAfter    = 90 * time.Second
	goneWithin   = 30 * 24 * time.Hour
	payerPause   = 5 * time.Second // how often a late payer is looked for while no cancel is allowed
	roundPause   = 60 * time.Second
	lookSoon     = 10 * time.Minute
	lookLater    = 24 * time.Hour
	overdueAfter = 24 * time.Hour
)

// tickOld makes the one call that is most urgent among the orders that no longer occupy the machine:
// money on its way back first, then what may still be paid, and the longest overdue of those.
func (s *Shop) tickOld() {
	var next *tab
	for _, t := range s.tabs {
		if t.State.Live() || t.Busy != "" || t.State.Over() && t.Looks == 0 || !s.past(t.Due) {
			continue
		}
		if next == nil || urgency[t.State] > urgency[next.State] || urgency[t.State] == urgency[next.State] && t.Due < next.Due {
			next = t
		}
	}
	switch {
	case next == nil || !s.turn():
	case next.State == Closing && next.Stage == 1:
		s.call(next, KindCancel, "")
	case next.State == Refunding && next.Stage == 1:
		s.call(next, KindRefund, "")
	default:
		s.call(next, KindQuery, "")
	}
}

var urgency = map[State]int{Refunding: 4, Closing: 3, New: 2, Owed: 1, Closed: 0}

// cancelAt is when the first cancel may leave: after that the gateway will not refuse it for being early.
func (s *Shop) cancelAt(t *tab) time.Duration {
	if t.Means == Code {
		return max(t.Left, t.Ended) + reverseAfter
	}
	return t.Left + closeAfter
}

// answerClosing walks a cancel round: query, cancel, query. Only a query moves anything.
func (s *Shop) answerClosing(t *tab, in Answered, known bool) {
	if in.Err == "" {
		t.Heard = s.now.Mono
		s.since(t, ReasonSilent, false)
	} else {
		s.since(t, ReasonSilent, true)
	}
	if in.Err == "" && in.Outcome == OutcomePaid && in.Money.Transaction != "" {
		s.latePaid(t, in.Answer, in.Deed)
		return
	}
	if in.Deed == KindQuery && known && s.goneBy(t, in) {
		return
	}
	at := s.cancelAt(t)
	switch {
	case in.Deed == KindAsk || in.Deed == KindCharge:
		t.Due = s.now.Mono
	case in.Deed == KindCancel:
		t.Acked = t.Acked || in.Err == "" && (in.Outcome == OutcomeAccepted || in.Outcome == OutcomeGone)
		t.Stage, t.Due = 2, s.now.Mono
	case t.Stage == 0 && known && s.now.Mono >= at:
		t.Stage, t.Due = 1, s.now.Mono
	default:
		most := roundPause
		if s.now.Mono < at {
			most = payerPause
		}
		t.Stage, t.Pause = 0, grow(t.Pause, most)
		t.Due = s.now.Mono + t.Pause
		if s.now.Mono < at {
			t.Due = min(t.Due, at)
		}
	}
	s.overdue(t)
}

// grow doubles a pause from one second up to most.
func grow(d, most time.Duration) time.Duration { return min(max(2*d, time.Second), most) }

// latePaid: money came for an order that no longer wants it.
func (s *Shop) latePaid(t *tab, a Answer, source string) {
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

// goneBy moves an order in Closing by what a query says, or tells that it does not.
func (s *Shop) goneBy(t *tab, in Answered) bool {
	if in.Outcome != OutcomeMissing {
		t.Missing = 0
		s.since(t, ReasonUnknown, false)
	}
	switch {
	case in.Outcome == OutcomeReturned:
		in.Money = nonzero(in.Money, t.Order)
		s.misfit(t, in.Answer, "query", "part of it has gone back")
		return true
	case in.Outcome == OutcomeGone, in.Outcome == OutcomeFailed && t.Acked:
		s.gone(t, in.Answer)
		return true
	case in.Outcome != OutcomeMissing:
		return false
	case t.Missing == 0:
		t.Missing = max(in.Sent, 1)
		return false
	}
	long := in.Sent-t.Missing >= goneAfter && (t.Means == Code || in.Sent >= s.cancelAt(t))
	if !long || !s.now.Trusted {
		return false
	}
	if t.Trusted && s.now.Wall.Sub(t.Created) > goneWithin {
		s.since(t, ReasonUnknown, true)
		return false
	}
	s.gone(t, in.Answer)
	return true
}

// nonzero stands in for sums that the gateway leaves out of a returned order.
func nonzero(m Money, o Order) Money {
	if m.Fen == 0 {
		m.Fen, m.Currency = o.Fen, "CNY"
	}
	return m
}

func (s *Shop) gone(t *tab, a Answer) {
	s.move(t, Gone, func(o *Order) {
		o.GatewayCode = a.Code
		if a.Cause == CauseReversed {
			o.ReturnedBy = "reverse"
		}
	})
	t.Looks, t.Due = 2, s.now.Mono+lookSoon
}

// answerClosed looks behind the door of an end: money may have come late.
func (s *Shop) answerClosed(t *tab, in Answered, known bool) {
	switch {
	case !known:
		t.Due = s.now.Mono + time.Minute
	case in.Outcome == OutcomePaid:
		t.Looks = 0
		s.latePaid(t, in.Answer, "query")
	case in.Outcome == OutcomeReturned:
		t.Looks = 0
		s.misfit(t, in.Answer, "query", "part of it has gone back")
	default:
		t.Looks--
		t.Due = s.now.Mono + lookLater
		if t.Looks == 2 {
			t.Due = s.now.Mono + lookSoon
		}
	}
}

// overdue remarks once that an order has been open for more than a day.
func (s *Shop) overdue(t *tab) {
	if t.Reason == "" && s.now.Trusted && t.Trusted && s.now.Wall.Sub(t.Created) > overdueAfter && (t.State == Closing || t.State == Refunding) {
		s.remark(t, ReasonOverdue)
	}
}

// since remarks when something began, or that it is over. The remark is in the book, so that a limit of
// days is reached by a kiosk, too, that is switched off every night; without a trusted clock nothing begins.
func (s *Shop) since(t *tab, reason string, on bool) {
	switch {
	case on && s.now.Trusted && (t.Reason == "" || t.Reason == ReasonOverdue):
		s.remark(t, reason)
	case !on && t.Reason == reason:
		s.remark(t, "")
	}
}

// lasted tells whether it is so for that long: in this life, from a moment of it, or by the trusted clock since the remark.
func (s *Shop) lasted(t *tab, reason string, from, limit time.Duration) bool {
	return s.now.Mono-from >= limit || t.Reason == reason && s.now.Trusted && s.now.Wall.Sub(t.Updated) >= limit
}
