package hw

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// stalls lets the board have no time for so long, beginning at a moment after motor-on.
func (m *machine) stalls(at, long time.Duration) {
	done := false
	m.drop.mu.Lock()
	defer m.drop.mu.Unlock()
	m.drop.hold = func() {
		if on := m.powered[1]; !done && !on.IsZero() && time.Since(on) >= at {
			done = true
			time.Sleep(long)
		}
	}
}

// ranFor measures how long the first motor had power in its first turn.
func (m *machine) ranFor() func() time.Duration {
	var on, off time.Time
	m.motor[1].moved = func(l gpio.Level) {
		switch {
		case l == gpio.High && on.IsZero():
			on = time.Now()
		case l == gpio.Low && !on.IsZero() && off.IsZero():
			off = time.Now()
		}
		m.power(1, l)
	}
	return func() time.Duration { return off.Sub(on) }
}

func TestAStallExactlyAtHomeDoesNotMissIt(t *testing.T) {
	for _, stall := range []struct{ at, long time.Duration }{
		{1150 * ms, 160 * ms}, {1190 * ms, 300 * ms}, {1199 * ms, 900 * ms}, {1201 * ms, 160 * ms}, {1202 * ms, 500 * ms}, {1235 * ms, 200 * ms},
	} {
		t.Run(fmt.Sprintf("%v/%v", stall.at, stall.long), func(t *testing.T) {
			inMachine(t, func(t *testing.T, m *machine) {
				m.spirals[1].pass = 50 * ms
				m.stalls(stall.at, stall.long)
				ran := m.ranFor()
				if got := vend(m, 1); got != `true ""` {
					t.Errorf("the machine says %s", got)
				}
				if got, most := ran(), max(1200*ms, stall.at+stall.long)+20*ms; got > most {
					t.Errorf("the motor ran %v: home went by unseen, and a second thing may fall", got)
				}
				if stall.at < 1230*ms { // otherwise home had been seen before
					m.noted.is(t, "nobody knows that the spiral stands past home", "overrun 1", "away 1")
				}
				m.stopped(t, "stall")
			})
		})
	}
}

func TestAStallElsewhereEndsNoTurn(t *testing.T) {
	for _, at := range []time.Duration{0, 90 * ms, 300 * ms, 500 * ms, 900 * ms} {
		inMachine(t, func(t *testing.T, m *machine) {
			m.stalls(at, 200*ms)
			ran := m.ranFor()
			if got := vend(m, 1); got != `true ""` || ran() < 1200*ms || ran() > 1220*ms {
				t.Errorf("a stall at %v: %s after %v", at, got, ran())
			}
			m.noted.is(t, "noted without reason")
		})
	}
}

// The board has no time from before home lets go until after it should have: the stamp says when it did.
func TestAStallWhileHomeLetsGoIsNoDeadMotor(t *testing.T) {
	for _, row := range []struct {
		stall, pass time.Duration
		most        time.Duration
		noted       []string
	}{
		{1050 * ms, 0, 1220 * ms, nil}, // home comes a moment later, and is not in the blanking time any more
		{1130 * ms, 150 * ms, 1220 * ms, nil},
		{1400 * ms, 150 * ms, 1480 * ms, []string{"overrun 1", "away 1"}},
	} {
		inMachine(t, func(t *testing.T, m *machine) {
			m.spirals[1].pass = row.pass
			m.stalls(50*ms, row.stall)
			ran := m.ranFor()
			if got := vend(m, 1); got != `true ""` {
				t.Errorf("a stall of %v: %s", row.stall, got)
			}
			if ran() > row.most {
				t.Errorf("a stall of %v: the motor ran %v, and a second piece may fall", row.stall, ran())
			}
			m.noted.is(t, "noted otherwise", row.noted...)
		})
	}
}

// The stamps tell a spark in the middle of a stall from home. What lasts as long as home does cannot be told from it: the
// motor stops too soon then, and goes on when nothing has fallen. The other mistake gives two things for one.
func TestAStallLetsOnlyWhatLastsPassForHome(t *testing.T) {
	for wide, notes := range map[time.Duration][]string{
		2 * time.Microsecond: {"nudged 1"}, 2 * ms: {"nudged 1"}, 20 * ms: {"overrun 1", "away 1"},
	} {
		inMachine(t, func(t *testing.T, m *machine) {
			m.spirals[1] = spiral{leave: 100 * ms, turn: 1200 * ms, wide: 5 * ms, push: 1}
			m.stalls(590*ms, 200*ms)
			power := m.motor[1].moved
			m.motor[1].moved = func(l gpio.Level) {
				power(l)
				if l == gpio.High && m.nudged[1] == 0 {
					time.AfterFunc(600*ms, func() { m.home[1].pulse(wide) })
				}
			}
			if got := vend(m, 1); got != `true ""` || m.nudged[1] != 1 {
				t.Errorf("%v: %s after %d nudges", wide, got, m.nudged[1])
			}
			m.noted.is(t, fmt.Sprintf("closed for %v while nobody looked", wide), notes...)
		})
	}
}

// slow is a spiral that takes its time, goes on where it was stopped, and whose switch bounces.
func (m *machine) slow(turn, drop, bounce time.Duration) {
	var angle time.Duration
	var on time.Time
	var due []*time.Timer
	m.motor[1].moved = func(l gpio.Level) {
		for _, t := range due {
			t.Stop()
		}
		if due = nil; l == gpio.Low {
			if !on.IsZero() {
				angle, on = angle+time.Since(on), time.Time{}
			}
			return
		}
		on, m.powered[1] = time.Now(), time.Now()
		m.ran[1]++
		at := func(a time.Duration, f func()) {
			if a >= angle {
				due = append(due, time.AfterFunc(a-angle, f))
			}
		}
		for n := range 4 {
			at(100*ms+time.Duration(n)*bounce, func() { m.home[1].set(gpio.Level(n%2 == 0)) })
		}
		at(100*ms+5*bounce, func() { m.home[1].set(gpio.High) })
		at(drop, func() { m.drop.pulse(5 * ms) })
		at(turn, func() { m.home[1].set(gpio.Low) })
	}
}

