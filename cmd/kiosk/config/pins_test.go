package config

import (
	"strings"
	"testing"
	"time"
)

// A motor on the panel's bus turns with every picture, whatever the bus is called in the config.
func TestThePanelsBusIsKnownByEveryNameItOpensUnder(t *testing.T) {
	for port, pins := range map[string]string{
		"SPI0.0": "GPIO8 GPIO9 GPIO10 GPIO11", "/dev/spidev0.0": "GPIO8 GPIO9 GPIO10 GPIO11", "0": "GPIO8 GPIO9 GPIO10 GPIO11", "": "GPIO8 GPIO9 GPIO10 GPIO11",
		"SPI0.1": "GPIO7 GPIO9 GPIO10 GPIO11", "/dev/spidev0.1": "GPIO7 GPIO9 GPIO10 GPIO11",
		"1": "GPIO18 GPIO19 GPIO20 GPIO21", "/dev/spidev1.2": "GPIO16 GPIO19 GPIO20 GPIO21",
	} {
		for _, pin := range strings.Fields(pins) {
			c := Defaults()
			c.Display.Port, c.Display.Backlight = port, ""
			c.Slots = []Slot{{Number: 1, Key: "GPIO5", Motor: pin, Drop: "GPIO22"}}
			if err := c.checkPins(); err == nil || !strings.Contains(err.Error(), pin+" is both slot 1 motor and display.port's SPI") {
				t.Errorf("port = %q, and a motor at %s: %v", port, pin, err)
			}
		}
	}
}

// Darkness shorter than any goods is a spark, and one that no falling thing makes is a jam: neither can be asked for.
func TestHowLongADropIsDarkHasItsBounds(t *testing.T) {
	for text, ok := range map[string]bool{"": true, "100us": true, "500us": true, "0.5ms": true, "20ms": true, "0s": false, "99us": false, "20001us": false, "-1ms": false} {
		s := Slot{Number: 1, Name: "Coke", Fen: 350, Key: "GPIO5", Motor: "GPIO17", Drop: "GPIO22"}
		if text != "" {
			s.DropLeast = new(Duration)
			if err := s.DropLeast.UnmarshalText([]byte(text)); err != nil {
				t.Fatal(err)
			}
		} else if s.LeastDark() != 500*time.Microsecond {
			t.Errorf("unless it is set it is %v", s.LeastDark())
		}
		c := Defaults()
		c.Slots = []Slot{s}
		if err := c.checkSlots(); (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "drop_least") {
			t.Errorf("drop_least = %q: %v", text, err)
		}
	}
	two, c := Duration(2*time.Millisecond), Defaults()
	c.Slots = []Slot{{Number: 1, Key: "GPIO5", Motor: "GPIO17", Drop: "GPIO22"}, {Number: 2, Key: "GPIO6", Motor: "GPIO27", Drop: "GPIO22", DropLeast: &two}}
	if err := c.checkPins(); err == nil || !strings.Contains(err.Error(), "slot 2 drop_least") {
		t.Errorf("one light barrier that is asked for two things: %v", err)
	}
	c.Slots[0].DropLeast = &two
	if err := c.checkPins(); err != nil {
		t.Errorf("the same for both: %v", err)
	}
}
