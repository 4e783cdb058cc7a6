package sale

import (
	"cmp"
	"time"
)

const (
	beat      = 2 * time.Second
	askFor    = 15 * time.Second // how long a QR code may take to come
	chargeFor = 30 * time.Second // how long a code order may wait for the password
	lateAfter = 15 * time.Second // without any answer
	choiceFor = 90 * time.Second
)

// tickLive keeps the beat of the order that occupies the machine.
func (s *Shop) tickLive(t *activeOrder) {
	native := t.Means != Code
	switch {
	case t.State == Vending:
		if !t.Ask.Checked && t.Call.Kind == "" && s.gateway.Reached {
			t.Ask.Checked = true
			s.sendCall(t, KindQuery, "")
		}
		return
	case native && t.State == Asking && !t.Ask.Leaving && !s.gateway.Reached:
		s.endWaiting(t)
		s.acted = true
	case native && t.State == Waiting:
		s.hasCome(t.Ask.Deadline - finishFor) // the QR code leaves the glass
	}
	if s.hasCome(t.Ask.Deadline) && s.hasCome(max(t.Ask.Deadline, t.Heard)+lateAfter) {
		s.closeLate(t, "")
		return
	}
	if t.Call.Kind != "" || !s.hasCome(t.Due) {
		return
	}
	if native && t.State == Asking && s.now.Mono < t.Ask.Deadline {
		t.Ask.Sent = s.now.Mono
		s.sendCall(t, KindAsk, "")
		return
	}
	s.sendCall(t, KindQuery, "")
}

// answerLive takes an answer about an order that is Asking or Waiting.
func (s *Shop) answerLive(t *activeOrder, in Answered, known bool) {
	t.Due = max(s.now.Mono, in.Sent+beat)
	switch in.Deed {
	case KindAsk:
		s.answerAsk(t, in)
	case KindCharge:
		t.Ask.Returned = s.now.Mono
		s.answerCharge(t, in)
	case KindQuery:
		s.answerQuery(t, in, known)
	}
}

func (s *Shop) answerAsk(t *activeOrder, in Answered) {
	switch {
	case in.Err == "" && in.Outcome == OutcomeAccepted && in.CodeURL != "" && t.IsTrial():
		s.move(t, Asked, nil)
		s.endWaiting(t)
	case in.Err == "" && in.Outcome == OutcomeAccepted && in.CodeURL != "":
		t.Ask.URL, t.Ask.Missed, t.Heard = in.CodeURL, 0, s.now.Mono
		t.Due = s.now.Mono + beat
		s.move(t, Asked, nil)
		end := t.Ask.Born + min(cmp.Or(s.Choice, choiceFor), t.Expires.Sub(t.Created))
		if t.Ask.Leaving {
			t.Ask.FullDeadline = end
		} else {
			t.Ask.Deadline = end
		}
	case in.Err == "" && (in.Outcome == OutcomeDenied || in.Outcome == OutcomeFaulty):
		s.askLonger(t, in)
		s.closeRefused(t, in)
	case s.askLonger(t, in):
		s.endWaiting(t)
	case s.refusesAsks(), in.Refused != nil && t.Ask.Missed+1 >= maxMissed: // to ask once more would only make a customer wait
		s.endWaiting(t)
		s.showSorry(t.Order, NoteConfig)
	default:
		if in.Refused != nil {
			t.Ask.Missed++
		}
		t.Due = s.now.Mono + time.Second
	}
}

func (s *Shop) answerCharge(t *activeOrder, in Answered) {
	t.Due = s.now.Mono + time.Second
	switch {
	case in.Err != "":
	case in.Outcome == OutcomePaid:
		s.acceptPayment(t, in.Answer, "charge")
	case in.Outcome == OutcomePaying:
		s.move(t, Asked, nil)
		t.Due = s.now.Mono + beat
	case in.Outcome == OutcomeDenied || in.Outcome == OutcomeFaulty:
		s.closeRefused(t, in)
	}
}

func (s *Shop) answerQuery(t *activeOrder, in Answered, known bool) {
	if !known {
		t.Ask.Missed++ // after maxMissed the QR code leaves the glass, until an answer comes
		s.dropCode(t, NoteUnknown)
		return
	}
	t.Ask.Missed, t.Heard = 0, s.now.Mono
	switch in.Outcome {
	case OutcomePaid:
		s.acceptPayment(t, in.Answer, "query")
	case OutcomeReturned:
		s.refundMisfit(t, in.Answer, "query", "part of it has gone back")
	case OutcomeGone, OutcomeFailed:
		s.closeRefused(t, in)
	case OutcomeUnpaid, OutcomePaying, OutcomeMissing:
		if in.Outcome == OutcomePaying && t.State == Asking && t.Means == Code {
			s.move(t, Asked, nil)
		}
		switch {
		case in.Sent >= t.Ask.Deadline:
			s.closeLate(t, in.Outcome)
		case in.Outcome == OutcomeMissing:
			s.dropCode(t, NoteUnknown)
		}
	}
}
