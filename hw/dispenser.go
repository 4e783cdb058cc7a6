package hw

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// Slot is the wiring of one spiral.
type Slot struct {
	Motor string     // its name in Outputs
	Home  gpio.PinIn // Low while the spiral is at home; nil: there is no switch, and it turns for Turn
	Drop  gpio.PinIn // the light barrier, Low while something is in it; slots may share one
}

// Dispenser turns spirals and sees what falls. Zero durations mean the default in brackets.
type Dispenser struct {
	Slots   map[int]Slot
	Outputs *Outputs
	Edge    func(slot int)               // something fell, or a hand came, while no motor ran; nil is not called
	Beam    func(slot int, blocked bool) // how the light barrier stands: once when Run begins, then when it changes

	Turn   time.Duration // how long a spiral without a home switch is turned [1.2 s]
	Leave  time.Duration // for home to let go after motor-on [1 s]
	Blank  time.Duration // the home switch bounces for so long after it let go [300 ms]
	Max    time.Duration // for home to come again after motor-on [8 s]
	Clear  time.Duration // for a blocked beam to clear before the motor starts [2 s]
	Window time.Duration // after motor-off a drop still counts [2.5 s]
	Settle time.Duration // after a drop, for a second one to be noticed [400 ms]

	once   sync.Once
	beams  []*beam
	bySlot map[int]*beam
	one    chan struct{} // holds a token while a vend is under way
	moving atomic.Bool
}

// prepare fills in the defaults and finds out which slots share a light barrier.
func (d *Dispenser) prepare() {
	d.once.Do(func() {
		for field, value := range map[*time.Duration]time.Duration{
			&d.Turn: 1200 * time.Millisecond, &d.Leave: time.Second, &d.Blank: 300 * time.Millisecond,
			&d.Max: 8 * time.Second, &d.Clear: 2 * time.Second,
			&d.Window: 2500 * time.Millisecond, &d.Settle: 400 * time.Millisecond,
		} {
			if *field <= 0 {
				*field = value
			}
		}
		d.one, d.bySlot = make(chan struct{}, 1), map[int]*beam{}
		for _, n := range slices.Sorted(maps.Keys(d.Slots)) {
			pin := d.Slots[n].Drop
			if pin == nil {
				continue
			}
			i := slices.IndexFunc(d.beams, func(b *beam) bool { return realPin(b.pin) == realPin(pin) })
			if i < 0 {
				i = len(d.beams)
				d.beams = append(d.beams, newBeam(pin, n))
			} else {
				d.beams[i].slots = append(d.beams[i].slots, n)
			}
			d.bySlot[n] = d.beams[i]
		}
	})
}

// realPin looks through a second name of a pin.
func realPin(p gpio.PinIn) gpio.PinIn {
	if alias, ok := p.(gpio.RealPin); ok {
		return alias.Real()
	}
	return p
}

// Check says in one line what the wiring lacks.
func (d *Dispenser) Check() error {
	if d.Outputs == nil {
		return errors.New("checking the motors: they have no outputs")
	}
	for _, n := range slices.Sorted(maps.Keys(d.Slots)) {
		switch s := d.Slots[n]; {
		case s.Motor == "" || !d.Outputs.Has(s.Motor):
			return fmt.Errorf("checking slot %d: it has no motor; set its motor pin", n)
		case s.Drop == nil:
			return fmt.Errorf("checking slot %d: nothing would see its goods fall; set its drop pin", n)
		}
	}
	return nil
}

// Longest is how long a Vend may take from call to return, with nobody before it in the line.
func (d *Dispenser) Longest() time.Duration {
	d.prepare()
	turn := max(d.Max, d.Leave+d.Blank, d.Turn)
	return beamIdle + beamDrain*beamFast + d.Clear + turn + d.Window + time.Second
}

// Run watches the light barriers until ctx ends. Its error names the pin that cannot be read.
func (d *Dispenser) Run(ctx context.Context) error {
	d.prepare()
	for _, b := range d.beams {
		if !b.take(ctx) {
			return nil
		}
		err := b.ready()
		b.give()
		if err != nil {
			return err
		}
	}
	var all sync.WaitGroup
	for _, b := range d.beams {
		all.Go(func() { d.watch(ctx, b) })
	}
	all.Wait()
	return nil
}

// Off takes every output away, at once. What is vending ends soon after, as not dropped unless the
// drop was seen.
func (d *Dispenser) Off() { _ = d.Outputs.AllOff() } // a pin that fails is tried again by Outputs
