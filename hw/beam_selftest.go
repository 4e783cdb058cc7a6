package hw

import (
	"errors"
	"fmt"
	"time"
)

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
func (d *Dispenser) tryVendToken() bool {
	select {
	case d.vendToken <- struct{}{}:
		return true
	default:
		return false
	}
}

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
