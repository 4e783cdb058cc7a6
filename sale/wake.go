package sale

import (
	"slices"
	"time"
)

// wakeOrders takes up every unfinished order by the Woke column of the table. No path from here reaches a motor.
// Orders in quarantine wait for an hour: the same answer would end this life, too.
func (s *Shop) wakeOrders(p History, quarantined []No) {
	s.awake = true
	s.next, s.doubts, s.maintained, s.damaged = max(p.Next, 1), p.Doubts, p.Maintenance, p.Damaged
	s.slots = slices.Clone(p.Slots)
	slices.SortFunc(s.slots, func(a, b SlotState) int { return int(a.Slot - b.Slot) })
	s.gateway, s.bornAt = gatewayState{Since: s.now.Wall}, s.now.Mono
	for _, o := range p.Orders {
		m := s.now.Mono
		t := &activeOrder{Order: o, Due: m, Heard: m, Since: m, Ask: askState{Sent: m, Returned: m}, Refunding: refundState{TryAt: m + refundGap}, Quarantined: o.Reason == ReasonBarred}
		s.orders = append(s.orders, t)
		s.wakeOrder(t)
		s.markForeign(t)
		if slices.Contains(quarantined, t.No) {
			t.Due, t.Quarantined = s.now.Mono+hourly, true
			s.raiseAlarm("barred", t.Slot, t.No, "the book refuses what the gateway says of it: a person must look")
		}
	}
	s.wakeLost(p.Lost)
}

func (s *Shop) wakeOrder(t *activeOrder) {
	switch t.State {
	case Vending:
		s.move(t, Woke, func(o *Order) { refundFor(o, RefundForWoke, true) })
		t.Refunding.TryAt = s.now.Mono // it enters Refunding in this life
		s.setAside(t.Slot, FaultDoubt)
		s.countDoubt()
		s.showRefund(t.Order)
	case Asking, Waiting:
		s.move(t, Woke, nil)
	case Owed:
		t.Due = s.now.Mono + time.Minute
	case Closed:
		t.Rechecks = 3 // now, in ten minutes, and the next day: waits start anew
	}
}
