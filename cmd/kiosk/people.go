package main

import (
	"errors"
	"fmt"
	"slices"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/onsite"
	"kiosk/hw"
	"kiosk/sale"
)

// connectPeople brings keys, light barriers and the door to the clerk. A part that was not looked at yet counts as faulty:
// nothing is sold before every part has spoken.
func (k *kiosk) connectPeople() {
	k.keys.Pressed, k.keys.GaveUp = k.pressKey, k.clerk.GiveUp
	k.keys.Health = logHealth("keys")
	k.dispenser.StrayEdge = func(slot int) { k.clerk.Post(sale.Edge{Slot: sale.Slot(slot)}) }
	k.dispenser.Unreadable = func(slot int) { k.clerk.Post(sale.Edge{Slot: sale.Slot(slot), Unreadable: true}) }
	k.dispenser.Beam = func(slot int, blocked bool) { k.clerk.Post(sale.Beam{Slot: sale.Slot(slot), Blocked: blocked}) }
	k.dispenser.Note = func(slot int, word string) { logLine(fmt.Sprintf("slot %d: %s", slot, word)) }
	if k.door != nil {
		k.door.Changed = func(open bool) {
			fault := ""
			if open {
				fault = "the door is open"
			}
			k.reportHealth(sale.NotReadyDoor)(fault) // an order under way is told too
		}
		k.clerk.Post(sale.Health{Part: sale.NotReadyDoor, Fault: "the door was not looked at yet"})
	}
	if k.signals != nil {
		k.signals.Health = logHealth("buzzer and light")
	}
	if k.thermometer != nil {
		k.thermometer.Health = logHealth("thermometer")
	}
	k.connectScanner()
}

// pressKey tests the light barrier before an order is born: only a customer who can be served is asked for money.
func (k *kiosk) pressKey(slot int) {
	k.tally.NotePress(sale.Slot(slot))
	k.playSignal(hw.SignalKey) // at once: a customer who hears nothing presses again
	// A slot that sells nothing anyway needs no test, and the shop says why.
	sells := slices.ContainsFunc(k.clerk.Snapshot().Products, func(w sale.Product) bool { return w.Slot == sale.Slot(slot) && w.Fault == "" })
	err := k.dispenser.TestBeam(slot)
	if err == nil || !sells || errors.Is(err, hw.ErrVendUnderWay) {
		k.clerk.Press(slot)
		return
	}
	logLine(config.OneLine(err))
	k.clerk.PressBlocked(slot)
}

// connectScanner brings codes to the clerk, or to a technician's scan test while one is under way.
func (k *kiosk) connectScanner() {
	k.clerk.Scanner, k.bench.Scan = noScanner{}, &onsite.ScanTest{Scanner: noScanner{}}
	if k.scanner == nil {
		return
	}
	k.bench.Scan.Scanner = k.scanner
	k.clerk.Scanner = k.bench.Scan
	k.scanner.Open = k.wires.serial
	k.scanner.Read = func(text string) {
		k.playSignal(hw.SignalScan)
		// The text stays with the clerk; a test learns only of what kind it was.
		if kind := hw.CodeKind(text); !k.bench.Scan.TakeCode(kind) {
			k.clerk.Scan(text, kind)
		}
	}
	k.scanner.Unread = k.clerk.NoteUnread
	k.scanner.Health, k.scanner.Warn = k.reportHealth("scanner"), logHealth("scan module")
	k.clerk.Post(sale.Health{Part: "scanner", Fault: "the scan module is not open yet"})
}

// noScanner stands in if no scan module is configured.
type noScanner struct{}

// Arm does nothing.
func (noScanner) Arm(bool) {}

// reportHealth tells the shop of a part that it cannot sell without.
func (k *kiosk) reportHealth(part string) func(fault string) {
	return func(fault string) {
		if fault != "" {
			logLine(part + ": " + fault)
		}
		k.clerk.Post(sale.Health{Part: part, Fault: fault})
	}
}

// logHealth only logs: the kiosk sells without that part.
func logHealth(part string) func(fault string) {
	return func(fault string) {
		if fault == "" {
			fault = "works again"
		}
		logLine(part + ": " + fault)
	}
}

// audibleScreen lets buzzer and light say what the screen shows: nothing is told by colour alone, nor by sound alone.
type audibleScreen struct {
	sale.Screen
	signals *hw.Signals // nil: there are none
	last    string      // only the clerk shows, one view at a time
}

// sounds are the screens that are heard.
var sounds = map[string]string{sale.ScreenThanks: hw.SignalThanks, sale.ScreenSorry: hw.SignalSorry, sale.ScreenRefunding: hw.SignalSorry}

// Show is called for every change of a view; a sound is for another screen only.
func (s *audibleScreen) Show(v sale.View) {
	s.Screen.Show(v)
	if s.signals == nil || v.Screen == s.last {
		return
	}
	s.last = v.Screen
	s.signals.SetLight(v.Screen != sale.ScreenIdle && v.Screen != sale.ScreenClosed)
	if name := sounds[v.Screen]; name != "" {
		s.signals.Play(name)
	}
}
