package sale

import (
	"slices"
	"strconv"
	"time"
)

// FaultDoubt sets a slot aside whose motor may have been running when the power went.
const FaultDoubt = "doubt"

// wake takes up every unfinished order by the Woke column of the table. No path from here reaches a motor.
func (s *Shop) wake(p History, barred []No) {
	s.awake = true
	s.next, s.doubts, s.maintained = max(p.Next, 1), p.Doubts, p.Maintenance
	s.shelves = slices.Clone(p.Slots)
	slices.SortFunc(s.shelves, func(a, b SlotState) int { return int(a.Slot - b.Slot) })
	s.cloud = cloud{Since: s.now.Wall}
	for _, o := range p.Orders {
		m := s.now.Mono
		t := &tab{Order: o, Due: m, Left: m, Ended: m, Heard: m, TryAt: m + refundGap}
		s.tabs = append(s.tabs, t)
		s.wakeOrder(t)
		if slices.Contains(barred, t.No) {
			t.Due, t.Barred = s.now.Mono+hourly, true
			s.warn("barred", t.Slot, t.No, "the book refuses what the gateway says of it: a person must look")
		}
	}
}

func (s *Shop) wakeOrder(t *tab) {
	switch t.State {
	case Vending:
		s.move(t, Woke, func(o *Order) { refundFor(o, RefundForWoke, true) })
		t.TryAt = s.now.Mono // it enters Refunding in this life
		s.setAside(t.Slot, FaultDoubt)
		s.doubt()
		s.front = front{Of: t.Order, Tail: ScreenRefunding, Until: s.now.Mono + time.Minute, Note: NoteReturned}
	case Asking, Waiting:
		s.move(t, Woke, nil)
	case Owed:
		t.Due = s.now.Mono + time.Minute
	case Closed:
		t.Looks = 3 // now, in ten minutes, and the next day: waits start anew
	}
}

// refundFor fills in what every move to Refunding stores: all that was paid goes back, in round 1.
func refundFor(o *Order, why string, doubt bool) {
	o.Round, o.RefundFen, o.Why, o.Doubt = 1, o.Money.Fen, why, doubt
	o.RefundNo = refundNo(o.No, o.Round)
}

func refundNo(no No, round int) string { return string(no) + "R" + strconv.Itoa(round) }
