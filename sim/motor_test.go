package sim

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// bench is one slot whose wires are written down as they change.
type bench struct {
	slot  *Slot
	start time.Time
	mu    sync.Mutex
	log   []string
}

func newBench() *bench {
	b := &bench{start: time.Now()}
	beam := &Beam{Pin: NewPin("GPIO22")}
	beam.Pin.Set(gpio.High)
	b.slot = &Slot{Number: 1, Motor: NewPin("GPIO17"), Home: NewPin("GPIO27"), Beam: beam}
	b.slot.Home.In(gpio.PullUp, gpio.NoEdge)
	b.slot.Attach()
	for name, p := range map[string]*Pin{"home": b.slot.Home, "beam": beam.Pin} {
		p.Watch(func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.log = append(b.log, fmt.Sprintf("%v %s %v", time.Since(b.start), name, p.Level()))
		})
	}
	return b
}

// run gives the motor power for so long and waits until everything has fallen.
func (b *bench) run(on time.Duration) []string {
	b.mu.Lock()
	b.start, b.log = time.Now(), nil
	b.mu.Unlock()
	b.slot.Motor.Out(gpio.High)
	time.Sleep(on)
	synctest.Wait()
	b.slot.Motor.Out(gpio.Low)
	time.Sleep(20 * time.Second)
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log
}

func TestEveryTroubleOfASlot(t *testing.T) {
	leaves, back := "150ms home High", "1.2s home Low"
	drop := []string{"900ms beam Low", "930ms beam High"}
	for _, c := range []struct {
		how             string
		on              time.Duration
		want            []string
		turned, dropped int
	}{
		{SlotOK, 1200 * time.Millisecond, []string{leaves, drop[0], drop[1], back}, 1, 1},
		{SlotOK, 500 * time.Millisecond, []string{leaves}, 1, 0},
		{SlotOK, 2200 * time.Millisecond, []string{leaves, drop[0], drop[1], back, "1.35s home High", "2.1s beam Low", "2.13s beam High"}, 2, 2},
		{SlotJam, 5 * time.Second, []string{leaves}, 1, 0},
		{SlotNoDrop, 1200 * time.Millisecond, []string{leaves, back}, 1, 0},
		{SlotSpark, 1200 * time.Millisecond, []string{"0s beam Low", "0s beam High", leaves, back}, 1, 0},
		{SlotLateDrop, 1200 * time.Millisecond, []string{leaves, back, "7.2s beam Low", "7.23s beam High"}, 1, 1},
		{SlotNoMotor, 5 * time.Second, nil, 0, 0},
		{SlotDouble, 1200 * time.Millisecond, []string{leaves, drop[0], drop[1], "1.15s beam Low", "1.18s beam High", back}, 1, 2},
		{SlotBeam, 1200 * time.Millisecond, []string{leaves, back}, 1, 1},
		{SlotBlind, 1200 * time.Millisecond, []string{leaves, back}, 1, 1},
		{SlotHangs, 1200 * time.Millisecond, []string{leaves, back}, 1, 0},
		{SlotHomeStuck, 1200 * time.Millisecond, drop, 1, 1},
		{SlotHomeCut, 1200 * time.Millisecond, drop, 1, 1},
	} {
		t.Run(fmt.Sprintf("%s/%v", c.how, c.on), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench()
				if err := b.slot.SetTrouble(c.how); err != nil {
					t.Fatal(err)
				}
				if got := b.run(c.on); !slices.Equal(got, c.want) {
					t.Errorf("the wires said %q, not %q", got, c.want)
				}
				if got := b.slot.Done(); got.Turned != c.turned || got.Dropped != c.dropped || got.Started != 1 {
					t.Errorf("counted %+v", got)
				}
				if blocked := b.slot.Beam.Pin.Level() == gpio.Low; blocked != (c.how == SlotBeam) {
					t.Errorf("in the end the light barrier is blocked: %v", blocked)
				}
			})
		})
	}
}

func TestATurnThatWasStoppedGoesOnWhereItStood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		b.run(850 * time.Millisecond)
		got := b.run(350 * time.Millisecond)
		if want := []string{"50ms beam Low", "80ms beam High", "350ms home Low"}; !slices.Equal(got, want) {
			t.Errorf("the rest of the turn was %q, not %q", got, want)
		}
		if c := b.slot.Done(); c.Turned != 1 || c.Dropped != 1 || c.Started != 2 {
			t.Errorf("one turn in two starts counted as %+v", c)
		}
	})
}

// nudges pushes the motor a few times, a second apart.
func (b *bench) nudges(n int, on time.Duration) {
	for range n {
		time.Sleep(time.Second)
		b.slot.Motor.Out(gpio.High)
		time.Sleep(on)
		b.slot.Motor.Out(gpio.Low)
	}
	synctest.Wait()
}

// turn gives the motor power for a whole turn, and does not wait for what falls late.
func (b *bench) turn() {
	b.slot.Motor.Out(gpio.High)
	time.Sleep(OneTurn)
	synctest.Wait()
	b.slot.Motor.Out(gpio.Low)
}

