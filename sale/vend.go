package sale

import "time"

const (
	lateEdge  = 60 * time.Second
	maxDoubts = 3
	doubtsDay = 24 * time.Hour
	strayGap  = time.Minute
)

// endVend sells or refunds: the motor has stopped, and the light barrier has settled.
func (s *Shop) endVend(in Vended) {
	t := s.findOrder(in.No)
	if t == nil || t.State != Vending {
		return
	}
	if in.Dropped {
		s.move(t, Dropped, func(o *Order) { o.Fault = in.Fault })
		s.showAfter(t.Order, ScreenThanks, "", thanksFor)
		s.takeFromStock(t.Slot, max(in.Pieces, 1), in.Fault)
		return
	}
	doubt := motorRan(in.Fault)
	s.move(t, Stuck, func(o *Order) {
		o.Fault = in.Fault
		refundFor(o, RefundForStuck, doubt)
	})
	s.toRefunding(t)
	s.showRefund(t.Order)
	s.setAside(t.Slot, in.Fault)
	if doubt {
		s.stuck = stuckVend{t.No, t.Slot, s.now.Mono}
		s.countDoubt()
	}
}

// motorRan reports whether a vend with that fault may have turned its motor.
func motorRan(fault string) bool { return fault != FaultBlocked && fault != FaultDoor }

// countDoubt counts a vend that may have dropped unseen. Three in a day, without ten proven drops between,
// stop the kiosk. When the first is older than a day the one after it, whose time is not kept, still counts.
func (s *Shop) countDoubt() {
	d := s.doubts
	old := s.isSteady() && !d.First.IsZero() && s.now.Wall.Sub(d.First) > doubtsDay
	if old {
		d.Count = min(d.Count-1, 1)
	}
	if d.Count == 0 || old {
		d.First = time.Time{}
		if s.isSteady() {
			d.First = s.now.Wall
		}
	}
	d.Count, d.Drops = d.Count+1, 0
	if d.Count >= maxDoubts && d.Stopped == "" {
		d.Stopped = "three vends in a day ended in doubt: look at slots and light barriers, then clear it"
	}
	s.doubts, s.batch.Doubts = d, &d
}

// noteEdge takes a drop while no motor ran. Within a minute it belongs to the last stuck order, if no motor ran since.
func (s *Shop) noteEdge(in Edge) {
	if in.Unreadable {
		s.flagSlot(in.Slot, FlagNoisy)
		return
	}
	if v := s.stuck; v.No != "" && s.testing == 0 && s.now.Mono-v.At <= lateEdge {
		s.stuck = stuckVend{}
		if t := s.findOrder(v.No); t != nil {
			s.move(t, Dropped, func(o *Order) { o.GoodsToo = true })
		}
		if h := s.findSlot(v.Slot); h != nil && h.Fault == "" {
			s.setAside(v.Slot, FaultNoDrop) // somebody cleared it too soon
		}
		s.raiseAlarm("late drop", v.Slot, v.No, "goods and money both went out")
		return
	}
	if s.strayAt != 0 && s.now.Mono-s.strayAt < strayGap {
		s.alarms++
		return
	}
	s.strayAt = max(s.now.Mono, 1)
	s.raiseAlarm("stray drop", in.Slot, "", "the light barrier saw something while no motor ran")
}
