package hw

import (
	"fmt"
	"sync"

	"periph.io/x/conn/v3/gpio"
)

// outputPin is all that is ever asked of an output. An output has no Read, Func or Function in here: on the character
// device each of them makes it an input with a pull-up, and a pull-up turns a motor.
type outputPin interface {
	Name() string
	Out(gpio.Level) error
}

// switchedPin is an output that may stay on for as long as it likes: a light, a buzzer, the eye of a light
// barrier. What turns goods belongs to Outputs.
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

// switchTo switches it; a lamp that is not there is switched as well.
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
