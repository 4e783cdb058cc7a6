//go:build sim

package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kiosk/cmd/kiosk/config"
)

// outcome is what a mishap came to, by the book, the gateway, the shelf and the wires.
func (b *bench) outcome(slot int) string {
	var parts []string
	for _, o := range b.orders() {
		back := int64(0)
		for _, g := range b.street().Gateway.Orders {
			if g.No == o.No {
				back = g.Refunded
			}
		}
		text := o.State
		if back > 0 {
			text += fmt.Sprintf(" (%d of %d fen back)", back, o.Fen)
		}
		parts = append([]string{text}, parts...)
	}
	if len(parts) == 0 {
		parts = []string{"no order"}
	}
	turned, dropped := b.counts(slot)
	text := fmt.Sprintf("%s; turned %d, dropped %d", strings.Join(parts, " + "), turned, dropped)
	var s struct {
		Ready bool
		Why   []struct{ Code string }
		Slots []struct {
			Number int
			Fault  string
		}
	}
	b.read("/status.json", &s)
	for _, x := range s.Slots {
		if x.Number == slot && x.Fault != "" {
			text += "; slot aside: " + x.Fault
		}
	}
	if !s.Ready {
		var why []string
		for _, w := range s.Why {
			why = append(why, w.Code)
		}
		text += "; not selling: " + strings.Join(why, ", ")
	}
	return text
}

// buy presses, pays, and waits until the order is at an end.
func (b *bench) buy(slot int) {
	b.t.Helper()
	no := b.showQR(slot)
	b.phone("pay")
	b.untilEnd(no)
}

func (b *bench) untilEnd(no string) {
	b.t.Helper()
	// A code that was given up may be closed at the gateway after five minutes, and no sooner.
	b.within(10*time.Minute, "order "+no+" is at an end", func() bool {
		return slices.ContainsFunc(b.orders(), func(o bought) bool {
			return o.No == no && slices.Contains([]string{"sold", "refunded", "closed"}, o.State)
		})
	})
}

