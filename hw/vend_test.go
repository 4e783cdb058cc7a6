package hw

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
)

func drops(at ...time.Duration) []time.Duration { return at }

// rows are the light barrier's words, with and without trouble in the spiral.
var rows = []struct {
	name   string
	spiral spiral
	says   string
	takes  time.Duration // at most
	nudges int
}{
	{"a sale", good(), `true ""`, 1700 * ms, 0},
	{"a thing that breaks the beam for 5 ms", spiral{leave: 100 * ms, turn: 1200 * ms, drops: drops(900 * ms), wide: 5 * ms}, `true ""`, 1700 * ms, 0},
	{"a thing that slides slowly", spiral{leave: 100 * ms, turn: 1200 * ms, drops: drops(900 * ms), wide: 700 * ms}, `true ""`, 1800 * ms, 0},
	{"a drop right after motor-off", spiral{leave: 100 * ms, turn: 1200 * ms, drops: drops(1250 * ms), wide: 5 * ms}, `true ""`, 1750 * ms, 0},
	{"a drop a second after motor-off", spiral{leave: 100 * ms, turn: 1200 * ms, drops: drops(2150 * ms), wide: 5 * ms}, `true ""`, 2700 * ms, 0},
	{"a drop at the window's end", spiral{leave: 100 * ms, turn: 1200 * ms, drops: drops(7400 * ms), wide: 5 * ms}, `true ""`, 7900 * ms, 3},
	{"a drop after the window", spiral{leave: 100 * ms, turn: 1200 * ms, drops: drops(7800 * ms), wide: 5 * ms}, `false "no-drop"`, 8 * time.Second, 3},
	{"nothing falls", spiral{leave: 100 * ms, turn: 1200 * ms}, `false "no-drop"`, 8 * time.Second, 3},
	{"the first nudge helps", spiral{leave: 100 * ms, turn: 1200 * ms, wide: 5 * ms, push: 1}, `true ""`, 2900 * ms, 1},
	{"the third nudge helps", spiral{leave: 100 * ms, turn: 1200 * ms, wide: 5 * ms, push: 3}, `true ""`, 5700 * ms, 3},
	{"two things", spiral{leave: 100 * ms, turn: 1200 * ms, drops: drops(700*ms, 1000*ms), wide: 5 * ms}, `true "double"`, 1700 * ms, 0},
	{"a second thing after motor-off", spiral{leave: 100 * ms, turn: 1200 * ms, drops: drops(900*ms, 1500*ms), wide: 5 * ms}, `true "double"`, 2 * time.Second, 0},
	{"a thing that bounces in the beam", spiral{leave: 100 * ms, turn: 1200 * ms, drops: drops(900*ms, 910*ms, 920*ms), wide: 5 * ms}, `true ""`, 1700 * ms, 0},
	{"jam, nothing falls", spiral{leave: 100 * ms}, `false "jam"`, 11 * time.Second, 0},
	{"jam after the drop", spiral{leave: 100 * ms, drops: drops(900 * ms), wide: 5 * ms}, `true "jam"`, 9 * time.Second, 0},
	{"jam, and the push helps late", spiral{leave: 100 * ms, drops: drops(9 * time.Second), wide: 5 * ms}, `true "jam"`, 10 * time.Second, 0},
	{"no motor", spiral{}, `false "no-motor"`, 4 * time.Second, 0},
	{"a dead home switch, and the goods fell", spiral{drops: drops(900 * ms), wide: 5 * ms}, `true "no-motor"`, 3 * time.Second, 0},
	{"home lets go late", spiral{leave: 950 * ms, turn: 1800 * ms, drops: drops(1500 * ms), wide: 5 * ms}, `true ""`, 2300 * ms, 0},
	{"home lets go too late", spiral{leave: 1100 * ms, turn: 1800 * ms}, `false "no-motor"`, 4 * time.Second, 0},
	{"a slow turn", spiral{leave: 100 * ms, turn: 7900 * ms, drops: drops(7 * time.Second), wide: 5 * ms}, `true ""`, 8500 * ms, 0},
}

