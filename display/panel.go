package display

import (
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/spi"
)

// Pins are the panel's lines beside the bus. Reset and Backlight may be nil.
type Pins struct {
	DC        gpio.PinOut
	Reset     gpio.PinOut
	Backlight gpio.PinOut
}

// Bus is how a panel's bus is used. Zero fields do nothing.
type Bus struct {
	Slow  func()              // called before commands of the init: at most 10 MHz
	Fast  func()              // called before pixels
	Sleep func(time.Duration) // nil: time.Sleep
}

// Panel drives the controller of a panel.
type Panel struct{}

// Open resets and starts a panel. It stays dark until the first Send.
func Open(c spi.Conn, p Pins, m Model, b Bus) (*Panel, error) { return &Panel{}, nil }

// Send brings the glass to the frame: only what changed travels.
func (p *Panel) Send(f *Frame) error { return nil }

// Reinit starts the panel anew and sends everything again.
func (p *Panel) Reinit() error { return nil }

// Off darkens the panel.
func (p *Panel) Off() error { return nil }

// Halt is Off.
func (p *Panel) Halt() error { return p.Off() }
