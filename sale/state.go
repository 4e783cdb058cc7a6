package sale

import (
	"maps"
	"slices"
	"time"
)

// ShopState is all that a Shop remembers between two steps. A shop that is given it goes on as the one it was
// taken from would have.
type ShopState struct {
	Orders     []tab           `json:"orders"`
	Front      front           `json:"front"`
	Cloud      cloud           `json:"cloud"`
	Shelves    []SlotState     `json:"shelves"`
	Blocked    map[Slot]bool   `json:"blocked"`
	Parts      []Why           `json:"parts"`
	Doubts     Doubts          `json:"doubts"`
	Stuck      stuckVend       `json:"stuck"`
	Stray      time.Duration   `json:"stray"`
	Next       int             `json:"next"`
	Charged    map[Handle]bool `json:"charged"`
	Strays     map[string]int  `json:"strays"`
	Alarms     int             `json:"alarms"`
	Awake      bool            `json:"awake"`
	Maintained string          `json:"maintained"`
	Testing    Slot            `json:"testing"`
	Address    string          `json:"address"`
	Faulty     bool            `json:"faulty"`
	Armed      bool            `json:"armed"`
	Shown      *View           `json:"shown"`
}

// State returns a copy of all that the shop remembers. The next step does not change it.
func (s *Shop) State() ShopState {
	orders := make([]tab, len(s.tabs))
	for i, t := range s.tabs {
		orders[i] = *t
	}
	return ShopState{
		orders, s.front, s.cloud, slices.Clone(s.shelves), maps.Clone(s.blocked), slices.Clone(s.parts), s.doubts, s.stuck, s.stray,
		s.next, maps.Clone(s.charged), maps.Clone(s.strays), s.alarms, s.awake, s.maintained, s.testing, s.address, s.faulty,
		s.armed, s.shown,
	}
}

// Restore makes a new shop remember what another one did. The shop owns m from then on.
func (s *Shop) Restore(m ShopState) {
	s.tabs = make([]*tab, len(m.Orders))
	for i := range m.Orders {
		s.tabs[i] = &m.Orders[i]
	}
	s.front, s.cloud, s.shelves, s.blocked, s.parts, s.doubts, s.stuck = m.Front, m.Cloud, m.Shelves, m.Blocked, m.Parts, m.Doubts, m.Stuck
	s.stray, s.next, s.charged, s.strays, s.alarms, s.awake = m.Stray, m.Next, m.Charged, m.Strays, m.Alarms, m.Awake
	s.maintained, s.testing, s.address, s.faulty, s.armed, s.shown = m.Maintained, m.Testing, m.Address, m.Faulty, m.Armed, m.Shown
}

// Moved reports whether the last step did anything that was due. A Tick that did not, and brought no deed but an
// Alarmed, left the shop as it was.
func (s *Shop) Moved() bool { return s.stirred }
