package hw

import (
	"context"
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// What Signals can say.
const (
	SignalKey    = "key"    // a key was taken
	SignalScan   = "scan"   // a code was read
	SignalThanks = "thanks" // the goods are there
	SignalSorry  = "sorry"  // they are not, and the money comes back
	SignalLocate = "locate" // here I am: for the technician who looks for this machine
)

// beat is a moment of a pattern.
type beat struct {
	buzz, blink bool // blink turns the light over
	lasts       time.Duration
}

// A buzzer with a driver of its own sounds while it has power, so that patterns differ in rhythm alone.
var patterns = map[string][]beat{
	SignalKey:    {{true, false, 30 * time.Millisecond}},
	SignalScan:   {{true, false, 60 * time.Millisecond}, {false, false, 60 * time.Millisecond}, {true, false, 60 * time.Millisecond}},
	SignalThanks: {{true, false, 80 * time.Millisecond}, {false, false, 80 * time.Millisecond}, {true, false, 240 * time.Millisecond}},
	SignalSorry:  {{true, false, 600 * time.Millisecond}},
	SignalLocate: locating(),
}

// locating beeps and blinks for ten seconds.
func locating() (all []beat) {
	for range 10 {
		all = append(all, beat{true, true, 200 * time.Millisecond}, beat{false, false, 800 * time.Millisecond})
	}
	return all
}

// Signals are the buzzer and the light, High is on, either may be nil. They have nothing to do with Outputs: a
// sound never waits for a motor. Both are off until Run, and when it ends.
type Signals struct {
	Buzzer gpio.PinOut
	Lamp   gpio.PinOut
	Health func(fault string) // a pin that fails, "" when it works again; called from Run; nil is not called

	once  sync.Once
	next  chan []beat
	light chan bool
}

func (c *Signals) prepare() {
	c.once.Do(func() { c.next, c.light = make(chan []beat, 1), make(chan bool, 1) })
}

// Play begins a pattern in place of the one that plays. It never blocks; a word it does not know is silence.
func (c *Signals) Play(name string) {
	c.prepare()
	newest(c.next, patterns[name])
}

// SetLight switches the light. It never blocks.
func (c *Signals) SetLight(on bool) {
	c.prepare()
	newest(c.light, on)
}

// newest puts a value into a channel of one place, over whatever is in it.
func newest[T any](ch chan T, v T) {
	for {
		select {
		case ch <- v:
			return
		default:
		}
		select {
		case <-ch:
		default:
		}
	}
}

// Run plays until ctx ends.
func (c *Signals) Run(ctx context.Context) error {
	c.prepare()
	buzzer, lamp := newLamp(c.Buzzer), newLamp(c.Lamp)
	var lit, failed bool
	var now beat
	show := func(b beat) {
		now = b
		err := buzzer.set(b.buzz)
		if err2 := lamp.set(lit != b.blink); err == nil {
			err = err2
		}
		if failed != (err != nil) && c.Health != nil {
			failed = err != nil
			fault := ""
			if failed {
				fault = fmt.Sprintf("buzzer and light: %v", err)
			}
			c.Health(fault)
		}
	}
	defer func() { lit = false; show(beat{}) }()
	var left []beat
	for over := time.NewTimer(0); ; {
		select {
		case <-ctx.Done():
			over.Stop()
			return nil
		case left = <-c.next:
		case lit = <-c.light:
			show(now)
			continue // a pattern goes on by the new light
		case <-over.C:
		}
		if len(left) == 0 {
			show(beat{})
			continue
		}
		show(left[0])
		over.Reset(left[0].lasts)
		left = left[1:]
	}
}
