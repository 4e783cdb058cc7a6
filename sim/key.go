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
	keyCalm   = 4 * time.Millisecond
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

// Stick jams the key down, as a spilled drink does, or frees it.
func (k *Key) Stick(down bool) {
	if down {
		k.pullDown()
		return
	}
	k.Pin.Release()
}

// Press holds the key for 80 ms, bouncing at both ends, and returns after the finger has left it. It is
// let go as well when ctx ends early.
func (k *Key) Press(ctx context.Context) error { return k.Hold(ctx, keyHeld) }

// Hold is a Press that lasts.
func (k *Key) Hold(ctx context.Context, d time.Duration) error {
	select {
	case k.finger <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-k.finger }()
	defer k.Pin.Release()
	if err := k.bounceBetween(ctx, k.pullDown, k.Pin.Release); err != nil {
		return err
	}
	k.pullDown()
	if err := sleepContext(ctx, d); err != nil {
		return err
	}
	if err := k.bounceBetween(ctx, k.Pin.Release, k.pullDown); err != nil {
		return err
	}
	k.Pin.Release()
	return sleepContext(ctx, keyApart)
}

func (k *Key) pullDown() { k.Pin.Set(gpio.Low) }

// bounceBetween goes to and fro for a millisecond each. A board too busy for that would make whole presses of
// it, so the key comes to rest where one took long.
func (k *Key) bounceBetween(ctx context.Context, to, fro func()) error {
	for range bounces {
		for _, move := range []func(){to, fro} {
			move()
			began := time.Now()
			if err := sleepContext(ctx, keyBounce); err != nil {
				return err
			}
			if time.Since(began) > keyCalm {
				return nil
			}
		}
	}
	return nil
}

// sleepContext waits, unless ctx ends first.
func sleepContext(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
