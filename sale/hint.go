package sale

import "time"

// nudge makes the next query come sooner; it never moves an order. A number that neither shop nor
// book knows is asked after once: if it is paid, a person must decide.
func (s *Shop) nudge(in Nudged) {
	t := s.find(in.No)
	switch {
	case t != nil && t.Call.Kind != "":
		t.Call.QueryNext = true
	case t != nil:
		t.Due = s.now.Mono
		if t.State == Closed {
			t.Looks++ // beside the looks it has anyway
		}
	case in.Known != nil && in.Known.State == Closed:
		s.orders = append(s.orders, &activeOrder{Order: *in.Known, Due: s.now.Mono, Looks: 1})
	case in.Stranger && s.strangers() < strangersMany:
		o := Order{No: in.No, Choice: string(in.No), Means: Native, Merchant: s.Merchant, Created: s.now.Wall, Trusted: s.now.Trusted, State: New}
		s.orders = append(s.orders, &activeOrder{Order: o, Due: s.now.Mono})
	}
}

func (s *Shop) strangers() (n int) {
	for _, t := range s.orders {
		if t.State == New {
			n++
		}
	}
	return n
}

// answerStranger takes the one answer about a number nobody knows.
func (s *Shop) answerStranger(t *activeOrder, in Answered, known bool) {
	switch {
	case known && in.Outcome == OutcomePaid:
		s.move(t, Found, func(o *Order) {
			o.Money, o.Source, o.GatewayCode, o.Fen = in.Money, "query", codeFound, in.Money.Fen
		})
		s.warn("found", 0, t.No, "paid there, unknown here")
		t.Due = s.now.Mono + daily
	case known:
		t.State, t.Looks = Closed, 0 // never written: nothing was there
	default:
		t.Due = s.now.Mono + time.Minute
	}
}
