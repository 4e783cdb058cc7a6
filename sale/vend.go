package sale

import "time"

const (
	lateEdge   = 60 * time.Second
	doubtsMany = 3
	dropsMany  = 10
	doubtsDay  = 24 * time.Hour
	strayGap   = time.Minute
)

// vended: the motor has stopped, and the light barrier has had its say.
func (s *Shop) vended(in Vended) {
	t := s.find(in.No)
	if t == nil || t.State != Vending {
		return
	}
	if in.Dropped {
		s.move(t, Dropped, func(o *Order) { o.Fault = in.Fault })
		s.finish(t.Order, ScreenThanks, "", thanksFor)
		s.dropped(t.Slot, in.Fault)
		return
	}
	doubt := ran(in.Fault)
	s.move(t, Stuck, func(o *Order) {
		o.Fault = in.Fault
		refundFor(o, RefundForStuck, doubt)
	})
	s.toRefunding(t)
	s.finish(t.Order, ScreenRefunding, NoteReturned, refundingFor)
	s.setAside(t.Slot, in.Fault)
	if doubt {
		s.stuck = stuckVend{t.No, t.Slot, s.now.Mono}
		s.doubt()
	}
}

// ran tells whether a vend that ended so may have turned its motor.
func ran(fault string) bool { return fault != FaultBlocked && fault != FaultDoor }

// doubt counts a vend that may have dropped unseen. Three in a day, without ten proven drops between,
// stop the kiosk. When the first is older than a day the one after it, whose time is not kept, still counts.
func (s *Shop) doubt() {
	d := s.doubts
	old := s.now.Trusted && !d.First.IsZero() && s.now.Wall.Sub(d.First) > doubtsDay
	if old {
		d.Count = min(d.Count-1, 1)
	}
	if d.Count == 0 || old {
		d.First = time.Time{}
		if s.now.Trusted {
			d.First = s.now.Wall
		}
	}
	d.Count, d.Drops = d.Count+1, 0
	if d.Count >= doubtsMany && d.Stopped == "" {
		d.Stopped = "three vends in a day ended in doubt: look at slots and light barriers, then clear it"
	}
	s.doubts, s.batch.Doubts = d, &d
}

// edge: something fell while no motor ran. Within a minute it belongs to the last stuck order, if
// none ran since.
func (s *Shop) edge(in Edge) {
	if v := s.stuck; v.No != "" && s.testing == 0 && s.now.Mono-v.At <= lateEdge {
		s.stuck = stuckVend{}
		if t := s.find(v.No); t != nil {
			s.move(t, Dropped, func(o *Order) { o.GoodsToo = true })
		}
		if h := s.shelf(v.Slot); h != nil && h.Fault == "" {
			s.setAside(v.Slot, FaultNoDrop) // somebody cleared it too soon
		}
		s.warn("late drop", v.Slot, v.No, "goods and money both went out")
		return
	}
	if s.strayAt != 0 && s.now.Mono-s.strayAt < strayGap {
		s.alarms++
		return
	}
	s.strayAt = max(s.now.Mono, 1)
	s.warn("stray drop", in.Slot, "", "the light barrier saw something while no motor ran")
}
