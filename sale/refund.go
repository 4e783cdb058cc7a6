package sale

import (
	"strconv"
	"time"
)

const (
	refundGap  = 61 * time.Second
	hourly     = time.Hour
	daily      = 24 * time.Hour
	maxDenied  = 7 * 24 * time.Hour
	maxRefunds = 2 // refund numbers, and refusals with ERROR, before a person must help
)

// answerRefunding walks a refund round: ask what has gone back, then ask for the rest of it.
func (s *Shop) answerRefunding(t *activeOrder, in Answered, known bool) {
	r := &t.Refunding
	switch {
	case in.Deed == KindRefund:
		s.answerRefund(t, in)
	case in.Deed != KindQuery:
		t.Due = s.now.Mono
	case !known:
		r.Stage, r.Pause = stageQuery, doublePause(r.Pause, roundPause)
		t.Due = s.now.Mono + r.Pause
	default:
		s.answerBack(t, in)
	}
	s.remarkStalled(t)
}

// answerBack takes what a query says of the money that went back.
func (s *Shop) answerBack(t *activeOrder, in Answered) {
	r := &t.Refunding
	paid := in.Outcome == OutcomePaid || in.Outcome == OutcomeReturned
	r.Partly, r.Pending = in.Outcome == OutcomeReturned, in.Refund == RefundPending || in.Pending
	if paid {
		s.markSince(t, ReasonDenied, false)
	}
	switch {
	case s.endRepaid(t, in):
	case in.Refund == RefundAbnormal:
		s.giveUpRefund(t, codeRefundAbnormal)
	case in.Refund == RefundClosed && t.Round >= maxRefunds:
		s.giveUpRefund(t, codeRefundClosed)
	case in.Refund == RefundClosed:
		s.move(t, Bounced, func(o *Order) {
			o.Round++
			o.RefundNo = refundNo(o.No, o.Round)
			o.GatewayCode = codeRefundClosed
		})
		r.Stage, t.Due = stageQuery, max(s.now.Mono, r.TryAt)
	case r.Pending:
		r.Pause = nextPoll(r.Pause)
		r.Stage, t.Due = stageQuery, s.now.Mono+r.Pause
	case paid && s.now.Mono >= r.TryAt:
		r.DeniedSince, r.Stage, t.Due = 0, stageAct, s.now.Mono
	case paid:
		r.DeniedSince, r.Stage, t.Due = 0, stageQuery, r.TryAt
	default:
		s.awaitPayment(t)
	}
}

// endRepaid ends an order once its money is back: by our refund, by a reverse, or by the owner on the platform.
func (s *Shop) endRepaid(t *activeOrder, in Answered) bool {
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
	if ok {
		s.noteRefund(t.No, NotePaidBack, 0)
	}
	return ok
}

// answerRefund takes the answer to our asking for the money back. Accepted is not repaid.
func (s *Shop) answerRefund(t *activeOrder, in Answered) {
	r := &t.Refunding
	r.Stage, r.TryAt = stageQuery, in.Sent+refundGap
	switch {
	case in.Err != "":
		r.Pause = doublePause(r.Pause, roundPause)
		t.Due = s.now.Mono + r.Pause
	case in.Outcome == OutcomeAccepted:
		r.Pause = nextPoll(0)
		t.Due = s.now.Mono + r.Pause
		s.setReason(t, "")
	case in.Outcome == OutcomeAgain:
		r.Pause = max(refundGap, min(2*r.Pause, maxPoll))
		t.Due, r.TryAt = s.now.Mono+r.Pause, s.now.Mono+r.Pause
	case in.Outcome == OutcomeDenied:
		s.answerDenied(t, in.Answer)
	case in.Outcome == OutcomeFaulty:
		s.holdRefund(t, ReasonConfig, in.Code)
	default:
		s.awaitPayment(t)
	}
}

func (s *Shop) answerDenied(t *activeOrder, a Answer) {
	r := &t.Refunding
	switch a.Cause {
	case CauseRefundImpossible:
		s.giveUpRefund(t, a.Code)
	case CauseRefundFunds:
		s.holdRefund(t, ReasonBalance, a.Code)
	case CauseRuleLimit:
		// v3 says nothing of money that went back under a number that is not ours: a person must look.
		if !r.Partly {
			s.holdRefund(t, ReasonConfig, a.Code)
			return
		}
		fallthrough
	case CauseGatewayError:
		if r.Errs++; r.Errs >= maxRefunds {
			s.giveUpRefund(t, a.Code)
			return
		}
		t.Due = r.TryAt
	default:
		s.holdRefund(t, ReasonConfig, a.Code)
	}
}

// holdRefund keeps a refund that a person can set free: asked again hourly, told once.
func (s *Shop) holdRefund(t *activeOrder, reason, code string) {
	if t.Reason != reason {
		s.raiseAlarm("refund held", t.Slot, t.No, reason+": "+code)
	}
	s.setReason(t, reason)
	t.Due, t.Refunding.TryAt = s.now.Mono+hourly, s.now.Mono+hourly
}

// awaitPayment: the gateway knows of no payment to give back. After seven days a person must look.
func (s *Shop) awaitPayment(t *activeOrder) {
	r := &t.Refunding
	if r.DeniedSince == 0 {
		r.DeniedSince = max(s.now.Mono, 1)
	}
	s.markSince(t, ReasonDenied, true)
	if s.hasLasted(t, ReasonDenied, r.DeniedSince, maxDenied) {
		s.giveUpRefund(t, codeNoOrder)
		return
	}
	r.Stage, r.Pause = stageQuery, doublePause(r.Pause, maxPoll)
	t.Due = s.now.Mono + r.Pause
}

func (s *Shop) giveUpRefund(t *activeOrder, word string) {
	s.move(t, Unpayable, func(o *Order) { o.GatewayCode = word })
	s.noteRefund(t.No, NoteOwed, owedFor)
	s.raiseAlarm("owed", t.Slot, t.No, word)
	t.Due = s.now.Mono + daily
}

// answerOwed: once a day somebody may have paid it back on the platform.
func (s *Shop) answerOwed(t *activeOrder, in Answered, known bool) {
	t.Due = s.now.Mono + daily
	if known {
		s.endRepaid(t, in)
	}
}

// refundFor fills in what every move to Refunding stores: all that was paid goes back, in round 1.
func refundFor(o *Order, why string, doubt bool) {
	o.Round, o.RefundFen, o.Why, o.Doubt = 1, o.Money.Fen, why, doubt
	o.RefundNo = refundNo(o.No, o.Round)
}

func refundNo(no No, round int) string { return string(no) + "R" + strconv.Itoa(round) }

// toRefunding starts the refund rounds of an order that came there in this life.
func (s *Shop) toRefunding(t *activeOrder) {
	t.Due, t.Refunding = s.now.Mono, refundState{TryAt: s.now.Mono}
}
