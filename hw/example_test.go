package hw_test

import (
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/gpio"

	"kiosk/hw"
)

// Outputs owns the motors' pins: one at a time, and none longer than its limit, however the program fails.
func ExampleOutputs() {
	var outputs hw.Outputs
	left, right := &motorPin{PinOut: gpio.INVALID}, &motorPin{PinOut: gpio.INVALID}
	for name, pin := range map[string]*motorPin{"motor 1": left, "motor 2": right} {
		if err := outputs.Add(name, pin, 300*time.Millisecond); err != nil {
			fmt.Println(err)
			return
		}
	}

	gone, err := outputs.On("motor 1")
	fmt.Println("motor 1:", left.level, err)
	_, err = outputs.On("motor 2")
	fmt.Println("motor 2:", right.level, errors.Is(err, hw.ErrBusy))

	<-gone // nobody switches it off: the limit does
	fmt.Println("motor 1:", left.level, outputs.HasTripped("motor 1"))
	// Output:
	// motor 1: High <nil>
	// motor 2: Low true
	// motor 1: Low true
}

// motorPin remembers what it was set to.
type motorPin struct {
	gpio.PinOut
	level gpio.Level
}

func (p *motorPin) Out(l gpio.Level) error {
	p.level = l
	return nil
}
