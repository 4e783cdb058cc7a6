package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// PinUse is a pin and the key that names it. An actuator is one that harms while it is on by mistake.
type PinUse struct {
	Key, Pin string
	Actuator bool
}

// IsDriven reports whether the kiosk drives the pin while it sells.
func (u PinUse) IsDriven() bool { return u.Actuator || strings.HasSuffix(u.Key, " emitter") }

// PinUses lists every pin that the config names.
func (c *Config) PinUses() []PinUse {
	uses := []PinUse{
		{Key: "display.dc", Pin: c.Display.DC}, {Key: "display.reset", Pin: c.Display.Reset}, {Key: "display.backlight", Pin: c.Display.Backlight},
		{Key: "scanner.trigger", Pin: c.Scanner.Trigger}, {Key: "keys.cancel", Pin: c.Keys.Cancel}, {Key: "keys.service", Pin: c.Keys.Service},
		{Key: "keys.door", Pin: c.Keys.Door}, {Key: "keys.buzzer", Pin: c.Keys.Buzzer, Actuator: true}, {Key: "keys.light", Pin: c.Keys.Light, Actuator: true},
	}
	for _, s := range c.Slots {
		at := fmt.Sprintf("slot %d ", s.Number)
		turns, pin := s.Actuator()
		uses = append(uses, PinUse{Key: at + "key", Pin: s.Key}, PinUse{at + turns, pin, true}, PinUse{Key: at + "home", Pin: s.Home},
			PinUse{Key: at + "drop", Pin: s.Drop}, PinUse{Key: at + "emitter", Pin: s.Emitter})
	}
	uses = append(uses, c.reservedPins()...)
	used := uses[:0]
	for _, u := range uses {
		if u.Pin != "" {
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

// BusName is the one name of the panel's bus: it opens by that of its device, by its number, and without any name, too.
func (d Display) BusName() string {
	name := cmp.Or(d.Port, "0")
	if n, err := strconv.Atoi(name); err == nil {
		return fmt.Sprintf("SPI%d.0", n)
	}
	if device, ok := strings.CutPrefix(name, "/dev/spidev"); ok {
		return "SPI" + device
	}
	return name
}

// reservedPins are the pins that the panel's bus and the header's serial line have for themselves (BCM2835 to BCM2712).
func (c *Config) reservedPins() []PinUse {
	var all []PinUse
	bus := c.Display.BusName()
	for _, pin := range busPins[bus] {
		all = append(all, PinUse{Key: "display.port's " + bus, Pin: pin})
	}
	if slices.Contains([]string{"/dev/serial0", "/dev/ttyAMA0", "/dev/ttyS0"}, c.Scanner.Port) {
		all = append(all, PinUse{Key: "scanner.port's " + c.Scanner.Port, Pin: "GPIO14"}, PinUse{Key: "scanner.port's " + c.Scanner.Port, Pin: "GPIO15"})
	}
	return all
}

// ListOutputs are the pins that "kiosk off" drives low: whatever turns or opens, and then what sounds or shines.
func (c *Config) ListOutputs() (pins []string) {
	var rest []string
	for _, u := range c.PinUses() {
		switch {
		case u.Actuator && strings.HasPrefix(u.Key, "slot "):
			pins = append(pins, u.Pin)
		case u.Actuator:
			rest = append(rest, u.Pin)
		}
	}
	return append(pins, rest...)
}

// checkPins: one pin has one use; only light barriers may be shared, among themselves, and with them the light they look at.
func (c *Config) checkPins() error {
	if c.Display.DC == "" {
		return errors.New("display.dc: name the pin of the panel's D/C line")
	}
	by := map[string]string{}
	for _, u := range c.PinUses() {
		pin := u.Pin
		if strings.Trim(pin, "0123456789") == "" {
			pin = "GPIO" + pin // the board takes either for the same pin
		}
		was, taken := by[pin]
		if taken && !(sharesUse(was, u.Key, " drop") || sharesUse(was, u.Key, " emitter")) {
			return fmt.Errorf("%s is both %s and %s: give one of them another pin", pin, was, u.Key)
		}
		by[pin] = u.Key
	}
	barriers := map[string]Slot{}
	for _, s := range c.Slots {
		was, seen := barriers[s.Drop]
		switch {
		case seen && was.Emitter != s.Emitter:
			return fmt.Errorf("slot %d emitter = %q: slots that share the light barrier %s share its light too", s.Number, s.Emitter, s.Drop)
		case seen && was.LeastDark() != s.LeastDark():
			return fmt.Errorf("slot %d drop_least = %q: slots that share the light barrier %s say the same", s.Number, s.LeastDark(), s.Drop)
		}
		barriers[s.Drop] = s
	}
	return nil
}

func sharesUse(a, b, use string) bool { return strings.HasSuffix(a, use) && strings.HasSuffix(b, use) }
