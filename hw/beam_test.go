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

func TestAnEdgeWithNoMotorIsTold(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		m.drop.pulse(5 * ms)
		m.told.is(t, "a theft went by unseen", "edge 1")
		time.Sleep(2 * time.Second)
		if got := vend(m, 2); got != `true ""` {
			t.Fatal(got)
		}
		m.told.is(t, "a sale's own drop was told as stray")
		time.Sleep(30 * time.Second)
		m.drop.pulse(5 * ms)
		m.told.is(t, "a late drop was laid at the wrong slot", "edge 2")
		for range 100 {
			m.drop.pulse(5 * ms)
			time.Sleep(95 * ms)
		}
		if n := m.told.count(); n < 8 || n > 11 {
			t.Errorf("ten seconds of rattling gave %d alarms", n)
		}
	})
}

func TestADropAfterTheWindowIsALateEdge(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		m.spirals[2].drops = drops(8500 * ms)
		if got := vend(m, 2); got != `false "no-drop"` {
			t.Fatal(got)
		}
		m.told.is(t, "told too soon")
		time.Sleep(2 * time.Second)
		m.told.is(t, "goods and money both went out, and nobody knows", "edge 2")
	})
}

func TestABeamThatStaysBlockedIsToldOnce(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		m.drop.set(gpio.Low)
		time.Sleep(150 * ms)
		m.told.is(t, "told before it lasted", "edge 1")
		time.Sleep(time.Minute)
		m.told.is(t, "slots whose goods nobody would see fall are on offer", "beam 1 true", "beam 2 true")
		m.drop.set(gpio.High)
		time.Sleep(time.Second)
		m.told.is(t, "a clear chute sells nothing", "beam 1 false", "beam 2 false")
		m.drop.pulse(100 * ms)
		time.Sleep(time.Second)
		m.told.is(t, "a passing hand closed the slots", "edge 1")
	})
}

func TestABeamBlockedAtTheStartIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		m.drop.set(gpio.Low)
		running(t, m.Run)
		time.Sleep(time.Second)
		m.told.is(t, "a blind chute is on offer after start", "beam 1 true", "beam 2 true")
	})
}

func TestAnIdleWatchSleeps(t *testing.T) {
	for _, deaf := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			m := newMachine(t)
			m.drop.deaf = deaf
			running(t, m.Run)
			time.Sleep(time.Second)
			before := m.drop.asked()
			time.Sleep(time.Minute)
			if n := m.drop.asked() - before; n > 300 {
				t.Errorf("deaf=%v: %d looks in an idle minute", deaf, n)
			}
		})
	}
}

func TestTheWiringIsChecked(t *testing.T) {
	m := newMachine(t)
	for name, c := range map[string]struct {
		slot Slot
		says string
	}{
		"no drop sensor": {Slot{Motor: "motor1"}, "drop pin"},
		"no motor":       {Slot{Drop: m.drop}, "motor pin"},
		"unknown motor":  {Slot{Motor: "motor7", Drop: m.drop}, "motor pin"},
	} {
		m.Slots[3] = c.slot
		if err := m.CheckWiring(); err == nil || !strings.Contains(err.Error(), "slot 3") || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestALightBarrierThatCannotBeReadNamesItsPin(t *testing.T) {
	m := newMachine(t)
	m.drop.broke(errors.New("busy"))
	if err := m.Run(context.Background()); err == nil || !strings.Contains(err.Error(), "GPIO22") {
		t.Errorf("nobody can tell which wire is loose: %v", err)
	}
}

// Between two sales a spark is counted, and only a thing that lasts is an alarm.
func TestASparkBetweenSalesIsNoAlarm(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		for range 5 {
			m.drop.spark(200 * us)
			time.Sleep(2 * time.Second)
		}
		m.told.is(t, "a spark is an alarm")
		if short, _ := m.Sparks(); short != 5 {
			t.Errorf("%d sparks are counted of 5", short)
		}
		m.drop.pulse(DropLeast)
		time.Sleep(time.Second)
		m.told.is(t, "a theft went by unseen", "edge 1")
	})
}

// A wire that sparks all the time is no blocked beam: the slot stays on offer.
func TestSparksBeforeTheMotorBlockNothing(t *testing.T) {
	inMachine(t, func(t *testing.T, m *machine) {
		go func() {
			for range 60 {
				m.drop.spark(50 * us)
				time.Sleep(20*ms - 60*us)
			}
		}()
		if err := m.TestBeam(1); err != nil {
			t.Errorf("a customer is turned away: %v", err)
		}
		if got := vend(m, 1); got != `true ""` {
			t.Errorf("%s", got)
		}
	})
}
