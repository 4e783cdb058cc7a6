package hw

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
)

const us = time.Microsecond

// dark is something on the light barrier's wire, after the motor's start.
type dark struct {
	at, wide time.Duration
}

// darkens puts these on the wire, and nothing falls besides.
func (m *machine) darkens(all ...dark) {
	m.spirals[1].drops, m.spirals[1].turn = nil, time.Second
	power := m.motor[1].moved
	begun := false
	m.motor[1].moved = func(l gpio.Level) {
		power(l)
		if l == gpio.Low || begun {
			return
		}
		begun = true
		m.fell[1].Store(slices.ContainsFunc(all, func(d dark) bool { return d.wide >= DropLeast }))
		for _, d := range all {
			if d.at == 0 {
				m.drop.spark(d.wide)
				continue
			}
			time.AfterFunc(d.at, func() { m.drop.spark(d.wide) })
		}
	}
}

// The light barrier's word: what is on its wire while a motor turns, and what the vend says. The numbers of sparks are
// what the page counts.
func TestOnlyDarknessThatLastsIsADrop(t *testing.T) {
	for _, row := range []struct {
		name    string
		on      []dark
		least   time.Duration
		pieces  int
		fault   string
		sparks  int
		unknown int
	}{
		{"nothing", nil, 0, 0, "no-drop", 0, 0},
		{"2 µs at motor-on", []dark{{0, 2 * us}}, 0, 0, "no-drop", 1, 0},
		{"200 µs at motor-on", []dark{{0, 200 * us}}, 0, 0, "no-drop", 1, 0},
		{"2 µs a millisecond later", []dark{{ms, 2 * us}}, 0, 0, "no-drop", 1, 0},
		{"200 µs a millisecond later", []dark{{ms, 200 * us}}, 0, 0, "no-drop", 1, 0},
		{"2 µs in mid-turn", []dark{{400 * ms, 2 * us}}, 0, 0, "no-drop", 1, 0},
		{"499 µs in mid-turn", []dark{{400 * ms, 499 * us}}, 0, 0, "no-drop", 1, 0},
		{"2 µs right after motor-off", []dark{{1003 * ms, 2 * us}}, 0, 0, "no-drop", 1, 0},
		{"0.5 ms in mid-turn", []dark{{400 * ms, 500 * us}}, 0, 1, "", 0, 0},
		{"3 mm at 4 m/s", []dark{{900 * ms, 750 * us}}, 0, 1, "", 0, 0},
		{"5 ms, over in the dead time", []dark{{20 * ms, 5 * ms}}, 0, 0, "no-drop", 1, 0},
		{"over at the dead time's end", []dark{{75 * ms, 5 * ms}}, 0, 0, "no-drop", 1, 0},
		{"over a moment later", []dark{{75 * ms, 5*ms + 100*us}}, 0, 1, "", 0, 0},
		{"begun in the dead time, and lasting", []dark{{40 * ms, 60 * ms}}, 0, 1, "", 0, 0},
		{"begun with the motor, and lasting", []dark{{0, 100 * ms}}, 0, 1, "", 0, 0},
		{"sparks before and after the goods", []dark{{0, 3 * us}, {700 * ms, 300 * us}, {900 * ms, 5 * ms}, {1001 * ms, 100 * us}}, 0, 1, "", 3, 0},
		{"a spark beside the goods is no second piece", []dark{{800 * ms, 3 * us}, {900 * ms, 5 * ms}, {1100 * ms, 3 * us}}, 0, 1, "", 2, 0},
		{"two, 60 ms apart", []dark{{800 * ms, 5 * ms}, {865 * ms, 5 * ms}}, 0, 2, "double", 0, 0},
		{"one that tumbles, 59 ms apart", []dark{{800 * ms, 5 * ms}, {864 * ms, 5 * ms}}, 0, 1, "", 0, 0},
		{"three", []dark{{700 * ms, 5 * ms}, {800 * ms, 5 * ms}, {900 * ms, 5 * ms}}, 0, 3, "double", 0, 0},
		{"3 ms where 5 ms are asked for", []dark{{900 * ms, 3 * ms}}, 5 * ms, 0, "no-drop", 1, 0},
		{"5 ms where 5 ms are asked for", []dark{{900 * ms, 5 * ms}}, 5 * ms, 1, "", 0, 0},
		{"0.1 ms where 0.1 ms is asked for", []dark{{900 * ms, 100 * us}}, 100 * us, 1, "", 0, 0},
	} {
		for _, stall := range []time.Duration{0, 300 * ms} {
			t.Run(fmt.Sprintf("%s/%v", row.name, stall), func(t *testing.T) {
				inMachine(t, func(t *testing.T, m *machine) {
					if row.least > 0 {
						m.beams[0].least = row.least
					}
					m.darkens(row.on...)
					if stall > 0 && len(row.on) > 0 { // nobody looks until it is all long over
						m.stalls(max(0, row.on[0].at-ms), stall)
					}
					pieces, fault := m.Vend(t.Context(), 1)
					if pieces != row.pieces || fault != row.fault {
						t.Errorf("%d pieces, %q; it was %d, %q", pieces, fault, row.pieces, row.fault)
					}
					short, unknown := m.Sparks()
					if short != row.sparks || unknown != row.unknown {
						t.Errorf("%d sparks and %d unreadable are counted; it was %d and %d", short, unknown, row.sparks, row.unknown)
					}
					m.stopped(t, row.name)
					time.Sleep(5 * time.Second)
					m.told.is(t, "a spark is an alarm")
				})
			})
		}
	}
}

