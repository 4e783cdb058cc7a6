package sale

import "time"

const (
	refundGap  = 61 * time.Second
	pollMost   = time.Hour
	hourly     = time.Hour
	daily      = 24 * time.Hour
	deniedMost = 7 * 24 * time.Hour
	refundMany = 2 // refund numbers, and refusals with ERROR, before a person must help
)

// polls are the waits for an accepted refund to become money.
var polls = []time.Duration{3 * time.Second, 10 * time.Second, 30 * time.Second, 60 * time.Second}

// answerRefunding walks a refund round: ask what has gone back, then ask for the rest of it.
func (s *Shop) answerRefunding(t *tab, in Answered, known bool) {
	switch {
	case in.Deed == KindRefund:
		s.answerRefund(t, in)
	case in.Deed != KindQuery:
		t.due = s.now.Mono
	case !known:
		t.round, t.pause = 0, grow(t.pause, roundPause)
		t.due = s.now.Mono + t.pause
	default:
		s.answerBack(t, in)
	}
	s.overdue(t)
}

// answerBack takes what a query says of the money that went back.
func (s *Shop) answerBack(t *tab, in Answered) {
	paid := in.Outcome == OutcomePaid || in.Outcome == OutcomeReturned
	t.back = in.Outcome == OutcomeReturned
	if paid {
		s.since(t, ReasonDenied, false)
	}
	switch {
	case s.repaid(t, in):
	case in.Refund == RefundAbnormal:
		s.unpayable(t, codeRefundAbnormal)
	case in.Refund == RefundClosed && t.Round >= refundMany:
		s.unpayable(t, codeRefundClosed)
	case in.Refund == RefundClosed:
		s.move(t, Bounced, func(o *Order) {
			o.Round++
			o.RefundNo = refundNo(o.No, o.Round)
			o.GatewayCode = codeRefundClosed
		})
		t.round, t.due = 0, max(s.now.Mono, t.tryAt)
	case in.Refund == RefundPending || in.Pending:
		t.pause = nextPoll(t.pause)
		t.round, t.due = 0, s.now.Mono+t.pause
	case paid && s.now.Mono >= t.tryAt:
		t.denied, t.round, t.due = 0, 1, s.now.Mono
	case paid:
		t.denied, t.round, t.due = 0, 0, t.tryAt
	default:
		s.deny(t)
	}
}

// repaid ends an order whose money is back, by whatever hand.
func (s *Shop) repaid(t *tab, in Answered) bool {
	sum := t.RefundFen
	if sum == 0 {
		sum = t.Money.Fen
	}
	hand := ""
	switch {
	case in.Outcome == OutcomeGone && in.Cause == CauseReversed:
		hand = "reverse"
	case in.Returned < sum || sum == 0:
		return false
	case in.Refund == RefundDone:
		hand = "refund"
	default:
		hand = "other"
	}
	ok := s.move(t, Repaid, func(o *Order) { o.GatewayCode, o.ReturnedBy = in.Code, hand })
	if ok && s.front.tail == ScreenRefunding && s.front.of.No == t.No {
		s.front.note = NotePaidBack
	}
	return ok
}

// answerRefund takes the answer to our asking for the money back. Accepted is not repaid.
func (s *Shop) answerRefund(t *tab, in Answered) {
	t.round, t.tryAt = 0, in.Sent+refundGap
	switch {
	case in.Err != "":
		t.pause = grow(t.pause, roundPause)
		t.due = s.now.Mono + t.pause
	case in.Outcome == OutcomeAccepted:
		t.pause = nextPoll(0)
		t.due = s.now.Mono + t.pause
		s.remark(t, "")
	case in.Outcome == OutcomeAgain:
		t.pause = max(refundGap, min(2*t.pause, pollMost))
		t.due, t.tryAt = s.now.Mono+t.pause, s.now.Mono+t.pause
	case in.Outcome == OutcomeDenied:
		s.answerDenied(t, in.Answer)
	case in.Outcome == OutcomeFaulty:
		s.hold(t, ReasonConfig, in.Code)
	default:
		s.deny(t)
	}
}

func (s *Shop) answerDenied(t *tab, a Answer) {
	switch a.Cause {
	case CauseRefundImpossible:
		s.unpayable(t, a.Code)
	case CauseRefundFunds:
		s.hold(t, ReasonBalance, a.Code)
	case CauseRuleLimit:
		// Of money that has gone back under a number that is not ours v3 tells nothing: a person must look.
		if !t.back {
			s.hold(t, ReasonConfig, a.Code)
			return
		}
		fallthrough
	case CauseGatewayError:
		if t.errs++; t.errs >= refundMany {
			s.unpayable(t, a.Code)
			return
		}
		t.due = t.tryAt
	default:
		s.hold(t, ReasonConfig, a.Code)
	}
}

// hold keeps a refund that a person can set free: asked again hourly, told once.
func (s *Shop) hold(t *tab, reason, code string) {
	if t.Reason != reason {
		s.warn("refund held", t.Slot, t.No, reason+": "+code)
	}
	s.remark(t, reason)
	t.due, t.tryAt = s.now.Mono+hourly, s.now.Mono+hourly
}

// deny: the gateway knows of no payment to give back. After seven days a person must look.
func (s *Shop) deny(t *tab) {
	if t.denied == 0 {
		t.denied = max(s.now.Mono, 1)
	}
	s.since(t, ReasonDenied, true)
	if s.lasted(t, ReasonDenied, t.denied, deniedMost) {
		s.unpayable(t, codeNoOrder)
		return
	}
	t.round, t.pause = 0, grow(t.pause, pollMost)
	t.due = s.now.Mono + t.pause
}

func (s *Shop) unpayable(t *tab, word string) {
	s.move(t, Unpayable, func(o *Order) { o.GatewayCode = word })
	s.warn("owed", t.Slot, t.No, word)
	t.due = s.now.Mono + daily
}

func nextPoll(d time.Duration) time.Duration {
	for _, p := range polls {
		if p > d {
			return p
		}
	}
	return min(2*d, pollMost)
}

// answerOwed: once a day somebody may have paid it back on the platform.
func (s *Shop) answerOwed(t *tab, in Answered, known bool) {
	t.due = s.now.Mono + daily
	if known {
		s.repaid(t, in)
	}
}
