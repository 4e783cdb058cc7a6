package hw

import (
	"errors"
	"time"
)

// homeSoon is how long home may take after a drop that came early; otherwise as long as the drop took.
const homeSoon = time.Second

// turning is one vend of one slot.
type turning struct {
	*Dispenser
	number int
	slot   Slot
	beam   *beam
	home   *homing // nil: there is no switch
	cuts   int     // how often everything had been taken away when it was asked for

	gone  <-chan struct{} // closed when the output is off; nil while it has not been on
	began time.Time       // when it went on
	drops int
	first time.Time // the first drop
	last  time.Time // the newest

	passed bool          // home may have gone by while nobody looked
	used   time.Duration // of MaxTurn
}

// start gives the output power, and says why not. A door that is open by now has the last word.
func (t *turning) start() (fault string) {
	if t.open() {
		return FaultOff
	}
	if t.home != nil {
		t.home.begin()
	}
	gone, err := t.Outputs.onSince(t.slot.output(), t.cuts)
	switch {
	case errors.Is(err, ErrCutOff):
		return FaultOff
	case err != nil:
		return FaultUnknown
	}
	t.gone, t.began = gone, time.Now()
	return ""
}

// stop takes the power away, whatever the fault was.
func (t *turning) stop(fault string) string {
	t.gone = nil
	if err := t.Outputs.Off(t.slot.output()); err != nil {
		return FaultUnknown
	}
	return fault
}

// round turns the spiral until it is home again, and says why it is not.
func (t *turning) round() (fault string) {
	if t.home == nil {
		return t.taken(t.until(t.began.Add(t.Turn), nil), "")
	}
	astray, many := !t.home.at, false
	end := t.until(t.began.Add(t.LeaveHome), func() bool {
		t.home.look()
		// Before Blank is over it can only be bounce.
		t.passed = t.home.pair && time.Since(t.began) > t.Blank
		return t.passed || t.home.is(false)
	})
	if end == met && !t.passed {
		over := time.Now().Add(t.Blank)
		end = t.until(over, func() bool {
			t.home.look()
			t.passed = t.home.missed && !time.Now().Before(over)
			return t.passed
		})
		if end == late {
			end = t.until(t.began.Add(t.MaxTurn), func() bool {
				t.home.look()
				if t.passed = t.home.missed; t.passed || t.home.is(true) {
					return true
				}
				// A switch that does not say home may be a cut wire: then every further turn is a thing for nothing.
				many = astray && t.drops > 1 || t.overdue()
				return many
			})
			if end == late || many {
				return FaultJam
			}
		}
	}
	if t.used = time.Since(t.began); t.passed {
		t.note(t.number, NoteOverrun)
	}
	return t.taken(end, FaultNoMotor)
}

// overdue: the goods have fallen, and home should have come since.
func (t *turning) overdue() bool {
	return t.fell() && time.Since(t.first) > max(homeSoon, t.first.Sub(t.began))
}

// resume goes on to home where the motor was stopped because home may have gone by, and nothing fell: it was a
// spark in a moment without a look, or the turn was not over. What is left of MaxTurn is all it gets.
func (t *turning) resume() (fault string) {
	if t.until(time.Now().Add(t.RetryPause), t.fell) == met || t.home.on() {
		return ""
	}
	if fault = t.start(); fault != "" {
		return fault
	}
	end := t.until(t.began.Add(max(0, t.MaxTurn-t.used)), func() bool {
		t.home.look()
		return t.fell() || t.home.is(true) || t.home.missed
	})
	return t.stop(t.taken(end, FaultJam))
}

// nudges pushes again, a little at a time, what did not fall in a whole turn, and stops with the first drop.
// They belong to the one vend, and are two thirds of a turn together: a whole one would give the next goods out
// as well, where the light barrier sees nothing.
func (t *turning) nudges() (fault string) {
	left, turn, many := false, t.used, max(0, t.RetryPulses)
	if t.home == nil {
		turn = t.Turn
	}
	push := min(t.RetryPulse, 2*turn/time.Duration(3*max(1, many)))
	for n := range many {
		if t.until(time.Now().Add(t.RetryPause), t.fell) == met {
			return ""
		}
		if fault := t.start(); fault != "" {
			return fault
		}
		if n == 0 {
			t.note(t.number, NoteRetried)
		}
		home := false
		end := t.until(t.began.Add(push), func() bool {
			if t.home != nil {
				t.home.look()
				left = left || t.home.is(false)
				home = left && (t.home.is(true) || t.home.missed)
			}
			return home || t.fell()
		})
		if fault := t.stop(t.taken(end, "")); fault != "" || home || t.fell() {
			return fault
		}
	}
	return ""
}

// ending is why until came back.
type ending int

const (
	met   ending = iota // what was waited for
	late                // the time is over
	taken               // the output is off already, or the door is open
)

// until watches the beam and waits, for a condition if there is one.
func (t *turning) until(limit time.Time, cond func() bool) ending {
	for {
		if t.gone != nil && t.open() {
			_ = t.Outputs.Off(t.slot.output()) // said again by stop
			return taken
		}
		select {
		case <-t.gone:
			return taken
		default:
		}
		t.look()
		if cond != nil && cond() {
			return met
		}
		if !time.Now().Before(limit) {
			return late
		}
	}
}

// taken names the fault of an ending: otherwise where the time was over, unless somebody took the output away.
func (t *turning) taken(end ending, otherwise string) string {
	switch {
	case end == met:
		return ""
	case end == late:
		return otherwise
	case t.Outputs.HasTripped(t.slot.output()):
		return FaultJam
	}
	return FaultOff
}

func (t *turning) fell() bool { return t.drops > 0 }

func (t *turning) look() {
	if t.beam.look(beamFast) {
		t.drops++
		t.last = time.Now()
		if t.drops == 1 {
			t.first = t.last
		}
	}
}
