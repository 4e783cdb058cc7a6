package hw

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"periph.io/x/conn/v3/gpio"
)

const (
	beamFast      = time.Millisecond       // between two looks while something may fall
	beamQuiet     = 20 * time.Millisecond  // a beam that flickers is not clear
	beamStable    = 200 * time.Millisecond // a level that lasts is told
	strayInterval = time.Second            // stray edges are told no more often

	// beamGap is how long the beam must have been seen clear between two things: one that tumbles breaks it more than
	// once. Anything in free fall is through it in less (0.2 m at 2.4 m/s and more), a second thing comes later.
	beamGap = 60 * time.Millisecond
	// beamTimely is how late a wait may come back that counts as having found no edge: a board that had
	// no time may have had no look.
	beamTimely = 4 * time.Millisecond
)

// beam is one light barrier, which several slots may share. One goroutine at a time waits on
// its pin: the watch while nothing turns, a vend while its motor does.
type beam struct {
	input
	emitter *switchedPin
	slots   []int
	token   chan struct{} // holds a token while somebody waits on the pin

	opened    atomic.Bool
	blind     atomic.Bool  // it did not notice that its light was off
	selfTests atomic.Int64 // odd while the light is switched: what the watch sees then is no theft

	// Only with the token.
	blocked     bool
	lastBlocked time.Time // when it was last blocked, or an edge came
	lastClear   time.Time // when it was last seen clear with no edge
	strayOf     int       // whom a stray edge is told of: the slot that ran last, else the lowest
}

func newBeam(s Slot, slot int) *beam {
	return &beam{input: input{s.Drop, s.DropHigh}, emitter: newSwitchedPin(s.Emitter), slots: []int{slot}, token: make(chan struct{}, 1), strayOf: slot}
}

// acquirePin gets the token; false when ctx ended first.
func (b *beam) acquirePin(ctx context.Context) bool {
	select {
	case b.token <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (b *beam) releasePin() { <-b.token }

// openOnce makes the pin an input once, with the light on, finds out whether it sees, and forgets what
// happened on it before.
func (b *beam) openOnce() error {
	if b.opened.Load() {
		return nil
	}
	if err := b.openPin(gpio.BothEdges); err != nil {
		return fmt.Errorf("reading the light barrier at %s: %w", b.pin.Name(), err)
	}
	if b.emitter != nil {
		_ = b.selfTest() // the watch tells
	}
	b.resetEdges()
	b.opened.Store(true)
	return nil
}

// resetEdges throws away the edges that the kernel has kept.
func (b *beam) resetEdges() {
	b.drainEdges()
	b.blocked, b.lastBlocked, b.lastClear = b.isOn(), time.Time{}, time.Time{}
}

// awaitDrop waits for an edge, for so long at most, and tells whether a thing has come. An edge whose level has
// already gone back was one too; the level alone serves where no edges come. It is the same thing as the one
// before unless the beam was seen clear for beamGap: on a busy board the time of an edge is not known.
func (b *beam) awaitDrop(wait time.Duration) (came bool) {
	began := time.Now()
	edge := b.waitEdge(wait)
	late := time.Since(began) > wait+beamTimely
	now, low := time.Now(), b.isOn()
	if edge || low {
		came = !b.blocked && (b.lastBlocked.IsZero() || b.lastClear.Sub(b.lastBlocked) >= beamGap)
		b.lastBlocked = now
	} else if !late {
		b.lastClear = now
	}
	b.blocked = low
	return came
}

// watchBeam tells of a beam until ctx ends: what falls while no motor runs, and how it stands when that lasts.
func (d *Dispenser) watchBeam(ctx context.Context, b *beam) {
	var told, bad bool
	first, since, edge, proved := true, time.Now(), time.Time{}, time.Now()
	for {
		wait := waitMax
		if first || told != bad {
			wait = min(waitMax, max(beamFast, beamStable-time.Since(since)))
		}
		if !b.acquirePin(ctx) || ctx.Err() != nil {
			return
		}
		if time.Since(b.lastBlocked) < beamStable {
			wait = min(wait, beamQuiet) // short looks, of which one finds it clear between two things
		}
		proof := b.selfTests.Load()
		came := b.awaitDrop(wait)
		if proof%2 != 0 || b.selfTests.Load() != proof {
			came = false
			b.resetEdges()
		}
		if b.blind.Load() && time.Since(proved) >= blindRetry && d.tryVendToken() {
			proved = time.Now()
			_ = b.selfTest()
			b.resetEdges()
			<-d.vendToken
		}
		was := bad
		bad = b.blocked || b.blind.Load()
		stray := b.strayOf
		b.releasePin()
		if bad != was {
			since = time.Now()
		}
		if came && !d.motorOn.Load() && time.Since(edge) >= strayInterval && d.StrayEdge != nil {
			edge = time.Now()
			d.StrayEdge(stray)
		}
		if (first || told != bad) && time.Since(since) >= beamStable {
			first, told = false, bad
			for _, slot := range b.slots {
				if d.Beam != nil {
					d.Beam(slot, bad)
				}
			}
		}
	}
}
