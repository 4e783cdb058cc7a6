package hw

import (
	"errors"
	"fmt"
	"time"
)

const (
	selfTestWait    = 20 * time.Millisecond // a receiver follows its light within 5 ms; this is for a busy board
	selfTestSamples = 5                     // a beam without a light to switch is clear in each of them
	selfTestMax     = 2*selfTestWait + selfTestSamples*waitMin
	blindRetry      = 10 * time.Second // a blind beam is tried again
)

// ErrVendUnderWay: nothing is known of the light barrier, since a vend or another proof has it just now. A Vend proves it again.
var ErrVendUnderWay = errors.New("another vend is under way")

var (
	errBlocked = errors.New("something is in the light barrier")
	errBlind   = errors.New("the light barrier does not notice that its light is off: it would see nothing fall")
)

// TestBeam says in less than 50 ms whether a drop in this slot would be seen, so that nobody is asked for money
// who could not be served. Nothing moves. Vend proves it once more before the motor starts.
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

// tryVendToken takes the token of a vend, where nobody has it.
func (d *Dispenser) tryVendToken() bool {
	select {
	case d.vendToken <- struct{}{}:
		return true
	default:
		return false
	}
}

// selfTest looks whether the beam is clear and, where its light can be switched, whether it notices that. No vend
// may be under way. It asks the level alone, so that it need not wait until the watch lets go of the pin.
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

// waitLevel waits until the beam reads so. The last look comes after the time is over: a board that had no
// time proves nothing.
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
