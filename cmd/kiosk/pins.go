package main

import (
	"errors"
	"fmt"

	"periph.io/x/conn/v3/gpio"

	"kiosk/cmd/kiosk/config"
	"kiosk/hw"
)

// metal is what the pins lead to.
type metal struct {
	outputs     *hw.Outputs     // what turns or opens; each has its longest time on
	keys        *hw.Keys        // the customers' and the technician's
	dispenser   *hw.Dispenser   // motors and light barriers
	scanner     *hw.Scanner     // nil: there is no scan module
	door        *hw.Door        // nil: there is no switch
	signals     *hw.Signals     // nil: neither buzzer nor light
	thermometer *hw.Thermometer // nil: there is none
}

// pinFinder finds the pins that a config names, and keeps the first error.
type pinFinder struct {
	find func(name string) (gpio.PinIO, error) // the board's, or a street's
	err  error
}

// findPin returns nil for a pin that the config leaves out.
func (f *pinFinder) findPin(key, name string) gpio.PinIO {
	if name == "" || f.err != nil {
		return nil
	}
	p, err := f.find(name)
	if err != nil {
		f.err = fmt.Errorf("%s: %w", key, err)
		return nil
	}
	return p
}

// connectMetal takes hold of every pin, first of what turns or opens.
func connectMetal(c *config.Config, find func(name string) (gpio.PinIO, error)) (m metal, err error) {
	if m.outputs, err = connectActuators(c, find); err != nil {
		return m, err
	}
	f := &pinFinder{find: find} // a nil pin is one that the machine does without
	m.keys = &hw.Keys{Pins: map[int]gpio.PinIn{}, Cancel: f.findPin("keys.cancel", c.Keys.Cancel), Service: f.findPin("keys.service", c.Keys.Service)}
	m.dispenser = &hw.Dispenser{Slots: map[int]hw.Slot{}, Outputs: m.outputs}
	for _, s := range c.Slots {
		at := fmt.Sprintf("slot %d ", s.Number)
		m.keys.Pins[s.Number] = f.findPin(at+"key", s.Key)
		m.dispenser.Slots[s.Number] = hw.Slot{Motor: s.Motor, Lock: s.Lock, HomeHigh: s.HomeHigh, DropHigh: s.DropHigh, DropLeast: s.LeastDark(),
			Drop: f.findPin(at+"drop", s.Drop), Home: f.findPin(at+"home", s.Home), Emitter: f.findPin(at+"emitter", s.Emitter)}
	}
	if p := f.findPin("keys.door", c.Keys.Door); p != nil {
		m.door = &hw.Door{Pin: p}
		m.dispenser.Door = m.door.IsOpen // no motor turns on a hand
	}
	if buzzer, light := f.findPin("keys.buzzer", c.Keys.Buzzer), f.findPin("keys.light", c.Keys.Light); buzzer != nil || light != nil {
		m.signals = &hw.Signals{Buzzer: buzzer, Lamp: light}
	}
	if c.Board.Thermometer != "" {
		m.thermometer = &hw.Thermometer{ID: c.Board.Thermometer}
	}
	if c.Scanner.Port != "none" {
		m.scanner = &hw.Scanner{Dialect: c.Scanner.Dialect, Always: c.Scanner.Continuous}
		if p := f.findPin("scanner.trigger", c.Scanner.Trigger); p != nil {
			m.scanner.Trigger = &hw.TriggerPin{Pin: p, High: c.Scanner.TriggerHigh}
		}
	}
	if f.err != nil {
		return m, f.err
	}
	return m, m.dispenser.CheckWiring()
}

// connectActuators drives all of them low, whatever one of them says: another may have been left on by a crash.
func connectActuators(c *config.Config, find func(name string) (gpio.PinIO, error)) (*hw.Outputs, error) {
	outputs := &hw.Outputs{}
	var faults []error
	for _, s := range c.Slots {
		turns, name := s.Actuator()
		most := hw.DefaultMaxOn
		if s.Lock != "" {
			most = hw.LockMaxOn
		}
		f := &pinFinder{find: find} // one each: every actuator is tried
		if p := f.findPin(fmt.Sprintf("slot %d %s", s.Number, turns), name); p != nil {
			f.err = outputs.Add(name, p, most)
		}
		faults = append(faults, f.err)
	}
	if err := errors.Join(faults...); err != nil {
		return nil, errors.New(config.OneLine(err))
	}
	return outputs, nil
}

// playSignal plays a sound and its light, if the machine has them.
func (m *metal) playSignal(name string) {
	if m.signals != nil {
		m.signals.Play(name)
	}
}
