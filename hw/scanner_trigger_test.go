package hw

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// wire is a trigger pin: whether the kiosk drives it, and how.
type wire struct {
	*fakePin
	driven bool
	pull   gpio.Pull
}

func (w *wire) In(p gpio.Pull, e gpio.Edge) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken == nil {
		w.driven, w.pull = false, p
	}
	return w.broken
}

func (w *wire) Out(l gpio.Level) error {
	err := w.fakePin.Out(l)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.driven = err == nil
	return err
}

// pressed tells whether the module would look.
func (w *wire) pressed(high bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.driven && w.level == gpio.Level(high)
}

func eachWire(t *testing.T, f func(t *testing.T, c *counter, w *wire, high bool)) {
	for name, high := range map[string]bool{"active low": false, "active high": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, w := newCounter(-1), &wire{fakePin: newPin("GPIO5", gpio.High)}
				c.Trigger = &TriggerPin{Pin: w, High: high}
				c.Warn = func(text string) { c.told.note("warn %q", text) }
				f(t, c, w, high)
				w.mu.Lock()
				defer w.mu.Unlock()
				if !high && slices.Contains(w.outs, gpio.High) {
					t.Error("the wire was driven high against whatever pulls it up")
				}
				if w.abused != "" {
					t.Error(w.abused)
				}
			})
		})
	}
}

func TestTheModuleLooksOnlyWhileACodeIsWanted(t *testing.T) {
	eachWire(t, func(t *testing.T, c *counter, w *wire, high bool) {
		running(t, c.Run)
		time.Sleep(time.Minute)
		if w.pressed(high) {
			t.Error("the module looks at nothing for a minute")
		}
		c.Arm(true)
		time.Sleep(triggerRest + time.Millisecond)
		if !w.pressed(high) {
			t.Error("a code is wanted and the module does not look")
		}
		c.Arm(false)
		synctest.Wait()
		if w.pressed(high) {
			t.Error("no code is wanted and the module looks")
		}
		if !high && w.pull != gpio.PullUp {
			t.Errorf("let go of, the wire is left to %v", w.pull)
		}
	})
}

func TestTheTriggerIsPressedAgainWhenTheModuleGivesUp(t *testing.T) {
	eachWire(t, func(t *testing.T, c *counter, w *wire, high bool) {
		var presses atomic.Int32
		w.moved = func(l gpio.Level) {
			if l == gpio.Level(high) {
				presses.Add(1)
			}
		}
		running(t, c.Run)
		c.Arm(true)
		time.Sleep(31 * time.Second)
		if presses.Load() != 6 {
			t.Errorf("within 31 s the module was made to look %d times", presses.Load())
		}
		c.shows(wechat + "\r")
		time.Sleep(aimPause)
		if presses.Load() != 7 {
			t.Errorf("after a code the module looks no more: %d", presses.Load())
		}
	})
}

func TestTheTriggerIsLetGoOfAtTheEnd(t *testing.T) {
	eachWire(t, func(t *testing.T, c *counter, w *wire, high bool) {
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- c.Run(ctx) }()
		c.Arm(true)
		time.Sleep(time.Second)
		_ = c.module.Close() // lost: nobody would see what it reads
		synctest.Wait()
		if w.pressed(high) {
			t.Error("a module that was lost is left looking")
		}
		c.plugs(newModule(-1), nil)
		time.Sleep(2 * time.Second)
		if !w.pressed(high) {
			t.Error("a module that came back does not look")
		}
		stop()
		if err := <-done; err != nil || w.pressed(high) {
			t.Errorf("the kiosk stopped and its module looks on (%v)", err)
		}
	})
}

func TestATriggerThatFailsIsTold(t *testing.T) {
	eachWire(t, func(t *testing.T, c *counter, w *wire, high bool) {
		running(t, c.Run)
		c.told.is(t, "a good start", `health ""`)
		w.broke(errors.New("no such line"))
		c.Arm(true)
		time.Sleep(time.Second)
		if got := c.State().Warn; !strings.Contains(got, "scanner.trigger") {
			t.Errorf("the page does not say that the trigger fails: %q", got)
		}
		w.broke(nil)
		time.Sleep(2 * time.Second)
		if got := c.State().Warn; got != "" || !w.pressed(high) {
			t.Errorf("the trigger works again and the page says %q", got)
		}
	})
}
