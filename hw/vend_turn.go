package hw

import (
	"errors"
	"time"
)

// homeSoon is how long home may take after an early drop. After a later one it may take as long as the drop took.
const homeSoon = time.Second

// vendCycle is one vend of one slot.
type vendCycle struct {
	*Dispenser
	number  int
	slot    Slot
	beam    *beam
	home    *homeSwitch // nil: there is no switch
	cutoffs int         // Outputs' count when the vend was asked for: a later cutoff refuses it

	off       <-chan struct{} // closed when the output is off; nil while this vend has not turned it on
	onAt      time.Time       // when it was turned on
	firstOn   time.Time       // for the first time in this vend: nothing that darkens the beam before is its piece
	until     time.Time       // what falls later is none either; zero: the window has not begun
	drops     int
	firstDrop time.Time // when the first was counted
	lastDrop  time.Time

	homePassed bool          // home may have gone by between two samples
	turnTime   time.Duration // how much of MaxTurn the turn took
}

// powerOn gives the output power, and returns the fault if it may not. It asks the door once more, right before.
func (t *vendCycle) powerOn() (fault string) {
	if t.doorOpen() {
		return FaultOff
	}
	if t.home != nil {
		t.home.resetState()
	}
	if t.firstOn.IsZero() {
		t.firstOn = time.Now()
		t.beam.blank = t.firstOn.Add(deadTime)
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

// powerOff cuts the power and passes the fault on, unless the pin itself fails.
func (t *vendCycle) powerOff(fault string) string {
	t.off = nil
	if err := t.Outputs.Off(t.slot.outputName()); err != nil {
		return FaultUnknown
	}
	return fault
}

// turnSpiral turns the spiral until it is home again, and returns the fault if it is not. Without a switch it turns
// for Turn, and the light barrier alone decides.
func (t *vendCycle) turnSpiral() (fault string) {
	if t.home == nil {
		return t.faultOf(t.watchUntil(t.onAt.Add(t.Turn), nil), "")
	}
	startedAway := !t.home.atHome
	end := t.leaveHome()
	if end == endMet && !t.homePassed {
		if end = t.returnHome(startedAway); end == endTimeout {
			return FaultJam
		}
	}
	if t.turnTime = time.Since(t.onAt); t.homePassed {
		t.reportNote(t.number, NoteOverrun)
	}
	return t.faultOf(end, FaultNoMotor)
}

// leaveHome waits until the switch has let go.
func (t *vendCycle) leaveHome() ending {
	return t.watchUntil(t.onAt.Add(t.LeaveHome), func() bool {
		t.home.sampleSwitch()
		t.homePassed = t.home.passed && time.Since(t.onAt) > t.Blank // earlier it can only be contact bounce
		return t.homePassed || t.home.isStable(false)
	})
}

// returnHome ignores the switch for the blanking time, while its contact bounces, and then waits for home.
// endTimeout means that the spiral did not come home, or should have come by now: a switch that stays silent may
// be a cut wire, and every further turn would give away another product.
func (t *vendCycle) returnHome(startedAway bool) ending {
	blanked := t.home.leftAt().Add(t.Blank)
	end := t.watchUntil(blanked, func() bool {
		t.home.sampleSwitch()
		t.homePassed = t.home.passedUnseen && !time.Now().Before(blanked)
		return t.homePassed
	})
	if end != endTimeout {
		return end
	}
	overdue := false
	end = t.watchUntil(t.onAt.Add(t.MaxTurn), func() bool {
		t.home.sampleSwitch()
		if t.homePassed = t.home.passedUnseen; t.homePassed || t.home.isStable(true) {
			return true
		}
		overdue = startedAway && t.drops > 1 || t.isHomeOverdue()
		return overdue
	})
	if overdue {
		return endTimeout
	}
	return end
}

// isHomeOverdue returns whether the goods have fallen and the spiral should have been home since.
func (t *vendCycle) isHomeOverdue() bool {
	return t.hasDropped() && time.Since(t.firstDrop) > max(homeSoon, t.firstDrop.Sub(t.onAt))
}

// resumeTurn goes on to home if the motor stopped because home may have passed unseen, and nothing fell: the edges
// were interference, or the turn was not over. It has only what is left of MaxTurn.
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

// runRetryPulses turns on a little at a time if a whole turn dropped nothing, and stops with the first drop. The pulses
// belong to the same vend and are two thirds of a turn together: another whole turn would give out the next product
// as well, if the fault is a light barrier that sees nothing.
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

// ending is why watchUntil returned.
type ending int

const (
	endMet     ending = iota // the condition holds
	endTimeout               // the time is over
	endCutOff                // the output is off already, or the door is open
)

// watchUntil counts drops until the condition holds, if there is one, or the time is over.
func (t *vendCycle) watchUntil(limit time.Time, cond func() bool) ending {
	for {
		if t.off != nil && t.doorOpen() {
			_ = t.Outputs.Off(t.slot.outputName()) // powerOff reports the error
			return endCutOff
		}
		select {
		case <-t.off:
			return endCutOff
		default:
		}
		t.countDrops()
		if cond != nil && cond() {
			return endMet
		}
		if !time.Now().Before(limit) {
			return endTimeout
		}
	}
}

// faultOf names the fault of an ending; otherwise is the one of a timeout.
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

// countDrops observes the beam for a millisecond. A piece that came before the motor or after the window is stray.
func (t *vendCycle) countDrops() {
	g := t.beam.observe(beamFast)
	t.countSparks(t.beam, g)
	for _, began := range g.pieces {
		if began.Before(t.firstOn) || !t.until.IsZero() && began.After(t.until) {
			t.beam.late = true
			continue
		}
		t.drops++
		t.lastDrop = time.Now()
		if t.drops == 1 {
			t.firstDrop = t.lastDrop
		}
	}
}

const (
	// homeSamples equal samples make a level stable, or two that are homeStable apart: a busy board samples
	// seldom, and the spiral is at home only for a moment.
	homeSamples = 5
	homeStable  = 5 * time.Millisecond
	// homeDrainMax edges are taken in one sample: a switch that bounces must not keep the beam from being sampled.
	homeDrainMax = 4
	// homeGap without a sample is long enough for a spiral to pass home unseen. Two changes within less are
	// contact bounce or interference.
	homeGap = 25 * time.Millisecond
	// homeTimely is how late a wait may return and still prove that there was no edge: a busy board returns later, and an
	// edge may have come meanwhile.
	homeTimely = 4 * time.Millisecond
)

// homeSwitch debounces a home switch. It goes by the level, and by the edges after a gap between two samples: there the
// stamps tell a spark from home.
type homeSwitch struct {
	input
	atHome    bool      // the level of the last sample
	sameInRow int       // how many samples in a row had it
	since     time.Time // the first of them
	drainedAt time.Time // when no edge was known to be left
	changes   int       // of the debounced level since then
	debounced bool      // the last level that lasted for homeStable
	newest    bool      // the level since the last edge
	newestAt  time.Time // its stamp; zero: no edge has come
	lasts     bool      // no edge is left, and the newest level has lasted for homeStable

	passed       bool // after a gap: the switch went and came back since the sample before, or came and went
	passedUnseen bool // after a gap: the same, or it was at home in the sample before and is gone
}

// resetState forgets what happened before the motor started.
func (h *homeSwitch) resetState() {
	h.drainEdges()
	h.atHome, h.sameInRow, h.since, h.drainedAt = h.isOn(), 1, time.Now(), time.Now()
	h.changes, h.debounced, h.newest, h.newestAt = 0, h.atHome, h.atHome, time.Time{}
}

// sampleSwitch takes the edges that are kept and one level. Only edges after a gap count: the level says more than
// a bouncing contact as long as it is sampled often enough.
func (h *homeSwitch) sampleSwitch() {
	timely := false
	var empty time.Time
	for range homeDrainMax {
		began := time.Now()
		e, came := h.waitEdge(beamFast)
		if !came {
			empty = time.Now()
			timely = empty.Sub(began) < homeTimely
			break
		}
		h.settleLevel(e.at.Sub(h.newestAt) >= homeStable)
		h.newest, h.newestAt = e.on, e.at
	}
	now, at := time.Now(), h.isOn()
	h.settleLevel(at == h.newest) // it still lasts
	h.lasts = !empty.IsZero() && !h.newestAt.IsZero() && at == h.newest && now.Sub(h.newestAt) >= homeStable
	gap := now.Sub(h.drainedAt) > homeGap
	h.passed = gap && h.changes > 1
	h.passedUnseen = h.passed || gap && h.atHome && !at
	if at != h.atHome {
		h.atHome, h.sameInRow, h.since = at, 0, now
	}
	h.sameInRow++
	if timely {
		h.drainedAt, h.changes = empty, 0
	}
}

// settleLevel counts the newest level as a change if it lasts, and is one. A spark is none, and neither is contact bounce.
func (h *homeSwitch) settleLevel(lasts bool) {
	if lasts && h.newest != h.debounced {
		h.debounced = h.newest
		h.changes++
	}
}

// isStable returns whether the debounced level is this one: by several samples, or by the stamp of the edge that led to it.
func (h *homeSwitch) isStable(at bool) bool {
	return h.atHome == at && (h.lasts || h.sameInRow >= homeSamples || h.sameInRow > 1 && time.Since(h.since) >= homeStable)
}

// leftAt returns when home let go: now, if no edge tells.
func (h *homeSwitch) leftAt() time.Time {
	if h.newest || h.newestAt.IsZero() {
		return time.Now()
	}
	return h.newestAt
}
