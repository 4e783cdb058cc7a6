package hw

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
)

const ms = time.Millisecond

// spiral is one slot as it behaves, in times after motor-on.
type spiral struct {
	leave time.Duration   // home lets go; 0: never
	turn  time.Duration   // home again, while the motor has power; 0: never
	drops []time.Duration // something falls through the beam
	wide  time.Duration   // for so long
	push  int             // what hangs falls with this nudge; 0: never
	pass  time.Duration   // home lasts so long where the motor runs on; 0: for ever
}

// machine is a vending machine of two slots with one chute.
type machine struct {
	Dispenser
	motor, home [3]*fakePin
	drop        *fakePin
	drop2       *fakePin // the second slot's own chute, where it has one
	spirals     [3]spiral
	ran         [3]int // turns
	nudged      [3]int // and pushes after a turn that dropped nothing
	fell        [3]atomic.Bool
	off         [3]time.Time
	told, noted diary
	timers      []*time.Timer
	falls       [3][]*time.Timer
	powered     [3]time.Time
}

func good() spiral {
	return spiral{leave: 100 * ms, turn: 1200 * ms, drops: []time.Duration{900 * ms}, wide: 5 * ms}
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{drop: newPin("GPIO22", gpio.High)}
	m.Outputs, m.Slots = &Outputs{}, map[int]Slot{}
	m.StrayEdge = func(slot int) { m.told.note("edge %d", slot) }
	m.Note = func(slot int, word string) { m.noted.note("%s %d", word, slot) }
	m.Beam = func(slot int, blocked bool) { m.told.note("beam %d %v", slot, blocked) }
	for n := 1; n <= 2; n++ {
		m.motor[n], m.home[n] = newPin(fmt.Sprint("GPIO1", n), gpio.Low), newPin(fmt.Sprint("GPIO2", n), gpio.Low)
		m.motor[n].moved = func(l gpio.Level) { m.power(n, l) }
		m.spirals[n] = good()
		if err := m.Outputs.Add(fmt.Sprint("motor", n), m.motor[n], 0); err != nil {
			t.Fatal(err)
		}
		m.Slots[n] = Slot{Motor: fmt.Sprint("motor", n), Home: m.home[n], Drop: m.drop}
	}
	if err := m.CheckWiring(); err != nil {
		t.Fatal(err)
	}
	return m
}

// apart gives the second slot a chute of its own.
func (m *machine) apart() {
	m.drop2 = newPin("GPIO23", gpio.High)
	s := m.Slots[2]
	s.Drop = m.drop2
	m.Slots[2] = s
}

func (m *machine) chute(n int) *fakePin {
	if n == 2 && m.drop2 != nil {
		return m.drop2
	}
	return m.drop
}

// power is what the motor's wire does to the spiral. A turn cut short pushes nothing off; what is in
// the air falls on.
func (m *machine) power(n int, l gpio.Level) {
	if l == gpio.Low && m.spirals[n].turn > 0 && time.Since(m.powered[n]) < m.spirals[n].turn {
		for _, t := range m.falls[n] {
			t.Stop()
		}
	}
	for _, t := range m.timers {
		t.Stop()
	}
	m.timers = nil
	if l == gpio.Low {
		m.off[n] = time.Now()
		return
	}
	s := m.spirals[n]
	if m.ran[n] > 0 && !m.fell[n].Load() && time.Since(m.off[n]) <= 1100*ms {
		if m.nudged[n]++; m.nudged[n] == s.push {
			time.AfterFunc(200*ms, func() { m.fall(n) })
		}
		return
	}
	m.ran[n]++
	m.powered[n], m.falls[n] = time.Now(), nil
	m.fell[n].Store(false)
	if s.leave > 0 {
		m.timers = append(m.timers, time.AfterFunc(s.leave, func() { m.home[n].set(gpio.High) }))
	}
	if s.turn > 0 {
		m.timers = append(m.timers, time.AfterFunc(s.turn, func() { m.home[n].set(gpio.Low) }))
	}
	if s.pass > 0 {
		m.timers = append(m.timers, time.AfterFunc(s.turn+s.pass, func() { m.home[n].set(gpio.High) }))
	}
	for _, at := range s.drops {
		m.falls[n] = append(m.falls[n], time.AfterFunc(at, func() { m.fall(n) }))
	}
}

func (m *machine) fall(n int) {
	m.fell[n].Store(true)
	m.chute(n).pulse(m.spirals[n].wide)
}

// stopped asserts what must hold after every vend.
func (m *machine) stopped(t *testing.T, what string) {
	t.Helper()
	for n := 1; n <= 2; n++ {
		if m.motor[n].seen() != gpio.Low {
			t.Errorf("%s: motor %d has power after the vend", what, n)
		}
		if how := m.motor[n].misused() + m.home[n].misused() + m.drop.misused(); how != "" {
			t.Errorf("%s: %s", what, how)
		}
	}
}

// inMachine runs a test in a bubble, with the light barriers watched and found clear.
func inMachine(t *testing.T, f func(t *testing.T, m *machine)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		running(t, m.Run)
		time.Sleep(time.Second)
		m.told.is(t, "the house is not told how the beam stands", "beam 1 false", "beam 2 false")
		f(t, m)
		time.Sleep(5 * time.Second) // what still flies lands in this test
	})
}

func vend(m *machine, slot int) string {
	return m.says(m.Vend(context.Background(), slot))
}

func (m *machine) says(pieces int, fault string) string {
	if fault != "" && !slices.Contains(Faults, fault) {
		return fmt.Sprintf("%q, which is no word of the book", fault)
	}
	return fmt.Sprintf("%v %q", pieces > 0, fault)
}
