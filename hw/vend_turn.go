package hw

import (
	"errors"
	"time"
)

// homeSoon is how long home may take after a drop that came early; otherwise as long as the drop took.
const homeSoon = time.Second

// vendCycle is one vend of one slot.
type vendCycle struct {
	*Dispenser
	number  int
	slot    Slot
	beam    *beam
	home    *homeSwitch // nil: there is no switch
	cutoffs int         // how often everything had been taken away when it was asked for

	off       <-chan struct{} // closed when the output is off; nil while it has not been on
	onAt      time.Time       // when it went on
	drops     int
	firstDrop time.Time // the first drop
	lastDrop  time.Time // the newest

	homePassed bool          // home may have gone by while nobody looked
	turnTime   time.Duration // of MaxTurn
}

// powerOn gives the output power, and says why not. A door that is open by now has the last word.
func (t *vendCycle) powerOn() (fault string) {
	if t.doorOpen() {
		return FaultOff
	}
	if t.home != nil {
		t.home.resetState()
	}
	gone, err := t.Outputs.turnOnSince(t.slot.outputName(), t.cutoffs)
	switch {
	case errors.Is(err, ErrCutOff):
		return FaultOff
	case err != nil:
		return FaultUnknown
	}
	t.off, t.onAt = gone, time.Now()
	return ""
}

// powerOff takes the power away, whatever the fault was.
func (t *vendCycle) powerOff(fault string) string {
	t.off = nil
	if err := t.Outputs.Off(t.slot.outputName()); err != nil {
		return FaultUnknown
	}
	return fault
}

// turnSpiral turns the spiral until it is home again, and says why it is not.
func (t *vendCycle) turnSpiral() (fault string) {
	if t.home == nil {
		return t.faultOf(t.watchUntil(t.onAt.Add(t.Turn), nil), "")
	}
	astray, many := !t.home.atHome, false
	end := t.watchUntil(t.onAt.Add(t.LeaveHome), func() bool {
		t.home.sampleSwitch()
		// Before Blank is over it can only be bounce.
		t.homePassed = t.home.edgePair && time.Since(t.onAt) > t.Blank
		return t.homePassed || t.home.isStable(false)
	})
	if end == endMet && !t.homePassed {
		over := time.Now().Add(t.Blank)
		end = t.watchUntil(over, func() bool {
			t.home.sampleSwitch()
			t.homePassed = t.home.passedUnseen && !time.Now().Before(over)
			return t.homePassed
		})
		if end == endTimeout {
			end = t.watchUntil(t.onAt.Add(t.MaxTurn), func() bool {
				t.home.sampleSwitch()
				if t.homePassed = t.home.passedUnseen; t.homePassed || t.home.isStable(true) {
					return true
				}
				// A switch that does not say home may be a cut wire: then every further turn is a thing for nothing.
				many = astray && t.drops > 1 || t.isHomeOverdue()
				return many
			})
			if end == endTimeout || many {
				return FaultJam
			}
		}
	}
	if t.turnTime = time.Since(t.onAt); t.homePassed {
		t.reportNote(t.number, NoteOverrun)
	}
	return t.faultOf(end, FaultNoMotor)
}

// isHomeOverdue: the goods have fallen, and home should have come since.
func (t *vendCycle) isHomeOverdue() bool {
	return t.hasDropped() && time.Since(t.firstDrop) > max(homeSoon, t.firstDrop.Sub(t.onAt))
}

// resumeTurn goes on to home where the motor was stopped because home may have gone by, and nothing fell: it was a
// spark in a moment without a look, or the turn was not over. What is left of MaxTurn is all it gets.
func (t *vendCycle) resumeTurn() (fault string) {
	if t.watchUntil(time.Now().Add(t.RetryPause), t.hasDropped) == endMet || t.home.isOn() {
		return ""
	}
	if fault = t.powerOn(); fault != "" {
		return fault
	}
	end := t.watchUntil(t.onAt.Add(max(0, t.MaxTurn-t.turnTime)), func() bool {
		t.home.sampleSwitch()
		return t.hasDropped() || t.home.isStable(true) || t.home.passedUnseen
	})
	return t.powerOff(t.faultOf(end, FaultJam))
}

// runRetryPulses pushes again, a little at a time, what did not fall in a whole turn, and stops with the first drop.
// They belong to the one vend, and are two thirds of a turn together: a whole one would give the next goods out
// as well, where the light barrier sees nothing.
func (t *vendCycle) runRetryPulses() (fault string) {
	left, turn, many := false, t.turnTime, max(0, t.RetryPulses)
	if t.home == nil {
		turn = t.Turn
	}
	push := min(t.RetryPulse, 2*turn/time.Duration(3*max(1, many)))
	for n := range many {
		if t.watchUntil(time.Now().Add(t.RetryPause), t.hasDropped) == endMet {
			return ""
		}
		if fault := t.powerOn(); fault != "" {
			return fault
		}
		if n == 0 {
			t.reportNote(t.number, NoteRetried)
		}
		home := false
		end := t.watchUntil(t.onAt.Add(push), func() bool {
			if t.home != nil {
				t.home.sampleSwitch()
				left = left || t.home.isStable(false)
				home = left && (t.home.isStable(true) || t.home.passedUnseen)
			}
			return home || t.hasDropped()
		})
		if fault := t.powerOff(t.faultOf(end, "")); fault != "" || home || t.hasDropped() {
			return fault
		}
	}
	return ""
}

// ending is why until came back.
type ending int

const (
	endMet     ending = iota // what was waited for
	endTimeout               // the time is over
	endCutOff                // the output is off already, or the door is open
)

// watchUntil watches the beam and waits, for a condition if there is one.
func (t *vendCycle) watchUntil(limit time.Time, cond func() bool) ending {
	for {
		if t.off != nil && t.doorOpen() {
			_ = t.Outputs.Off(t.slot.outputName()) // said again by stop
			return endCutOff
		}
		select {
		case <-t.off:
			return endCutOff
		default:
		}
		t.countDrop()
		if cond != nil && cond() {
			return endMet
		}
		if !time.Now().Before(limit) {
			return endTimeout
		}
	}
}

// faultOf names the fault of an ending: otherwise where the time was over, unless somebody took the output away.
func (t *vendCycle) faultOf(end ending, otherwise string) string {
	switch {
	case end == endMet:
		return ""
	case end == endTimeout:
		return otherwise
	case t.Outputs.HasTripped(t.slot.outputName()):
		return FaultJam
	}
	return FaultOff
}

func (t *vendCycle) hasDropped() bool { return t.drops > 0 }

func (t *vendCycle) countDrop() {
	if t.beam.awaitDrop(beamFast) {
		t.drops++
		t.lastDrop = time.Now()
		if t.drops == 1 {
			t.firstDrop = t.lastDrop
		}
	}
}
