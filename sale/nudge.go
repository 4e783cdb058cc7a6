package sale

import "time"

// maxUnknown bounds the numbers that nobody knows and that are asked after at one time.
const maxUnknown = 16

// nudgeOrder makes the next query come sooner; it never moves an order. A number that neither shop nor
// book knows is asked after once: if it is paid, a person must decide.
func (s *Shop) nudgeOrder(in Nudged) {
	t := s.findOrder(in.No)
	switch {
	case t != nil && !s.isOurs(t):
		s.noteUnaskable(t)
	case t != nil && t.Quarantined: // what the gateway says of it cannot be written
	case t != nil && t.Call.Kind != "":
		t.Call.QueryNext = true
	case t != nil:
		t.Due = s.now.Mono
		if t.State == Closed {
			t.Rechecks++ // beside the looks it has anyway
		}
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

func (s *Shop) countUnknown() (n int) {
	for _, t := range s.orders {
		if t.State == New && !t.Quarantined {
			n++
		}
	}
	return n
}

// answerUnknown takes the one answer about a number nobody knows.
func (s *Shop) answerUnknown(t *activeOrder, in Answered, known bool) {
	switch {
	case known && in.Outcome == OutcomePaid:
		s.move(t, Found, func(o *Order) {
			o.Money, o.Source, o.GatewayCode, o.Fen = in.Money, "query", codeFound, in.Money.Fen
		})
		s.raiseAlarm("found", 0, t.No, "paid there, unknown here")
		t.Due = s.now.Mono + daily
	case known:
		t.State, t.Rechecks = Closed, 0 // never written: nothing was there
	default:
		t.Due = s.now.Mono + time.Minute
	}
}