// mishaps are the rows: what goes wrong on the wires, and what the customer has in the end.
var mishaps = []struct {
	name string
	conf func(*config.Config)
	do   func(b *bench)
	want string
}{
	{"jam", nil, func(b *bench) { b.slotTrouble(1, "jam"); b.buy(1) },
		"refunded (350 of 350 fen back); turned 1, dropped 0; slot aside: jam"},
	{"home never lets go", nil, func(b *bench) { b.slotTrouble(1, "home-stuck"); b.buy(1) }, "sold; turned 1, dropped 1; slot aside: no-motor"},
	{"home never comes", nil, func(b *bench) { b.slotTrouble(1, "home-cut"); b.buy(1) }, "sold; turned 1, dropped 1; slot aside: jam"},
	{"motor does not turn", nil, func(b *bench) { b.slotTrouble(1, "no-motor"); b.buy(1) },
		"refunded (350 of 350 fen back); turned 0, dropped 0; slot aside: no-motor"},
	{"nothing drops", nil, func(b *bench) { b.slotTrouble(1, "no-drop"); b.buy(1) },
		"refunded (350 of 350 fen back); turned 1, dropped 0; slot aside: no-drop"},
	{"nothing drops, and the motor sparks", nil, func(b *bench) { b.slotTrouble(1, "spark"); b.buy(1) },
		"refunded (350 of 350 fen back); turned 1, dropped 0; slot aside: no-drop"},
	{"a spark between two sales", nil, func(b *bench) {
		b.metal.Slot(1).Beam.Pin.Spark(200 * time.Microsecond)
		time.Sleep(time.Second)
		b.counted("kiosk_beam_sparks_total", 1)
		b.counted("kiosk_alarms_total", 0)
	}, "no order; turned 0, dropped 0"},
	{"hangs, and falls with a nudge", nil, func(b *bench) { b.slotTrouble(1, "hangs"); b.buy(1) }, "sold; turned 1, dropped 1"},
	{"drop late", nil, func(b *bench) { b.slotTrouble(1, "late-drop"); b.buy(1); time.Sleep(15 * time.Second) },
		"refunded (350 of 350 fen back); turned 1, dropped 1; slot aside: no-drop"},
	{"drop twice", nil, func(b *bench) {
		b.slotTrouble(1, "double-drop")
		b.buy(1)
		b.counted(`kiosk_slot_stock{slot="1"}`, 8) // of ten
	}, "sold; turned 1, dropped 2"},
	{"drop with no motor", nil, func(b *bench) {
		b.metal.Slot(1).Beam.Pulse(30 * time.Millisecond)
		time.Sleep(time.Second)
	}, "no order; turned 0, dropped 0"},
	{"beam stuck on", nil, func(b *bench) {
		b.slotTrouble(1, "beam-stuck")
		b.until("no slot is offered", func() bool { status, _ := b.get("/readyz"); return status == 503 })
		if status, _ := b.post("press", "slot=1"); status != 409 {
			b.t.Errorf("a press is taken by a slot that sees nothing: %d", status)
		}
	}, "no order; turned 0, dropped 0; slot aside: blocked; not selling: empty"},
	{"beam stuck on after the press", nil, func(b *bench) {
		no := b.showQR(1)
		b.slotTrouble(1, "beam-stuck")
		b.phone("pay")
		b.untilEnd(no)
	}, "refunded (350 of 350 fen back); turned 0, dropped 0; slot aside: blocked; not selling: empty"},
	{"beam stuck off", nil, func(b *bench) { b.lies = true; b.slotTrouble(1, "beam-blind"); b.buy(1) }, "refunded (350 of 350 fen back); turned 2, dropped 1; slot aside: no-drop"},
	{"beam stuck off, its light can be switched", func(c *config.Config) {
		for i := range c.Slots {
			c.Slots[i].Emitter = "GPIO3"
		}
	}, func(b *bench) {
		b.slotTrouble(1, "beam-blind")
		b.post("press", "slot=1")
		b.until("the customer reads why", func() bool { return b.screen() == "sorry" })
		b.until("the slots are not offered", func() bool { status, _ := b.get("/readyz"); return status == 503 })
	}, "no order; turned 0, dropped 0; slot aside: blocked; not selling: empty"},
	{"key stuck", nil, func(b *bench) {
		key := b.metal.Key(1)
		key.Stick(true)
		time.Sleep(45 * time.Second)
		key.Stick(false)
		b.untilEnd(b.order().No)
	}, "closed; turned 0, dropped 0"},
	{"key bounce", nil, func(b *bench) {
		for range 3 { // the street's fingers bounce at both ends of every press
			no := b.showQR(1)
			b.must("press", "slot=1")
			b.untilEnd(no)
		}
	}, "closed + closed + closed; turned 0, dropped 0"},
	{"scanner silent", nil, func(b *bench) { b.trouble("scanner", "silent"); b.buy(1) }, "sold; turned 1, dropped 1"},
	{"scanner garbage", nil, func(b *bench) {
		b.trouble("scanner", "garbage")
		no := b.showQR(1)
		for range 5 {
			b.must("scan", "")
		}
		b.phone("pay")
		b.untilEnd(no)
	}, "sold; turned 1, dropped 1"},
	{"scanner unplugged and back", nil, func(b *bench) {
		b.trouble("scanner", "gone")
		b.untilNot("scanner")
		b.trouble("scanner", "ok")
		b.waitReady()
		b.showQR(1)
		b.must("scan", "")
		b.until("the code is sold", func() bool { o := b.order(); return o.Means == "code" && o.State == "sold" })
	}, "closing + sold; turned 1, dropped 1"},
	{"SPI error on the n-th transfer", nil, func(b *bench) {
		for _, n := range []int{1, 2, 3, 5, 10, 20, 40, 80, 160} {
			b.metal.Panel.FailNext(n, errors.New("input/output error"))
			no := b.showQR(1)
			b.until("the phone reads the glass, and pays", func() bool { status, _ := b.post("phone", "do=pay"); return status == 200 })
			b.untilEnd(no)
			b.waitReady()
		}
	}, "sold + sold + sold + sold + sold + sold + sold + sold + sold; turned 9, dropped 9"},
	{"motor left on by a crash", nil, func(b *bench) {
		no := b.showQR(1)
		b.phone("pay")
		b.until("the motor turns", func() bool { return len(b.trace.High()) > 0 })
		time.Sleep(200 * time.Millisecond)
		b.kill()
		if on := b.trace.High(); len(on) > 0 {
			b.t.Errorf("the next life has begun, and %v is on", on)
		}
		b.untilEnd(no)
	}, "refunded (350 of 350 fen back); turned 1, dropped 1; slot aside: doubt"},
	{"door open in mid-sale", nil, func(b *bench) {
		no := b.showQR(1)
		b.door(true)
		b.until("the code leaves the glass", func() bool { return b.screen() != "qr" })
		b.untilEnd(no)
		b.untilNot("door")
		b.door(false)
		b.waitReady()
	}, "closed; turned 0, dropped 0"},
	{"door opened while the motor turns", nil, func(b *bench) {
		no := b.showQR(1)
		b.phone("pay")
		b.until("the motor turns", func() bool { return len(b.trace.High()) > 0 })
		time.Sleep(300 * time.Millisecond)
		b.door(true)
		b.untilEnd(no)
		b.door(false)
		b.waitReady()
	}, "refunded (350 of 350 fen back); turned 1, dropped 0; slot aside: off"},
}

// TestMishapsOnTheWires is the fault matrix: money and goods are right in each row.
func TestMishapsOnTheWires(t *testing.T) {
	var mu sync.Mutex
	table := map[string]string{}
	t.Run("rows", func(t *testing.T) {
		for _, row := range mishaps {
			t.Run(row.name, func(t *testing.T) {
				t.Parallel()
				onBench(t, row.conf, func(b *bench) {
					row.do(b)
					got := b.outcome(1)
					mu.Lock()
					table[row.name] = got
					mu.Unlock()
					if got != row.want {
						t.Errorf("it came to %q, not %q", got, row.want)
					}
					b.limits()
				})
			})
		}
	})
	for _, row := range mishaps {
		t.Logf("%-34s %s", row.name, table[row.name])
	}
}

// limits: no actuator was ever on for longer than it may be, nor together with another.
func (b *bench) limits() {
	b.t.Helper()
	for _, name := range b.conf.ListOutputs() {
		if on := b.trace.Longest(name); on > 10*time.Second {
			b.t.Errorf("%s was on for %v", name, on)
		}
	}
	if n := b.trace.Together(); n > 1 {
		b.t.Errorf("%d actuators were on at once", n)
	}
}
