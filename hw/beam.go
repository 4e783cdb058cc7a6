package hw

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

const (
	beamFast      = time.Millisecond       // one sample while something may fall
	beamQuiet     = 20 * time.Millisecond  // a beam that stays clear for this long is clear
	beamStable    = 200 * time.Millisecond // a level that has lasted this long is reported
	strayInterval = time.Second            // stray pieces and unreadable edges are reported no more often
	beamEdgesMax  = 300                    // taken in one observation: a wire that hums must not hold up a motor's end
)

// beam is one light barrier, which several slots may share. One goroutine at a time waits for edges on
// its pin: watchBeam while no motor turns, a vend while its motor does.
type beam struct {
	input
	emitter *switchedPin
	slots   []int
	contact bool          // it is the switch of a compartment's door, and a contact bounces
	token   chan struct{} // holds a token while somebody waits on the pin

	opened    atomic.Bool
	blind     atomic.Bool  // it did not notice in the self-test that its light was off
	selfTests atomic.Int64 // odd during a self-test

	// Only with the token.
	darkness
	late     bool      // a vend saw a piece that is none of its own: watchBeam reports it
	strayOf  int       // the slot that a stray piece is reported for: the one that ran last, else the lowest
	reported time.Time // when unreadable edges were
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
	if err := b.openEdges(); err != nil {
		return fmt.Errorf("reading the light barrier at %s: %w", b.pin.Name(), err)
	}
	if b.emitter != nil {
		_ = b.selfTest() // watchBeam reports a blind beam
	}
	b.resetEdges()
	b.opened.Store(true)
	return nil
}

// resetEdges drops the edges that are kept. One that is on its way has an older stamp than the reset, and is dropped then.
func (b *beam) resetEdges() {
	for range edgesMax {
		e, more := b.takeEdge(0)
		if !more {
			break
		}
		b.number = e.number
	}
	b.reset(time.Now(), b.isOn())
}

// observe waits at most that long for an edge, takes every edge that is kept, and looks at the level. The moment of the look
// is taken before it, and the look counts only if no edge came meanwhile: a busy board may sleep between any two lines.
func (b *beam) observe(wait time.Duration) (g glimpse) {
	if b.isUndecided() {
		wait = min(wait, beamFast)
	}
	e, came := b.waitEdge(wait)
	for range beamEdgesMax {
		if came {
			b.judgeEdge(e, &g)
		}
		now, dark := time.Now(), b.isOn()
		if e, came = b.takeEdge(0); !came {
			b.judgeLevel(now, dark, &g)
			return g
		}
	}
	if came {
		b.judgeEdge(e, &g)
	}
	return g
}

// countSparks counts what was dark and is no piece, and reports edges that cannot be read. Contact bounce is neither.
func (d *Dispenser) countSparks(b *beam, g glimpse) {
	if b.contact {
		return
	}
	d.short.Add(int64(g.sparks))
	d.unreadable.Add(int64(g.unreadable))
	if g.unreadable == 0 || d.Unreadable == nil || time.Since(b.reported) < strayInterval {
		return
	}
	b.reported = time.Now()
	d.Unreadable(b.strayOf)
}

// Sparks returns how often something was seen on the light barriers' wires that is no piece: darkness of too short a time,
// and edges that could not be read.
func (d *Dispenser) Sparks() (short, unreadable int) {
	return int(d.short.Load()), int(d.unreadable.Load())
}

// watchBeam reports on one beam until ctx ends: a piece while no motor runs (StrayEdge), and its level once that is
// stable (Beam). It retries the self-test of a blind beam. What it sees during a self-test is the emitter, not a hand.
func (d *Dispenser) watchBeam(ctx context.Context, b *beam) {
	var told, bad bool
	first, since, stray, tested := true, time.Now(), time.Time{}, time.Now()
	for {
		wait := waitMax
		if first || told != bad {
			wait = min(waitMax, max(beamFast, beamStable-time.Since(since)))
		}
		if !b.acquirePin(ctx) || ctx.Err() != nil {
			return
		}
		came := d.observeIdle(b, wait)
		if b.blind.Load() && time.Since(tested) >= blindRetry && d.tryVendToken() {
			tested = time.Now()
			_ = b.selfTest()
			b.resetEdges()
			<-d.vendToken
		}
		was, slot := bad, b.strayOf
		bad = b.dark || b.blind.Load()
		b.releasePin()
		if bad != was {
			since = time.Now()
		}
		if came && !d.motorOn.Load() && time.Since(stray) >= strayInterval && d.StrayEdge != nil {
			stray = time.Now()
			d.StrayEdge(slot)
		}
		if (first || told != bad) && time.Since(since) >= beamStable {
			first, told = false, bad
			d.reportLevel(b, bad)
		}
	}
}

// observeIdle observes a beam while no vend does, and returns whether a piece came. It sees nothing during a self-test.
func (d *Dispenser) observeIdle(b *beam, wait time.Duration) (came bool) {
	if b.dark || time.Since(b.ended) < beamStable {
		wait = min(wait, beamQuiet) // short samples: one of them finds it clear between two pieces
	}
	test := b.selfTests.Load()
	g := b.observe(wait)
	if test%2 != 0 || b.selfTests.Load() != test {
		b.resetEdges()
		return false
	}
	d.countSparks(b, g)
	came, b.late = b.late || len(g.pieces) > 0, false
	return came
}

func (d *Dispenser) reportLevel(b *beam, blocked bool) {
	if d.Beam == nil {
		return
	}
	for _, slot := range b.slots {
		d.Beam(slot, blocked)
	}
}

const (
	selfTestWait    = 20 * time.Millisecond // a receiver follows its emitter within 5 ms; the rest is for a busy board
	selfTestSamples = 5                     // a beam whose emitter cannot be switched must be clear in each of them
	selfTestMax     = 2*(selfTestWait+waitMin) + 2*selfTestSamples*waitMin
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
			if b.staysOn() {
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

// waitLevel waits until the beam is blocked, or clear, in two looks in a row: one may meet a spark. It goes on once more
// after the time is over, since a busy board may have slept through all of it.
func (b *beam) waitLevel(blocked bool) bool {
	seen := false
	for began := time.Now(); ; time.Sleep(waitMin) {
		late := time.Since(began) >= selfTestWait
		is := b.isOn() == blocked
		if is && seen {
			return true
		}
		if seen = is; late && !seen {
			return false
		}
	}
}
