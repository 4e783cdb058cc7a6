package hw

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// lit gives both slots' chute a light that can be switched; the barrier follows it after a delay, or not.
func (m *machine) lit(delay time.Duration) (eye *fakePin) {
	eye = newPin("GPIO12", gpio.Low)
	eye.moved = func(l gpio.Level) {
		if delay >= 0 {
			time.AfterFunc(delay, func() { m.drop.set(l) })
		}
	}
	for n := 1; n <= 2; n++ {
		s := m.Slots[n]
		s.Emitter = eye
		m.Slots[n] = s
	}
	return eye
}

func proves(t *testing.T, m *machine, want string) {
	t.Helper()
	began := time.Now()
	err := m.TestBeam(1)
	if took := time.Since(began); took > 50*time.Millisecond {
		t.Errorf("a customer waits %v before the code", took)
	}
	if got := sayErr(err); want == "" && got != "" || !strings.Contains(got, want) {
		t.Errorf("proving says %q, want %q", got, want)
	}
}

func sayErr(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestALightBarrierIsProvedBeforeASale(t *testing.T) {
	for _, delay := range []time.Duration{0, 3 * ms, 15 * ms} {
		synctest.Test(t, func(t *testing.T) {
			m := newMachine(t)
			eye := m.lit(delay)
			if err := m.CheckWiring(); err != nil {
				t.Fatal(err)
			}
			running(t, m.Run)
			time.Sleep(time.Second)
			m.told.is(t, "the house is not told how the beam stands", "beam 1 false", "beam 2 false")
			for range 3 {
				proves(t, m, "")
				time.Sleep(400 * ms)
			}
			m.told.is(t, "the light's own switching was told as a theft")
			if got := vend(m, 1); got != `true ""` || eye.seen() != gpio.High {
				t.Errorf("%s, light %v", got, eye.seen())
			}
			time.Sleep(5 * time.Second)
			m.told.is(t, "the light's own switching was told as a theft")
			m.stopped(t, "proof")
		})
	}
}

func TestABarrierThatSaysClearWhateverHappensSellsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		works := m.lit(0).moved
		var blind atomic.Bool
		m.Slots[1].Emitter.(*fakePin).moved = func(l gpio.Level) {
			if !blind.Load() {
				works(l)
			}
		}
		running(t, m.Run)
		time.Sleep(time.Second)
		m.told.is(t, "all is well", "beam 1 false", "beam 2 false")
		blind.Store(true)
		proves(t, m, "does not notice")
		if got := vend(m, 1); got != `false "blocked"` || m.ran[1] != 0 {
			t.Errorf("%s: money was taken for what nobody would see fall", got)
		}
		time.Sleep(time.Second)
		m.told.is(t, "blind slots are on offer", "beam 1 true", "beam 2 true")
		blind.Store(false)
		time.Sleep(blindRetry + 2*time.Second)
		m.told.is(t, "a mended barrier sells nothing", "beam 1 false", "beam 2 false")
		proves(t, m, "")
	})
}

func TestABarrierBlindAtTheStartIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		m.lit(-1)
		running(t, m.Run)
		time.Sleep(time.Second)
		m.told.is(t, "blind slots are on offer after start", "beam 1 true", "beam 2 true")
	})
}

func TestAProofIsRefusedWhereItCannotBeHad(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		proves(t, m, "")
		m.drop.set(gpio.Low)
		proves(t, m, "something is in the light barrier")
		m.drop.set(gpio.High)
		time.Sleep(time.Second)
		var door atomic.Bool
		door.Store(true)
		m.Door = door.Load
		proves(t, m, "the door is open")
		door.Store(false)
		go vend(m, 2)
		time.Sleep(500 * ms)
		proves(t, m, "another vend is under way")
		time.Sleep(3 * time.Second)
		proves(t, m, "")
		if err := m.TestBeam(9); err == nil {
			t.Error("slot 9 does not exist and is proved")
		}
	})
	if err := newMachine(t).TestBeam(1); err == nil || !strings.Contains(err.Error(), "not open yet") {
		t.Errorf("before Run: %v", err)
	}
}

func TestASharedBarrierIsWiredTheSameForAll(t *testing.T) {
	m := newMachine(t)
	s := m.Slots[2]
	s.DropHigh = true
	m.Slots[2] = s
	if err := m.CheckWiring(); err == nil || !strings.Contains(err.Error(), "slot 2") || !strings.Contains(err.Error(), "slot 1") {
		t.Errorf("one wire, two meanings: %v", err)
	}
}

func TestABarrierOfTheOtherPolarity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		for n := 1; n <= 2; n++ {
			s := m.Slots[n]
			s.DropHigh = true
			m.Slots[n] = s
		}
		m.drop.set(gpio.Low)
		m.spirals[1].drops = nil
		running(t, m.Run)
		time.Sleep(time.Second)
		m.told.is(t, "clear is Low here", "beam 1 false", "beam 2 false")
		go func() {
			time.Sleep(1100 * ms)
			m.drop.set(gpio.High)
			time.Sleep(10 * ms)
			m.drop.set(gpio.Low)
		}()
		if got := vend(m, 1); got != `true ""` {
			t.Error(got)
		}
		m.drop.set(gpio.High) // the wire is cut
		time.Sleep(time.Second)
		m.told.is(t, "a cut wire is on offer", "edge 1", "beam 1 true", "beam 2 true")
	})
}

// Nobody looked for a while: the edges in between are one thing, unless the beam was seen clear between them.
func TestABusyBoardMakesNoSecondThingOfOne(t *testing.T) {
	for _, c := range []struct {
		name  string
		falls []time.Duration
		stall time.Duration
		says  string
	}{
		{"one thing", drops(900 * ms), 300 * ms, `true ""`},
		{"one that tumbles", drops(900*ms, 930*ms, 960*ms), 300 * ms, `true ""`},
		{"one that tumbles before our eyes", drops(900*ms, 940*ms, 980*ms), 0, `true ""`},
		{"two", drops(900*ms, 1100*ms), 0, `true "double"`},
		{"two around the stall", drops(700*ms, 1300*ms), 200 * ms, `true "double"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			inMachine(t, func(t *testing.T, m *machine) {
				m.spirals[1].drops = c.falls
				if c.stall > 0 {
					m.stalls(899*ms, c.stall)
				}
				if got := vend(m, 1); got != c.says {
					t.Errorf("%s, want %s", got, c.says)
				}
			})
		})
	}
}
