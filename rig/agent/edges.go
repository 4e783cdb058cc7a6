package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"periph.io/x/conn/v3/gpio"

	"kiosk/hw"
)

// How the light barrier's line is tried, all of it read late.
const (
	readLate  = 300 * time.Millisecond
	dark      = 5 * time.Millisecond
	keptMost  = 256
	overflows = 1000 // pulses: more edges than the kernel keeps, though a busy machine makes one of several
)

// edges asks the kernel for a pin's edges by the kiosk's own code, and compares them with what a hand on the wire did and
// when. It holds the pin until the agent ends.
func (p *pins) edges(pin int) (seen string, err error) {
	var lines hw.Lines
	found, err := lines.FindPin(fmt.Sprint("GPIO", pin))
	if err != nil {
		return "", err
	}
	line, has := found.(hw.EdgePin)
	if !has {
		return "", fmt.Errorf("%s has no edges", found)
	}
	if err := errors.Join(p.hold(pin, 1), line.OpenEdges()); err != nil {
		return "", err
	}
	var said []string
	for _, try := range []func(int, gpio.PinIn, hw.EdgePin) (string, error){p.tryLate, p.trySpark, p.tryOverflow, p.tryTwice} {
		text, err := try(pin, found, line)
		if err != nil {
			return strings.Join(said, "\n"), err
		}
		said = append(said, text)
	}
	return strings.Join(said, "\n"), nil
}

// tryLate darkens the beam for a while, and reads both edges long after.
func (p *pins) tryLate(pin int, level gpio.PinIn, line hw.EdgePin) (string, error) {
	start := time.Now()
	err := p.hold(pin, 0)
	down := time.Now()
	if err == nil && level.Read() != gpio.Low {
		err = errors.New("the wire is low, and reads high")
	}
	time.Sleep(dark)
	up := time.Now()
	err = errors.Join(err, p.hold(pin, 1))
	end := time.Now()
	time.Sleep(readLate)
	if err != nil {
		return "", err
	}
	fell, fellAt, first, ok1 := line.NextEdge(0)
	rose, roseAt, second, ok2 := line.NextEdge(0)
	wide := roseAt.Sub(fellAt)
	switch {
	case !ok1 || !ok2 || fell != gpio.Low || rose != gpio.High || first != 1 || second != 2:
		return "", fmt.Errorf("two edges read %v late: %v %d %v, %v %d %v", readLate, fell, first, ok1, rose, second, ok2)
	case fellAt.Before(start) || fellAt.After(down) || roseAt.Before(up) || roseAt.After(end):
		return "", fmt.Errorf("edges of %v to %v and of %v to %v are stamped %v and %v", start, down, up, end, fellAt, roseAt)
	}
	return fmt.Sprintf("dark for %v to %v, read %v later: %v by the kernel's stamps", up.Sub(down), end.Sub(start), readLate, wide), nil
}

// trySpark lets go of the wire at once. The kernel asks the level after the interrupt, so an edge may be missing or the wrong
// way round; it must not be one long darkness.
func (p *pins) trySpark(pin int, level gpio.PinIn, line hw.EdgePin) (string, error) {
	start := time.Now()
	err := errors.Join(p.hold(pin, 0), p.hold(pin, 1))
	took := time.Since(start)
	time.Sleep(readLate)
	text := ""
	var last time.Time
	for {
		to, at, number, ok := line.NextEdge(0)
		if !ok {
			break
		}
		if !last.IsZero() && at.Sub(last) > took {
			err = errors.Join(err, fmt.Errorf("a spark of %v is %v by its stamps", took, at.Sub(last)))
		}
		text += fmt.Sprintf(" %d %v", number, to)
		last = at
	}
	if level.Read() != gpio.High {
		err = errors.Join(err, errors.New("the wire is high, and reads low"))
	}
	return fmt.Sprintf("a spark of at most %v: edges%s", took, text), err
}

// tryOverflow lets more edges come than are kept: the oldest go, and the numbers say so.
func (p *pins) tryOverflow(pin int, _ gpio.PinIn, line hw.EdgePin) (string, error) {
	var err error
	for range overflows {
		err = errors.Join(err, p.hold(pin, 0), p.hold(pin, 1))
	}
	time.Sleep(readLate)
	count, first, last := 0, uint32(0), uint32(0)
	for {
		_, _, number, ok := line.NextEdge(0)
		if !ok {
			break
		}
		if count++; count == 1 {
			first = number
		}
		last = number
	}
	if count != keptMost || last-first != keptMost-1 || first < 5 {
		err = errors.Join(err, fmt.Errorf("%d pulses nobody read: %d edges are kept, numbers %d to %d", overflows, count, first, last))
	}
	return fmt.Sprintf("%d pulses nobody read: the newest %d edges are kept, numbers %d to %d", overflows, count, first, last), err
}

// tryTwice: periph cannot hold the line beside us, and we know it once.
func (p *pins) tryTwice(pin int, level gpio.PinIn, line hw.EdgePin) (string, error) {
	theirs, err := hw.FindPin(fmt.Sprint("GPIO", pin))
	if err != nil {
		return "", err
	}
	busy := theirs.In(gpio.PullUp, gpio.BothEdges)
	var others hw.Lines
	other, err := others.FindPin(fmt.Sprint("GPIO", pin))
	if err != nil {
		return "", err
	}
	held := other.(hw.EdgePin).OpenEdges()
	if busy == nil || held == nil {
		return "", errors.New("the line was given out twice")
	}
	if err := line.OpenEdges(); err != nil {
		return "", fmt.Errorf("opening it again: %w", err)
	}
	return fmt.Sprintf("asked for again: %s; reads %v", strings.Join(strings.Fields(held.Error()), " "), level.Read()), nil
}
