//go:build sim

package main

import (
	"testing"
	"time"
)

// settled waits until every order is at an end, or closing while its five minutes run.
func (m *machine) settled() {
	m.t.Helper()
	m.within(150*time.Second, "every order is at an end, or young and closing", func() bool {
		for _, o := range m.orders() {
			switch o.State {
			case "sold", "closed", "refunded", "closing":
			default:
				return false
			}
		}
		return true
	})
}

// again plugs the machine in, and lets the gateway answer.
func (m *machine) again() {
	m.t.Helper()
	if got := m.does("audit"); got.code != 0 {
		m.t.Errorf("audit of a machine without power: %+v", got)
	}
	m.start()
	m.trouble("gateway", "up")
}

func TestThePlugIsPulledWhileTheCodeIsShown(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(m *machine){
		"unpaid":                func(*machine) {},
		"paid in the same hour": func(m *machine) { m.phone("pay") },
		"at the password":       func(m *machine) { m.phone("wait") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := aMachine(t)
			no := m.showQR(1)
			act(m)
			m.pull()
			m.again()
			if name == "at the password" {
				m.must("password", "do=enter")
			}
			m.settled()
			if name != "unpaid" {
				m.untilState(no, "refunded") // no path from a waking reaches a motor
			}
			if turned, _ := m.counts(1); turned != 0 {
				t.Error("a motor turned after a waking")
			}
			m.waitReady()
			next := m.showQR(2)
			m.phone("pay")
			m.untilState(next, "sold")
			m.fair()
		})
	}
}

func TestThePlugIsPulledAfterThePhonePaid(t *testing.T) {
	t.Parallel()
	turning := func(m *machine) bool { return m.street().Slots[0].Turning }
	for name, moment := range map[string]func(m *machine) bool{
		"as the motor starts": turning,
		"after the start": func(m *machine) bool {
			if !turning(m) {
				return false
			}
			time.Sleep(500 * time.Millisecond) // in the middle of a turn; any other moment is as good
			return true
		},
		"after the drop": func(m *machine) bool { _, dropped := m.counts(1); return dropped == 1 },
		"while it settles": func(m *machine) bool {
			s := m.street().Slots[0]
			return s.Dropped == 1 && !s.Turning
		},
		"with the move to vending": func(m *machine) bool { return m.order().State == "vending" },
		"with thanks":              func(m *machine) bool { return m.order().State == "sold" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := aMachine(t)
			no := m.showQR(1)
			m.phone("pay")
			m.until(name, func() bool { return moment(m) })
			m.pull()
			m.again()
			m.settled()
			turned, dropped := m.counts(1)
			t.Logf("%s: %s is %s, turned %d, dropped %d", name, no, m.order().State, turned, dropped)
			if turned > 1 {
				t.Errorf("the slot turned %d times", turned)
			}
			m.waitReady()
			next := m.showQR(2)
			m.phone("pay")
			m.untilState(next, "sold")
			m.fair()
		})
	}
}

func TestThePlugIsPulledWhileACodeIsCharged(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]string{"paid": "none", "password": "password"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := aMachine(t)
			m.showQR(1)
			m.must("scan", "ask="+ask)
			m.until("a code order is there", func() bool { return m.order().Means == "code" })
			no := m.order().No
			m.pull()
			m.again()
			if ask == "password" {
				m.post("password", "do=enter") // 409 if the charge never left
			}
			m.settled()
			m.until("the code order is at an end", func() bool {
				for _, o := range m.orders() {
					if o.No == no {
						return o.State == "closed" || o.State == "refunded" || o.State == "sold"
					}
				}
				return false
			})
			m.fair()
		})
	}
}

func TestThePlugIsPulledWhileARefundIsDue(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"jam", "no-drop"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			m := aMachine(t)
			m.slotTrouble(1, how)
			no := m.showQR(1)
			m.phone("pay")
			m.untilState(no, "vending")
			m.trouble("gateway", "down")
			m.untilState(no, "refunding")
			m.pull()
			m.start() // the gateway is still down
			m.untilNot("offline")
			m.pull()
			m.again()
			m.untilState(no, "refunded")
			if turned, dropped := m.counts(1); turned > 1 || dropped != 0 {
				t.Errorf("slot 1 turned %d times and dropped %d", turned, dropped)
			}
			m.fair()
		})
	}
}

// A plug pulled again and again, at whatever moment it is: the book and the gateway agree in the end.
func TestThePlugIsPulledAgainAndAgain(t *testing.T) {
	t.Parallel()
	m := aMachine(t)
	for round, wait := range []time.Duration{0, 300, 700, 1500, 2100, 2600, 3100} {
		slot := round%4 + 1
		if status, _ := m.post("press", "slot="+string(rune('0'+slot))); status == 200 {
			m.until("a code, or none", func() bool { status, _ := m.post("phone", "do=pay"); return status == 200 })
		}
		time.Sleep(wait * time.Millisecond) // a moment like any other
		m.pull()
		m.start()
		m.within(20*time.Second, "the kiosk has read its book", func() bool {
			var r readiness
			m.read("/readyz", &r)
			return !r.has("starting")
		})
	}
	m.settled()
	m.fair()
}
