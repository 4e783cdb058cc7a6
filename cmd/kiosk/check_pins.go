package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kiosk/hw"
)

// pinUse is a pin and the key that names it. An actuator is one that harms while it is on by mistake.
type pinUse struct {
	key, pin string
	actuator bool
}

// pinUses lists every pin that the config names.
func (c *config) pinUses() []pinUse {
	uses := []pinUse{
		{key: "display.dc", pin: c.Display.DC}, {key: "display.reset", pin: c.Display.Reset}, {key: "display.backlight", pin: c.Display.Backlight},
		{key: "scanner.trigger", pin: c.Scanner.Trigger}, {key: "keys.cancel", pin: c.Keys.Cancel}, {key: "keys.service", pin: c.Keys.Service},
		{key: "keys.door", pin: c.Keys.Door}, {key: "keys.buzzer", pin: c.Keys.Buzzer, actuator: true}, {key: "keys.light", pin: c.Keys.Light, actuator: true},
	}
	for _, s := range c.Slots {
		at := fmt.Sprintf("slot %d ", s.Number)
		turns, pin := s.actuator()
		uses = append(uses, pinUse{key: at + "key", pin: s.Key}, pinUse{at + turns, pin, true}, pinUse{key: at + "home", pin: s.Home},
			pinUse{key: at + "drop", pin: s.Drop}, pinUse{key: at + "emitter", pin: s.Emitter})
	}
	uses = append(uses, c.lines()...)
	used := uses[:0]
	for _, u := range uses {
		if u.pin != "" {
			used = append(used, u)
		}
	}
	return used
}

// busPins are a bus's own, by its chip select.
var busPins = map[string][]string{
	"SPI0.0": {"GPIO8", "GPIO9", "GPIO10", "GPIO11"}, "SPI0.1": {"GPIO7", "GPIO9", "GPIO10", "GPIO11"},
	"SPI1.0": {"GPIO18", "GPIO19", "GPIO20", "GPIO21"}, "SPI1.1": {"GPIO17", "GPIO19", "GPIO20", "GPIO21"}, "SPI1.2": {"GPIO16", "GPIO19", "GPIO20", "GPIO21"},
}

// bus is the one name of the panel's bus: it opens by that of its device, by its number, and without any name, too.
func (d displayConfig) bus() string {
	name := cmp.Or(d.Port, "0")
	if n, err := strconv.Atoi(name); err == nil {
		return fmt.Sprintf("SPI%d.0", n)
	}
	if device, ok := strings.CutPrefix(name, "/dev/spidev"); ok {
		return "SPI" + device
	}
	return name
}

// lines are the pins that the panel's bus and the header's serial line have for themselves (BCM2835 to BCM2712).
func (c *config) lines() []pinUse {
	var all []pinUse
	bus := c.Display.bus()
	for _, pin := range busPins[bus] {
		all = append(all, pinUse{key: "display.port's " + bus, pin: pin})
	}
	if slices.Contains([]string{"/dev/serial0", "/dev/ttyAMA0", "/dev/ttyS0"}, c.Scanner.Port) {
		all = append(all, pinUse{key: "scanner.port's " + c.Scanner.Port, pin: "GPIO14"}, pinUse{key: "scanner.port's " + c.Scanner.Port, pin: "GPIO15"})
	}
	return all
}

// outputs are the pins that "kiosk off" drives low: whatever turns or opens, and then what sounds or shines.
func (c *config) outputs() (pins []string) {
	var rest []string
	for _, u := range c.pinUses() {
		switch {
		case u.actuator && strings.HasPrefix(u.key, "slot "):
			pins = append(pins, u.pin)
		case u.actuator:
			rest = append(rest, u.pin)
		}
	}
	return append(pins, rest...)
}

// checkPins: one pin has one use; only light barriers may be shared, among themselves, and with them the light they look at.
func (c *config) checkPins() error {
	if c.Display.DC == "" {
		return errors.New("display.dc: name the pin of the panel's D/C line")
	}
	by := map[string]string{}
	for _, u := range c.pinUses() {
		if err := hw.ValidateOutput(u.pin); err != nil && (u.actuator || strings.HasSuffix(u.key, " emitter")) {
			return fmt.Errorf("%s = %w", u.key, err)
		}
		pin := u.pin
		if strings.Trim(pin, "0123456789") == "" {
			pin = "GPIO" + pin // the board takes either for the same pin
		}
		was, taken := by[pin]
		if taken && !(shared(was, u.key, " drop") || shared(was, u.key, " emitter")) {
			return fmt.Errorf("%s is both %s and %s: give one of them another pin", pin, was, u.key)
		}
		by[pin] = u.key
	}
	lights := map[string]string{}
	for _, s := range c.Slots {
		if was, seen := lights[s.Drop]; seen && was != s.Emitter {
			return fmt.Errorf("slot %d emitter = %q: slots that share the light barrier %s share its light too", s.Number, s.Emitter, s.Drop)
		}
		lights[s.Drop] = s.Emitter
	}
	return nil
}

func shared(a, b, use string) bool { return strings.HasSuffix(a, use) && strings.HasSuffix(b, use) }
