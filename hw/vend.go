package hw

import (
	"context"
	"errors"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// homeEqual looks in a row make the home switch believed, or homeSure between two of them: a busy board
// looks seldom, and the spiral is at home for a moment only.
const (
	homeEqual = 5
	homeSure  = 5 * time.Millisecond
)

// Vend turns a spiral once and says whether something fell, with a fault of Faults or "". It never
// errs, and takes no longer than Longest. Vends run one after the other. Once the motor turns, the
// end of ctx changes nothing: half a turn is a doubt that nobody can settle.
func (d *Dispenser) Vend(ctx context.Context, slot int) (dropped bool, fault string) {
	d.prepare()
	s, b := d.Slots[slot], d.bySlot[slot]
	if b == nil || s.Motor == "" {
		return false, FaultUnknown
	}
	cuts := d.Outputs.Cuts()
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
	if err := b.ready(); err != nil {
		return false, FaultUnknown
	}
	if s.Home != nil && s.Home.In(gpio.PullUp, gpio.NoEdge) != nil {
		return false, FaultUnknown
	}
	if !d.clears(b) {
		return false, FaultBlocked
	}
	if ctx.Err() != nil {
		return false, FaultOff
	}
	return d.vend(slot, s, b, cuts)
}

// clears waits for a blocked beam, and leaves no old edge behind that could pass for a drop.
func (d *Dispenser) clears(b *beam) bool {
	for began := time.Now(); ; {
		b.drain()
		if !b.low && !b.look(beamQuiet) {
			return true
		}
		if time.Since(began) >= d.Clear {
			return false
		}
		waitEdge(b.pin, beamQuiet)
	}
}

// vend runs the motor and watches until nothing more is expected to fall.
func (d *Dispenser) vend(slot int, s Slot, b *beam, cuts int) (dropped bool, fault string) {
	d.moving.Store(true)
	defer d.moving.Store(false)
	b.stray = slot
	gone, err := d.Outputs.onSince(s.Motor, cuts)
	switch {
	case errors.Is(err, ErrShut):
		return false, FaultOff
	case err != nil:
		return false, FaultUnknown
	}
	t := &turning{Dispenser: d, slot: s, beam: b, gone: gone, began: time.Now()}
	fault = t.round()
	if err := d.Outputs.Off(s.Motor); err != nil {
		fault = FaultUnknown
	}
	t.settle(fault == FaultOff)
	switch {
	case fault != "":
	case t.drops == 0:
		fault = FaultNoDrop
	case t.drops > 1:
		fault = FaultDouble
	}
	return t.drops > 0, fault
}

// turning is one turn of one spiral.
type turning struct {
	*Dispenser
	slot  Slot
	beam  *beam
	gone  <-chan struct{}
	began time.Time
	drops int
	last  time.Time // the newest drop
	equal int       // looks in a row that found the home switch as wanted
}

// round turns the spiral until it is home again, and says why it is not.
func (t *turning) round() (fault string) {
	if t.slot.Home == nil {
		return t.taken(t.until(t.began.Add(t.Turn), nil), "")
	}
	end := t.until(t.began.Add(t.Leave), t.home(gpio.High))
	if end != met {
		return t.taken(end, FaultNoMotor)
	}
	if end = t.until(time.Now().Add(t.Blank), nil); end != late {
		return t.taken(end, "")
	}
	if end = t.until(t.began.Add(t.Max), t.home(gpio.Low)); end != met {
		return t.taken(end, FaultJam)
	}
	return ""
}

// ending is why until came back.
type ending int

const (
	met   ending = iota // what was waited for
	late                // the time is over
	taken               // the output is off already
)

// until watches the beam and waits, for a condition if there is one.
func (t *turning) until(limit time.Time, cond func() bool) ending {
	t.equal = 0
	for {
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

// taken names the fault of an ending: otherwise, unless somebody took the output away.
func (t *turning) taken(end ending, otherwise string) string {
	switch {
	case end != taken:
		return otherwise
	case t.Outputs.Tripped(t.slot.Motor):
		return FaultJam
	}
	return FaultOff
}

func (t *turning) home(want gpio.Level) func() bool {
	var since time.Time
	return func() bool {
		if t.slot.Home.Read() != want {
			t.equal = 0
			return false
		}
		if t.equal++; t.equal == 1 {
			since = time.Now()
		}
		return t.equal >= homeEqual || t.equal > 1 && time.Since(since) >= homeSure
	}
}

func (t *turning) look() {
	if t.beam.look(beamFast) {
		t.drops++
		t.last = time.Now()
	}
}

// settle watches on after motor-off. A drop that was seen shortens it, but leaves time for a second one;
// so does an Off, after which nobody has time.
func (t *turning) settle(hurry bool) {
	off := time.Now()
	if t.last.Before(off) {
		t.last = off
	}
	for time.Since(off) < t.Window {
		if (hurry || t.drops > 0) && time.Since(t.last) >= t.Settle {
			return
		}
		t.look()
	}
}
