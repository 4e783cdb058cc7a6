package hw

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// Door is the machine's own door: a switch to ground that is closed while the door is, with the pull-up on. High means
// open, and so does a cut wire: in doubt the motors stand still. Wire IsOpen into a Dispenser's Door.
type Door struct {
	Pin     gpio.PinIn
	Changed func(open bool) // called from Run: once with the first stable level, then when it changes; nil is not called

	state atomic.Int32
}

// doorUnstable is how long the switch may bounce before the door counts as open.
const doorUnstable = 500 * time.Millisecond

const (
	doorUnknown = iota // before the first stable level; counts as open
	doorOpen
	doorShut
	doorUnwatched // Run is over
)

// IsOpen returns whether the door is open, and true until Run knows. After Run it reads the switch itself, so that the
// last vend can end.
func (d *Door) IsOpen() bool {
	switch d.state.Load() {
	case doorShut:
		return false
	case doorUnwatched:
		return d.switchInput().staysOn()
	}
	return true
}

func (d *Door) switchInput() input { return input{d.Pin, true} }

// Run watches the switch until ctx ends. Its error names the pin that it cannot read.
func (d *Door) Run(ctx context.Context) error {
	in := d.switchInput()
	if err := in.openEdges(); err != nil {
		return fmt.Errorf("reading the door's switch at %s: %w", d.Pin.Name(), err)
	}
	defer d.state.CompareAndSwap(doorOpen, doorUnwatched)
	defer d.state.CompareAndSwap(doorShut, doorUnwatched)
	known, told, equal, last, stableAt := false, false, 0, in.isOn(), time.Now()
	for wait := samplePeriod; ctx.Err() == nil; {
		_, edge := in.waitEdge(wait)
		if open := in.isOn(); open != last || edge {
			last, equal = open, 0
		}
		open := last
		switch equal++; {
		case equal >= keySamples:
			wait, stableAt = waitMax, time.Now()
		case time.Since(stableAt) > doorUnstable:
			wait, open = samplePeriod, true // a switch that never rests proves nothing
		default:
			wait = samplePeriod
			continue
		}
		if known && open == told {
			continue
		}
		known, told = true, open
		state := int32(doorShut)
		if open {
			state = doorOpen
		}
		d.state.Store(state)
		if d.Changed != nil {
			d.Changed(open)
		}
	}
	return nil
}
