package hw

import (
	"cmp"
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

// Slot is the wiring of one spiral, or of one compartment with an electric lock.
type Slot struct {
	Motor    string     // its name in Outputs
	Lock     string     // instead of a motor: the lock's name in Outputs; Drop is then the contact of its door
	Home     gpio.PinIn // Low while the spiral is at home; nil: there is no switch, and it turns for Turn
	HomeHigh bool       // the switch reads High at home
	Drop     gpio.PinIn // the light barrier, Low while something is in it; slots may share one
	DropHigh bool       // it reads High then: the safe choice, since a cut wire reads High too
	// Emitter switches the light barrier's light, High is on, so that the self-test finds a blind barrier before
	// a sale. Slots that share a barrier share it; nil: the light is always on.
	Emitter   gpio.PinOut
	DropLeast time.Duration // how long the light barrier must be dark for a drop; slots that share one agree on it [DropLeast]
}

// outputName is the slot's motor or lock in Outputs.
func (s Slot) outputName() string { return cmp.Or(s.Lock, s.Motor) }

// Dispenser turns spirals, opens locks, and counts what falls. Zero durations mean the default in brackets.
type Dispenser struct {
	Slots      map[int]Slot
	Outputs    *Outputs
	StrayEdge  func(slot int)               // a piece while no motor ran: something fell, or a hand reached in; nil is not called
	Unreadable func(slot int)               // edges without a partner came, and proved nothing: the wire is noisy; nil is not called
	Beam       func(slot int, blocked bool) // the light barrier's stable level: once when Run begins, then when it changes
	Door       func() bool                  // whether the machine's door is open: no motor starts then, and one that turns stops
	Note       func(slot int, word string)  // what else a technician wants to know of a vend: NoteRetried and on

	Turn       time.Duration // how long a spiral without a home switch is turned [1.2 s]
	LeaveHome  time.Duration // for home to let go after motor-on [1 s]
	Blank      time.Duration // blanking: how long the home switch bounces after it let go [300 ms]
	MaxTurn    time.Duration // for home to come again after motor-on [8 s]
	ClearWait  time.Duration // for a blocked beam to clear before the motor starts [2 s]
	DropWindow time.Duration // after motor-off a drop still counts [2.5 s]
	Settle     time.Duration // after a drop, for a second one to be noticed [400 ms]

	RetryPulses int           // after a whole turn that dropped nothing; less than 0: none [3]
	RetryPulse  time.Duration // the length of each; all together two thirds of a turn at most [400 ms]
	RetryPause  time.Duration // before each, for what still falls [1 s]

	Pulse    time.Duration // how long a lock's coil has power, 3 s at most [800 ms]
	OpenWait time.Duration // for the customer to open it, with a second pulse half way [20 s]

	once      sync.Once
	beams     []*beam
	bySlot    map[int]*beam
	vendToken chan struct{} // holds a token while a vend is under way
	motorOn   atomic.Bool

	short, unreadable atomic.Int64 // see Sparks
}

// LockMaxOn is how long a lock's coil may have power: the limit to give to Outputs.Add.
const LockMaxOn = 3 * time.Second

// doorLeast is how long a compartment's door must be open: its contact jumps when the bolt strikes, and a hand is slower.
const doorLeast = keySamples * samplePeriod

// applyDefaults fills in the defaults and groups the slots by light barrier, once.
func (d *Dispenser) applyDefaults() {
	d.once.Do(func() {
		for field, value := range map[*time.Duration]time.Duration{
			&d.Turn: 1200 * time.Millisecond, &d.LeaveHome: time.Second, &d.Blank: 300 * time.Millisecond,
			&d.MaxTurn: 8 * time.Second, &d.ClearWait: 2 * time.Second,
			&d.DropWindow: 2500 * time.Millisecond, &d.Settle: 400 * time.Millisecond,
			&d.RetryPulse: 400 * time.Millisecond, &d.RetryPause: time.Second,
			&d.Pulse: 800 * time.Millisecond, &d.OpenWait: 20 * time.Second,
		} {
			if *field <= 0 {
				*field = value
			}
		}
		if d.RetryPulses == 0 {
			d.RetryPulses = 3
		}
		d.Pulse = min(d.Pulse, LockMaxOn)
		d.vendToken, d.bySlot = make(chan struct{}, 1), map[int]*beam{}
		byPin := map[gpio.PinIn]*beam{}
		for _, n := range slices.Sorted(maps.Keys(d.Slots)) {
			s := d.Slots[n]
			if s.Drop == nil {
				continue
			}
			b := byPin[realPin(s.Drop)]
			if b == nil {
				b = &beam{input: input{s.Drop, s.DropHigh}, emitter: newSwitchedPin(s.Emitter), token: make(chan struct{}, 1), strayOf: n}
				b.least = cmp.Or(s.DropLeast, DropLeast)
				d.beams, byPin[realPin(s.Drop)] = append(d.beams, b), b
			}
			if s.Lock != "" {
				b.least, b.contact = max(b.least, doorLeast), true
			}
			b.slots, d.bySlot[n] = append(b.slots, n), b
		}
	})
}

// CheckWiring returns the first fault of the wiring, in one line.
func (d *Dispenser) CheckWiring() error {
	if d.Outputs == nil {
		return errors.New("checking the motors: they have no outputs")
	}
	first := map[gpio.PinIn]int{} // by its light barrier
	for _, n := range slices.Sorted(maps.Keys(d.Slots)) {
		s := d.Slots[n]
		switch {
		case s.Motor != "" && s.Lock != "":
			return fmt.Errorf("checking slot %d: it has a motor and a lock; take one of them away", n)
		case s.Lock != "" && !d.Outputs.Has(s.Lock):
			return fmt.Errorf("checking slot %d: there is no output %s; set its lock pin", n, s.Lock)
		case s.Lock == "" && (s.Motor == "" || !d.Outputs.Has(s.Motor)):
			return fmt.Errorf("checking slot %d: it has no motor; set its motor pin", n)
		case s.Drop == nil:
			return fmt.Errorf("checking slot %d: nothing would see its goods fall; set its drop pin", n)
		}
		p := realPin(s.Drop)
		other, shared := first[p]
		if o := d.Slots[other]; shared && (o.DropHigh != s.DropHigh || o.Emitter != s.Emitter || o.DropLeast != s.DropLeast) {
			return fmt.Errorf("checking slot %d: it shares %s with slot %d, whose level, emitter or drop_least differs; make them the same", n, p.Name(), other)
		}
		if !shared {
			first[p] = n
		}
	}
	return nil
}

// LongestVend is how long a Vend may take from call to return if no other vend is before it.
func (d *Dispenser) LongestVend() time.Duration {
	d.applyDefaults()
	turn := max(d.MaxTurn, d.LeaveHome+d.Blank, d.Turn) + d.RetryPause + time.Duration(max(0, d.RetryPulses))*(d.RetryPause+d.RetryPulse) + d.DropWindow
	for _, s := range d.Slots {
		if s.Lock != "" {
			turn = max(turn, d.OpenWait, 2*d.Pulse)
		}
	}
	return waitMax + selfTestMax + d.ClearWait + turn + time.Second
}

// Run watches the light barriers until ctx ends. Its error names the pin that it cannot read.
func (d *Dispenser) Run(ctx context.Context) error {
	d.applyDefaults()
	for _, b := range d.beams {
		if !b.acquirePin(ctx) {
			return nil
		}
		err := b.openOnce()
		b.releasePin()
		if err != nil {
			return err
		}
	}
	var all sync.WaitGroup
	for _, b := range d.beams {
		all.Go(func() { d.watchBeam(ctx, b) })
	}
	all.Wait()
	return nil
}

// Off cuts every output, at once. A vend under way ends soon after, as not dropped unless it has seen the drop.
func (d *Dispenser) Off() { _ = d.Outputs.AllOff() } // Outputs retries a pin that fails

func (d *Dispenser) doorOpen() bool { return d.Door != nil && d.Door() }

func (d *Dispenser) reportNote(slot int, word string) {
	if d.Note != nil {
		d.Note(slot, word)
	}
}

// The faults of a vend, in the words that the order book stores.
const (
	FaultBlocked = "blocked"  // the beam was blocked, or blind, before the start: the motor never ran
	FaultDoor    = "door"     // the door was open before the start: the motor never ran
	FaultJam     = "jam"      // the spiral did not come home in time
	FaultNoMotor = "no-motor" // the home switch never let go
	FaultNoDrop  = "no-drop"  // a whole turn and its retry pulses, and nothing fell; or a lock that nobody opened
	FaultDouble  = "double"   // two drops or more: the customer has the goods, and a technician should check the slot
	FaultOff     = "off"      // all outputs were cut while it ran, or the door was opened
	FaultUnknown = "unknown"  // no such slot, or the wires failed
)

// Faults lists every fault that Vend may return.
var Faults = []string{FaultBlocked, FaultDoor, FaultJam, FaultNoMotor, FaultNoDrop, FaultDouble, FaultOff, FaultUnknown}

// The words that Note gets. They change nothing about the vend, but a technician wants to know them.
const (
	NoteRetried = "nudged"  // a whole turn dropped nothing, and retry pulses followed
	NoteOverrun = "overrun" // the spiral passed home while the board was too busy to sample: it stopped late
	NoteAway    = "away"    // the spiral stands away from home: the next turn is a part of one
)
