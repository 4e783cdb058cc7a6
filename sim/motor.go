package sim

import (
	"cmp"
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
	fallsLate  = 6 * time.Second        // after the motor stopped for good, with late-drop
	fallApart  = 250 * time.Millisecond // between the two of a double-drop
	beamBroken = 30 * time.Millisecond
	shaken     = 200 * time.Millisecond // into a nudge what hangs comes loose

	// A motor that starts again so soon after a turn that dropped nothing is a nudge of the same vend, unless
	// it runs for longer.
	nudgeSoon = 2 * time.Second
	nudgeMost = OneTurn * 3 / 4
)

// SlotCounts is what a slot has done since the street was built.
type SlotCounts struct {
	Number  int `json:"number"`
	Turned  int `json:"turned"`  // the spiral left home for a turn, or came as far as a drop once more without a stop
	Dropped int `json:"dropped"` // goods that fell
	Started int `json:"started"` // the motor was switched on for a turn
	Nudged  int `json:"nudged"`  // and again, shortly, after a turn that dropped nothing
}

// Slot is a spiral with its motor, home switch and light barrier. It watches the motor's wire. Home may
// be nil. Wire it with a struct literal, then Attach.
type Slot struct {
	Number   int
	Motor    *Pin
	Home     *Pin
	HomeHigh bool // the switch opens at home: high is home; otherwise low is
	Beam     *Beam
	Pushes   int // how many nudges what hangs bears [2]
	Counts   SlotCounts
	Keep     func() // called after a count changed and before a wire tells of it

	mu      sync.Mutex
	how     string
	on      bool
	since   time.Time     // the spiral stood at angle then
	angle   time.Duration // of this turn
	rounds  int           // made since it was switched on for a turn
	timer   *time.Timer
	hanging bool // goods that will fall once the motor has stopped
	lately  *time.Timer
	hangs   int // nudges until they fall
	falling []*time.Timer
	closed  bool

	atHome  bool
	started time.Time // the motor's last start
	stopped time.Time // and stop
	fell    bool      // something did since the turn began
	nudging bool
}

// Attach puts the spiral home and begins to watch the motor.
func (s *Slot) Attach() {
	s.mu.Lock()
	s.how, s.Counts.Number = SlotOK, s.Number
	s.mu.Unlock()
	if s.Beam != nil {
		s.Beam.attachPin()
	}
	s.setHomeSwitch(true)
	s.Motor.Watch(s.followMotor)
	s.followMotor()
}

// Detach stops everything that would still happen.
func (s *Slot) Detach() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.timer != nil {
		s.timer.Stop()
	}
	for _, t := range append(s.falling, s.lately) {
		if t != nil {
			t.Stop()
		}
	}
}

// SetTrouble makes something wrong, or right: then a hand puts the spiral home and clears the barrier.
func (s *Slot) SetTrouble(how string) error {
	if !slices.Contains(SlotTroubles, how) {
		return fmt.Errorf("slot %d: no trouble named %q", s.Number, how)
	}
	s.mu.Lock()
	deeds := s.catchUp(time.Now())
	was := s.how
	s.how = how
	byHand := how == SlotOK && !s.on
	if byHand {
		s.angle, s.hanging, s.hangs = 0, false, 0
	}
	atHome := s.atHome || byHand
	s.mu.Unlock()
	s.runDeeds(deeds)
	if was != how && s.Beam != nil {
		s.Beam.changeTrouble(was, how)
	}
	s.setHomeSwitch(atHome)
	s.followMotor()
	return nil
}