func TestTheLightBarriersWord(t *testing.T) {
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			inMachine(t, func(t *testing.T, m *machine) {
				m.spirals[1] = row.spiral
				began := time.Now()
				got, took := vend(m, 1), time.Since(began)
				if got != row.says {
					t.Errorf("the machine says %s, the chute says %s", got, row.says)
				}
				if took -= waitMax + 100*ms; took > row.takes { // the watch lets go of the pin, the beam is looked at
					t.Errorf("the customer waited %v longer than needed", took-row.takes)
				}
				if m.ran[1] != 1 || m.ran[2] != 0 || m.nudged[1] != row.nudges {
					t.Errorf("motors turned %v times, and were pushed %v", m.ran[1:], m.nudged[1:])
				}
				m.stopped(t, row.name)
			})
		})
	}
}

func TestAHomeSwitchThatBouncesEndsNoTurn(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		power := m.motor[1].moved
		m.motor[1].moved = func(l gpio.Level) {
			power(l)
			if l == gpio.High {
				for at := 110 * ms; at < 350*ms; at += 40 * ms {
					time.AfterFunc(at, func() { m.home[1].pulse(20 * ms) })
				}
				time.AfterFunc(600*ms, func() { m.home[1].pulse(2 * ms) }) // the motor's own sparks
			}
		}
		if got := vend(m, 1); got != `true ""` {
			t.Errorf("the spiral was stopped on its way: %s", got)
		}
	})
}

func TestASpiralFoundAwayFromHomeIsTurnedHomeOnce(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		m.home[1].set(gpio.High)
		m.spirals[1] = spiral{turn: 600 * ms, drops: drops(500 * ms), wide: 5 * ms}
		if got := vend(m, 1); got != `true ""` || m.ran[1] != 1 {
			t.Errorf("after a power cut: %s, %d turns", got, m.ran[1])
		}
	})
}

func TestASpiralWithoutHomeSwitchIsTurnedByTime(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		s := m.Slots[1]
		s.Home = nil
		m.Slots[1] = s
		go func() {
			time.Sleep(1150 * ms)
			if m.motor[1].seen() != gpio.High {
				t.Error("the turn was too short")
			}
			time.Sleep(400 * ms)
			if m.motor[1].seen() != gpio.Low {
				t.Error("the turn was too long: two things may fall")
			}
		}()
		if got := vend(m, 1); got != `true ""` {
			t.Error(got)
		}
	})
}

func TestABlockedBeamSellsNothing(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		m.drop.set(gpio.Low)
		began := time.Now()
		if got := vend(m, 1); got != `false "blocked"` || m.ran[1] != 0 {
			t.Errorf("%s, and the motor turned %d times into a blind chute", got, m.ran[1])
		}
		if took := time.Since(began); took < 2*time.Second || took > 3*time.Second {
			t.Errorf("it took %v to find the beam blocked", took)
		}
		go func() { time.Sleep(time.Second); m.drop.set(gpio.High) }()
		if got := vend(m, 1); got != `true ""` {
			t.Errorf("the beam cleared within the two seconds: %s", got)
		}
	})
}

func TestAFlickeringBeamProvesNoDrop(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		done := make(chan bool)
		go func() {
			for range 500 {
				m.drop.pulse(2 * ms)
				time.Sleep(8 * ms)
			}
			close(done)
		}()
		if got := vend(m, 1); got != `false "blocked"` || m.ran[1] != 0 {
			t.Errorf("a sensor gone mad was believed: %s", got)
		}
		<-done
	})
}

func TestEdgesFromBeforeTheMotorAreNoDrop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // nobody watches the beam, so that the kernel keeps its edges
		m := newMachine(t)
		m.spirals[1].drops = nil
		for range 2 {
			for range 8 {
				m.drop.pulse(5 * ms)
			}
			if got := vend(m, 1); got != `false "no-drop"` {
				t.Errorf("an old edge was sold as a drop: %s", got)
			}
		}
	})
}

