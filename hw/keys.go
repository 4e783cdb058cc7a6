package hw

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"periph.io/x/conn/v3/gpio"
)

const (
	samplePeriod = 5 * time.Millisecond
	keySamples   = 4 // equal samples that debounce a level: 20 ms
	stuckAfter   = 30 * time.Second
	holdingAfter = time.Second     // a hand rests on the service key
	heldAfter    = 5 * time.Second // and means it
)

// The numbers that Stuck gets for the keys of no slot.
const (
	KeyCancel  = 0
	KeyService = -1
)

// Keys are the customer's buttons and the technician's, to ground, with the pull-up on. The callbacks are
// called one at a time from Run and should return soon; nil ones are not called. A key that is down when
// Run begins does nothing until it has been released.
type Keys struct {
	Pins    map[int]gpio.PinIn         // by slot number
	Cancel  gpio.PinIn                 // nil: there is none
	Service gpio.PinIn                 // nil: there is none
	Pressed func(slot int)             // the key of a slot
	GaveUp  func()                     // the cancel key
	Holding func(left time.Duration)   // the service key was held for 1 s, and this long is left to 5 s; 0: it was released
	Held    func()                     // the service key was held for 5 s; called once
	Stuck   func(slot int, stuck bool) // held for over 30 s, or released again; a slot, KeyCancel or KeyService
	Health  func(fault string)         // the stuck keys in words, "" when there are none any more
}

// Run samples the keys until ctx ends. Its error names the pin that it cannot read.
func (k *Keys) Run(ctx context.Context) error {
	keys, err := k.openKeys()
	if err != nil {
		return err
	}
	tick := time.NewTicker(samplePeriod)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		for _, key := range keys {
			k.dispatchEvent(keys, key, key.sampleLevel())
		}
	}
}

func (k *Keys) openKeys() ([]*key, error) {
	var keys []*key
	add := func(slot int, p gpio.PinIn, label string) {
		if p != nil {
			keys = append(keys, &key{slot: slot, label: label, input: input{pin: p}, down: true, since: time.Now()})
		}
	}
	for _, slot := range slices.Sorted(maps.Keys(k.Pins)) {
		add(slot, k.Pins[slot], fmt.Sprintf("key of slot %d", slot))
	}
	add(KeyCancel, k.Cancel, "cancel key")
	add(KeyService, k.Service, "service key")
	for _, key := range keys {
		if err := key.openLevel(); err != nil {
			return nil, fmt.Errorf("reading the %s at %s: %w", key.label, key.pin.Name(), err)
		}
	}
	return keys, nil
}

func (k *Keys) dispatchEvent(all []*key, one *key, happened keyEvent) {
	switch {
	case happened == keyPressed && one.slot == KeyCancel && k.GaveUp != nil:
		k.GaveUp()
	case happened == keyPressed && one.slot > 0 && k.Pressed != nil:
		k.Pressed(one.slot)
	case happened == keyHolding && one.slot == KeyService && k.Holding != nil:
		k.Holding(heldAfter - time.Since(one.since))
	case happened == keyReleased && one.slot == KeyService && k.Holding != nil:
		k.Holding(0)
	case happened == keyHeldLong && one.slot == KeyService && k.Held != nil:
		k.Held()
	case happened == keyStuckDown || happened == keyUnstuck:
		if k.Stuck != nil {
			k.Stuck(one.slot, one.stuck)
		}
		k.reportStuck(all)
	}
}

// reportStuck names the keys that nobody can use.
func (k *Keys) reportStuck(all []*key) {
	if k.Health == nil {
		return
	}
	var stuck []string
	for _, one := range all {
		if one.stuck {
			stuck = append(stuck, one.label)
		}
	}
	fault := ""
	if len(stuck) > 0 {
		fault = "stuck: " + strings.Join(stuck, ", ")
	}
	k.Health(fault)
}

type keyEvent int

const (
	keyNothing keyEvent = iota
	keyPressed
	keyHolding
	keyReleased // after keyHolding, before keyHeldLong
	keyHeldLong
	keyStuckDown
	keyUnstuck
)

// key debounces one button. It begins as down, so that one held since before the start is no press.
type key struct {
	input
	slot      int
	label     string
	down      bool
	differing int // samples in a row that differ from down
	since     time.Time
	pressed   bool // it went down while Run watched, and keyHeldLong has not come yet
	holding   bool // keyLeant was told of it
	stuck     bool
}

// sampleLevel takes one sample and returns what it completes.
func (k *key) sampleLevel() keyEvent {
	if down := k.isOn(); down == k.down {
		k.differing = 0
		return k.heldEvent()
	}
	if k.differing++; k.differing < keySamples {
		return keyNothing
	}
	short := k.pressed && k.holding
	k.down, k.differing, k.since, k.holding = !k.down, 0, time.Now(), false
	if k.pressed = k.down; k.down {
		return keyPressed
	}
	if short {
		return keyReleased
	}
	if k.stuck {
		k.stuck = false
		return keyUnstuck
	}
	return keyNothing
}

// heldEvent returns the event of a key that stays down, each one once.
func (k *key) heldEvent() keyEvent {
	switch held := time.Since(k.since); {
	case !k.down:
	case !k.stuck && held > stuckAfter:
		k.stuck = true
		return keyStuckDown
	case k.pressed && held >= heldAfter:
		k.pressed = false
		return keyHeldLong
	case k.pressed && !k.holding && held >= holdingAfter:
		k.holding = true
		return keyHolding
	}
	return keyNothing
}
