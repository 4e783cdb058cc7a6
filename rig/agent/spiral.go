package main

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// How a spiral turns, in time of its motor being on.
const (
	leavesHome = 150 * time.Millisecond
	jamsAt     = 500 * time.Millisecond
	letsGo     = 900 * time.Millisecond
	oneTurn    = 1200 * time.Millisecond
	broken     = 30 * time.Millisecond // how long something falls through the light
)

// troubles are what may be wrong with a slot.
var troubles = []string{"ok", "jam", "no-drop", "spark"}

// spiral is a slot that hangs on the pins: its motor is watched, its home switch (low: home) and its
// light barrier (low: blocked) are pulled.
type spiral struct {
	Number int    `json:"number"`
	Motor  int    `json:"motor"`
	Home   int    `json:"home"`
	Drop   int    `json:"drop"`
	How    string `json:"how"`

	on      bool // in the look before
	angle   time.Duration
	fell    bool
	falling time.Duration // what is left of the beam's being broken
}

// slot hangs a spiral on its pins, or changes what is wrong with it; then a hand turns it home.
func (p *pins) slot(s *spiral) error {
	if s == nil || !slices.Contains(troubles, s.How) {
		return fmt.Errorf("slot: its trouble must be one of %v", troubles)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slots = slices.DeleteFunc(p.slots, func(old *spiral) bool { return old.Number == s.Number })
	p.slots = append(p.slots, s)
	if err := p.pull(s.Drop, 1); err != nil {
		return err
	}
	return p.pull(s.Home, 0)
}

// turn brings a spiral to where it is after so much time.
func (p *pins) turn(s *spiral, passed time.Duration) error {
	if s.falling > 0 {
		if s.falling -= passed; s.falling <= 0 {
			if err := p.pull(s.Drop, 1); err != nil {
				return err
			}
		}
	}
	on, err := p.read(s.Motor)
	if err != nil {
		return err
	}
	if started := on == 1 && !s.on; started && s.How == "spark" { // goods fall all the same
		if err := errors.Join(p.pull(s.Drop, 0), p.pull(s.Drop, 1)); err != nil {
			return err
		}
	}
	s.on = on == 1
	if on == 1 && !(s.How == "jam" && s.angle >= jamsAt) {
		s.angle += passed
	}
	if s.angle >= letsGo && !s.fell && s.How != "no-drop" {
		s.fell, s.falling = true, broken
		p.tell(message{Event: "drop", Pin: s.Drop, Level: s.Number})
		if err := p.pull(s.Drop, 0); err != nil {
			return err
		}
	}
	if s.angle >= oneTurn {
		s.angle, s.fell = 0, false
	}
	return p.stand(s)
}

// stand keeps the home switch where the spiral has it: the kernel's simulator takes the kiosk's own
// wish for a pull for a hand on the wire.
func (p *pins) stand(s *spiral) error {
	want := 0
	if s.angle >= leavesHome {
		want = 1
	}
	is, err := p.read(s.Home)
	if err != nil || is == want {
		return err
	}
	return p.pull(s.Home, want)
}
