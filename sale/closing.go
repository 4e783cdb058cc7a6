package sale

import "time"

const (
	reverseAfter = 15 * time.Second
	closeAfter   = 5*time.Minute + 10*time.Second
	goneAfter    = 90 * time.Second
	goneWithin   = 30 * 24 * time.Hour
	payerPause   = 5 * time.Second // how often a late payer is looked for while no cancel is allowed
	roundPause   = 60 * time.Second
	recheckSoon  = 10 * time.Minute
	recheckLater = 24 * time.Hour
)

// tickOld makes the one call that is most urgent among the orders that no longer occupy the machine:
// money on its way back first, then cancel rounds under way, so that the crowd grows no longer, then what may still be
// paid, and the longest overdue of those.
func (s *Shop) tickOld() {
	var next *activeOrder
	for _, t := range s.orders {
		if t.State.Live() || t.Call.Kind != "" || !s.isOurs(t) || t.State.Over() && t.Rechecks == 0 || !s.hasCome(t.Due) {
			continue
		}
		if next == nil || t.urgency() > next.urgency() || t.urgency() == next.urgency() && t.Due < next.Due {
			next = t
		}
	}
	switch {
	case next == nil || !s.mayCall():
	case next.State == Closing && next.Closing.Stage == stageAct:
		s.sendCall(next, KindCancel, "")
	case next.State == Refunding && next.Refunding.Stage == stageAct:
		s.sendCall(next, KindRefund, "")
	default:
		s.sendCall(next, KindQuery, "")
	}
}

func (t *activeOrder) urgency() int {
	if t.State == Closing && t.Closing.Stage != stageQuery {
		return urgencyUnderWay
	}
	return urgencies[t.State]
}

const urgencyUnderWay = 4

var urgencies = map[State]int{Refunding: 5, Closing: 3, New: 2, Owed: 1, Closed: 0}

// cancelAt is when the first cancel may leave: after that the gateway will not refuse it for being early.
func (s *Shop) cancelAt(t *activeOrder) time.Duration {
	if t.Means == Code {
		return max(t.Ask.Sent, t.Ask.Returned) + reverseAfter
	}
	return t.Ask.Sent + closeAfter
}

// answerClosing walks a cancel round: query, cancel, query. Only a query moves anything.
func (s *Shop) answerClosing(t *activeOrder, in Answered, known bool) {
	if in.Err == "" {
		t.Heard = s.now.Mono
		s.markSince(t, ReasonSilent, false)
	} else {
		s.markSince(t, ReasonSilent, true)
	}
	if in.Err == "" && in.Outcome == OutcomePaid && in.Money.Transaction != "" {
		s.refundLate(t, in.Answer, in.Deed)
		return
	}
	if in.Deed == KindQuery && known && s.closeIfGone(t, in) {
		return
	}
	c, at := &t.Closing, s.cancelAt(t)
	switch {
	case in.Deed == KindAsk || in.Deed == KindCharge:
		t.Due = s.now.Mono
	case in.Deed == KindCancel:
		c.Acked = c.Acked || in.Err == "" && (in.Outcome == OutcomeAccepted || in.Outcome == OutcomeGone)
		c.Stage, t.Due = stageCheck, s.now.Mono
	case c.Stage == stageQuery && known && s.now.Mono >= at:
		c.Stage, t.Due = stageAct, s.now.Mono
	default:
		most := roundPause
		if s.now.Mono < at {
			most = payerPause
		}
		c.Stage, c.Pause = stageQuery, doublePause(c.Pause, most)
		t.Due = s.now.Mono + c.Pause
		if s.now.Mono < at {
			t.Due = min(t.Due, at)
		}
	}
	s.remarkStalled(t)
}

// closeIfGone moves an order in Closing if a query says so, and reports whether it did.
func (s *Shop) closeIfGone(t *activeOrder, in Answered) bool {
	if in.Outcome != OutcomeMissing {
		t.Closing.DeniedSince = 0
		s.markSince(t, ReasonUnknown, false)
	}
	switch {
	case in.Outcome == OutcomeReturned:
		in.Money = fillMoney(in.Money, t.Order)
		s.refundMisfit(t, in.Answer, "query", "part of it has gone back")
		return true
	case in.Outcome == OutcomeGone, in.Outcome == OutcomeFailed && t.Closing.Acked:
		s.closeGone(t, in.Answer)
		return true
	case in.Outcome != OutcomeMissing:
		return false
	case t.Closing.DeniedSince == 0:
		t.Closing.DeniedSince = max(in.Sent, 1)
		return false
	}
	long := in.Sent-t.Closing.DeniedSince >= goneAfter && (t.Means == Code || in.Sent >= s.cancelAt(t))
	if !long || !s.now.Trusted {
		return false
	}
	if !s.isYoung(t) {
		s.markSince(t, ReasonUnknown, true)
		return false
	}
	s.closeGone(t, in.Answer)
	return true
}

// isYoung reports whether ORDERNOTEXIST may still mean that an order is gone: within thirty days of its birth. In the life of that
// birth the monotonic clock says so. Else the wall does; a birth that it has still to come to was stamped by a clock that ran wild.
func (s *Shop) isYoung(t *activeOrder) bool {
	if t.Ask.Born != 0 {
		return s.now.Mono-t.Ask.Born <= goneWithin
	}
	age := s.now.Wall.Sub(t.Created)
	return !t.Trusted || age <= goneWithin && age >= -time.Hour
}

// fillMoney fills in the sum if the gateway leaves it out of a returned order.
func fillMoney(m Money, o Order) Money {
	if m.Fen == 0 {
		m.Fen, m.Currency = o.Fen, "CNY"
	}
	return m
}

// answerClosed takes the answer about an order that has ended: money may have come late.
func (s *Shop) answerClosed(t *activeOrder, in Answered, known bool) {
	switch {
	case !known:
		t.Due = s.now.Mono + time.Minute
	case in.Outcome == OutcomePaid:
		s.refundLate(t, in.Answer, "query")
		t.Rechecks = 0 // behind the move: if the book refuses it, the looks go on
	case in.Outcome == OutcomeReturned:
		s.refundMisfit(t, in.Answer, "query", "part of it has gone back")
		t.Rechecks = 0
	default:
		t.Rechecks--
		t.Due = s.now.Mono + recheckLater
		if t.Rechecks == 2 {
			t.Due = s.now.Mono + recheckSoon
		}
	}
}
