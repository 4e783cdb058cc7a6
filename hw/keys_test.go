package hw

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// diary collects what the callbacks said.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) note(format string, a ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf(format, a...))
}

func (d *diary) is(t *testing.T, lost string, want ...string) {
	t.Helper()
	synctest.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Equal(d.lines, want) {
		t.Errorf("%s\n got %q\nwant %q", lost, d.lines, want)
	}
	d.lines = nil
}

func (d *diary) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.lines)
}

type desk struct {
	one, two, cancel *fakePin
	told             diary
}

func keyDesk(t *testing.T, f func(d *desk)) {
	synctest.Test(t, func(t *testing.T) { d := newDesk(); d.run(t); f(d) })
}

func newDesk() *desk {
	return &desk{one: newPin("GPIO5", gpio.High), two: newPin("GPIO6", gpio.High), cancel: newPin("GPIO13", gpio.High)}
}

func (d *desk) run(t *testing.T) {
	k := &Keys{
		Pins:    map[int]gpio.PinIn{1: d.one, 2: d.two},
		Cancel:  d.cancel,
		Pressed: func(slot int) { d.told.note("pressed %d", slot) },
		GaveUp:  func() { d.told.note("gave up") },
		Stuck:   func(slot int, stuck bool) { d.told.note("stuck %d %v", slot, stuck) },
	}
	running(t, k.Run)
	time.Sleep(100 * time.Millisecond)
}

func TestAPressIsOnePress(t *testing.T) {
	keyDesk(t, func(d *desk) {
		d.one.pulse(2 * time.Second)
		time.Sleep(100 * time.Millisecond)
		d.told.is(t, "a held key repeated, or was lost", "pressed 1")
		d.two.pulse(40 * time.Millisecond)
		time.Sleep(100 * time.Millisecond)
		d.cancel.pulse(40 * time.Millisecond)
		time.Sleep(100 * time.Millisecond)
		d.told.is(t, "a short press was lost", "pressed 2", "gave up")
	})
}

func TestBounceAndSparksAreNoPresses(t *testing.T) {
	keyDesk(t, func(d *desk) {
		for range 50 {
			d.one.pulse(12 * time.Millisecond)
			time.Sleep(9 * time.Millisecond)
		}
		d.told.is(t, "a spark on the cable chose a ware")
		for range 7 {
			d.one.pulse(3 * time.Millisecond)
			time.Sleep(2 * time.Millisecond)
		}
		d.one.set(gpio.Low)
		time.Sleep(100 * time.Millisecond)
		for range 7 {
			d.one.set(gpio.High)
			time.Sleep(3 * time.Millisecond)
			d.one.set(gpio.Low)
			time.Sleep(2 * time.Millisecond)
		}
		d.one.set(gpio.High)
		time.Sleep(100 * time.Millisecond)
		d.told.is(t, "a bouncing key counted otherwise than once", "pressed 1")
	})
}

func TestAStuckKeyIsToldAndHurtsNobodyElse(t *testing.T) {
	keyDesk(t, func(d *desk) {
		d.one.set(gpio.Low)
		time.Sleep(31 * time.Second)
		d.told.is(t, "a key held for half a minute is not called stuck", "pressed 1", "stuck 1 true")
		d.two.pulse(50 * time.Millisecond)
		time.Sleep(time.Hour)
		d.told.is(t, "a stuck key silenced its neighbour, or went on complaining", "pressed 2")
		d.one.set(gpio.High)
		time.Sleep(time.Second)
		d.told.is(t, "the key was let go and still counts as stuck", "stuck 1 false")
		d.one.pulse(50 * time.Millisecond)
		time.Sleep(time.Second)
		d.told.is(t, "a mended key does not sell", "pressed 1")
	})
}

func TestAKeyDownAtTheStartIsNoPress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		d.one.set(gpio.Low)
		d.run(t)
		time.Sleep(time.Second)
		d.told.is(t, "the kiosk chose a ware by itself at start")
		d.one.set(gpio.High)
		time.Sleep(time.Second)
		d.told.is(t, "letting go counted as a press")
		d.one.pulse(50 * time.Millisecond)
		time.Sleep(time.Second)
		d.told.is(t, "the first real press was lost", "pressed 1")
	})
}

func TestAKeyThatCannotBeReadNamesItsPin(t *testing.T) {
	one := newPin("GPIO5", gpio.High)
	one.broke(errors.New("device or resource busy"))
	err := (&Keys{Pins: map[int]gpio.PinIn{3: one}}).Run(context.Background())
	if err == nil || !strings.Contains(err.Error(), "slot 3") || !strings.Contains(err.Error(), "GPIO5") {
		t.Errorf("nobody can tell which wire is loose: %v", err)
	}
}
