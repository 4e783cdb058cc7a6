package hw

import (
	"time"

	"periph.io/x/conn/v3/gpio"
)

// A wait for an edge is finite and positive: 0 waits for ever on a character device and not at all elsewhere,
// a negative one the other way round (periph.io/x/host issue 78).
const (
	waitMin  = time.Millisecond
	waitMax  = 250 * time.Millisecond
	edgesMax = 64 // more than any kernel queues for a pin
)

// input is a pin that is only looked at. Nothing else in here reads a pin or waits for one (a test holds
// that), and none of them is an output: reading one of those turns it into an input on some boards.
type input struct {
	pin  gpio.PinIn
	high bool // it is on while it reads High; otherwise while it reads Low
}

// openPin makes the pin an input with its pull-up on: a cut wire reads High.
func (in input) openPin(edge gpio.Edge) error { return in.pin.In(gpio.PullUp, edge) }

func (in input) isOn() bool { return (in.pin.Read() == gpio.High) == in.high }

// waitEdge comes back with an edge, or without one when the time is over. It takes its time even where a
// pin cannot wait: otherwise a watch would eat the processor.
func (in input) waitEdge(d time.Duration) bool {
	d = min(max(d, waitMin), waitMax)
	began := time.Now()
	if in.pin.WaitForEdge(d) {
		return true
	}
	if rest := d - time.Since(began); rest > 0 {
		time.Sleep(rest)
	}
	return false
}

// drainEdges throws away the edges that the kernel has kept.
func (in input) drainEdges() {
	for range edgesMax {
		if !in.pin.WaitForEdge(waitMin) {
			return
		}
	}
}

// realPin looks through a second name of a pin.
func realPin(p gpio.PinIn) gpio.PinIn {
	if alias, ok := p.(gpio.RealPin); ok {
		return alias.Real()
	}
	return p
}
