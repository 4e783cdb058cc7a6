package hw

import (
	"context"
	"errors"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// Vend turns a spiral once, or opens a lock, and says whether something fell, with a fault of Faults or "".
// It never errs, and takes no longer than LongestVend. Vends run one after the other. Once the motor turns, the
// end of ctx changes nothing: half a turn is a doubt that nobody can settle.
func (d *Dispenser) Vend(ctx context.Context, slot int) (dropped bool, fault string) {
	d.prepare()
	s, b := d.Slots[slot], d.bySlot[slot]
	if b == nil || s.output() == "" {
		return false, FaultUnknown
	}
	t := &turning{Dispenser: d, number: slot, slot: s, beam: b, cuts: d.Outputs.CutoffCount()}
	select {
	case d.one <- struct{}{}:
		defer func() { <-d.one }()
	case <-ctx.Done():
		return false, FaultOff
	}
	if !b.take(ctx) {
		return false, FaultOff
	}
	defer b.give()
	if fault := t.prepare(); fault != "" {
		return false, fault
	}
	if ctx.Err() != nil {
		return false, FaultOff
	}
	if s.Lock != "" {
		return t.unlock()
	}
	return t.vend()
}

// prepare asks everything that is asked before anything moves.
func (t *turning) prepare() (fault string) {
	if t.open() {
		return FaultDoor
	}
	if err := t.beam.ready(); err != nil {
		return FaultUnknown
	}
	if t.slot.Home != nil && t.slot.Lock == "" {
		t.home = &homing{input: input{t.slot.Home, t.slot.HomeHigh}}
		if t.home.open(gpio.BothEdges) != nil {
			return FaultUnknown
		}
	}
	if !t.clears() {
		return FaultBlocked
	}
	if t.open() {
		return FaultDoor
	}
	return ""
}

// clears waits for a blocked beam, proves that it sees, and leaves no old edge behind that could pass for a drop.
func (t *turning) clears() bool {
	b, proved := t.beam, t.beam.emitter == nil
	for began := time.Now(); ; {
		b.forget()
		if !b.low && !b.look(beamQuiet) && !b.low {
			if proved {
				return true
			}
			err := b.prove()
			if errors.Is(err, errBlind) {
				return false
			}
			if proved = err == nil; proved {
				continue // without the edges of its own light
			}
		}
		if time.Since(began) >= t.ClearWait {
			return false
		}
		b.wait(beamQuiet)
	}
}

// vend runs the motor and watches until nothing more is expected to fall.
func (t *turning) vend() (dropped bool, fault string) {
	t.moving.Store(true)
	defer t.moving.Store(false)
	t.beam.stray = t.number
	if fault = t.start(); fault != "" {
		return false, fault
	}
	fault = t.stop(t.round())
	if fault == "" && t.drops == 0 && t.passed {
		fault = t.resume()
	}
	if fault == "" && t.drops == 0 {
		fault = t.nudges()
	}
	t.settle(fault == FaultOff)
	if t.home != nil && (fault == "" || fault == FaultOff) && !t.home.on() {
		t.note(t.number, NoteAway)
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

// settle watches on after motor-off. A drop that was seen shortens it, but leaves time for a second one;
// so does an Off, after which nobody has time.
func (t *turning) settle(hurry bool) {
	off := time.Now()
	if t.last.Before(off) {
		t.last = off
	}
	for time.Since(off) < t.DropWindow {
		if (hurry || t.drops > 0) && time.Since(t.last) >= t.Settle {
			return
		}
		t.look()
	}
}
