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

// What a line held for its edges keeps: direction, stamp and number, however late they are read; and the newest 256.
func TestEdgesAreKeptWithTheirStamps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, start := NewPin("GPIO22"), time.Now()
		if err := p.OpenEdges(); err != nil || p.Level() != gpio.High {
			t.Fatalf("%v, level %v", err, p.Level())
		}
		time.AfterFunc(70*time.Millisecond, func() { p.Set(gpio.Low) })
		time.AfterFunc(75*time.Millisecond, func() { p.Set(gpio.High) })
		time.Sleep(time.Second)
		for n, want := range []struct {
			level gpio.Level
			at    time.Duration
		}{{gpio.Low, 70 * time.Millisecond}, {gpio.High, 75 * time.Millisecond}} {
			level, at, number, ok := p.NextEdge(0)
			if !ok || level != want.level || at.Sub(start) != want.at || number != uint32(n+1) {
				t.Errorf("edge %d: %v at %v, number %d, %v", n, level, at.Sub(start), number, ok)
			}
		}
		if _, _, _, ok := p.NextEdge(0); ok {
			t.Error("an edge came twice")
		}
		before := time.Now()
		if _, _, _, ok := p.NextEdge(time.Second); ok || time.Since(before) != time.Second {
			t.Errorf("without an edge it waited %v", time.Since(before))
		}
		for range 200 {
			p.Spark(0)
		}
		if _, _, number, _ := p.NextEdge(0); number != 2+400-edgeQueueMost+1 {
			t.Errorf("after 400 more the oldest that is left is number %d", number)
		}
		if err := p.OpenEdges(); err != nil {
			t.Fatal(err)
		}
		if _, _, _, ok := p.NextEdge(0); ok {
			t.Error("opened again it kept an old edge")
		}
		if p.Set(gpio.Low); len(p.Violations()) > 0 {
			t.Errorf("used well, and told of %q", p.Violations())
		}
		_ = p.In(gpio.PullUp, gpio.NoEdge)
		if got := p.Violations(); len(got) != 1 {
			t.Errorf("a line cannot be held twice: %q", got)
		}
		if NewPin("GPIO5").NextEdge(0); len(p.Violations()) != 1 {
			t.Error("another pin's misuse is told here")
		}
	})
}

// A spark is on the wire whatever drives it, and leaves it as it was.
func TestASparkLeavesTheWireAsItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPin("GPIO22")
		_ = p.OpenEdges()
		for _, drive := range []func(){p.Release, func() { p.Set(gpio.Low) }, func() { p.Set(gpio.High) }} {
			drive()
			was := p.Level()
			p.Spark(100 * time.Microsecond)
			if p.Level() == was {
				t.Error("no spark is on the wire")
			}
			if time.Sleep(time.Millisecond); p.Level() != was {
				t.Error("a spark stays")
			}
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
