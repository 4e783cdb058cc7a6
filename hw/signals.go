package hw

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// The patterns that Play knows.
const (
	SignalKey    = "key"    // a key was taken
	SignalScan   = "scan"   // a code was read
	SignalThanks = "thanks" // the goods are there
	SignalSorry  = "sorry"  // they are not, and the money comes back
	SignalLocate = "locate" // here I am: for the technician who looks for this machine
)

// step is one part of a pattern.
type step struct {
	buzz, blink bool // blink inverts the light
	duration    time.Duration
}

// An active buzzer sounds while it has power and has one pitch: patterns can differ only in rhythm.
var patterns = map[string][]step{
	SignalKey:    {{true, false, 30 * time.Millisecond}},
	SignalScan:   {{true, false, 60 * time.Millisecond}, {false, false, 60 * time.Millisecond}, {true, false, 60 * time.Millisecond}},
	SignalThanks: {{true, false, 80 * time.Millisecond}, {false, false, 80 * time.Millisecond}, {true, false, 240 * time.Millisecond}},
	SignalSorry:  {{true, false, 600 * time.Millisecond}},
	// It beeps and blinks for ten seconds, so that a technician finds the machine among others.
	SignalLocate: slices.Repeat([]step{{true, true, 200 * time.Millisecond}, {false, false, 800 * time.Millisecond}}, 10),
}

// Signals are the buzzer and the light; High is on, either may be nil. They are no part of Outputs: a sound never
// waits for a motor. Both are off until Run begins and after it ends.
type Signals struct {
	Buzzer gpio.PinOut
	Lamp   gpio.PinOut
	Health func(fault string) // a pin that fails, "" when it works again; called from Run; nil is not called

	once    sync.Once
	pattern chan []step
	light   chan bool
}

func (c *Signals) makeChannels() {
	c.once.Do(func() { c.pattern, c.light = make(chan []step, 1), make(chan bool, 1) })
}

// Play begins a pattern and ends the one before. It never blocks; an unknown name is silence.
func (c *Signals) Play(name string) {
	c.makeChannels()
	replaceLatest(c.pattern, patterns[name])
}

// SetLight switches the light. It never blocks.
func (c *Signals) SetLight(on bool) {
	c.makeChannels()
	replaceLatest(c.light, on)
}

// replaceLatest puts a value into a channel of one place, in place of an older one.
func replaceLatest[T any](ch chan T, v T) {
	for !trySend(ch, v) {
		select {
		case <-ch:
		default:
		}
	}
}

// trySend puts a value into a channel, and returns false if there is no room.
func trySend[T any](ch chan<- T, v T) bool {
	select {
	case ch <- v:
		return true
	default:
		return false
	}
}

// Run plays until ctx ends.
func (c *Signals) Run(ctx context.Context) error {
	c.makeChannels()
	buzzer, light := newSwitchedPin(c.Buzzer), newSwitchedPin(c.Lamp)
	var lit, failed bool
	var now step
	show := func(b step) {
		now = b
		err := cmp.Or(buzzer.switchTo(b.buzz), light.switchTo(lit != b.blink))
		if failed != (err != nil) && c.Health != nil {
			failed = err != nil
			fault := ""
			if failed {
				fault = fmt.Sprintf("buzzer and light: %v", err)
			}
			c.Health(fault)
		}
	}
	defer func() { lit = false; show(step{}) }()
	var left []step
	for over := time.NewTimer(0); ; {
		select {
		case <-ctx.Done():
			over.Stop()
			return nil
		case left = <-c.pattern:
		case lit = <-c.light:
			show(now)
			continue // the pattern goes on with the new light
		case <-over.C:
		}
		if len(left) == 0 {
			show(step{})
			continue
		}
		show(left[0])
		over.Reset(left[0].duration)
		left = left[1:]
	}
}
