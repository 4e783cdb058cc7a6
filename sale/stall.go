package sale

import (
	"cmp"
	"time"
)

const (
	stallAfter   = 4 * time.Hour  // in Closing or Refunding: by then every ordinary end has come
	pendingAfter = 24 * time.Hour // the same while a refund is under way: some banks take days
	overdueAfter = 24 * time.Hour // since its birth, for a kiosk that never runs for long
	justCame     = 10 * time.Minute
)

// Stall is an order that is not owed and still wants a person's look.
type Stall struct {
	No  No
	Why string // ReasonOverdue …, or StallWord
}

// StallWord is a Stall's Why: the gateway says a word of the order that nobody here knows.
const StallWord = "unknown word"

// remarkStalled tells a person, once in a life, that an order has not come to its end for hours, whatever keeps it: answers that
// are never complete, a cancel that is always refused, a refund that is neither done nor refused.
func (s *Shop) remarkStalled(t *activeOrder) {
	here := s.hasStood(t)
	if !here && !s.isOverdue(t) {
		return
	}
	news := t.Reason == ""
	if news {
		s.setReason(t, ReasonOverdue)
	}
	if t.Stalled || !here && !news { // a kiosk whose power fails every minute says it once
		return
	}
	t.Stalled = true
	s.raiseAlarm("stalled", t.Slot, t.No, string(t.State)+": "+t.Reason)
}

// hasStood reports whether an order has been in Closing or Refunding for hours of this life.
func (s *Shop) hasStood(t *activeOrder) bool {
	limit := stallAfter
	if t.State == Refunding && t.Refunding.Pending {
		limit = pendingAfter
	}
	return (t.State == Closing || t.State == Refunding) && s.now.Mono-t.Since >= limit
}

// isOverdue reports whether an order in Closing or Refunding was born more than a day ago. One that came there just now, paid
// late, may end at once.
func (s *Shop) isOverdue(t *activeOrder) bool {
	return (t.State == Closing || t.State == Refunding) && s.now.Mono-t.Since >= justCame &&
		s.isSteady() && t.Trusted && s.now.Wall.Sub(t.Created) > overdueAfter
}

// stalledOrders lists the orders that want a person's look.
func (s *Shop) stalledOrders() (out []Stall) {
	for _, t := range s.orders {
		if why := s.stallOf(t); why != "" {
			out = append(out, Stall{t.No, why})
		}
	}
	return out
}

// stallOf is why a person should look at an order; "" if there is no need.
func (s *Shop) stallOf(t *activeOrder) string {
	switch {
	case t.Noticed:
		return ReasonNotice
	case t.Lost != "" && !s.isOurs(t):
		return ReasonForeign // of a lost book: nothing else speaks of it
	case !s.isOurs(t) || t.State == Owed: // a person is asked for anyway
		return ""
	case t.Quarantined:
		return ReasonBarred
	case t.Word != "":
		return StallWord
	case t.State == Refunding && (t.Reason == ReasonBalance || t.Reason == ReasonConfig):
		return t.Reason // only a person can set it free
	case s.hasStood(t), s.isOverdue(t):
		return cmp.Or(t.Reason, ReasonOverdue)
	}
	return ""
}
