package hw

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"periph.io/x/conn/v3/gpio"
)

const (
	keySample = 5 * time.Millisecond
	keyEqual  = 4 // equal samples that make a level believed: 20 ms
	keyStuck  = 30 * time.Second
)

// Keys are the customer's buttons, to ground, with the pull-up on. The callbacks are called
// one at a time from Run and should come back soon; nil ones are not called.
type Keys struct {
	Pins    map[int]gpio.PinIn // by slot number
	Cancel  gpio.PinIn         // nil: there is none
	Pressed func(slot int)
	GaveUp  func()
	Stuck   func(slot int, stuck bool) // held for over 30 s, or let go again; 0 is the cancel key
}

// Run samples the keys until ctx ends. Its error names the pin that cannot be read.
func (k *Keys) Run(ctx context.Context) error {
	keys, err := k.open()
	if err != nil {
		return err
	}
	tick := time.NewTicker(keySample)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		for _, key := range keys {
			k.tell(key.slot, key.sample())
		}
	}
}

func (k *Keys) open() ([]*key, error) {
	var keys []*key
	add := func(slot int, p gpio.PinIn, what string) error {
		if err := p.In(gpio.PullUp, gpio.NoEdge); err != nil {
			return fmt.Errorf("reading the %s at %s: %w", what, p.Name(), err)
		}
		keys = append(keys, &key{slot: slot, pin: p, down: true, since: time.Now()})
		return nil
	}
	for _, slot := range slices.Sorted(maps.Keys(k.Pins)) {
		if err := add(slot, k.Pins[slot], fmt.Sprintf("key of slot %d", slot)); err != nil {
			return nil, err
		}
	}
	if k.Cancel != nil {
		if err := add(0, k.Cancel, "cancel key"); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

func (k *Keys) tell(slot int, happened keyEvent) {
	switch {
	case happened == keyPressed && slot == 0 && k.GaveUp != nil:
		k.GaveUp()
	case happened == keyPressed && slot != 0 && k.Pressed != nil:
		k.Pressed(slot)
	case happened == keyJammed && k.Stuck != nil:
		k.Stuck(slot, true)
	case happened == keyFreed && k.Stuck != nil:
		k.Stuck(slot, false)
	}
}

type keyEvent int

const (
	keyNothing keyEvent = iota
	keyPressed
	keyJammed
	keyFreed
)

// key begins as down, so that one held since before the start says nothing until it is let go.
type key struct {
	slot   int
	pin    gpio.PinIn
	down   bool
	differ int // samples in a row that contradict down
	since  time.Time
	jammed bool
}

func (k *key) sample() keyEvent {
	if down := k.pin.Read() == gpio.Low; down == k.down {
		k.differ = 0
		if down && !k.jammed && time.Since(k.since) > keyStuck {
			k.jammed = true
			return keyJammed
		}
		return keyNothing
	}
	if k.differ++; k.differ < keyEqual {
		return keyNothing
	}
	k.down, k.differ, k.since = !k.down, 0, time.Now()
	if k.down {
		return keyPressed
	}
	if k.jammed {
		k.jammed = false
		return keyFreed
	}
	return keyNothing
}