func TestAPinWithoutInterruptsIsPolled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		m.drop.deaf = true
		running(t, m.Run)
		if got := vend(m, 1); got != `true ""` {
			t.Errorf("5 ms of darkness were overlooked: %s", got)
		}
	})
}

func TestVendsRunOneAfterTheOther(t *testing.T) {
	for _, chutes := range []int{1, 2} {
		synctest.Test(t, func(t *testing.T) {
			m := newMachine(t)
			if chutes == 2 {
				m.apart()
			}
			running(t, m.Run)
			said := make(chan string, 2)
			for slot := 1; slot <= 2; slot++ {
				go func() { said <- vend(m, slot) }()
			}
			if a, b := <-said, <-said; a != `true ""` || b != a || m.ran[1] != 1 || m.ran[2] != 1 {
				t.Errorf("%d chutes: %s, %s, turned %v", chutes, a, b, m.ran[1:])
			}
		})
	}
}

func TestAnotherChuteHasNoSayInASale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		m.apart()
		m.Beam, m.spirals[1].drops = nil, nil
		running(t, m.Run)
		time.Sleep(time.Second)
		go func() { time.Sleep(800 * ms); m.drop2.pulse(20 * ms) }()
		if got := vend(m, 1); got != `false "no-drop"` {
			t.Errorf("the neighbour's chute proved a drop: %s", got)
		}
		m.told.is(t, "a motor's shaking was told as a theft")
		time.Sleep(time.Second)
		m.drop2.pulse(20 * ms)
		m.told.is(t, "a stray edge was laid at the slot that ran elsewhere", "edge 2")
	})
}

func TestAskingToStopNeverStopsAMotorHalfWay(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		ctx, stop := context.WithCancel(t.Context())
		go func() { time.Sleep(600 * ms); stop() }()
		if dropped, fault := m.Vend(ctx, 1); dropped != 1 || fault != "" {
			t.Errorf("a paid turn was given up half way: %v %q", dropped, fault)
		}
		for range 30 {
			if dropped, fault := m.Vend(ctx, 1); dropped != 0 || fault != FaultOff || m.ran[1] != 1 {
				t.Fatalf("a turn began after the end: %v %q", dropped, fault)
			}
		}
	})
}

func TestStoppingWhileTheBeamIsBlockedStartsNoMotor(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		m.drop.set(gpio.Low)
		go func() { time.Sleep(time.Second); m.drop.set(gpio.High) }()
		ctx, stop := context.WithTimeout(t.Context(), 500*ms)
		defer stop()
		if dropped, fault := m.Vend(ctx, 1); dropped != 0 || fault != FaultOff || m.ran[1] != 0 {
			t.Errorf("a motor started after the end: %v %q", dropped, fault)
		}
	})
}

func TestOffInMidVend(t *testing.T) {
	for _, c := range []struct {
		name string
		at   time.Duration
		off  func(m *machine)
		says string
		ran  int
	}{
		{"before the motor", 10 * ms, func(m *machine) { m.Off() }, `false "off"`, 0},
		{"before the drop", 800 * ms, func(m *machine) { m.Off() }, `false "off"`, 1},
		{"after the drop", 1250 * ms, func(m *machine) { m.Off() }, `true "off"`, 1},
		{"shut", 800 * ms, func(m *machine) { _ = m.Outputs.LatchOff() }, `false "off"`, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			inMachine(t, func(t *testing.T, m *machine) {
				m.spirals[1] = spiral{leave: 100 * ms, turn: 2 * time.Second, drops: drops(900 * ms), wide: 5 * ms}
				m.Off()              // one before has no say in it
				m.drop.set(gpio.Low) // the vend waits for the beam until 300 ms from now
				go func() { time.Sleep(200 * ms); m.drop.set(gpio.High) }()
				if c.ran == 0 {
					c.at = 100 * ms
				} else if c.name != "after the drop" {
					m.spirals[1].drops = nil
				}
				var off time.Time
				go func() { time.Sleep(c.at); c.off(m); off = time.Now(); m.stopped(t, "at Off") }()
				if got := vend(m, 1); got != c.says || m.ran[1] != c.ran {
					t.Errorf("%s after %d turns, want %s", got, m.ran[1], c.says)
				}
				if took := time.Since(off); c.ran > 0 && took > 500*ms {
					t.Errorf("it took %v to give up", took)
				}
			})
		})
	}
}

