package hw

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// Vend turns a spiral once, or opens a lock, and returns how many pieces fell, with a fault of Faults or "".
// It never errs, and takes no longer than LongestVend. Vends run one after the other. Once the motor turns, the
// end of ctx changes nothing: after half a turn nobody knows whether the customer has the goods.
func (d *Dispenser) Vend(ctx context.Context, slot int) (pieces int, fault string) {
	d.applyDefaults()
	s, b := d.Slots[slot], d.bySlot[slot]
	if b == nil || s.outputName() == "" {
		return 0, FaultUnknown
	}
	t := &vendCycle{Dispenser: d, number: slot, slot: s, beam: b, cutoffs: d.Outputs.CutoffCount()}
	select {
	case d.vendToken <- struct{}{}:
		defer func() { <-d.vendToken }()
	case <-ctx.Done():
		return 0, FaultOff
	}
	if !b.acquirePin(ctx) {
		return 0, FaultOff
	}
	defer b.releasePin()
	if fault := t.checkBeforeStart(); fault != "" {
		return 0, fault
	}
	if ctx.Err() != nil {
		return 0, FaultOff
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
		if t.home.openEdges() != nil {
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

// awaitClearBeam waits until the beam is clear and has passed its self-test, and forgets what was seen until then. It
// returns false after ClearWait, and at once if the beam is blind.
func (t *vendCycle) awaitClearBeam() bool {
	b, tested := t.beam, t.beam.emitter == nil
	for began := time.Now(); ; {
		b.resetEdges()
		if !b.dark && t.staysClear() {
			if tested {
				return true
			}
			err := b.selfTest()
			if errors.Is(err, errBlind) {
				return false
			}
			if tested = err == nil; tested {
				continue // once more, to forget the self-test
			}
		}
		if time.Since(began) >= t.ClearWait {
			return false
		}
		b.waitEdge(beamQuiet)
	}
}

// staysClear returns whether nothing but sparks darkens the beam for beamQuiet.
func (t *vendCycle) staysClear() bool {
	for end := time.Now().Add(beamQuiet); time.Now().Before(end); {
		g := t.beam.observe(time.Until(end))
		if t.countSparks(t.beam, g); len(g.pieces) > 0 {
			return false
		}
	}
	return !t.beam.dark
}

// runMotor turns the spiral and counts drops until no more is expected: the turn, at most one resumed turn, retry
// pulses if nothing fell, and the drop window after motor-off.
func (t *vendCycle) runMotor() (pieces int, fault string) {
	t.motorOn.Store(true)
	defer t.motorOn.Store(false)
	t.beam.strayOf = t.number
	if fault = t.powerOn(); fault != "" {
		return 0, fault
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
	return t.drops, fault
}

// watchDropWindow counts drops after motor-off. A drop shortens the window to Settle, which leaves time for a second
// one; so does a cutoff, after which the program is about to end. What begins in the window is judged after it, too.
func (t *vendCycle) watchDropWindow(hurry bool) {
	off := time.Now()
	t.until = off.Add(t.DropWindow)
	if t.lastDrop.Before(off) {
		t.lastDrop = off
	}
	for time.Now().Before(t.until) {
		if (hurry || t.drops > 0) && time.Since(t.lastDrop) >= t.Settle {
			return
		}
		t.countDrops()
	}
	t.countDrops()
	for limit := time.Now().Add(t.beam.least + homeTimely); t.beam.isUndecided() && time.Now().Before(limit); {
		t.countDrops()
	}
}

// openLock gives a lock's coil a pulse and waits until the customer has opened the compartment, with a second pulse
// after half the time. A door that is opened twice is still one compartment, so there is no FaultDouble.
func (t *vendCycle) openLock() (pieces int, fault string) {
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
	if t.hasDropped() {
		return 1, fault
	}
	return 0, cmp.Or(fault, FaultNoDrop)
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
