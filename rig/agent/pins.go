package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

const (
	lookEvery = time.Millisecond
	lookMost  = 5 // turns: an emulated machine stands still now and then, and then so do the spirals
)

// pins are the simulated ones, each a folder with a pull and a value.
type pins struct {
	dir  string        // of the chip
	rest time.Duration // between two looks while nothing turns
	tell func(message)
	line func(pin, level int) error

	mu     sync.Mutex
	values map[int]*os.File
	held   map[int]int // what a hand in the street pulls a wire to
	seen   []*seen
	slots  []*spiral
}

// seen is a line of the panel, whose every change is told.
type seen struct{ pin, level int }

func findPins(sys string) (*pins, error) {
	found, err := filepath.Glob(filepath.Join(sys, "*", "gpiochip*", "sim_gpio0"))
	if err != nil || len(found) != 1 {
		return nil, fmt.Errorf("finding the simulated pins: %d chips under %s", len(found), sys)
	}
	return &pins{dir: filepath.Dir(found[0]), rest: lookEvery, values: map[int]*os.File{}, held: map[int]int{}}, nil
}

// value reads a pin.
func (p *pins) value(pin int) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.read(pin)
}

func (p *pins) read(pin int) (int, error) {
	f := p.values[pin]
	if f == nil {
		var err error
		if f, err = os.Open(p.file(pin, "value")); err != nil {
			return 0, err
		}
		p.values[pin] = f
	}
	var b [4]byte
	if _, err := f.ReadAt(b[:1], 0); err != nil {
		return 0, err
	}
	return int(b[0] - '0'), nil
}

func (p *pins) file(pin int, name string) string {
	return filepath.Join(p.dir, fmt.Sprint("sim_gpio", pin), name)
}

// hold pulls a wire from the street's side, and keeps it there.
func (p *pins) hold(pin, level int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pull(pin, level)
}

func (p *pins) pull(pin, level int) error {
	p.held[pin] = level
	return os.WriteFile(p.file(pin, "pull"), []byte([]string{"pull-down", "pull-up"}[level&1]), 0o644)
}

// press holds a key to ground for a while.
func (p *pins) press(pin int, d time.Duration) error {
	err := p.hold(pin, 0)
	time.Sleep(d)
	return errors.Join(err, p.hold(pin, 1))
}

// until waits for a pin to have a level, to the millisecond.
func (p *pins) until(pin, level int, limit time.Duration) error {
	for end := time.Now().Add(limit); ; time.Sleep(lookEvery) {
		is, err := p.value(pin)
		switch {
		case err != nil || is == level:
			return err
		case time.Now().After(end):
			return fmt.Errorf("pin %d is %d, not %d, after %v", pin, is, level, limit)
		}
	}
}

// see tells how the panel's lines stand now, and from now on every change of them.
func (p *pins) see(which []int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, pin := range which {
		level, err := p.read(pin)
		if err != nil {
			return err
		}
		p.seen = append(p.seen, &seen{pin, level})
		if err := p.line(pin, level); err != nil {
			return err
		}
	}
	return nil
}

// watch looks at every pin about a thousand times a second, at rest as often as it was told to, and turns the spirals.
func (p *pins) watch() error {
	last, pause := time.Now(), p.rest
	for {
		time.Sleep(pause)
		p.mu.Lock()
		now := time.Now()
		err := p.look(min(now.Sub(last), lookMost*pause))
		if pause = p.rest; p.turning() {
			pause = lookEvery
		}
		p.mu.Unlock()
		last = now
		if err != nil {
			return fmt.Errorf("watching the pins: %w", err)
		}
	}
}

func (p *pins) turning() bool {
	return slices.ContainsFunc(p.slots, func(s *spiral) bool { return s.angle > 0 || s.falling > 0 })
}

func (p *pins) look(passed time.Duration) error {
	for _, s := range p.seen {
		level, err := p.read(s.pin)
		if err != nil {
			return err
		}
		if level == s.level {
			continue
		}
		s.level = level
		if err := p.line(s.pin, s.level); err != nil {
			return err
		}
	}
	for _, s := range p.slots {
		if err := p.turn(s, passed); err != nil {
			return err
		}
	}
	return nil
}
