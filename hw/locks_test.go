package hw

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// cabinet is one compartment with a lock.
type cabinet struct {
	Dispenser
	coil, door *fakePin
	pulses     []time.Duration
	since      time.Time
	opens      map[int]time.Duration // the pulse that frees it, and when the customer opens after it began
}

func newCabinet(t *testing.T) *cabinet {
	t.Helper()
	c := &cabinet{coil: newPin("GPIO16", gpio.High), door: newPin("GPIO26", gpio.Low), opens: map[int]time.Duration{}}
	c.coil.moved = func(l gpio.Level) {
		if l == gpio.Low {
			if !c.since.IsZero() {
				c.pulses, c.since = append(c.pulses, time.Since(c.since)), time.Time{}
			}
			return
		}
		c.since = time.Now()
		if at, opens := c.opens[len(c.pulses)+1]; opens {
			time.AfterFunc(at, func() {
				for range 3 {
					c.door.set(gpio.High)
					time.Sleep(3 * ms)
					c.door.set(gpio.Low)
					time.Sleep(3 * ms)
				}
				c.door.set(gpio.High)
			})
		}
	}
	c.Outputs = &Outputs{}
	if err := c.Outputs.Add("GPIO16", c.coil, LockMaxOn); err != nil {
		t.Fatal(err)
	}
	c.Slots = map[int]Slot{1: {Lock: "GPIO16", Drop: c.door, DropHigh: true}}
	if err := c.CheckWiring(); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestALockIsPulsedAndTheDoorTells(t *testing.T) {
	for _, row := range []struct {
		name   string
		opens  map[int]time.Duration
		at     func(c *cabinet)
		says   string
		pulses int
		takes  time.Duration
	}{
		{"opened at once", map[int]time.Duration{1: 300 * ms}, nil, `true ""`, 1, 700 * ms},
		{"opened after a while", map[int]time.Duration{1: 7 * time.Second}, nil, `true ""`, 1, 7500 * ms},
		{"the second pulse frees it", map[int]time.Duration{2: time.Second}, nil, `true ""`, 2, 12 * time.Second},
		{"nobody opens it", nil, nil, `false "no-drop"`, 2, 20500 * ms},
		{"open before", nil, func(c *cabinet) { c.door.set(gpio.High) }, `false "blocked"`, 0, 3 * time.Second},
		{"the machine's door is open", nil, func(c *cabinet) { c.Door = func() bool { return true } }, `false "door"`, 0, time.Second},
		{"no coil", nil, func(c *cabinet) { c.coil.broke(errors.New("ioctl")) }, `false "unknown"`, 0, time.Second},
		{"off", nil, func(c *cabinet) { time.AfterFunc(400*ms, c.Off) }, `false "off"`, 1, time.Second},
		{"a pulse for too long", nil, func(c *cabinet) { c.Pulse = time.Minute }, `false "no-drop"`, 2, 20500 * ms},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCabinet(t)
				c.opens = row.opens
				if row.at != nil {
					row.at(c)
				}
				running(t, c.Run)
				began := time.Now()
				dropped, fault := c.Vend(context.Background(), 1)
				took := time.Since(began)
				time.Sleep(100 * ms) // the contact comes to rest
				if got := (&machine{}).says(dropped, fault); got != row.says || took > row.takes+waitMax || took > c.LongestVend() {
					t.Errorf("%s after %v, want %s after %v", got, took, row.says, row.takes)
				}
				for _, p := range c.pulses {
					if p > LockMaxOn {
						t.Errorf("the coil had power for %v: it burns", p)
					}
				}
				if len(c.pulses) != row.pulses || c.coil.seen() != gpio.Low && row.name != "no coil" {
					t.Errorf("pulses %v, coil %v", c.pulses, c.coil.seen())
				}
				if c.LongestVend() > 25*time.Second {
					t.Errorf("a stop would wait %v", c.LongestVend())
				}
			})
		})
	}
}

// The output's own limit is shorter than the pulse: that is the pulse's end and no fault of the slot.
func TestALocksLimitEndsItsPulse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCabinet(t)
		if err := c.Outputs.Add("short", c.coil, 500*ms); err != nil {
			t.Fatal(err)
		}
		c.Slots[1] = Slot{Lock: "short", Drop: c.door, DropHigh: true}
		c.opens[1] = 5 * time.Second
		running(t, c.Run)
		dropped, fault := c.Vend(context.Background(), 1)
		time.Sleep(100 * ms)
		if dropped != 1 || fault != "" || len(c.pulses) != 1 || c.pulses[0] != 500*ms {
			t.Errorf("%v %q after pulses of %v", dropped, fault, c.pulses)
		}
	})
}

