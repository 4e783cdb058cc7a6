package sim

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
)

func TestAnUndrivenWireFollowsItsPull(t *testing.T) {
	p := NewPin("GPIO17")
	if p.Read() != gpio.Low || NewPin("GPIO5").Read() != gpio.High {
		t.Error("the reset pulls are not the board's: up to GPIO8, down from GPIO9")
	}
	p.In(gpio.PullUp, gpio.NoEdge)
	if p.Read() != gpio.High {
		t.Error("a pulled-up wire that nobody drives is low")
	}
	p.Set(gpio.Low)
	if p.Read() != gpio.Low {
		t.Error("a pressed key is not seen")
	}
	p.Release()
	if p.Read() != gpio.High {
		t.Error("a key that was let go is still pressed")
	}
}

func TestEdgesWakeAndAreQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPin("GPIO5")
		p.In(gpio.PullUp, gpio.FallingEdge)
		start := time.Now()
		time.AfterFunc(70*time.Millisecond, func() { p.Set(gpio.Low) })
		if !p.WaitForEdge(time.Second) || time.Since(start) != 70*time.Millisecond {
			t.Errorf("the press was noticed after %v", time.Since(start))
		}
		if p.WaitForEdge(time.Second) {
			t.Error("one press made two edges")
		}
		p.Set(gpio.High)
		p.Set(gpio.Low)
		p.Set(gpio.High)
		p.Set(gpio.Low)
		first, second := p.WaitForEdge(time.Second), p.WaitForEdge(time.Second)
		if !first || !second || p.WaitForEdge(time.Millisecond) {
			t.Error("two falling edges while nobody waited are not two edges later")
		}
		p.Set(gpio.High)
		p.In(gpio.PullUp, gpio.BothEdges)
		if p.WaitForEdge(time.Millisecond) {
			t.Error("In kept an old edge")
		}
	})
}

func TestHaltWakesAWaiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPin("GPIO5")
		p.In(gpio.PullUp, gpio.BothEdges)
		time.AfterFunc(time.Second, func() { p.Halt() })
		if p.WaitForEdge(0) {
			t.Error("Halt looked like an edge")
		}
	})
}

func TestTimeoutsThatSpinAreViolations(t *testing.T) {
	p := NewPin("GPIO5")
	p.In(gpio.PullUp, gpio.BothEdges)
	p.WaitForEdge(-1)
	p.In(gpio.PullUp, gpio.NoEdge)
	p.WaitForEdge(time.Second)
	p.In(gpio.PullUp, gpio.BothEdges)
	p.Set(gpio.Low)
	p.WaitForEdge(0)
	if got := p.Violations(); len(got) != 3 {
		t.Errorf("WaitForEdge(-1) and a wait without edges spin on a board, WaitForEdge(0) hangs; noticed: %q", got)
	}
}

func TestALookAtAStrictOutputTurnsTheMotor(t *testing.T) {
	for name, ask := range map[string]func(p *Pin){
		"Read": func(p *Pin) { p.Read() }, "Func": func(p *Pin) { p.Func() }, "Function": func(p *Pin) { p.Function() },
	} {
		p := NewPin("GPIO17")
		p.Strict(true)
		p.Out(gpio.Low)
		ask(p)
		if _, output := p.Commanded(); output || p.Level() != gpio.High || len(p.Violations()) != 1 {
			t.Errorf("%s of an output leaves it %v and is no violation: %q", name, p.Level(), p.Violations())
		}
		p.Out(gpio.Low)
		if p.Level() != gpio.Low {
			t.Errorf("after %s the output never goes off again", name)
		}
	}
}

func TestAnOutputIsWatchedAndTheStreetCannotOverpowerIt(t *testing.T) {
	p := NewPin("GPIO17")
	seen := []gpio.Level{}
	p.Watch(func() { seen = append(seen, p.Level()) })
	p.Out(gpio.Low)
	p.Out(gpio.High)
	p.Out(gpio.High)
	p.Set(gpio.Low)
	if l, out := p.Commanded(); l != gpio.High || !out || p.Level() != gpio.High {
		t.Error("the street overpowered an output")
	}
	if p.Read() != gpio.High || p.Function() != "OUT" {
		t.Error("looking at an output that is mapped into memory changed it")
	}
	if c := p.Counts(); c.Outs != 3 || c.Rises != 1 || len(seen) != 1 {
		t.Errorf("counted %+v, told %v", c, seen)
	}
	p.In(gpio.PullNoChange, gpio.NoEdge)
	if p.Level() != gpio.Low {
		t.Error("an output that was given up keeps its level")
	}
}

func TestAPressBouncesAndHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := NewKey(NewPin("GPIO5"))
		var downs []time.Duration
		start, down := time.Now(), time.Now()
		k.Pin.Watch(func() {
			if k.Pin.Level() == gpio.Low {
				down = time.Now()
				return
			}
			downs = append(downs, time.Since(down))
		})
		if err := k.Press(context.Background()); err != nil {
			t.Fatal(err)
		}
		longest := time.Duration(0)
		for _, d := range downs {
			longest = max(longest, d)
		}
		if longest != keyHeld || len(downs) != 7 {
			t.Errorf("the key was down %d times, at most %v", len(downs), longest)
		}
		if k.Pin.Level() != gpio.High || time.Since(start) > 100*time.Millisecond+keyApart {
			t.Errorf("the key was not let go after %v", time.Since(start))
		}
		ctx, stop := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer stop()
		if k.Press(ctx) == nil || k.Pin.Level() != gpio.High {
			t.Error("a finger that was called away stays on the key")
		}
	})
}
