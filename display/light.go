package display

import (
	"errors"
	"fmt"

	"periph.io/x/conn/v3/gpio"
)

// Brighten sets the brightness of the backlight, above 0 to 1, now and whenever it is on. A light without PWM stays at
// full.
func (p *Panel) Brighten(part float64) error {
	if !(part > 0 && part <= 1) {
		return fmt.Errorf("brightness %v is not one: above 0 to 1", part)
	}
	p.wires <- struct{}{}
	defer func() { <-p.wires }()
	p.bright = part
	if !p.lit {
		return nil
	}
	return p.shine(part)
}

func (p *Panel) light(on bool) error {
	if on && p.lit {
		return nil
	}
	part := p.bright
	if !on {
		part = 0
	}
	err := p.shine(part)
	if p.pins.Backlight != nil {
		if e := p.pins.Backlight.Out(gpio.Level(on)); e != nil {
			err = errors.Join(err, fmt.Errorf("switch backlight: %w", e))
		}
	}
	if err == nil {
		p.lit = on
	}
	return err
}

func (p *Panel) shine(part float64) error {
	if p.pins.Dim == nil {
		return nil
	}
	if err := p.pins.Dim(part); err != nil {
		return fmt.Errorf("dim backlight: %w", err)
	}
	return nil
}