func TestTheWiringOfALockIsChecked(t *testing.T) {
	for says, s := range map[string]Slot{"lock pin": {Lock: "GPIO9"}, "motor and a lock": {Lock: "GPIO16", Motor: "GPIO16"}, "drop pin": {Lock: "GPIO16"}} {
		c := newCabinet(t)
		c.Slots[1] = s
		if err := c.CheckWiring(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

func TestAnOpenDoorStopsAndStartsNoMotor(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		var open atomic.Bool
		open.Store(true)
		m.Door = open.Load
		if got := vend(m, 1); got != `false "door"` || m.ran[1] != 0 {
			t.Errorf("%s, and a motor turned %d times towards a hand", got, m.ran[1])
		}
		open.Store(false)
		time.AfterFunc(500*ms, func() { open.Store(true) })
		began := time.Now()
		ran := m.ranFor()
		if got := vend(m, 1); got != `false "off"` || ran() > 700*ms || time.Since(began) > 1500*ms {
			t.Errorf("opened half way: %s, motor on for %v", got, ran())
		}
		m.stopped(t, "door")
		open.Store(false)
		m.home[1].set(gpio.Low)
		time.Sleep(time.Minute)
		m.motor[1].moved = func(l gpio.Level) {
			if m.power(1, l); l == gpio.High {
				time.AfterFunc(1100*ms, func() { open.Store(true) })
			}
		}
		if got := vend(m, 1); got != `true "off"` {
			t.Errorf("opened after the drop: %s", got)
		}
		m.home[2].set(gpio.Low)
		open.Store(false)
		m.spirals[2].drops = nil
		time.AfterFunc(2*time.Second, func() { open.Store(true) })
		if got := vend(m, 2); got != `false "off"` || m.nudged[2] != 0 {
			t.Errorf("opened before a nudge: %s, %d nudges", got, m.nudged[2])
		}
	})
}

func TestTheDoorsSwitchIsBelievedWhenItRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPin("GPIO7", gpio.Low)
		var told diary
		d := &Door{Pin: p, Changed: func(open bool) { told.note("open %v", open) }}
		if !d.IsOpen() {
			t.Error("a door nobody has looked at counts as shut")
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- d.Run(ctx) }()
		time.Sleep(100 * ms)
		told.is(t, "the house is not told how the door stands", "open false")
		if d.IsOpen() {
			t.Error("a shut door is open")
		}
		for range 20 {
			p.set(gpio.High)
			time.Sleep(3 * ms)
			p.set(gpio.Low)
			time.Sleep(40 * ms)
		}
		told.is(t, "a spark opened the door")
		p.set(gpio.High)
		time.Sleep(30 * ms)
		if told.is(t, "an open door lets motors turn", "open true"); !d.IsOpen() {
			t.Error("open, and not ajar")
		}
		p.set(gpio.Low)
		time.Sleep(time.Second)
		told.is(t, "a shut door sells nothing", "open false")
		for range 300 {
			p.set(gpio.High)
			time.Sleep(3 * ms)
			p.set(gpio.Low)
			time.Sleep(3 * ms)
		}
		told.is(t, "a switch that never rests is believed", "open true")
		time.Sleep(time.Second)
		told.is(t, "it rests", "open false")
		stop()
		if err := <-done; err != nil || d.IsOpen() {
			t.Errorf("%v: the end of Run opened the door for a vend under way", err)
		}
		if p.set(gpio.High); !d.IsOpen() {
			t.Error("after Run nobody asks the switch")
		}
		p.broke(errors.New("busy"))
		if err := d.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "GPIO7") {
			t.Errorf("nobody can tell which wire is loose: %v", err)
		}
	})
}

// A compartment's door is opened by a hand: its contact jumps when the bolt strikes.
func TestALocksContactThatJumpsIsNoOpenDoor(t *testing.T) {
	for wide, says := range map[time.Duration]string{2 * us: `false "no-drop"`, 15 * ms: `false "no-drop"`, 25 * ms: `true ""`} {
		synctest.Test(t, func(t *testing.T) {
			c := newCabinet(t)
			jump := c.coil.moved
			c.coil.moved = func(l gpio.Level) {
				if jump(l); l == gpio.High {
					time.AfterFunc(150*ms, func() {
						c.door.set(gpio.High)
						time.AfterFunc(wide, func() { c.door.set(gpio.Low) })
					})
				}
			}
			running(t, c.Run)
			if got := (&machine{}).says(c.Vend(t.Context(), 1)); got != says {
				t.Errorf("open for %v: %s, want %s", wide, got, says)
			}
		})
	}
}

// After Run the door's switch is looked at by the vend itself: twice, since one look may meet a spark.
func TestOneLookAtTheDoorIsNoOpenDoor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPin("GPIO7", gpio.Low)
		d := &Door{Pin: p}
		d.state.Store(doorUnwatched)
		p.set(gpio.High)
		time.AfterFunc(100*us, func() { p.set(gpio.Low) })
		if d.IsOpen() {
			t.Error("a spark on the door's wire stopped a motor half way")
		}
		if p.set(gpio.High); !d.IsOpen() {
			t.Error("an open door lets a motor turn")
		}
	})
}
