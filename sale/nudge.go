package sale

import "time"

// maxUnknown bounds the numbers that nobody knows and that are asked after at one time.
const maxUnknown = 16

// nudgeOrder makes the next query come sooner; it never moves an order. A number that neither shop nor
// book knows is asked after once: if it is paid, a person must decide.
func (s *Shop) nudgeOrder(in Nudged) {
	t := s.findOrder(in.No)
	switch {
	case t != nil && t.State != New && t.isOther(in.Transaction):
		s.nudgeSecond(t.Order, in.Transaction, in.Entered)
	case t != nil:
		s.nudgeKnown(t)
	case in.Known != nil && in.Known.isOther(in.Transaction):
		s.nudgeSecond(*in.Known, in.Transaction, in.Entered)
	case in.Known != nil && in.Known.State == Closed:
		t = &activeOrder{Order: *in.Known, Due: s.now.Mono, Rechecks: 1}
		s.orders = append(s.orders, t)
		if !s.isOurs(t) {
			s.noteUnaskable(t)
		}
	case in.Unknown && s.countUnknown() < maxUnknown:
		o := Order{No: in.No, Choice: string(in.No), Means: Native, Merchant: s.Merchant, Created: s.now.Wall, Trusted: s.now.Trusted, State: New}
		s.orders = append(s.orders, &activeOrder{Order: o, Due: s.now.Mono})
	}
}

// nudgeKnown makes the next query of an order come sooner.
func (s *Shop) nudgeKnown(t *activeOrder) {
	switch {
	case !s.isOurs(t):
		s.noteUnaskable(t)
	case t.Quarantined: // what the gateway says of it cannot be written
	case t.Call.Kind != "":
		t.Call.QueryNext = true
	default:
		t.Due = s.now.Mono
		if t.State == Closed {
			t.Rechecks++ // beside the looks it has anyway
		}
	}
}

func (s *Shop) countUnknown() (n int) {
	for _, t := range s.orders {
		if t.State == New && !t.Quarantined {
			n++
		}
	}
	return n
}

// tellFound tells a person of money that came for no order here.
func (s *Shop) tellFound(t *activeOrder) {
	if t.No.IsSecond() {
		s.raiseAlarm("second payment", t.Slot, t.No, "paid a second time: it must go back")
		return
	}
	text := "paid there, unknown here"
	if t.Lost != "" {
		text = "paid there; it was " + string(t.Lost) + " in the book that was lost"
	}
	s.raiseAlarm("found", t.Slot, t.No, text)
}

// answerUnknown takes the one answer about a number nobody knows.
func (s *Shop) answerUnknown(t *activeOrder, in Answered, known bool) {
	if known && t.Lost != "" { // once: then it is owed, or nothing was there
		s.batch.Asked = append(s.batch.Asked, t.No)
	}
	switch {
	case known && (in.Outcome == OutcomePaid || in.Outcome == OutcomeReturned && in.Returned < in.Money.Fen):
		s.move(t, Found, func(o *Order) {
			o.Money, o.Source, o.GatewayCode, o.Fen = in.Money, "query", codeFound, in.Money.Fen
			if o.RefundNo != "" { // one asked for again under its number never pays twice
				o.RefundFen = o.Money.Fen
			}
		})
		s.tellFound(t)
		t.Due = s.now.Mono + daily
	case known && in.Outcome == OutcomeMissing && t.Rechecks > 0:
		t.Rechecks--
		t.Due = s.now.Mono + time.Minute
	case known:
		t.State, t.Rechecks = Closed, 0 // never written: nothing was there
	default:
		t.Due = s.now.Mono + time.Minute
	}
}
