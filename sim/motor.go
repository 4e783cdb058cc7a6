package sim

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// How a spiral turns, in time of its motor being on.
const (
	LeavesHome = 150 * time.Millisecond
	Drops      = 900 * time.Millisecond
	OneTurn    = 1200 * time.Millisecond

	jamsAt     = 500 * time.Millisecond
	fallsLate  = 6 * time.Second        // after the motor stopped, with late-drop
	fallApart  = 250 * time.Millisecond // between the two of a double-drop
	beamBroken = 30 * time.Millisecond
)

// What may be wrong with a slot. The first four are the customers' everyday, the others for tests.
const (
	SlotOK       = "ok"
	SlotJam      = "jam"       // leaves home, never comes back, nothing falls
	SlotNoDrop   = "no-drop"   // turns, nothing falls
	SlotLateDrop = "late-drop" // falls six seconds after the motor stopped
	SlotNoMotor  = "no-motor"  // nothing turns
	SlotDouble   = "double-drop"
	SlotBeam     = "beam-stuck" // something lies in the light barrier
)

// SlotTroubles lists them.
var SlotTroubles = []string{SlotJam, SlotNoDrop, SlotLateDrop, SlotNoMotor, SlotDouble, SlotBeam, SlotOK}

// SlotCounts is what a slot has done since the street was built.
type SlotCounts struct {
	Number  int `json:"number"`
	Turned  int `json:"turned"`  // the spiral left home
	Dropped int `json:"dropped"` // goods that fell
	Started int `json:"started"` // the motor was switched on
}

// Slot is a spiral with its motor, home switch (low: home) and light barrier. It watches the motor's
// wire. Home may be nil. Wire it with a struct literal, then Attach.
type Slot struct {
	Number int
	Motor  *Pin
	Home   *Pin
	Beam   *Beam
	Counts SlotCounts
	Keep   func() // called after a count changed and before a wire tells of it

	mu      sync.Mutex
	how     string
	on      bool
	since   time.Time     // the spiral stood at angle then
	angle   time.Duration // of this turn
	timer   *time.Timer
	hanging bool // goods that will fall once the motor has stopped
	falling []*time.Timer
	closed  bool
}

// Attach puts the spiral home and begins to watch the motor.
func (s *Slot) Attach() {
	s.mu.Lock()
	s.how, s.Counts.Number = SlotOK, s.Number
	s.mu.Unlock()
	s.home(true)
	s.Motor.Watch(s.moved)
	s.moved()
}

// Detach stops everything that would still happen.
func (s *Slot) Detach() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.timer != nil {
		s.timer.Stop()
	}
	for _, t := range s.falling {
		t.Stop()
	}
}

// Trouble makes something wrong, or right: then a hand puts the spiral home and clears the barrier.
func (s *Slot) Trouble(how string) error {
	if !slices.Contains(SlotTroubles, how) {
		return fmt.Errorf("slot %d: no trouble named %q", s.Number, how)
	}
	s.mu.Lock()
	deeds := s.settle(time.Now())
	was := s.how
	s.how = how
	byHand := how == SlotOK && !s.on
	if byHand {
		s.angle, s.hanging = 0, false
	}
	s.mu.Unlock()
	s.run(deeds)
	if was != how && s.Beam != nil {
		if how == SlotBeam {
			s.Beam.block()
		}
		if was == SlotBeam {
			s.Beam.clear()
		}
	}
	if byHand {
		s.home(true)
	}
	s.moved()
	return nil
}

// How is the present trouble.
func (s *Slot) How() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.how
}

// Done is what the slot has done.
func (s *Slot) Done() SlotCounts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Counts
}

// Turning tells whether the motor has power.
func (s *Slot) Turning() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.on
}

// moved looks at the motor's wire and at the time, and does what is due.
func (s *Slot) moved() {
	level := s.Motor.Level() == gpio.High
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	now := time.Now()
	deeds := s.settle(now)
	switch {
	case level && !s.on:
		s.on = true
		s.Counts.Started++
		deeds = append(deeds, s.Keep)
	case !level && s.on:
		s.on = false
		if s.hanging {
			s.hanging = false
			s.later(fallsLate, s.drop)
		}
	}
	s.plan()
	s.mu.Unlock()
	s.run(deeds)
}

func (s *Slot) run(deeds []func()) {
	for _, do := range deeds {
		if do != nil {
			do()
		}
	}
}

// step is where the running spiral gets to next, and what happens there.
func (s *Slot) step() (at time.Duration, deeds func() []func()) {
	switch {
	case !s.on || s.how == SlotNoMotor || s.how == SlotJam && s.angle >= jamsAt:
		return 0, nil
	case s.angle < LeavesHome:
		return LeavesHome, func() []func() {
			s.Counts.Turned++
			return []func(){s.Keep, func() { s.home(false) }}
		}
	case s.how == SlotJam:
		return jamsAt, func() []func() { return nil }
	case s.angle < Drops:
		return Drops, s.letGo
	default:
		return OneTurn, func() []func() {
			s.angle = 0
			return []func(){func() { s.home(true) }}
		}
	}
}

// letGo is the moment in a turn when goods leave the spiral.
func (s *Slot) letGo() []func() {
	switch s.how {
	case SlotNoDrop:
		return nil
	case SlotLateDrop:
		s.hanging = true
		return nil
	case SlotDouble:
		s.later(fallApart, s.drop)
	}
	return []func(){s.drop}
}

// settle brings the spiral to where it is now, with every step that was due on the way.
func (s *Slot) settle(now time.Time) (all []func()) {
	for {
		at, deeds := s.step()
		if deeds == nil {
			s.since = now
			return all
		}
		if gone := now.Sub(s.since); gone < at-s.angle {
			s.angle, s.since = s.angle+gone, now
			return all
		}
		s.since = s.since.Add(at - s.angle)
		s.angle = at
		all = append(all, deeds()...)
	}
}

// plan sets the timer for the next step.
func (s *Slot) plan() {
	if s.timer != nil {
		s.timer.Stop()
	}
	if at, deeds := s.step(); deeds != nil {
		s.timer = time.AfterFunc(at-s.angle, s.moved)
	}
}

func (s *Slot) later(d time.Duration, do func()) {
	s.falling = append(s.falling, time.AfterFunc(d, do))
}

// drop lets one piece fall through the light barrier, counted first.
func (s *Slot) drop() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.Counts.Dropped++
	s.mu.Unlock()
	if s.Keep != nil {
		s.Keep()
	}
	if s.Beam != nil {
		s.Beam.Pulse(beamBroken)
	}
}

func (s *Slot) home(is bool) {
	if s.Home == nil {
		return
	}
	if is {
		s.Home.Set(gpio.Low)
		return
	}
	s.Home.Release()
}

// Beam is a light barrier on a wire: high is clear, low is blocked. Slots may share it.
type Beam struct {
	Pin *Pin

	mu     sync.Mutex
	things int // in the light
}

// Pulse lets something fall through the light.
func (b *Beam) Pulse(d time.Duration) {
	b.block()
	time.AfterFunc(d, b.clear)
}

func (b *Beam) block() { b.put(1) }
func (b *Beam) clear() { b.put(-1) }

func (b *Beam) put(n int) {
	b.mu.Lock()
	b.things = max(0, b.things+n)
	blocked := b.things > 0
	b.mu.Unlock()
	b.Pin.Set(gpio.Level(!blocked))
}
