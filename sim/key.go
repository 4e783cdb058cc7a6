package sim

import (
	"context"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// How a finger and a cheap switch behave.
const (
	keyHeld   = 80 * time.Millisecond
	keyBounce = time.Millisecond
	bounces   = 3
	keyApart  = 50 * time.Millisecond // no finger is back sooner: two presses never look like one
)

// Key is a switch to ground: low is pressed, and nothing drives the wire otherwise.
type Key struct {
	Pin    *Pin
	finger chan struct{} // one finger at a time
}

// NewKey puts a key on a wire.
func NewKey(p *Pin) *Key { return &Key{Pin: p, finger: make(chan struct{}, 1)} }

// Press holds the key for 80 ms, bouncing at both ends, and returns after the finger has left it. It is
// let go as well when ctx ends early.
func (k *Key) Press(ctx context.Context) error {
	select {
	case k.finger <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-k.finger }()
	defer k.Pin.Release()
	for range bounces {
		k.Pin.Set(gpio.Low)
		if err := pause(ctx, keyBounce); err != nil {
			return err
		}
		k.Pin.Release()
		if err := pause(ctx, keyBounce); err != nil {
			return err
		}
	}
	k.Pin.Set(gpio.Low)
	if err := pause(ctx, keyHeld); err != nil {
		return err
	}
	for range bounces {
		k.Pin.Release()
		if err := pause(ctx, keyBounce); err != nil {
			return err
		}
		k.Pin.Set(gpio.Low)
		if err := pause(ctx, keyBounce); err != nil {
			return err
		}
	}
	k.Pin.Release()
	return pause(ctx, keyApart)
}

// pause waits, unless ctx ends first.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
