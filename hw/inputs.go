package hw

import (
	"time"

	"periph.io/x/conn/v3/gpio"
)

// A wait for an edge is finite and positive. 0 waits for ever on a character device and not at all elsewhere,
// a negative one does the opposite (periph.io/x/host issue 78).
const (
	waitMin  = time.Millisecond
	waitMax  = 250 * time.Millisecond
	edgesMax = 64 // more than any kernel queues for a pin
)

// input is a pin that is only read. No other file reads a pin or waits for an edge, as a test asserts, and
// no output is ever read: on some boards reading one turns it into an input.
type input struct {
	pin  gpio.PinIn
	high bool // active high: it is on while it reads High
}

// openPin makes the pin an input with its pull-up on: a cut wire reads High.
func (in input) openPin(edge gpio.Edge) error { return in.pin.In(gpio.PullUp, edge) }

func (in input) isOn() bool { return (in.pin.Read() == gpio.High) == in.high }

// waitEdge returns true for an edge, and false when the time is over. It sleeps if the pin cannot wait: otherwise
// a loop around it would use up the processor.
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

// drainEdges drops the edges that the kernel has queued.
func (in input) drainEdges() {
	for range edgesMax {
		if !in.pin.WaitForEdge(waitMin) {
			return
		}
	}
}

// realPin resolves an alias, so that two names of one pin compare equal.
func realPin(p gpio.PinIn) gpio.PinIn {
	if alias, ok := p.(gpio.RealPin); ok {
		return alias.Real()
	}
	return p
}
