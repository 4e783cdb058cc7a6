package sale

import (
	"fmt"
	"slices"
	"strings"
)

// The codes of /readyz that the shop itself gives; parts give their own.
const (
	NotReadyStarting    = "starting"
	NotReadyStopped     = "stopped"
	NotReadyConfig      = "config"
	NotReadyOffline     = "offline"
	NotReadyClock       = "clock"
	NotReadyBusy        = "busy"
	NotReadyEmpty       = "empty"
	NotReadyMaintenance = "maintenance"
	NotReadyDoor        = "door" // also the part's name in Health
)

const maxClosing = 20

// why lists every reason not to offer a sale; none means ready.
func (s *Shop) why() []Why {
	if !s.awake {
		return append([]Why{{NotReadyStarting, "the book is not read yet"}}, s.parts...)
	}
	var out []Why
	if s.doubts.Stopped != "" {
		out = append(out, Why{NotReadyStopped, s.doubts.Stopped})
	}
	if s.maintained != "" {
		out = append(out, Why{NotReadyMaintenance, "out of service, set by " + s.maintained})
	}
	if s.faulty {
		out = append(out, Why{NotReadyConfig, "the gateway refuses our configuration: check pay.appid, pay.mchid, pay.key_file"})
	}
	switch {
	case !s.cloud.Known && s.cloud.Missed == 0:
		out = append(out, Why{NotReadyStarting, "the gateway is not asked yet"})
	case !s.cloud.Reached:
		out = append(out, Why{NotReadyOffline, "the gateway does not answer"})
	}
	if !s.now.Trusted {
		out = append(out, Why{NotReadyClock, "the clock is not trusted"})
	}
	out = append(out, s.parts...)
	if s.closing() >= maxClosing {
		out = append(out, Why{NotReadyBusy, fmt.Sprintf("%d payments are still being closed", s.closing())})
	}
	if !slices.ContainsFunc(s.shelves, func(h SlotState) bool { return s.fault(h) == "" }) {
		out = append(out, Why{NotReadyEmpty, "no slot can sell"})
	}
	return out
}

func (s *Shop) closing() (n int) {
	for _, t := range s.tabs {
		if t.State == Closing {
			n++
		}
	}
	return n
}

// fault says why a slot does not sell; "" sells.
func (s *Shop) fault(h SlotState) string {
	switch {
	case h.Fault != "":
		return h.Fault
	case s.blocked[h.Slot]:
		return FaultBlocked
	case h.Stock <= 0:
		return NotReadyEmpty
	}
	return ""
}

func (s *Shop) shelf(n Slot) *SlotState {
	for i := range s.shelves {
		if s.shelves[i].Slot == n {
			return &s.shelves[i]
		}
	}
	return nil
}

// keep writes a shelf with the page of this step.
func (s *Shop) keep(h *SlotState) {
	s.page.Slots = slices.DeleteFunc(s.page.Slots, func(o SlotState) bool { return o.Slot == h.Slot })
	s.page.Slots = append(s.page.Slots, *h)
}

func (s *Shop) health(in Health) {
	i, had := slices.BinarySearchFunc(s.parts, in.Part, func(w Why, p string) int { return strings.Compare(w.Code, p) })
	switch {
	case in.Fault == "" && had:
		s.parts = slices.Delete(s.parts, i, i+1)
	case in.Fault != "" && had:
		s.parts[i].Text = in.Fault
	case in.Fault != "":
		s.parts = slices.Insert(s.parts, i, Why{in.Part, in.Fault})
	}
	if in.Part == NotReadyDoor && in.Fault != "" {
		s.vacate()
	}
}

func (s *Shop) beam(in Beam) {
	if s.blocked == nil {
		s.blocked = map[Slot]bool{}
	}
	s.blocked[in.Slot] = in.Blocked
}

// wares is what the idle screen and the status page show.
func (s *Shop) wares() []Product {
	out := make([]Product, 0, len(s.shelves))
	for _, h := range s.shelves {
		out = append(out, s.product(h))
	}
	return out
}

func (s *Shop) product(h SlotState) Product {
	return Product{h.Slot, h.Name, h.NameEN, h.Fen, h.Stock, s.fault(h), h.Flag, h.Fault != ""}
}

// Snapshot is the shop as others may see it.
func (s *Shop) Snapshot() Snapshot {
	why := s.why()
	n := Snapshot{
		Ready: len(why) == 0, Why: why, Clock: s.now.Trusted, Products: s.wares(), Doubts: s.doubts, Alarms: s.alarms, Maintenance: s.maintained, Testing: s.testing,
		Cloud: Cloud{s.cloud.Reached, s.cloud.Since}, Strays: map[string]int{}, View: s.view(),
	}
	for k, v := range s.strays {
		n.Strays[k] = v
	}
	for _, t := range s.tabs {
		switch {
		case t.State == Owed:
			n.Owed++
		case !t.State.Over() && t.State != New:
			n.Open++
		}
	}
	if t := s.live(); t != nil {
		n.Live, n.Selling = true, t.Slot
	}
	n.Front, n.Settleable = n.View.front(), s.settleableOrders()
	return n
}
