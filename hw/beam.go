package hw

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"periph.io/x/conn/v3/gpio"
)

const (
	beamFast      = time.Millisecond       // one sample while something may fall
	beamQuiet     = 20 * time.Millisecond  // a beam without an edge for this long is clear
	beamStable    = 200 * time.Millisecond // a level that has lasted this long is reported
	strayInterval = time.Second            // stray edges are reported no more often

	// beamGap is how long the beam must be clear between two products: one that tumbles breaks it more than once.
	// A product in free fall has passed in less time (0.2 m at 2.4 m/s and more), a second one comes later.
	beamGap = 60 * time.Millisecond
	// beamTimely is how late a wait may return and still prove that there was no edge: a busy board returns
	// later, and may not have sampled the pin at all.
	beamTimely = 4 * time.Millisecond
)

// beam is one light barrier, which several slots may share. One goroutine at a time waits for edges on
// its pin: watchBeam while no motor turns, a vend while its motor does.
type beam struct {
	input
	emitter *switchedPin
	slots   []int
	token   chan struct{} // holds a token while somebody waits on the pin

	opened    atomic.Bool
	blind     atomic.Bool  // it did not notice in the self-test that its light was off
	selfTests atomic.Int64 // odd during a self-test

	// Only with the token.
	blocked     bool
	lastBlocked time.Time // when it was last blocked, or an edge came
	lastClear   time.Time // when it was last seen clear with no edge
	strayOf     int       // the slot that a stray edge is reported for: the one that ran last, else the lowest
}

// acquirePin takes the token, and returns false if ctx ended first.
func (b *beam) acquirePin(ctx context.Context) bool {
	select {
	case b.token <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (b *beam) releasePin() { <-b.token }

// openOnce makes the pin an input, with the light on, runs the self-test, and drops the edges that came before.
// Later calls do nothing.
func (b *beam) openOnce() error {
	if b.opened.Load() {
		return nil
	}
	if err := b.openPin(gpio.BothEdges); err != nil {
		return fmt.Errorf("reading the light barrier at %s: %w", b.pin.Name(), err)
	}
	if b.emitter != nil {
		_ = b.selfTest() // watchBeam reports a blind beam
	}
	b.resetEdges()
	b.opened.Store(true)
	return nil
}

// resetEdges drops the edges that the kernel has queued, so that the next one is new.
func (b *beam) resetEdges() {
	b.drainEdges()
	b.blocked, b.lastBlocked, b.lastClear = b.isOn(), time.Time{}, time.Time{}
}

// awaitDrop waits at most that long for an edge and returns whether a new product came. An edge counts even if the
// level is back already; on a pin without edges the level alone counts. It is the same product as before unless the
// beam was seen clear for beamGap in between: a busy board does not know when an edge came.
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

// watchBeam reports on one beam until ctx ends: an edge while no motor runs (StrayEdge), and its level once that is
// stable (Beam). It retries the self-test of a blind beam. What it sees during a self-test is the emitter, not a hand.
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
			wait = min(wait, beamQuiet) // short samples: one of them finds it clear between two products
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

const (
	selfTestWait    = 20 * time.Millisecond // a receiver follows its emitter within 5 ms; the rest is for a busy board
	selfTestSamples = 5                     // a beam whose emitter cannot be switched must be clear in each of them
	selfTestMax     = 2*selfTestWait + selfTestSamples*waitMin
	blindRetry      = 10 * time.Second // between two self-tests of a blind beam
)

// ErrVendUnderWay means that the self-test did not run, since a vend or another self-test holds the light barrier.
var ErrVendUnderWay = errors.New("another vend is under way")

var (
	errBlocked = errors.New("something is in the light barrier")
	errBlind   = errors.New("the light barrier does not notice that its light is off: it would see nothing fall")
)

// TestBeam returns within 50 ms why a drop in this slot would not be seen, or nil. It runs before an order is
// written, so that a customer never pays for goods that the machine could not count. Nothing moves. Vend runs
// the same self-test again before its motor starts.
func (d *Dispenser) TestBeam(slot int) error {
	d.applyDefaults()
	b := d.bySlot[slot]
	switch {
	case b == nil:
		return fmt.Errorf("proving slot %d: it has no light barrier", slot)
	case d.doorOpen():
		return fmt.Errorf("proving slot %d: the door is open", slot)
	case !d.tryVendToken():
		return fmt.Errorf("proving slot %d: %w", slot, ErrVendUnderWay)
	}
	defer func() { <-d.vendToken }()
	if !b.opened.Load() {
		return fmt.Errorf("proving slot %d: the light barrier is not open yet", slot)
	}
	if err := b.selfTest(); err != nil {
		return fmt.Errorf("proving slot %d: %w", slot, err)
	}
	return nil
}

// tryVendToken takes the token that a vend holds, and returns false if somebody has it.
func (d *Dispenser) tryVendToken() bool { return trySend(d.vendToken, struct{}{}) }

// selfTest checks that the beam is clear and, if its emitter can be switched, that the receiver notices: dark without
// light, clear with it. The caller holds the vend token. It reads only the level, so it need not wait for the pin.
func (b *beam) selfTest() (err error) {
	b.selfTests.Add(1)
	defer b.selfTests.Add(1)
	if b.emitter == nil {
		for range selfTestSamples {
			if b.isOn() {
				return errBlocked
			}
			time.Sleep(waitMin)
		}
		return nil
	}
	if err := b.emitter.switchTo(false); err != nil {
		return errors.Join(err, b.emitter.switchTo(true))
	}
	dark := b.waitLevel(true)
	if err := b.emitter.switchTo(true); err != nil {
		b.blind.Store(true)
		return err
	}
	b.blind.Store(!dark)
	switch light := b.waitLevel(false); {
	case !dark:
		return errBlind
	case !light:
		return errBlocked
	}
	return nil
}

// waitLevel waits until the beam is blocked, or clear. It samples once more after the time is over, since a busy
// board may have slept through all of it.
func (b *beam) waitLevel(blocked bool) bool {
	for began := time.Now(); ; time.Sleep(waitMin) {
		late := time.Since(began) >= selfTestWait
		if b.isOn() == blocked {
			return true
		}
		if late {
			return false
		}
	}
}
