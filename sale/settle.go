package sale

import "time"

const (
	settleQuiet   = 7 * 24 * time.Hour  // without a signed answer
	settleMissing = 30 * 24 * time.Hour // of ORDERNOTEXIST
)

// applyTo settles or retries an order that the machine cannot end by itself.
func (in DecideOrder) applyTo(s *Shop) Refusal {
	t := s.findOrder(in.No)
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
	if t.State == Closing && !s.maySettle(t) {
		return RefusedEarly
	}
	s.move(t, Settled, in.signOrder)
	s.auditDecision(t, in, ActSettle, in.How, "settled, "+in.How)
	return ""
}

// signOrder puts a person's name and words on an order.
func (in DecideOrder) signOrder(o *Order) {
	o.By, o.How, o.Note = FullName(in.By, in.From), in.How, in.Note
}

// retryRefund sends an owed order back for another refund.
func (s *Shop) retryRefund(t *activeOrder, in DecideOrder) Refusal {
	if t.Merchant != s.Merchant { // under another merchant nobody can ask for it
		return RefusedMerchant
	}
	s.move(t, Retried, func(o *Order) {
		in.signOrder(o)
		switch {
		case o.RefundNo == "":
			refundFor(o, RefundForMisfit, true)
		case o.GatewayCode == codeRefundClosed: // the gateway has closed that number for good
			o.Round++
			o.RefundNo = refundNo(o.No, o.Round)
		}
	})
	s.toRefunding(t)
	s.auditDecision(t, in, ActRetry, "", "sent back for another refund")
	return ""
}

// auditDecision writes a person's word down beside the order, which remembers the last one only.
func (s *Shop) auditDecision(t *activeOrder, in DecideOrder, act Act, how, text string) {
	if in.Note != "" {
		text += ": " + in.Note
	}
	s.auditAct(Alarm{Slot: t.Slot, No: t.No, Act: string(act), Old: how, New: in.Note, By: in.By, From: in.From, Text: text})
}

// settleableOrders are the orders in Closing that a person may settle.
func (s *Shop) settleableOrders() (out []No) {
	for _, t := range s.orders {
		if t.State == Closing && s.maySettle(t) {
			out = append(out, t.No)
		}
	}
	return out
}

// maySettle reports whether a person may settle an order in Closing: only if the gateway has been silent about it, or has
// denied it, for long (rule 16), or if the book refuses what the gateway says of it (rule 21).
func (s *Shop) maySettle(t *activeOrder) bool {
	return t.Reason == ReasonBarred || s.hasLasted(t, ReasonSilent, t.Heard, settleQuiet) || t.Closing.DeniedSince != 0 && s.hasLasted(t, ReasonUnknown, t.Closing.DeniedSince, settleMissing)
}
