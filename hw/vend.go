package hw

import (
	"context"
	"errors"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// Vend turns a spiral once, or opens a lock, and returns whether something fell, with a fault of Faults or "".
// It never errs, and takes no longer than LongestVend. Vends run one after the other. Once the motor turns, the
// end of ctx changes nothing: after half a turn nobody knows whether the customer has the goods.
func (d *Dispenser) Vend(ctx context.Context, slot int) (dropped bool, fault string) {
	d.applyDefaults()
	s, b := d.Slots[slot], d.bySlot[slot]
	if b == nil || s.outputName() == "" {
		return false, FaultUnknown
	}
	t := &vendCycle{Dispenser: d, number: slot, slot: s, beam: b, cutoffs: d.Outputs.CutoffCount()}
	select {
	case d.vendToken <- struct{}{}:
		defer func() { <-d.vendToken }()
	case <-ctx.Done():
		return false, FaultOff
	}
	if !b.acquirePin(ctx) {
		return false, FaultOff
	}
	defer b.releasePin()
	if fault := t.checkBeforeStart(); fault != "" {
		return false, fault
	}
	if ctx.Err() != nil {
		return false, FaultOff
	}
	if s.Lock != "" {
		return t.openLock()
	}
	return t.runMotor()
}

// IsVending returns whether a vend or a self-test is under way, the wait for a customer at a lock included.
func (d *Dispenser) IsVending() bool {
	d.applyDefaults()
	return len(d.vendToken) > 0
}

// checkBeforeStart makes every check that comes before the motor, and returns the fault. The door is asked twice,
// since clearing the beam may take ClearWait.
func (t *vendCycle) checkBeforeStart() (fault string) {
	if t.doorOpen() {
		return FaultDoor
	}
	if err := t.beam.openOnce(); err != nil {
		return FaultUnknown
	}
	if t.slot.Home != nil && t.slot.Lock == "" {
		t.home = &homeSwitch{input: input{t.slot.Home, t.slot.HomeHigh}}
		if t.home.openPin(gpio.BothEdges) != nil {
			return FaultUnknown
		}
	}
	if !t.awaitClearBeam() {
		return FaultBlocked
	}
	if t.doorOpen() {
		return FaultDoor
	}
	return ""
}

// awaitClearBeam waits until the beam is clear and has passed its self-test, and leaves no queued edge behind that
// would count as a drop. It returns false after ClearWait, and at once if the beam is blind.
func (t *vendCycle) awaitClearBeam() bool {
	b, proved := t.beam, t.beam.emitter == nil
	for began := time.Now(); ; {
		b.resetEdges()
		if !b.blocked && !b.awaitDrop(beamQuiet) && !b.blocked {
			if proved {
				return true
			}
			err := b.selfTest()
			if errors.Is(err, errBlind) {
				return false
			}
			if proved = err == nil; proved {
				continue // once more, to drop the edges of the self-test
			}
		}
		if time.Since(began) >= t.ClearWait {
			return false
		}
		b.waitEdge(beamQuiet)
	}
}

// runMotor turns the spiral and counts drops until no more is expected: the turn, at most one resumed turn, retry
// pulses if nothing fell, and the drop window after motor-off.
func (t *vendCycle) runMotor() (dropped bool, fault string) {
	t.motorOn.Store(true)
	defer t.motorOn.Store(false)
	t.beam.strayOf = t.number
	if fault = t.powerOn(); fault != "" {
		return false, fault
	}
	fault = t.powerOff(t.turnSpiral())
	if fault == "" && t.drops == 0 && t.homePassed {
		fault = t.resumeTurn()
	}
	if fault == "" && t.drops == 0 {
		fault = t.runRetryPulses()
	}
	t.watchDropWindow(fault == FaultOff)
	if t.home != nil && (fault == "" || fault == FaultOff) && !t.home.isOn() {
		t.reportNote(t.number, NoteAway)
	}
	switch {
	case fault != "":
	case t.drops == 0:
		fault = FaultNoDrop
	case t.drops > 1:
		fault = FaultDouble
	}
	return t.drops > 0, fault
}

// watchDropWindow counts drops after motor-off. A drop shortens the window to Settle, which leaves time for a second
// one; so does a cutoff, after which the program is about to end.
func (t *vendCycle) watchDropWindow(hurry bool) {
	off := time.Now()
	if t.lastDrop.Before(off) {
		t.lastDrop = off
	}
	for time.Since(off) < t.DropWindow {
		if (hurry || t.drops > 0) && time.Since(t.lastDrop) >= t.Settle {
			return
		}
		t.countDrop()
	}
}

// openLock gives a lock's coil a pulse and waits until the customer has opened the compartment, with a second pulse
// after half the time. Its contact bounces, so further edges are no FaultDouble.
func (t *vendCycle) openLock() (dropped bool, fault string) {
	t.beam.strayOf = t.number
	end := time.Now().Add(t.OpenWait)
	for _, limit := range []time.Time{time.Now().Add(t.OpenWait / 2), end} {
		if fault = t.pulseLock(); fault != "" || t.hasDropped() {
			break
		}
		if t.watchUntil(limit, t.hasDropped) == endMet {
			break
		}
	}
	switch {
	case t.hasDropped():
		return true, fault
	case fault == "":
		fault = FaultNoDrop
	}
	return false, fault
}

// pulseLock ends early if the compartment opens: a coil is not made to be held.
func (t *vendCycle) pulseLock() (fault string) {
	t.motorOn.Store(true)
	defer t.motorOn.Store(false)
	if fault = t.powerOn(); fault != "" {
		return fault
	}
	fault = t.faultOf(t.watchUntil(t.onAt.Add(t.Pulse), t.hasDropped), "")
	if fault == FaultJam { // the output's own limit came first
		fault = ""
	}
	return t.powerOff(fault)
}