func TestTheOutputLayerEndsATurnThatTheVendForgot(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		m.MaxTurn = time.Hour // as if the wait for home never ended
		m.spirals[1] = spiral{leave: 100 * ms}
		began := time.Now()
		if got := vend(m, 1); got != `false "jam"` {
			t.Errorf("the limit tripped and the vend says %s", got)
		}
		if took := time.Since(began); took > 13*time.Second {
			t.Errorf("a stalled motor had power for %v", took)
		}
		m.stopped(t, "tripped")
		m.spirals[2] = good()
		if got := vend(m, 2); got != `true ""` {
			t.Errorf("one jam stops the whole machine: %s", got)
		}
	})
}

func TestAVendThatCannotStartSaysUnknown(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		if got := vend(m, 9); got != `false "unknown"` {
			t.Errorf("slot 9: %s", got)
		}
		m.motor[1].broke(errors.New("ioctl"))
		if got := vend(m, 1); got != `false "unknown"` {
			t.Errorf("a dead motor wire: %s", got)
		}
		m.motor[1].broke(nil)
		m.home[1].broke(errors.New("busy"))
		if got := vend(m, 1); got != `false "unknown"` || m.ran[1] != 0 {
			t.Errorf("a dead home wire: %s", got)
		}
	})
}

func TestAMotorThatCannotBeStoppedIsTriedAgain(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		go func() { time.Sleep(800 * ms); m.motor[1].broke(errors.New("ioctl")) }()
		if got := vend(m, 1); got != `true "unknown"` {
			t.Errorf("a motor ran on and the vend says %s", got)
		}
		if got := vend(m, 2); got != `false "unknown"` || m.ran[2] != 0 {
			t.Errorf("another motor was turned meanwhile: %s", got)
		}
		m.motor[1].broke(nil)
		time.Sleep(1100 * ms)
		m.stopped(t, "the wire is whole again")
	})
}

func TestNoVendTakesLongerThanItSays(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		m.spirals[1] = spiral{leave: 100 * ms}
		m.drop.set(gpio.Low)
		go func() { time.Sleep(1950 * ms); m.drop.set(gpio.High) }()
		began := time.Now()
		got, took := vend(m, 1), time.Since(began)
		if got != `false "jam"` || took > m.LongestVend() || m.LongestVend() > 20*time.Second {
			t.Errorf("%s after %v, LongestVend says %v", got, took, m.LongestVend())
		}
	})
}

// busy is a wire on a board that has no time: a look at it takes long.
type busy struct{ *fakePin }

func (b busy) Read() gpio.Level {
	time.Sleep(40 * ms)
	return b.fakePin.Read()
}

func TestABusyBoardDoesNotMissTheSpiralComingHome(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		s := m.Slots[1]
		s.Home = busy{m.home[1]}
		m.Slots[1] = s
		var on, off time.Time
		m.motor[1].moved = func(l gpio.Level) {
			if l == gpio.High {
				on = time.Now()
			} else if off.IsZero() && !on.IsZero() {
				off = time.Now()
			}
			m.power(1, l)
		}
		if got := vend(m, 1); !strings.HasPrefix(got, "true") {
			t.Errorf("the machine says %s", got)
		}
		if ran := off.Sub(on); ran > 1320*ms {
			t.Errorf("the motor ran %v for a turn of 1.2s: home lasts a moment, and a second thing falls", ran)
		}
	})
}
