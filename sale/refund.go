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
		t.Due = s.now.Mono
	case !known:
		t.Stage, t.Pause = 0, grow(t.Pause, roundPause)
		t.Due = s.now.Mono + t.Pause
	default:
		s.answerBack(t, in)
	}
	s.overdue(t)
}

// answerBack takes what a query says of the money that went back.
func (s *Shop) answerBack(t *tab, in Answered) {
	paid := in.Outcome == OutcomePaid || in.Outcome == OutcomeReturned
	t.Back = in.Outcome == OutcomeReturned
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
		t.Stage, t.Due = 0, max(s.now.Mono, t.TryAt)
	case in.Refund == RefundPending || in.Pending:
		t.Pause = nextPoll(t.Pause)
		t.Stage, t.Due = 0, s.now.Mono+t.Pause
	case paid && s.now.Mono >= t.TryAt:
		t.Denied, t.Stage, t.Due = 0, 1, s.now.Mono
	case paid:
		t.Denied, t.Stage, t.Due = 0, 0, t.TryAt
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
	if ok && s.front.Tail == ScreenRefunding && s.front.Of.No == t.No {
		s.front.Note = NotePaidBack
	}
	return ok
}

// answerRefund takes the answer to our asking for the money back. Accepted is not repaid.
func (s *Shop) answerRefund(t *tab, in Answered) {
	t.Stage, t.TryAt = 0, in.Sent+refundGap
	switch {
	case in.Err != "":
		t.Pause = grow(t.Pause, roundPause)
		t.Due = s.now.Mono + t.Pause
	case in.Outcome == OutcomeAccepted:
		t.Pause = nextPoll(0)
		t.Due = s.now.Mono + t.Pause
		s.remark(t, "")
	case in.Outcome == OutcomeAgain:
		t.Pause = max(refundGap, min(2*t.Pause, pollMost))
		t.Due, t.TryAt = s.now.Mono+t.Pause, s.now.Mono+t.Pause
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
		if !t.Back {
			s.hold(t, ReasonConfig, a.Code)
			return
		}
		fallthrough
	case CauseGatewayError:
		if t.Errs++; t.Errs >= refundMany {
			s.unpayable(t, a.Code)
			return
		}
		t.Due = t.TryAt
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
	t.Due, t.TryAt = s.now.Mono+hourly, s.now.Mono+hourly
}

// deny: the gateway knows of no payment to give back. After seven days a person must look.
func (s *Shop) deny(t *tab) {
	if t.Denied == 0 {
		t.Denied = max(s.now.Mono, 1)
	}
	s.since(t, ReasonDenied, true)
	if s.lasted(t, ReasonDenied, t.Denied, deniedMost) {
		s.unpayable(t, codeNoOrder)
		return
	}
	t.Stage, t.Pause = 0, grow(t.Pause, pollMost)
	t.Due = s.now.Mono + t.Pause
}

func (s *Shop) unpayable(t *tab, word string) {
	s.move(t, Unpayable, func(o *Order) { o.GatewayCode = word })
	s.warn("owed", t.Slot, t.No, word)
	t.Due = s.now.Mono + daily
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
	t.Due = s.now.Mono + daily
	if known {
		s.repaid(t, in)
	}
}
