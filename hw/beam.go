package hw

import (
	"context"
	"fmt"
	"time"

	"periph.io/x/conn/v3/gpio"
)

const (
	beamFast   = time.Millisecond       // between two looks while something may fall
	beamIdle   = 250 * time.Millisecond // a wait for an edge is finite on every kind of pin, and never 0
	beamBounce = 15 * time.Millisecond  // two breaks closer than this are one
	beamQuiet  = 20 * time.Millisecond  // a beam that flickers is not clear
	beamStable = 200 * time.Millisecond // a level that lasts is told
	beamOften  = time.Second            // stray edges are told no more often
	beamDrain  = 64                     // more edges than any kernel queues for a pin
)

// beam is one light barrier, which several slots may share. One goroutine at a time waits on
// its pin: the watch while nothing turns, a vend while its motor does.
type beam struct {
	pin   gpio.PinIn
	slots []int
	turn  chan struct{} // holds a token while somebody waits on the pin

	// Only with the token.
	open  bool
	low   bool
	stir  time.Time // when it was last low, or an edge came
	stray int       // whom a stray edge is told of: the slot that ran last, else the lowest
}

func newBeam(pin gpio.PinIn, slot int) *beam {
	return &beam{pin: pin, slots: []int{slot}, turn: make(chan struct{}, 1), stray: slot}
}

// take gets the token; false when ctx ended first.
func (b *beam) take(ctx context.Context) bool {
	select {
	case b.turn <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (b *beam) give() { <-b.turn }

// ready makes the pin an input once, and forgets what happened on it before.
func (b *beam) ready() error {
	if b.open {
		return nil
	}
	if err := b.pin.In(gpio.PullUp, gpio.BothEdges); err != nil {
		return fmt.Errorf("reading the light barrier at %s: %w", b.pin.Name(), err)
	}
	b.drain()
	b.open = true
	return nil
}

// drain throws away the edges that the kernel has kept.
func (b *beam) drain() {
	for range beamDrain {
		if !b.pin.WaitForEdge(beamFast) {
			break
		}
	}
	b.low, b.stir = b.pin.Read() == gpio.Low, time.Time{}
}

// look waits for an edge, for so long at most, and tells whether a break has begun. An edge whose
// level has already gone back was a break too; the level alone serves where no edges come.
func (b *beam) look(wait time.Duration) bool {
	edge := waitEdge(b.pin, wait)
	now, low := time.Now(), b.pin.Read() == gpio.Low
	began := !b.low && (low || edge) && now.Sub(b.stir) > beamBounce
	b.low = low
	if low || edge {
		b.stir = now
	}
	return began
}

// waitEdge takes its time even where a pin cannot wait: otherwise a watch would eat the processor.
func waitEdge(p gpio.PinIn, wait time.Duration) bool {
	began := time.Now()
	if p.WaitForEdge(wait) {
		return true
	}
	if rest := wait - time.Since(began); rest > 0 {
		time.Sleep(rest)
	}
	return false
}

// watch tells of a beam until ctx ends: breaks while no motor runs, and how it stands when that lasts.
func (d *Dispenser) watch(ctx context.Context, b *beam) {
	var told, low bool
	first, since, edge := true, time.Now(), time.Time{}
	for {
		wait := beamIdle
		if first || told != low {
			wait = min(beamIdle, max(beamFast, beamStable-time.Since(since)))
		}
		if !b.take(ctx) || ctx.Err() != nil {
			return
		}
		broke := b.look(wait)
		was := low
		low = b.low
		stray := b.stray
		b.give()
		if low != was {
			since = time.Now()
		}
		if broke && !d.moving.Load() && time.Since(edge) >= beamOften && d.Edge != nil {
			edge = time.Now()
			d.Edge(stray)
		}
		if (first || told != low) && time.Since(since) >= beamStable {
			first, told = false, low
			for _, slot := range b.slots {
				if d.Beam != nil {
					d.Beam(slot, low)
				}
			}
		}
	}
}
