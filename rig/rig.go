package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// rig is the street around one guest.
type rig struct {
	offTook float64 // ms, of the last kiosk off
	out     io.Writer
	began   time.Time
	dialect string
	agent   string // the program for the guest
	kiosk   string // the program that ships

	board  *board
	till   *till
	scan   *scanModule
	page   page
	trace  *trace
	turned map[int]int // how often a slot's motor should have started

	hand  *hand
	glass *glass
	log   *os.File

	mu     sync.Mutex
	hello  chan struct{}
	exits  chan message // of the kiosk: its end, and the end of what its unit calls then
	faults []string     // what the agent or the glass complained of
	lives  int          // of the kiosk
	conf   string       // of the kiosk, in the guest
	open   string       // an order that the next step looks at
}

// step is one line of the scenario. It tells what was seen.
type step struct {
	name string
	do   func(*rig) (seen string, err error)
}

func (r *rig) say(mark, name, seen string) {
	first, rest, _ := strings.Cut(strings.TrimRight(seen, "\n"), "\n")
	fmt.Fprintf(r.out, "%6.1f s  %-4s  %-26s  %s\n", time.Since(r.began).Seconds(), mark, name, first)
	for line := range strings.Lines(rest) {
		fmt.Fprintf(r.out, "%44s%s\n", "", strings.TrimRight(line, "\n"))
	}
}

// play does the steps in order and stops at the first that fails.
func (r *rig) play(steps []step) error {
	for _, s := range steps {
		seen, err := s.do(r)
		if err == nil {
			err = r.complaint()
		}
		if err != nil {
			r.say("FAIL", s.name, seen)
			return fmt.Errorf("%s: %w", s.name, err)
		}
		r.say("ok", s.name, seen)
	}
	return nil
}

func (r *rig) complain(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = append(r.faults, text)
}

func (r *rig) complaint() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.faults) > 0 {
		return errors.New(strings.Join(r.faults, "; "))
	}
	return nil
}

const bootPatience = 3 * time.Minute

// boot powers the board on and waits for the agent's first word.
func (r *rig) boot(bufsiz int) error {
	r.trace.power()
	hello := make(chan struct{}, 1)
	r.mu.Lock()
	r.hello, r.exits = hello, make(chan message, 8)
	r.mu.Unlock()
	if err := r.board.power(bufsiz); err != nil {
		return err
	}
	pixels, err := r.board.connect("spi")
	if err != nil {
		return err
	}
	words, err := r.board.connect("agent")
	if err != nil {
		return err
	}
	r.glass = newGlass(pinReset, pinBacklight)
	gone := r.board.gone
	go func() {
		if err := r.glass.feed(pixels); err != nil && alive(gone) {
			r.complain(err.Error())
		}
	}()
	r.hand = newHand(words, r.event)
	go func() {
		if err := r.hand.listen(); err != nil && alive(gone) {
			r.complain(err.Error())
		}
	}()
	r.scan.socket = filepath.Join(r.board.sockets, "scan")
	if err := r.scan.plug(); err != nil {
		return err
	}
	select {
	case <-hello:
	case <-gone:
		return errors.New("the guest ended before its agent said a word: see console.log and qemu.log")
	case <-time.After(bootPatience):
		return fmt.Errorf("the agent said no word in %v: see console.log", bootPatience)
	}
	return r.wire()
}

// alive gives a machine whose power was cut a moment to end: what its sockets say then is no news.
func alive(gone chan struct{}) bool {
	select {
	case <-gone:
		return false
	case <-time.After(time.Second):
		return true
	}
}

// wire hangs spirals, switches and meters on the guest's pins.
func (r *rig) wire() error {
	for _, s := range shelves {
		if err := r.trouble(s, "ok"); err != nil {
			return err
		}
		if _, err := r.hand.ask(message{Do: "pull", Pin: s.key, Level: 1}); err != nil {
			return err
		}
	}
	if _, err := r.hand.ask(message{Do: "watch", Pins: actuators()}); err != nil {
		return err
	}
	_, err := r.hand.ask(message{Do: "lines", Pins: []int{pinReset, pinBacklight}})
	return err
}

// trouble makes something wrong with a slot, or right.
func (r *rig) trouble(s shelf, how string) error {
	_, err := r.hand.ask(message{Do: "slot", Slot: &spiral{s.number, s.motor, s.home, s.drop, how}})
	return err
}

// event takes what the agent sees by itself.
func (r *rig) event(m message) {
	switch m.Event {
	case "hello":
		r.mu.Lock()
		defer r.mu.Unlock()
		r.hello <- struct{}{}
	case "line":
		fmt.Fprintln(r.log, m.Out)
	case "exit", "post":
		fmt.Fprintf(r.log, "rig: kiosk %s: status %d %s%s\n", m.Event, m.Code, m.Err, m.Error)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.exits <- m
	case "pin", "drop":
		r.trace.take(m)
	default:
		r.complain("the agent: " + m.Event + " " + m.Error)
	}
}

// start runs the kiosk as its unit does.
func (r *rig) start() error {
	r.lives++
	fmt.Fprintf(r.log, "rig: kiosk run, life %d\n", r.lives)
	_, err := r.hand.ask(message{Do: "run", Name: "kiosk", Argv: []string{"/kiosk", "-config", r.conf, "run"},
		Post: []string{"/kiosk", "-config", r.conf, "off"}}) // the unit's ExecStopPost
	return err
}

// ending is how a life of the kiosk ended: when it was told to, with which status, what was still on, and when
// what its unit calls then had done its work.
type ending struct {
	told, off time.Duration // by the guest's clock
	status    int
	on        []int
}

// stop sends a signal and waits for the kiosk's end, and for kiosk off.
func (r *rig) stop(signal int) (e ending, err error) {
	sent, err := r.hand.ask(message{Do: "kill", Name: "kiosk", Code: signal})
	if err != nil {
		return e, err
	}
	e.told = sent.at()
	for {
		select {
		case m := <-r.exits:
			if m.Event == "exit" {
				e.status, e.on = m.Code, m.Pins
				continue
			}
			e.off = m.at()
			if m.Code != 0 || m.Error != "" {
				return e, fmt.Errorf("kiosk off, called by the unit: status %d: %s%s", m.Code, m.Err, m.Error)
			}
			return e, nil
		case <-time.After(time.Minute):
			return e, errors.New("the kiosk did not end in a minute")
		}
	}
}

const stepPatience = 90 * time.Second

// await looks until it sees what it wants. look's text is what it saw last.
func (r *rig) await(what string, look func() (bool, string)) (time.Duration, error) {
	began := time.Now()
	for {
		ok, saw := look()
		took := time.Since(began)
		switch {
		case ok:
			return took, nil
		case r.complaint() != nil:
			return took, r.complaint()
		case !r.here():
			return took, fmt.Errorf("waiting for %s: the guest is gone", what)
		case took > stepPatience:
			return took, fmt.Errorf("waiting for %s: not in %v; last seen: %s", what, stepPatience, saw)
		}
		select {
		case m := <-r.exits:
			return took, fmt.Errorf("waiting for %s: the kiosk ended with status %d", what, m.Code)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (r *rig) here() bool {
	select {
	case <-r.board.gone:
		return false
	default:
		return true
	}
}