// CurrentTrouble is the present trouble.
func (s *Slot) CurrentTrouble() string {
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

// followMotor looks at the motor's wire and at the time, and does what is due.
func (s *Slot) followMotor() {
	level := s.Motor.Level() == gpio.High
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	now := time.Now()
	deeds := s.catchUp(now)
	switch {
	case level && !s.on:
		s.on = true
		s.startTurn(now)
		deeds = append(deeds, s.Keep, s.drawSpark)
	case !level && s.on:
		s.on = false
		s.stopTurn(now)
		deeds = append(deeds, s.Keep)
	}
	s.scheduleStep()
	s.mu.Unlock()
	s.runDeeds(deeds)
}

// startTurn counts a turn, or a nudge of what did not fall.
func (s *Slot) startTurn(now time.Time) {
	s.nudging = s.Counts.Started > 0 && !s.fell && now.Sub(s.stopped) <= nudgeSoon
	s.started = now
	if s.lately != nil && s.lately.Stop() {
		s.hanging = true // it is held up once more
	}
	if !s.nudging {
		s.fell, s.hangs, s.rounds = false, 0, 0
		s.Counts.Started++
		return
	}
	s.Counts.Nudged++
	if s.hangs > 0 {
		if s.hangs--; s.hangs == 0 {
			s.runLater(shaken, s.dropGoods)
		}
	}
}

// stopTurn lets go of what hangs. A nudge that was as long as a turn was one.
func (s *Slot) stopTurn(now time.Time) {
	s.stopped = now
	if s.nudging && now.Sub(s.started) > nudgeMost {
		s.Counts.Nudged--
		s.Counts.Started++
		s.Counts.Turned++
	}
	if s.hanging {
		s.hanging = false
		s.lately = time.AfterFunc(fallsLate, s.dropGoods)
	}
}

// drawSpark: the motor's inrush is seen on the light barrier's wire, if that is the trouble.
func (s *Slot) drawSpark() {
	if s.Beam != nil && s.CurrentTrouble() == SlotSpark {
		s.Beam.Pin.Spark(0)
	}
}

func (s *Slot) runDeeds(deeds []func()) {
	for _, do := range deeds {
		if do != nil {
			do()
		}
	}
}

// nextStep is where the running spiral gets to next, and what happens there.
func (s *Slot) nextStep() (at time.Duration, deeds func() []func()) {
	switch {
	case !s.on || s.how == SlotNoMotor || s.how == SlotJam && s.angle >= jamsAt:
		return 0, nil
	case s.angle < LeavesHome:
		return LeavesHome, func() []func() {
			if !s.nudging && s.rounds == 0 {
				s.Counts.Turned++
			}
			return []func(){s.Keep, func() { s.setHomeSwitch(false) }}
		}
	case s.how == SlotJam:
		return jamsAt, func() []func() { return nil }
	case s.angle < Drops:
		return Drops, func() []func() {
			if !s.nudging && s.rounds > 0 { // a motor that is switched off a little late has not turned twice
				s.Counts.Turned++
			}
			return s.letGo()
		}
	default:
		return OneTurn, func() []func() {
			s.angle = 0
			s.rounds++
			return []func(){func() { s.setHomeSwitch(true) }}
		}
	}
}

// letGo is the moment in a turn when goods leave the spiral.
func (s *Slot) letGo() []func() {
	switch s.how {
	case SlotNoDrop, SlotSpark:
		return nil
	case SlotLateDrop:
		s.hanging = true
		return nil
	case SlotHangs:
		if !s.nudging {
			s.hangs = cmp.Or(s.Pushes, 2)
		}
		return nil
	case SlotDouble:
		s.runLater(fallApart, s.dropGoods)
	}
	return []func(){s.dropGoods}
}

// catchUp brings the spiral to where it is now, with every step that was due on the way.
func (s *Slot) catchUp(now time.Time) (all []func()) {
	for {
		at, deeds := s.nextStep()
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

// scheduleStep sets the timer for the next step.
func (s *Slot) scheduleStep() {
	if s.timer != nil {
		s.timer.Stop()
	}
	if at, deeds := s.nextStep(); deeds != nil {
		s.timer = time.AfterFunc(at-s.angle, s.followMotor)
	}
}

func (s *Slot) runLater(d time.Duration, do func()) {
	s.falling = append(s.falling, time.AfterFunc(d, do))
}

// dropGoods lets one piece fall through the light barrier, counted first.
func (s *Slot) dropGoods() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.Counts.Dropped++
	s.fell = true
	s.mu.Unlock()
	if s.Keep != nil {
		s.Keep()
	}
	if s.Beam != nil {
		s.Beam.Pulse(beamBroken)
	}
}

// setHomeSwitch puts the switch where the spiral is, as far as its wire tells.
func (s *Slot) setHomeSwitch(is bool) {
	s.mu.Lock()
	s.atHome = is
	how := s.how
	s.mu.Unlock()
	if s.Home == nil {
		return
	}
	closed := is != s.HomeHigh
	if how == SlotHomeStuck {
		closed = !s.HomeHigh
	}
	if closed && how != SlotHomeCut {
		s.Home.Set(gpio.Low)
		return
	}
	s.Home.Release() // the pull-up has it
}
