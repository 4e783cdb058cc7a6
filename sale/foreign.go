package sale

import (
	"fmt"
	"slices"
	"strings"
)

// isOurs reports whether an order can be asked about: its merchant is in the config. The config names one today.
func (s *Shop) isOurs(t *activeOrder) bool { return t.Merchant.IsSamePayee(s.Merchant) }

// markForeign keeps why a woken order stands still whose merchant is no longer in the config, and forgets it once that is back.
// Until a person has handed such orders over nothing is sold: the owner may have meant to put the config back.
func (s *Shop) markForeign(t *activeOrder) {
	away := t.Reason == ReasonForeign || t.Reason == ReasonNotice
	switch {
	case s.isOurs(t) && away && t.State != Owed:
		s.setReason(t, "")
	case s.isOurs(t):
	case t.Reason == ReasonNotice:
		t.Noticed = true
	case isForeign(t) && !away:
		s.setReason(t, ReasonForeign)
		s.raiseAlarm("other merchant", t.Slot, t.No, "its mchid is "+t.Merchant.MchID+", its appid "+t.Merchant.AppID)
	}
}

// isForeign is of the states in which an order must be asked about.
func isForeign(t *activeOrder) bool { return t.State == Closing || t.State == Refunding }

// foreignOrders are the orders that must be asked about and cannot.
func (s *Shop) foreignOrders() (out []*activeOrder) {
	for _, t := range s.orders {
		if isForeign(t) && !s.isOurs(t) {
			out = append(out, t)
		}
	}
	return out
}

// holdUpSale are the foreign orders that keep the kiosk from selling. A trial order in Closing does not: nobody saw its code, so
// no customer waits for it. A person may hand it over all the same.
func (s *Shop) holdUpSale() []*activeOrder {
	return slices.DeleteFunc(s.foreignOrders(), func(t *activeOrder) bool { return t.State == Closing && t.IsTrial() })
}

func numbersOf(orders []*activeOrder) (out []No) {
	for _, t := range orders {
		out = append(out, t.No)
	}
	return out
}

// describeForeign says what to do about them.
func describeForeign(orders []*activeOrder) string {
	m := orders[0].Merchant
	var ends []string
	for _, t := range orders[:min(len(orders), 5)] {
		ends = append(ends, "…"+string(t.No[max(len(t.No)-4, 0):]))
	}
	return fmt.Sprintf("%d orders are still open under %s mchid %s, appid %s (%s): put pay.api, pay.mchid, pay.appid and the sub ids back, or hand the orders over on the page",
		len(orders), m.API, m.MchID, m.AppID, strings.Join(ends, ", "))
}

// noteUnaskable tells a person of a notice about an order that nobody can ask about any more: money may have come for it.
func (s *Shop) noteUnaskable(t *activeOrder) {
	if t.Noticed {
		return
	}
	t.Noticed = true
	if t.State == Closed {
		s.setReason(t, ReasonNotice)
	}
	s.raiseAlarm("notice", t.Slot, t.No, "money may have come, and it cannot be asked about: its mchid is "+t.Merchant.MchID+", its appid "+t.Merchant.AppID)
}
