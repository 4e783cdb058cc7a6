package hw

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// tune writes down when a pin went on and off.
type tune struct {
	mu    sync.Mutex
	notes []string
	since time.Time
	on    bool
}

func (c *tune) listen(p *fakePin) {
	p.moved = func(l gpio.Level) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if on := bool(l); on != c.on {
			if c.on {
				c.notes = append(c.notes, fmt.Sprint(time.Since(c.since)))
			}
			c.on, c.since = on, time.Now()
		}
	}
}

func (c *tune) heard() string {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	s := strings.Join(c.notes, " ")
	c.notes = nil
	return s
}

func TestEveryCueHasItsRhythmAndAnEnd(t *testing.T) {
	for name, want := range map[string]string{
		SignalKey: "30ms", SignalScan: "60ms 60ms", SignalThanks: "80ms 240ms", SignalSorry: "600ms",
		SignalLocate: strings.TrimSpace(strings.Repeat("200ms ", 10)), "no such cue": "",
	} {
		synctest.Test(t, func(t *testing.T) {
			var buzz, shine tune
			c := &Signals{Buzzer: newPin("GPIO12", gpio.High), Lamp: newPin("GPIO13", gpio.High)}
			buzz.listen(c.Buzzer.(*fakePin))
			shine.listen(c.Lamp.(*fakePin))
			running(t, c.Run)
			c.Play(name)
			time.Sleep(time.Minute)
			if got := buzz.heard(); got != want || c.Buzzer.(*fakePin).seen() != gpio.Low {
				t.Errorf("%s sounds %q, want %q", name, got, want)
			}
			if got := shine.heard(); (got != "") != (name == SignalLocate) {
				t.Errorf("%s blinks %q", name, got)
			}
		})
	}
	if len(patterns) != 5 {
		t.Errorf("%d patterns, five are tried", len(patterns))
	}
}

func TestANewCueEndsTheOldOneAndTheLightStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var buzz tune
		buzzer, lamp := newPin("GPIO12", gpio.Low), newPin("GPIO13", gpio.Low)
		buzz.listen(buzzer)
		c := &Signals{Buzzer: buzzer, Lamp: lamp}
		ctx, stop := context.WithCancel(t.Context())
		for range 100 {
			c.Play(SignalSorry) // nobody listens yet: it must not block
			c.SetLight(false)
		}
		c.SetLight(true)
		done := make(chan error)
		go func() { done <- c.Run(ctx) }()
		time.Sleep(200 * ms)
		c.Play(SignalKey)
		time.Sleep(time.Second)
		if got := buzz.heard(); got != "230ms" { // one sound: the new cue began where the old one was cut
			t.Errorf("heard %q", got)
		}
		if lamp.seen() != gpio.High {
			t.Error("a cue took the light away")
		}
		c.Play(SignalLocate)
		time.Sleep(1100 * ms)
		stop()
		if err := <-done; err != nil || buzzer.seen() != gpio.Low || lamp.seen() != gpio.Low {
			t.Errorf("%v: the end leaves buzzer %v and light %v on", err, buzzer.seen(), lamp.seen())
		}
	})
}

func TestCuesWithoutPartsAndWithBrokenOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		running(t, (&Signals{}).Run)
		var told diary
		lamp := newPin("GPIO13", gpio.Low)
		c := &Signals{Lamp: lamp, Health: func(f string) { told.note("%s", f) }}
		running(t, c.Run)
		c.Play(SignalThanks)
		c.SetLight(true)
		time.Sleep(time.Second)
		told.is(t, "complains of a buzzer that nobody has")
		lamp.broke(errors.New("gone"))
		c.SetLight(false)
		c.SetLight(true)
		time.Sleep(time.Second)
		c.Play(SignalKey)
		time.Sleep(time.Second)
		told.is(t, "a dead light is told once", "buzzer and light: switching GPIO13: gone")
		lamp.broke(nil)
		c.SetLight(false)
		time.Sleep(time.Second)
		told.is(t, "a mended light still counts as dead", "")
	})
}

func TestTheServiceKeyIsHeldOnPurpose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told diary
		service, one, cancel := newPin("GPIO16", gpio.Low), newPin("GPIO5", gpio.High), newPin("GPIO6", gpio.High)
		k := &Keys{
			Pins: map[int]gpio.PinIn{1: one}, Cancel: cancel, Service: service,
			Pressed: func(slot int) { told.note("pressed %d", slot) },
			GaveUp:  func() { told.note("gave up") },
			Holding: func(left time.Duration) { told.note("%v to go", left.Round(100*ms)) },
			Held:    func() { told.note("held") },
			Stuck:   func(slot int, stuck bool) { told.note("stuck %d %v", slot, stuck) },
			Health:  func(f string) { told.note("keys %q", f) },
		}
		running(t, k.Run)
		time.Sleep(20 * time.Second)
		told.is(t, "a service key that is stuck since the start opened the service")
		time.Sleep(11 * time.Second)
		told.is(t, "a key that is stuck since the start is not told", "stuck -1 true", `keys "stuck: service key"`)
		cancel.set(gpio.Low)
		time.Sleep(31 * time.Second)
		told.is(t, "two stuck keys", "gave up", "stuck 0 true", `keys "stuck: cancel key, service key"`)
		service.set(gpio.High)
		cancel.set(gpio.High)
		time.Sleep(time.Second)
		told.is(t, "free again", "stuck 0 false", `keys "stuck: service key"`, "stuck -1 false", `keys ""`)
		service.pulse(4900 * ms)
		time.Sleep(time.Second)
		told.is(t, "a hand that leant on it opened the service", "4s to go", "0s to go")
		service.pulse(900 * ms)
		time.Sleep(time.Second)
		told.is(t, "a touch is no hand that rests on it")
		service.pulse(20 * time.Second)
		one.pulse(20 * time.Second)
		time.Sleep(time.Second)
		told.is(t, "held is told once, and of the service key alone", "4s to go", "held", "pressed 1")
	})
}
