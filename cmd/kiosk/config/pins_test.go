package config

import (
	"strings"
	"testing"
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
