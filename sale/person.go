package sale

import "time"

const (
	settleQuiet   = 7 * 24 * time.Hour  // without a signed answer
	settleMissing = 30 * 24 * time.Hour // of ORDERNOTEXIST
	strangersMany = 16
)

// decide is a person's word on an order that the machine cannot end.
func (s *Shop) decide(in DecideOrder) Refusal {
	t := s.find(in.No)
	switch {
	case in.By == "" || in.Event != Settled && in.Event != Retried:
		return RefusedInvalid
	case t == nil:
		return RefusedSettled
	}
	if _, ok := Next(t.State, in.Event); !ok {
		return RefusedSettled
	}
	if in.Event == Retried {
		return s.retryRefund(t, in)
	}
	if t.State == Closing && !s.settleable(t) {
		return RefusedEarly
	}
	s.move(t, Settled, in.sign)
	s.auditDecision(t, in, ActSettle, in.How, "settled, "+in.How)
	return ""
}

// sign puts a person's name and words on an order.
func (in DecideOrder) sign(o *Order) { o.By, o.How, o.Note = FullName(in.By, in.From), in.How, in.Note }

// retryRefund sends an owed order back for another refund.
func (s *Shop) retryRefund(t *tab, in DecideOrder) Refusal {
	if t.Merchant != s.Merchant { // under another merchant nobody can ask for it
		return RefusedMerchant
	}
	s.move(t, Retried, func(o *Order) {
		in.sign(o)
		switch {
		case o.RefundNo == "":
			refundFor(o, RefundForMisfit, true)
		case o.GatewayCode == codeRefundClosed: // the gateway has closed that number for good
			o.Round++
			o.RefundNo = refundNo(o.No, o.Round)
		}
	})
	t.Errs = 0
	s.toRefunding(t)
	s.auditDecision(t, in, ActRetry, "", "sent back for another refund")
	return ""
}

// auditDecision writes a person's word down beside the order, which remembers the last one only.
func (s *Shop) auditDecision(t *tab, in DecideOrder, act Act, how, text string) {
	if in.Note != "" {
		text += ": " + in.Note
	}
	s.audit(Alarm{Slot: t.Slot, No: t.No, Act: string(act), Old: how, New: in.Note, By: in.By, From: in.From, Text: text})
}

// settleableOrders are the orders in Closing that a person may settle.
func (s *Shop) settleableOrders() (out []No) {
	for _, t := range s.tabs {
		if t.State == Closing && s.settleable(t) {
			out = append(out, t.No)
		}
	}
	return out
}

// settleable: an order in Closing may be settled by a person only when the gateway stays silent, or denies it, for long.
func (s *Shop) settleable(t *tab) bool {
	return s.lasted(t, ReasonSilent, t.Heard, settleQuiet) || t.Missing != 0 && s.lasted(t, ReasonUnknown, t.Missing, settleMissing)
}

// nudge makes the next query come sooner; it never moves an order. A number that neither shop nor
// book knows is asked after once: if it is paid, a person must decide.
func (s *Shop) nudge(in Nudged) {
	t := s.find(in.No)
	switch {
	case t != nil && t.Busy != "":
		t.Fresh = true
	case t != nil:
		t.Due = s.now.Mono
		if t.State == Closed {
			t.Looks++ // beside the looks it has anyway
		}
	case in.Known != nil && in.Known.State == Closed:
		s.tabs = append(s.tabs, &tab{Order: *in.Known, Due: s.now.Mono, Looks: 1})
	case in.Stranger && s.strangers() < strangersMany:
		o := Order{No: in.No, Choice: string(in.No), Means: Native, Merchant: s.Merchant, Created: s.now.Wall, Trusted: s.now.Trusted, State: New}
		s.tabs = append(s.tabs, &tab{Order: o, Due: s.now.Mono})
	}
}

func (s *Shop) strangers() (n int) {
	for _, t := range s.tabs {
		if t.State == New {
			n++
		}
	}
	return n
}

// answerStranger takes the one answer about a number nobody knows.
func (s *Shop) answerStranger(t *tab, in Answered, known bool) {
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
