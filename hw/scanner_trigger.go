package hw

import (
	"context"
	"fmt"
	"time"

	"periph.io/x/conn/v3/gpio"
)

const (
	aimRenewal  = aimTenths*100*time.Millisecond + 300*time.Millisecond // by then a look has ended by itself
	aimPause    = 300 * time.Millisecond                                // after a code, before the next look: mostly none is wanted any more
	aimRetry    = time.Second                                           // after a command that failed
	triggerRest = 50 * time.Millisecond                                 // how long the trigger is released between two presses
)

// TriggerPin is the wire that makes a module look. On most it is pulled up and active low: then the pin is an input
// at rest and is only ever driven low, so neither the board's first moments nor a module with a pull-up to another
// voltage does harm. With High the wire is driven both ways.
type TriggerPin struct {
	Pin  gpio.PinIO
	High bool
}

// Release ends a press: the module stops looking.
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

// Press makes the module look until Release.
func (p *TriggerPin) Press() error {
	if err := p.Pin.Out(gpio.Level(p.High)); err != nil {
		return fmt.Errorf("pulling the scan module's trigger: %w; see scanner.trigger", err)
	}
	return nil
}

// aimer makes the module look for a code: by its wire or by a command.
type aimer interface {
	startAim(ctx context.Context) error
	stopAim(ctx context.Context) error
	stopAimNow() // without waiting for an answer
}

type pinAimer struct{ *TriggerPin }

// startAim releases the wire first: the module looks at the edge, not at the level.
func (p pinAimer) startAim(ctx context.Context) error {
	if err := p.Release(); err != nil {
		return err
	}
	if err := sleepContext(ctx, triggerRest); err != nil {
		return err
	}
	return p.Press()
}

func (p pinAimer) stopAim(context.Context) error { return p.Release() }
func (p pinAimer) stopAimNow()                   { _ = p.Release() }

type commandAimer struct{ *zoneClient }

func (c commandAimer) startAim(ctx context.Context) error { return c.writeZone(ctx, zoneLook, 1) }
func (c commandAimer) stopAim(ctx context.Context) error  { return c.writeZone(ctx, zoneLook, 0) }

func (c commandAimer) stopAimNow() {
	_, _ = c.to.Write(zoneFrame(zonePut, zoneLook, 0)) // the error of a closing stream helps nobody
}