func TestANudgeIsNoTurn(t *testing.T) {
	for _, c := range []struct {
		name string
		how  string
		do   func(b *bench)
		want SlotCounts
	}{
		{"three after a turn that dropped nothing", SlotNoDrop, func(b *bench) { b.turn(); b.nudges(3, 400*time.Millisecond) }, SlotCounts{1, 1, 0, 1, 3}},
		{"the second lets it fall", SlotHangs, func(b *bench) { b.turn(); b.nudges(2, 400*time.Millisecond); time.Sleep(time.Second) }, SlotCounts{1, 1, 1, 1, 2}},
		{"one that lasts is a second turn", SlotNoDrop, func(b *bench) { b.turn(); b.nudges(1, OneTurn) }, SlotCounts{1, 2, 0, 2, 0}},
		{"after a drop it is another turn", SlotOK, func(b *bench) { b.turn(); b.nudges(1, 400*time.Millisecond) }, SlotCounts{1, 2, 1, 2, 0}},
		{"much later it is another turn", SlotNoDrop, func(b *bench) { b.turn(); time.Sleep(10 * time.Second); b.nudges(1, 400*time.Millisecond) }, SlotCounts{1, 2, 0, 2, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench()
				b.slot.SetTrouble(c.how)
				if c.do(b); b.slot.Done() != c.want {
					t.Errorf("counted %+v, want %+v", b.slot.Done(), c.want)
				}
			})
		})
	}
}

func TestWhatHangsIsHeldUpByEachNudge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		b.slot.SetTrouble(SlotLateDrop)
		b.turn()
		b.nudges(2, 400*time.Millisecond)
		time.Sleep(fallsLate - time.Millisecond)
		if n := b.slot.Done().Dropped; n != 0 {
			t.Errorf("%d fell before the motor had rested for six seconds", n)
		}
		time.Sleep(2 * time.Millisecond)
		if n := b.slot.Done().Dropped; n != 1 {
			t.Errorf("%d fell, one hung", n)
		}
	})
}

func TestAHomeSwitchThatOpensAtHome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		b.slot.HomeHigh = true
		b.slot.setHomeSwitch(true)
		got := b.run(OneTurn)
		if want := []string{"150ms home Low", "900ms beam Low", "930ms beam High", "1.2s home High"}; !slices.Equal(got, want) {
			t.Errorf("a turn is %q, not %q", got, want)
		}
	})
}

func TestALightThatIsSwitchedOffDarkensTheBarrier(t *testing.T) {
	for _, high := range []bool{false, true} {
		beam := &Beam{Pin: NewPin("GPIO22"), Emitter: NewPin("GPIO12"), High: high}
		slot := &Slot{Number: 1, Motor: NewPin("GPIO17"), Beam: beam}
		slot.Attach()
		blocked := func() bool { return bool(beam.Pin.Level()) == high }
		if beam.Emitter.Out(gpio.Low); !blocked() {
			t.Error("dark, and the barrier says clear")
		}
		if beam.Emitter.Out(gpio.High); blocked() {
			t.Error("lit, and the barrier says blocked")
		}
		slot.SetTrouble(SlotBlind)
		if beam.Emitter.Out(gpio.Low); blocked() {
			t.Error("a blind barrier noticed that it is dark")
		}
		slot.SetTrouble(SlotOK)
		if !blocked() {
			t.Error("it sees again, and it is dark")
		}
	}
}

func TestAHandPutsAJammedSpiralHome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		b.slot.SetTrouble(SlotJam)
		b.run(3 * time.Second)
		b.slot.SetTrouble(SlotOK)
		if b.slot.Home.Level() != gpio.Low {
			t.Error("the spiral is not home")
		}
		got := b.run(OneTurn)
		if want := []string{"150ms home High", "900ms beam Low", "930ms beam High", "1.2s home Low"}; !slices.Equal(got, want) {
			t.Errorf("after the jam a turn is %q", got)
		}
	})
}

func TestAJamThatLoosensUnderPowerTurnsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		b.slot.SetTrouble(SlotJam)
		time.AfterFunc(3*time.Second, func() { b.slot.SetTrouble(SlotOK) })
		got := b.run(3700 * time.Millisecond)
		want := []string{"150ms home High", "3.4s beam Low", "3.43s beam High", "3.7s home Low"}
		if !slices.Equal(got, want) {
			t.Errorf("a jam loosened after 3 s gave %q, not %q", got, want)
		}
	})
}

func TestTwoSlotsShareALightBarrier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		beam := &Beam{Pin: NewPin("GPIO22")}
		beam.Pin.Set(gpio.High)
		beam.Pulse(30 * time.Millisecond)
		time.Sleep(20 * time.Millisecond)
		beam.Pulse(30 * time.Millisecond)
		time.Sleep(20 * time.Millisecond)
		if beam.Pin.Level() != gpio.Low {
			t.Error("the first thing's end cleared the light while the second was still in it")
		}
		time.Sleep(20 * time.Millisecond)
		if beam.Pin.Level() != gpio.High {
			t.Error("the light stays broken")
		}
	})
}

func TestCountsAreKeptBeforeTheWiresTell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		var kept atomic.Int64
		b.slot.Keep = func() { kept.Store(int64(b.slot.Done().Dropped)) }
		b.slot.Beam.Pin.Watch(func() {
			if b.slot.Beam.Pin.Level() == gpio.Low && kept.Load() != 1 {
				t.Error("the kiosk saw a drop that the street had not written down: a plug pulled now loses it")
			}
		})
		b.run(OneTurn)
	})
}

func TestADetachedSlotStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		b.slot.Motor.Out(gpio.High)
		time.Sleep(500 * time.Millisecond)
		b.slot.Detach()
		time.Sleep(5 * time.Second)
		if b.slot.Done().Dropped != 0 {
			t.Error("something fell on a street that was closed")
		}
	})
}
