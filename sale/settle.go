package sale

import "time"

const (
	settleQuiet   = 7 * 24 * time.Hour  // without a signed answer
	settleMissing = 30 * 24 * time.Hour // of ORDERNOTEXIST
	expiredFor    = 24 * time.Hour      // since the gateway stopped taking money for an order
)

// HowNeverPaid settles an order that nobody paid for. Of an owed one it may be said only if no payment is known: if it was
// handed over while it was closing.
const HowNeverPaid = "never paid"

// applyTo settles, retries or hands over an order that the machine cannot end by itself.
func (in DecideOrder) applyTo(s *Shop) Refusal {
	t := s.findOrder(in.No)
	decide := map[Event]func(*activeOrder, DecideOrder) Refusal{Settled: s.settleOrder, Retried: s.retryRefund, Handed: s.handOver}[in.Event]
	switch {
	case in.By == "" || decide == nil:
		return RefusedInvalid
	case t == nil:
		return RefusedSettled
	}
	if _, ok := Next(t.State, in.Event); !ok {
		return RefusedSettled
	}
	return decide(t, in)
}

// signOrder puts a person's name and words on an order.
func (in DecideOrder) signOrder(o *Order) {
	o.By, o.How, o.Note = FullName(in.By, in.From), in.How, in.Note
}

// settleOrder ends an order on a person's word. One that was closing may still be paid, so it is looked at again like any that closed.
func (s *Shop) settleOrder(t *activeOrder, in DecideOrder) Refusal {
	never := t.State == Owed && in.How == HowNeverPaid
	switch {
	case t.State == Closing && !s.maySettle(t):
		return RefusedEarly
	case never && t.Money.Fen != 0:
		return RefusedPaid
	case never && !s.isLongExpired(t):
		return RefusedSoon
	}
	barred := t.Reason == ReasonBarred // what the gateway says of it cannot be written: another look finds the same
	s.move(t, Settled, in.signOrder)
	if t.State == Closed && !barred {
		s.lookAgain(t)
	}
	s.auditDecision(t, in, ActSettle, in.How, "settled, "+in.How)
	return ""
}

// isLongExpired reports whether an order can surely no longer be paid: a day has gone by since the expiry that was sent to the
// gateway, or since the birth of a code order. If the clock was not trusted at birth, the day begins with this life.
func (s *Shop) isLongExpired(t *activeOrder) bool {
	if !t.Trusted {
		return s.now.Mono-t.Since >= expiredFor+max(t.Expires.Sub(t.Created), 0)
	}
	last := t.Expires
	if last.IsZero() {
		last = t.Created
	}
	return s.isSteady() && s.now.Wall.Sub(last) >= expiredFor
}

// retryRefund sends an owed order back for another refund, at the pace of any other try. The goods of a payment that this book
// never knew may have fallen, before the book was lost or restored: only a person can find out, and says how.
func (s *Shop) retryRefund(t *activeOrder, in DecideOrder) Refusal {
	switch {
	case !s.isOurs(t): // nobody can ask for it under another merchant
		return RefusedMerchant
	case t.Money.Fen == 0:
		return RefusedUnpaid
	case t.Last == Found && !t.No.IsSecond() && in.Note == "": // nothing fell for a second payment
		return RefusedReason
	}
	tryAt := min(t.Refunding.TryAt, s.now.Mono+refundGap)
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
	t.Refunding.TryAt = max(tryAt, s.now.Mono)
	s.auditDecision(t, in, ActRetry, "", "sent back for another refund")
	return ""
}

// handOver gives up asking about an order whose merchant is no longer in the config. Such an order has woken under other ids, so
// no call about it is under way. A person looks after it from here on, on the platform of its merchant.
func (s *Shop) handOver(t *activeOrder, in DecideOrder) Refusal {
	switch {
	case s.isOurs(t):
		return RefusedOurs
	case in.Note == "":
		return RefusedReason
	}
	s.move(t, Handed, func(o *Order) {
		in.signOrder(o)
		o.Reason = ReasonForeign
	})
	s.auditDecision(t, in, ActHand, "", "handed over to a person")
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
	if !s.isOurs(t) { // it is not asked: it was handed over, or the config comes back
		return false
	}
	return t.Reason == ReasonBarred || s.hasLasted(t, ReasonSilent, t.Heard, settleQuiet) || t.Closing.DeniedSince != 0 && s.hasLasted(t, ReasonUnknown, t.Closing.DeniedSince, settleMissing)
}
