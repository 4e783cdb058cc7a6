package hw

import (
	"fmt"
	"sync"

	"periph.io/x/conn/v3/gpio"
)

// outputPin is all that this package calls on an output. Read, Func and Function are left out: on the character
// device each of them makes it an input with a pull-up, and a pull-up turns a motor.
type outputPin interface {
	Name() string
	Out(gpio.Level) error
}

// switchedPin is an output without a limit: a light, a buzzer, the emitter of a light barrier. Motors and locks
// belong to Outputs.
type switchedPin struct {
	mu  sync.Mutex
	pin outputPin
}

func newSwitchedPin(p gpio.PinOut) *switchedPin {
	if p == nil {
		return nil
	}
	return &switchedPin{pin: p}
}

// switchTo does nothing on nil, so that a part that is not there needs no check.
func (l *switchedPin) switchTo(on bool) error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.pin.Out(gpio.Level(on)); err != nil {
		return fmt.Errorf("switching %s: %w", l.pin.Name(), err)
	}
	return nil
}
