package sale

import "time"

const (
	beat      = 2 * time.Second
	askFor    = 15 * time.Second // how long a QR code may take to come
	chargeFor = 45 * time.Second // how long a code order may wait for the password
	lateAfter = 15 * time.Second // without any answer
	choiceFor = 90 * time.Second
)

// leave ends the waiting: one query sent from now on decides what the order becomes.
func (s *Shop) leave(t *tab) {
	if t.Leaving {
		return
	}
	t.Leaving, t.Full, t.Deadline = true, t.Deadline, s.now.Mono
	t.Due = s.now.Mono
	t.Fresh = t.Busy != ""
}

// tickLive keeps the beat of the order that occupies the machine.
func (s *Shop) tickLive(t *tab) {
	native := t.Means != Code
	switch {
	case t.State == Vending:
		if !t.Checked && t.Busy == "" && s.cloud.Reached {
			t.Checked = true
			s.call(t, KindQuery, "")
		}
		return
	case native && t.State == Asking && !t.Leaving && !s.cloud.Reached:
		s.leave(t)
		s.acted = true
	case native && t.URL != "" && !t.Hidden && s.past(t.Deadline-finishFor):
		t.Hidden = true
		s.acted = true
	}
	if s.past(t.Deadline) && s.past(max(t.Deadline, t.Heard)+lateAfter) {
		s.late(t, "")
		return
	}
	if t.Busy != "" || !s.past(t.Due) {
		return
	}
	if native && t.State == Asking && s.now.Mono < t.Deadline {
		t.Left = s.now.Mono
		s.call(t, KindAsk, "")
		return
	}
	s.call(t, KindQuery, "")
}

// answerLive takes an answer about an order that is Asking or Waiting.
func (s *Shop) answerLive(t *tab, in Answered, known bool) {
	t.Due = max(s.now.Mono, in.Sent+beat)
	switch in.Deed {
	case KindAsk:
		s.answerAsk(t, in)
	case KindCharge:
		t.Ended = s.now.Mono
		s.answerCharge(t, in)
	case KindQuery:
		s.answerQuery(t, in, known)
	}
}

func (s *Shop) answerAsk(t *tab, in Answered) {
	switch {
	case in.Err == "" && in.Outcome == OutcomeAccepted && in.CodeURL != "":
		t.URL, t.Missed, t.Heard = in.CodeURL, 0, s.now.Mono
		t.Due = s.now.Mono + beat
		s.move(t, Asked, nil)
		end := t.Born + or(s.Choice, choiceFor)
		if t.Leaving {
			t.Full = end
		} else {
			t.Deadline = end
		}
	case in.Err == "" && (in.Outcome == OutcomeDenied || in.Outcome == OutcomeFaulty):
		s.refuse(t, in)
	default:
		t.Due = s.now.Mono + time.Second
	}
}

func (s *Shop) answerCharge(t *tab, in Answered) {
	t.Due = s.now.Mono + time.Second
	switch {
	case in.Err != "":
	case in.Outcome == OutcomePaid:
		s.paid(t, in.Answer, "charge")
	case in.Outcome == OutcomePaying:
		s.move(t, Asked, nil)
		t.Due = s.now.Mono + beat
	case in.Outcome == OutcomeDenied || in.Outcome == OutcomeFaulty:
		s.refuse(t, in)
	}
}

func (s *Shop) answerQuery(t *tab, in Answered, known bool) {
	if !known {
		t.Missed++
		if t.Missed >= missedMany {
			t.Hidden = true
		}
		s.dropCode(t, NoteUnknown)
		return
	}
	t.Missed, t.Heard = 0, s.now.Mono
	switch in.Outcome {
	case OutcomePaid:
		s.paid(t, in.Answer, "query")
	case OutcomeReturned:
		s.misfit(t, in.Answer, "query", "part of it has gone back")
	case OutcomeGone, OutcomeFailed:
		s.refuse(t, in)
	case OutcomeUnpaid, OutcomePaying, OutcomeMissing:
		if in.Outcome == OutcomePaying && t.State == Asking && t.Means == Code {
			s.move(t, Asked, nil)
		}
		switch {
		case in.Sent >= t.Deadline:
			s.late(t, in.Outcome)
		case in.Outcome == OutcomeMissing:
			s.dropCode(t, NoteUnknown)
		}
	}
}

// paid: the money is confirmed. Only here does an order reach its motor.
func (s *Shop) paid(t *tab, a Answer, source string) {
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
	s.front, s.stuck = front{}, stuckVend{}
	s.deeds = append(s.deeds, Vend{t.Order})
}

// paidTooLate: the money came while somebody works at the machine. No motor turns; all of it goes back.
func (s *Shop) paidTooLate(t *tab, a Answer, source string) {
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
func (s *Shop) misfit(t *tab, a Answer, source, what string) {
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

// toRefunding starts the refund rounds of an order that came there in this life.
func (s *Shop) toRefunding(t *tab) {
	t.Due, t.TryAt, t.Stage, t.Pause, t.Denied = s.now.Mono, s.now.Mono, 0, 0, 0
}

// refuse: the gateway will not take money for this number.
func (s *Shop) refuse(t *tab, in Answered) {
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
func (s *Shop) late(t *tab, says Outcome) {
	gaveUp := s.front.Tail != ""
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

func (s *Shop) toClosing(t *tab) {
	t.Due, t.Stage, t.Pause, t.Missing, t.Acked = s.now.Mono, 0, 0, 0, false
}

// unshown: the panel refused a code that nobody could have scanned.
func (s *Shop) unshown(in Unshown) {
	t := s.find(in.No)
	if t == nil || !t.State.Live() || t.Leaving {
		return
	}
	s.warn("unshown", t.Slot, t.No, in.Why)
	t.Scanned = true // nobody can: it never comes back
	s.leave(t)
	s.apologise(t.Order, NoteUnshown)
}