// What an edge's stamps say counts, however late it is read. That its level is back proves nothing either way.
func TestAnEdgeWhoseLevelIsBackAlreadyIsMeasuredByItsStamps(t *testing.T) {
	for wide, says := range map[time.Duration]string{0: `false "no-drop"`, 2 * us: `false "no-drop"`, 600 * us: `true ""`, 5 * ms: `true ""`} {
		synctest.Test(t, func(t *testing.T) {
			m := newMachine(t)
			m.spirals[1].wide = wide
			m.stalls(890*ms, 200*ms)
			if got := vend(m, 1); got != says {
				t.Errorf("%v of darkness while the processor was busy: %s, want %s", wide, got, says)
			}
		})
	}
}

// The goods fall at 2.6 s of a turn of 3 s. A spark is no drop, so home is not overdue, and the motor runs on.
func TestASparkStopsNoMotor(t *testing.T) {
	for _, at := range []time.Duration{0, ms, 100 * ms, 400 * ms} {
		inMachine(t, func(t *testing.T, m *machine) {
			m.spirals[1] = spiral{leave: 100 * ms, turn: 3 * time.Second, drops: drops(2600 * ms), wide: 5 * ms}
			ran := m.ranFor()
			power := m.motor[1].moved
			m.motor[1].moved = func(l gpio.Level) {
				power(l)
				if l == gpio.High {
					time.AfterFunc(at, func() { m.drop.spark(200 * us) })
				}
			}
			if got := vend(m, 1); got != `true ""` || ran() < 3*time.Second {
				t.Errorf("a spark at %v: %s, and the motor ran %v of 3s: the goods hang, and the next customer gets two", at, got, ran())
			}
		})
	}
}

// A nudge ends once it is sure that something falls, and not at the edge.
func TestANudgeRunsOnThroughASpark(t *testing.T) {
	for wide, most := range map[time.Duration]time.Duration{3 * us: 0, 5 * ms: 5 * ms} {
		inMachine(t, func(t *testing.T, m *machine) {
			m.spirals[1].drops = nil
			var on, off time.Time
			power := m.motor[1].moved
			m.motor[1].moved = func(l gpio.Level) {
				power(l)
				switch {
				case l == gpio.High && m.nudged[1] == 1:
					on = time.Now()
					time.AfterFunc(100*ms, func() { m.drop.spark(wide) })
				case l == gpio.Low && off.IsZero() && !on.IsZero():
					off = time.Now()
				}
			}
			m.RetryPulses = 1
			got := vend(m, 1)
			ran := off.Sub(on)
			if most == 0 && (got != `false "no-drop"` || ran < 350*ms) {
				t.Errorf("a spark ended a push after %v: %s", ran, got)
			}
			if most > 0 && (got != `true ""` || ran < 100*ms+DropLeast || ran > 100*ms+most) {
				t.Errorf("a drop ended a push after %v: %s", ran, got)
			}
		})
	}
}

