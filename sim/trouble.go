package sim

import (
	"net/http"
	"slices"
	"strings"

	"kiosk/sim/gateway"
)

// Switch is one thing that may be out of order, where it stands and where it may be put.
type Switch struct {
	What string   `json:"what"`
	Slot int      `json:"slot,omitempty"`
	How  string   `json:"how"`
	Can  []string `json:"can"`

	set func(how string) error
}

// What the panel's cable may be.
const (
	PanelOK   = "ok"
	PanelGone = "gone"
)

// What may be wrong with a slot. The first five are the customers' everyday, the others for tests.
const (
	SlotOK        = "ok"
	SlotJam       = "jam"       // leaves home, never comes back, nothing falls
	SlotNoDrop    = "no-drop"   // turns, nothing falls
	SlotLateDrop  = "late-drop" // falls six seconds after the motor stopped
	SlotSpark     = "spark"     // turns, nothing falls, and the drop wire sees a spike of some µs when the motor starts
	SlotHangs     = "hangs"     // turns, and what hangs falls with a nudge: the second, or see Pushes
	SlotNoMotor   = "no-motor"  // nothing turns
	SlotDouble    = "double-drop"
	SlotBeam      = "beam-stuck" // something lies in the light barrier
	SlotBlind     = "beam-blind" // the light barrier says clear whatever falls
	SlotHomeStuck = "home-stuck" // the home switch never lets go
	SlotHomeCut   = "home-cut"   // its wire is cut
)

// SlotTroubles lists them.
var SlotTroubles = []string{SlotJam, SlotNoDrop, SlotLateDrop, SlotSpark, SlotHangs, SlotNoMotor, SlotDouble,
	SlotBeam, SlotBlind, SlotHomeStuck, SlotHomeCut, SlotOK}

// ownSwitches lists what the street itself keeps: all but the slots' and the gateway's.
func (s *Street) ownSwitches() []Switch {
	return []Switch{
		{What: "network", How: s.Network.CurrentTrouble(), Can: []string{NetworkOff, NetworkSlow, NetworkOn}, set: s.Network.SetTrouble},
		{What: "scanner", How: s.Scanner.CurrentTrouble(), Can: []string{ScannerGone, ScannerSilent, ScannerGarbage, ScannerOK}, set: s.Scanner.SetTrouble},
		{What: "panel", How: s.cableNow(), Can: []string{PanelGone, PanelOK}, set: s.pullCable},
		{What: "disk", How: s.Disk.CurrentTrouble(), Can: []string{DiskFull, DiskReadonly, DiskOK}, set: s.Disk.SetTrouble},
		{What: "clock", How: s.Clock.CurrentTrouble(), Can: []string{Clock1970, ClockOK}, set: s.Clock.SetTrouble},
	}
}

// Switches lists everything that may be out of order.
func (s *Street) Switches() []Switch {
	all := s.ownSwitches()
	if till := s.plan.Till; till != nil {
		gateway := Switch{What: "gateway", How: till.ModeNow(), Can: []string{gateway.ModeDown, gateway.ModeLost, gateway.ModeOwes, gateway.ModeNone, gateway.ModeUp}, set: till.Mode}
		all = slices.Insert(all, 1, gateway)
	}
	// It ends with the process, so the street keeps nothing of it.
	all = append(all, Switch{What: "shop", How: s.Loop.CurrentTrouble(), Can: []string{LoopStuck}, set: s.Loop.SetTrouble})
	for _, slot := range s.slots {
		all = append(all, Switch{What: "slot", Slot: slot.Number, How: slot.CurrentTrouble(), Can: SlotTroubles, set: slot.SetTrouble})
	}
	return all
}

// SetTrouble puts a switch where it is wanted; slot counts only with what "slot".
func (s *Street) SetTrouble(what, how string, slot int) error {
	if what == "slot" && s.Slot(slot) == nil {
		return refuseWith(http.StatusNotFound, "there is no slot %d", slot)
	}
	known := []string{}
	for _, t := range s.Switches() {
		known = append(known, t.What)
		if t.What != what || what == "slot" && t.Slot != slot {
			continue
		}
		if !slices.Contains(t.Can, how) {
			return refuseWith(http.StatusBadRequest, "%s cannot be %q: %s", what, how, strings.Join(t.Can, ", "))
		}
		if err := t.set(how); err != nil {
			return refuseWith(http.StatusConflict, "%v", err)
		}
		s.saveKept()
		return nil
	}
	return refuseWith(http.StatusBadRequest, "there is no switch %q: %s", what, strings.Join(slices.Compact(known), ", "))
}

func (s *Street) pullCable(how string) error {
	s.mu.Lock()
	s.cable = how == PanelGone
	s.mu.Unlock()
	s.Panel.Gone(how == PanelGone)
	return nil
}

func (s *Street) cableNow() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cable {
		return PanelGone
	}
	return PanelOK
}
