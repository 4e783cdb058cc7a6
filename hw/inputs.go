package hw

import (
	"time"

	"periph.io/x/conn/v3/gpio"
)

const (
	waitMin  = time.Millisecond
	waitMax  = 250 * time.Millisecond
	edgesMax = 512 // more than are kept for a pin
)

// EdgePin is an input whose edges are kept, stamped and numbered as they happen, however late they are read. Lines hands
// out such pins. A pin that is none has no edges, and its level decides.
type EdgePin interface {
	// OpenEdges makes the pin an input with its pull-up on and keeps its edges from now on: 256 that nobody has read, and
	// then the oldest is dropped. Opened again, it forgets those that it has kept.
	OpenEdges() error
	// NextEdge returns the oldest edge that was not read yet: the level that it led to, when that was, and its number, from
	// 1 on; a number that is left out is of an edge that was dropped. It waits at most that long, and for 0 not at all.
	NextEdge(wait time.Duration) (level gpio.Level, at time.Time, number uint32, ok bool)
}

// edge is one edge of an input.
type edge struct {
	on     bool // what it led to
	at     time.Time
	number uint32
}

// input is a pin that is only read. No other file reads a pin or waits for an edge, as a test asserts, and
// no output is ever read: on some boards reading one turns it into an input.
type input struct {
	pin  gpio.PinIn
	high bool // active high: it is on while it reads High
}

// openLevel makes the pin an input with its pull-up on: a cut wire reads High.
func (in input) openLevel() error { return in.pin.In(gpio.PullUp, gpio.NoEdge) }

// openEdges does the same, and keeps the edges if the pin has any.
func (in input) openEdges() error {
	if p, has := in.pin.(EdgePin); has {
		return p.OpenEdges()
	}
	return in.openLevel()
}

func (in input) isOn() bool { return (in.pin.Read() == gpio.High) == in.high }

// staysOn looks twice, a millisecond apart: a single look may meet a spark.
func (in input) staysOn() bool {
	if !in.isOn() {
		return false
	}
	time.Sleep(waitMin)
	return in.isOn()
}

// waitEdge waits at most that long for an edge. It sleeps if the pin cannot wait: otherwise a loop around it would use up
// the processor.
func (in input) waitEdge(d time.Duration) (e edge, came bool) {
	d = min(max(d, waitMin), waitMax)
	began := time.Now()
	if e, came = in.takeEdge(d); came {
		return e, true
	}
	if rest := d - time.Since(began); rest > 0 {
		time.Sleep(rest)
	}
	return edge{}, false
}

// takeEdge is waitEdge for a pin that may return too soon; for 0 it takes only what is kept.
func (in input) takeEdge(wait time.Duration) (e edge, came bool) {
	p, has := in.pin.(EdgePin)
	if !has {
		return edge{}, false
	}
	level, at, number, came := p.NextEdge(wait)
	return edge{(level == gpio.High) == in.high, at, number}, came
}

// drainEdges drops the edges that are kept.
func (in input) drainEdges() {
	for range edgesMax {
		if _, more := in.takeEdge(0); !more {
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