// An edge whose partner has no stamp proves nothing by itself: the level decides.
func TestAnEdgeWithoutAPartnerLeavesItToTheLevel(t *testing.T) {
	for _, row := range []struct {
		name    string
		wire    func(p *fakePin)
		says    string
		unknown bool
	}{
		{"it is clear again, and no edge said that it was dark", func(p *fakePin) { p.keep(gpio.High) }, `false "no-drop"`, true},
		{"dark twice, and clear", func(p *fakePin) { p.keep(gpio.Low); p.keep(gpio.Low) }, `false "no-drop"`, true},
		{"dark twice, and it lasts", func(p *fakePin) { p.set(gpio.Low); p.keep(gpio.Low); time.Sleep(20 * ms); p.set(gpio.High) }, `true ""`, false},
		{"the edge of a drop is lost", func(p *fakePin) {
			p.mu.Lock()
			p.level, p.number = gpio.Low, p.number+1
			p.mu.Unlock()
			time.Sleep(20 * ms)
			p.set(gpio.High)
		}, `true ""`, true},
		{"a gap in the numbers, and clear", func(p *fakePin) {
			p.keep(gpio.Low)
			p.mu.Lock()
			p.number += 3
			p.mu.Unlock()
			p.keep(gpio.High)
		}, `false "no-drop"`, true},
		{"a gap in the numbers, and dark", func(p *fakePin) {
			p.spark(us)
			time.Sleep(10 * ms)
			p.mu.Lock()
			p.number += 3
			p.mu.Unlock()
			p.set(gpio.Low)
			time.Sleep(20 * ms)
			p.set(gpio.High)
		}, `true ""`, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			inMachine(t, func(t *testing.T, m *machine) {
				var flagged diary
				m.Unreadable = func(slot int) { flagged.note("slot %d", slot) }
				m.spirals[1].drops = nil
				power := m.motor[1].moved
				m.motor[1].moved = func(l gpio.Level) {
					if power(l); l == gpio.High && m.ran[1] == 1 && m.nudged[1] == 0 {
						m.fell[1].Store(true)
						time.AfterFunc(500*ms, func() { row.wire(m.drop) })
					}
				}
				if got := vend(m, 1); got != row.says {
					t.Errorf("%s, want %s", got, row.says)
				}
				if _, unknown := m.Sparks(); unknown > 0 != row.unknown {
					t.Errorf("%d unreadable edges are counted", unknown)
				}
				if row.unknown {
					flagged.is(t, "nobody is told of a noisy wire", "slot 1")
				} else {
					flagged.is(t, "a slot is flagged though its level decided")
				}
			})
		})
	}
}

// A pin without edges is only looked at: a millisecond apart, twice.
func TestAPinWithoutEdgesNeedsTwoDarkLooks(t *testing.T) {
	seen := 0
	for late := time.Duration(0); late < 3*ms; late += 250 * us { // a look meets it, or not
		for wide, says := range map[time.Duration]string{0: `false "no-drop"`, 300 * us: `false "no-drop"`, 5 * ms: `true ""`} {
			synctest.Test(t, func(t *testing.T) {
				m := newMachine(t)
				m.drop.deaf = true
				running(t, m.Run)
				m.darkens(dark{900*ms + late, wide})
				if got := vend(m, 1); got != says {
					t.Errorf("%v of darkness: %s, want %s", wide, got, says)
				}
				_, unreadable := m.Sparks()
				seen += unreadable
			})
		}
	}
	if seen == 0 {
		t.Error("no look met a spark: this shows nothing")
	}
}

// What hums on the wire must not keep the motor from being stopped, nor a drop from being seen.
func TestAHummingWireHoldsUpNothing(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		m.spirals[1].wide = 5 * ms
		ran := m.ranFor()
		go func() {
			time.Sleep(600 * ms) // into the turn
			for !m.fell[1].Load() {
				m.drop.set(gpio.Low)
				time.Sleep(10 * us)
				if !m.fell[1].Load() {
					m.drop.set(gpio.High)
				}
				time.Sleep(100 * us)
			}
		}()
		if got := vend(m, 1); got != `true ""` || ran() > 1230*ms {
			t.Errorf("%s after %v", got, ran())
		}
		if short, _ := m.Sparks(); short < 1000 {
			t.Errorf("%d sparks are counted of thousands", short)
		}
	})
}

// A beam that is dark before the motor has its first power proves nothing.
func TestWhatWasDarkBeforeTheMotorIsNoDrop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		m.spirals[1].drops = nil
		calls := 0
		m.Door = func() bool { // it is asked for the last time right before the motor
			if calls++; calls == 3 {
				m.drop.set(gpio.Low)
				time.AfterFunc(200*ms, func() { m.drop.set(gpio.High) })
				time.Sleep(ms)
			}
			return false
		}
		if got := vend(m, 1); got != `false "no-drop"` {
			t.Errorf("what was there before was sold: %s", got)
		}
	})
}

// What the wiring asks for is what the slot's light barrier asks for; without it, half a millisecond.
func TestEachSlotsOwnDropLeastIsAskedFor(t *testing.T) {
	for least, says := range map[time.Duration]string{0: `true ""`, 2 * ms: `false "no-drop"`} {
		synctest.Test(t, func(t *testing.T) {
			m := newMachine(t)
			for n := 1; n <= 2; n++ {
				s := m.Slots[n]
				s.DropLeast = least
				m.Slots[n] = s
			}
			running(t, m.Run)
			m.darkens(dark{900 * ms, ms})
			if got := vend(m, 1); got != says {
				t.Errorf("1 ms of darkness where %v are asked for: %s", least, got)
			}
		})
	}
	m := newMachine(t)
	s := m.Slots[2]
	s.DropLeast = 2 * ms
	m.Slots[2] = s
	if err := m.CheckWiring(); err == nil || !strings.Contains(err.Error(), "drop_least") {
		t.Errorf("one light barrier is asked for two things: %v", err)
	}
}
