package sim

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
)

func TestARecorderMissesNoLevel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var trace Trace
		a, b := NewPin("GPIO17"), NewPin("GPIO18")
		a.Out(gpio.High) // before the recorder
		trace.Watch(a, b)
		time.Sleep(time.Second)
		a.Out(gpio.High)
		b.Out(gpio.High)
		b.Out(gpio.Low) // no time at all
		b.Out(gpio.High)
		time.Sleep(time.Second)
		a.Out(gpio.Low)
		time.Sleep(time.Second)
		if got := trace.Longest("GPIO17"); got != 2*time.Second {
			t.Errorf("on for 2 s, drawn as %v", got)
		}
		if got := trace.Longest("GPIO18"); got != 2*time.Second {
			t.Errorf("still on after 2 s, drawn as %v", got)
		}
		if n := trace.Together(); n != 2 || !slices.Equal(trace.High(), []string{"GPIO18"}) {
			t.Errorf("%d together, high are %v", n, trace.High())
		}
		if n := len(trace.Changes()); n != 6 {
			t.Errorf("%d changes:\n%s", n, &trace)
		}
	})
}

func TestADeadProcessDoesNothingAndItsOutputsStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var life Process
		w := NewPin("GPIO17")
		p := life.Hold(w)
		if p.Out(gpio.High) != nil || w.Level() != gpio.High {
			t.Fatal("a process that lives cannot turn a motor")
		}
		life.Kill()
		if !errors.Is(p.Out(gpio.Low), ErrDead) || !errors.Is(p.In(gpio.PullUp, gpio.BothEdges), ErrDead) || w.Level() != gpio.High {
			t.Error("a dead process turned its motor off: on a board nobody does")
		}
		began := time.Now()
		if p.WaitForEdge(time.Second) || time.Since(began) < time.Second || bool(p.Read()) {
			t.Error("a dead process sees")
		}
		if next := new(Process).Hold(w); next.Out(gpio.Low) != nil || w.Level() != gpio.Low {
			t.Error("the next life cannot take it away")
		}
	})
}

func TestEveryTroubleOfALock(t *testing.T) {
	for how, want := range map[string][3]int{LockOK: {1, 1, 0}, LockStuck: {2, 0, 0}, LockSecond: {2, 1, 0}, LockLeft: {1, 1, 1}} {
		synctest.Test(t, func(t *testing.T) {
			l := &Lock{Coil: NewPin("GPIO16"), Door: NewPin("GPIO26"), How: how}
			l.Door.In(gpio.PullUp, gpio.BothEdges)
			l.Attach()
			for range want[0] {
				l.Coil.Out(gpio.High)
				time.Sleep(800 * time.Millisecond)
				l.Coil.Out(gpio.Low)
				time.Sleep(10 * time.Second)
			}
			pulses, opened := l.Done()
			if open := l.Door.Level() == gpio.High; pulses != want[0] || opened != want[1] || open != (want[2] == 1) {
				t.Errorf("%s: %d pulses, opened %d times, open in the end: %v", how, pulses, opened, open)
			}
		})
	}
}

func TestAKeyMayStickOrBeHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := NewKey(NewPin("GPIO5"))
		if k.Stick(true); k.Pin.Level() != gpio.Low {
			t.Error("a stuck key is up")
		}
		if k.Stick(false); k.Pin.Level() != gpio.High {
			t.Error("a freed key is down")
		}
		began := time.Now()
		if err := k.Hold(context.Background(), 6*time.Second); err != nil || time.Since(began) < 6*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}
