package hw

import (
	"context"
	"fmt"
	"time"

	"periph.io/x/conn/v3/gpio"
)

const (
	lookAgain = lookTenths*100*time.Millisecond + 300*time.Millisecond // by then the module has surely given up
	lookPause = 300 * time.Millisecond                                 // after a code, before it looks for another: most often none is wanted
	lookRetry = time.Second                                            // after a command that failed
	pinRest   = 50 * time.Millisecond                                  // how long the trigger is let go of between two presses
)

// TriggerPin is the wire that makes a module look. It is pulled up and active low on most: then the pin
// is an input while nothing is wanted and only ever driven low, so neither the board's first moments
// nor a module with a pull-up to another voltage can do harm. With High the wire is driven both ways.
type TriggerPin struct {
	Pin  gpio.PinIO
	High bool
}

// Release lets the module rest.
func (p *TriggerPin) Release() error {
	var err error
	if p.High {
		err = p.Pin.Out(gpio.Low)
	} else {
		// A pull-up of our own: the board's default on many pins is one down, and Float leaves that.
		err = p.Pin.In(gpio.PullUp, gpio.NoEdge)
	}
	if err != nil {
		return fmt.Errorf("releasing the scan module's trigger: %w; see scanner.trigger", err)
	}
	return nil
}

// Press makes the module look for as long as it is pressed.
func (p *TriggerPin) Press() error {
	if err := p.Pin.Out(gpio.Level(p.High)); err != nil {
		return fmt.Errorf("pulling the scan module's trigger: %w; see scanner.trigger", err)
	}
	return nil
}

// light is what makes the module look and stop looking.
type light interface {
	on(ctx context.Context) error
	off(ctx context.Context) error
	quit() // off, by someone who can wait for nothing
}

type pinLight struct{ *TriggerPin }

// on lets go first: the module looks when the wire goes, not while it stays.
func (p pinLight) on(ctx context.Context) error {
	if err := p.Release(); err != nil {
		return err
	}
	if err := pause(ctx, pinRest); err != nil {
		return err
	}
	return p.Press()
}

func (p pinLight) off(context.Context) error { return p.Release() }
func (p pinLight) quit()                     { _ = p.Release() }

type commandLight struct{ *talk }

func (c commandLight) on(ctx context.Context) error  { return c.put(ctx, zoneLook, 1) }
func (c commandLight) off(ctx context.Context) error { return c.put(ctx, zoneLook, 0) }

func (c commandLight) quit() {
	_, _ = c.to.Write(zoneFrame(zonePut, zoneLook, 0)) // what a closing stream says helps nobody
}