func TestATurnThatWasStoppedForNothingIsFinished(t *testing.T) {
	for _, row := range []struct {
		stall, bounce time.Duration
		stopped       bool
	}{
		{0, 3 * ms, false}, {200 * ms, 3 * ms, false}, {500 * ms, 3 * ms, false}, // contact bounce is not home
		{0, 10 * ms, false}, {200 * ms, 10 * ms, true}, {500 * ms, 10 * ms, true},
	} {
		inMachine(t, func(t *testing.T, m *machine) {
			m.slow(4*time.Second, 3500*ms, row.bounce)
			if row.stall > 0 {
				m.stalls(99*ms, row.stall)
			}
			if got := vend(m, 1); got != `true ""` || m.ran[1] > 2 || (m.ran[1] == 2) != row.stopped {
				t.Errorf("a stall of %v while home let go: %s after %d starts", row.stall, got, m.ran[1])
			}
			if row.stopped {
				m.noted.is(t, "nobody knows that it stands away from home", "overrun 1", "away 1")
			}
			m.stopped(t, "resumed")
		})
	}
	inMachine(t, func(t *testing.T, m *machine) { // and then it jams
		m.slow(time.Hour, time.Hour, 10*ms)
		m.stalls(99*ms, 500*ms)
		began := time.Now()
		if got := vend(m, 1); got != `false "jam"` || time.Since(began) > m.LongestVend() {
			t.Errorf("%s after %v, LongestVend is %v", got, time.Since(began), m.LongestVend())
		}
		m.stopped(t, "jam")
	})
}

func TestAHomeSwitchOfTheOtherPolarity(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		s := m.Slots[1]
		s.HomeHigh = true
		m.Slots[1] = s
		m.home[1].set(gpio.High)
		m.motor[1].moved = func(l gpio.Level) {
			m.power(1, l)
			for _, t := range m.timers {
				t.Stop()
			}
			if l == gpio.High {
				time.AfterFunc(100*ms, func() { m.home[1].set(gpio.Low) })
				time.AfterFunc(1200*ms, func() { m.home[1].set(gpio.High) })
			}
		}
		ran := time.Now()
		if got := vend(m, 1); got != `true ""` || time.Since(ran) > 2*time.Second {
			t.Errorf("%s after %v", got, time.Since(ran))
		}
	})
}

func TestNudgesEndAtHomeAndWithTheFirstDrop(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		m.spirals[1] = spiral{leave: 100 * ms, turn: 1200 * ms}
		power := m.motor[1].moved
		m.motor[1].moved = func(l gpio.Level) {
			power(l)
			if l == gpio.High && m.nudged[1] == 1 { // a small spiral: one nudge is more than its turn
				time.AfterFunc(50*ms, func() { m.home[1].set(gpio.High) })
				time.AfterFunc(200*ms, func() { m.home[1].set(gpio.Low) })
			}
		}
		if got := vend(m, 1); got != `false "no-drop"` || m.nudged[1] != 1 {
			t.Errorf("%s after %d nudges: home again was the end", got, m.nudged[1])
		}
		m.noted.is(t, "a slot that was pushed at home", "nudged 1")
	})
	inMachine(t, func(t *testing.T, m *machine) {
		m.spirals[1] = spiral{leave: 100 * ms, turn: 1200 * ms, wide: 5 * ms, push: 2}
		var on time.Duration
		var since time.Time
		power := m.motor[1].moved
		m.motor[1].moved = func(l gpio.Level) {
			power(l)
			if l == gpio.High {
				since = time.Now()
			} else if !since.IsZero() {
				on, since = time.Since(since), time.Time{}
			}
		}
		if got := vend(m, 1); got != `true ""` || on > 210*ms {
			t.Errorf("%s, and the motor pushed on for %v: a second thing may fall", got, on)
		}
	})
}

func TestAMachineThatMayNotNudgeDoesNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		m.RetryPulses = -1
		m.spirals[1].drops = nil
		began := time.Now()
		if got := vend(m, 1); got != `false "no-drop"` || m.nudged[1] != 0 || time.Since(began) > 4*time.Second {
			t.Errorf("%s, %d nudges, %v", got, m.nudged[1], time.Since(began))
		}
	})
}

func TestOffBetweenNudgesIsTheEnd(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		m.spirals[1].drops = nil
		go func() { time.Sleep(3 * time.Second); m.Off() }() // the second pause
		began := time.Now()
		if got := vend(m, 1); got != `false "off"` || m.nudged[1] > 2 || time.Since(began) > 5*time.Second {
			t.Errorf("%s after %d nudges and %v", got, m.nudged[1], time.Since(began))
		}
		m.stopped(t, "off")
	})
}

func TestACutHomeWireCostsTwoThingsAtMost(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		m.home[1].set(gpio.High)
		m.spirals[1] = spiral{drops: drops(900*ms, 2100*ms, 3300*ms, 4500*ms), wide: 5 * ms}
		ran := m.ranFor()
		if got := vend(m, 1); got != `true "jam"` || ran() > 2110*ms {
			t.Errorf("%s after %v: the shelf empties itself for one price", got, ran())
		}
	})
}
