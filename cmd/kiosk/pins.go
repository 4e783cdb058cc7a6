package main

import (
	"errors"
	"fmt"
	"slices"

	"periph.io/x/conn/v3/gpio"

	"kiosk/cmd/kiosk/config"
	"kiosk/hw"
	"kiosk/sale"
)

// optional finds a pin that the config may leave out.
func (k *kiosk) optional(key, name string) (gpio.PinIO, error) {
	if name == "" {
		return nil, nil
	}
	p, err := k.wires.pin(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	return p, nil
}

// connectPins takes hold of every pin, what turns or opens first.
func (k *kiosk) connectPins() error {
	k.outputs = &hw.Outputs{}
	var faults []error
	for _, s := range k.conf.Slots { // all of them, whatever one says: another may have been left on
		turns, name := s.Actuator()
		p, err := k.optional(fmt.Sprintf("slot %d %s", s.Number, turns), name)
		if err == nil {
			most := hw.DefaultMaxOn
			if s.Lock != "" {
				most = hw.LockMaxOn
			}
			err = k.outputs.Add(name, p, most)
		}
		faults = append(faults, err)
	}
	if err := errors.Join(faults...); err != nil {
		return errors.New(config.OneLine(err))
	}
	k.keys = &hw.Keys{Pins: map[int]gpio.PinIn{}}
	k.drops = &hw.Dispenser{Slots: map[int]hw.Slot{}, Outputs: k.outputs}
	for _, s := range k.conf.Slots {
		if err := k.connectSlot(s); err != nil {
			return err
		}
	}
	if err := k.connectExtras(); err != nil {
		return err
	}
	return k.drops.CheckWiring()
}

func (k *kiosk) connectSlot(s config.Slot) error {
	at := fmt.Sprintf("slot %d ", s.Number)
	slot := hw.Slot{Motor: s.Motor, Lock: s.Lock, HomeHigh: s.HomeHigh, DropHigh: s.DropHigh}
	key, err := k.optional(at+"key", s.Key)
	if err != nil {
		return err
	}
	k.keys.Pins[s.Number] = key
	drop, err := k.optional(at+"drop", s.Drop)
	if err != nil {
		return err
	}
	slot.Drop = drop
	home, err := k.optional(at+"home", s.Home)
	if err != nil {
		return err
	}
	if home != nil {
		slot.Home = home
	}
	light, err := k.optional(at+"emitter", s.Emitter)
	if err != nil {
		return err
	}
	if light != nil {
		slot.Emitter = light
	}
	k.drops.Slots[s.Number] = slot
	return nil
}

// connectExtras takes hold of the pins that a machine may do without.
func (k *kiosk) connectExtras() error {
	c := k.conf.Keys
	var err error
	if k.trigger, err = k.optional("scanner.trigger", k.conf.Scanner.Trigger); err != nil {
		return err
	}
	pins := map[string]gpio.PinIO{}
	for key, name := range map[string]string{"cancel": c.Cancel, "service": c.Service, "door": c.Door, "buzzer": c.Buzzer, "light": c.Light} {
		p, err := k.optional("keys."+key, name)
		if err != nil {
			return err
		}
		if p != nil {
			pins[key] = p
		}
	}
	if p := pins["cancel"]; p != nil {
		k.keys.Cancel = p
	}
	if p := pins["service"]; p != nil {
		k.keys.Service = p
	}
	if p := pins["door"]; p != nil {
		k.door = &hw.Door{Pin: p}
		k.drops.Door = k.door.IsOpen
	}
	buzzer, light := pins["buzzer"], pins["light"]
	if buzzer == nil && light == nil {
		return nil
	}
	k.cues = &hw.Signals{}
	if buzzer != nil {
		k.cues.Buzzer = buzzer
	}
	if light != nil {
		k.cues.Lamp = light
	}
	return nil
}

// connectPeople leads what customers and technicians do to the clerk.
func (k *kiosk) connectPeople() {
	k.keys.Pressed, k.keys.GaveUp = k.press, k.clerk.GiveUp
	k.keys.Health = k.note("keys")
	k.drops.StrayEdge = func(slot int) { k.clerk.Post(sale.Edge{Slot: sale.Slot(slot)}) }
	k.drops.Beam = func(slot int, blocked bool) { k.clerk.Post(sale.Beam{Slot: sale.Slot(slot), Blocked: blocked}) }
	k.drops.Note = func(slot int, word string) { say(fmt.Sprintf("slot %d: %s", slot, word)) }
	if k.door != nil {
		k.door.Changed = func(open bool) {
			fault := ""
			if open {
				fault = "the door is open"
			}
			k.health(sale.NotReadyDoor)(fault)
		}
		k.clerk.Post(sale.Health{Part: sale.NotReadyDoor, Fault: "the door was not looked at yet"})
	}
	if k.cues != nil {
		k.cues.Health = k.note("buzzer and light")
	}
	if id := k.conf.Board.Thermometer; id != "" {
		k.warmth = &hw.Thermometer{ID: id, Health: k.note("thermometer")}
	}
	k.connectScanner()
}

// press proves the light barrier before an order is born: nobody is asked for money who could not be served.
func (k *kiosk) press(slot int) {
	k.cue(hw.SignalKey)
	n := sale.Slot(slot)
	sells := slices.ContainsFunc(k.clerk.Snapshot().Products, func(w sale.Product) bool { return w.Slot == n && w.Fault == "" })
	err := k.drops.TestBeam(slot)
	if err == nil || !sells || errors.Is(err, hw.ErrVendUnderWay) {
		k.clerk.Press(slot)
		return
	}
	say(config.OneLine(err))
	k.clerk.PressBlocked(slot)
}

func (k *kiosk) cue(name string) {
	if k.cues != nil {
		k.cues.Play(name)
	}
}

// connectScanner leads codes to the clerk.
func (k *kiosk) connectScanner() {
	k.clerk.Scanner = deaf{}
	if k.conf.Scanner.Port == "none" {
		return
	}
	k.scanner = newScanner(&k.conf)
	k.scanner.Open = k.wires.serial
	k.scanner.Read = func(text string) {
		k.cue(hw.SignalScan)
		if kind := hw.CodeKind(text); !k.trial.take(kind) {
			k.clerk.Scan(text, kind)
		}
	}
	k.scanner.Health, k.scanner.Warn = k.health("scanner"), k.note("scan module")
	if k.trigger != nil {
		k.scanner.Trigger = &hw.TriggerPin{Pin: k.trigger, High: k.conf.Scanner.TriggerHigh}
	}
	k.ears = &ears{Scanner: k.scanner}
	k.clerk.Scanner = k.ears
	k.clerk.Post(sale.Health{Part: "scanner", Fault: "the scan module is not open yet"})
}

// newScanner is the scan module as the config has it, without its wires.
func newScanner(c *config.Config) *hw.Scanner {
	return &hw.Scanner{Dialect: c.Scanner.Dialect, Always: c.Scanner.Continuous}
}

// note says in the log what is wrong with a part that the kiosk can sell without.
func (k *kiosk) note(part string) func(string) {
	return func(text string) {
		if text == "" {
			text = "works again"
		}
		say(part + ": " + text)
	}
}

// cued lets buzzer and light say what the screen shows: nothing is told by colour alone, nor by sound alone.
type cued struct {
	sale.Screen
	cues *hw.Signals
	last string // only the clerk shows, one view at a time
}

// sounds are the screens that are heard.
var sounds = map[string]string{sale.ScreenThanks: hw.SignalThanks, sale.ScreenSorry: hw.SignalSorry, sale.ScreenRefunding: hw.SignalSorry}

func (c *cued) Show(v sale.View) {
	c.Screen.Show(v)
	if c.cues == nil || v.Screen == c.last {
		return
	}
	c.last = v.Screen
	c.cues.SetLight(v.Screen != sale.ScreenIdle && v.Screen != sale.ScreenClosed)
	if name := sounds[v.Screen]; name != "" {
		c.cues.Play(name)
	}
}
