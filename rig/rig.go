package main

import (
	"errors"
	"fmt"
	"time"

	"kiosk/rig/street"
)

// rig is the street around one guest, and what the scenario remembers.
type rig struct {
	*street.Street
	offTook float64 // ms, of the last kiosk off
	dialect string
	agent   string // the program for the guest
	kiosk   string // the program that ships
	port    int    // of this machine, that leads to the kiosk's page

	exits chan street.Message // of the kiosk: its end, and the end of what its unit calls then
	lives int                 // of the kiosk
	conf  string              // of the kiosk, in the guest
	open  string              // an order that the next step looks at
}

// step is one line of the scenario. It tells what was seen.
type step struct {
	name string
	do   func(*rig) (seen string, err error)
}

// play does the steps in order and stops at the first that fails.
func (r *rig) play(steps []step) error {
	for _, s := range steps {
		seen, err := s.do(r)
		if err == nil {
			err = r.Complaint()
		}
		if err != nil {
			r.Say("FAIL", s.name, seen)
			return fmt.Errorf("%s: %w", s.name, err)
		}
		r.Say("ok", s.name, seen)
	}
	return nil
}

// heard takes what the agent tells of the kiosk.
func (r *rig) heard(m street.Message) {
	if m.Event == "line" {
		fmt.Fprintln(r.Log, m.Out)
		return
	}
	fmt.Fprintf(r.Log, "rig: kiosk %s: status %d %s%s\n", m.Event, m.Code, m.Err, m.Error)
	r.exits <- m
}

// ended tells of a kiosk that is no more.
func (r *rig) ended() error {
	select {
	case m := <-r.exits:
		return fmt.Errorf("the kiosk ended with status %d", m.Code)
	default:
		return nil
	}
}

// start runs the kiosk as its unit does.
func (r *rig) start() error {
	r.lives++
	fmt.Fprintf(r.Log, "rig: kiosk run, life %d\n", r.lives)
	_, err := r.Hand.Ask(street.Message{Do: "run", Name: "kiosk", Argv: []string{"/kiosk", "-config", r.conf, "run"},
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
	sent, err := r.Hand.Ask(street.Message{Do: "kill", Name: "kiosk", Code: signal})
	if err != nil {
		return e, err
	}
	e.told = sent.At()
	for {
		select {
		case m := <-r.exits:
			if m.Event == "exit" {
				e.status, e.on = m.Code, m.Pins
				continue
			}
			e.off = m.At()
			if m.Code != 0 || m.Error != "" {
				return e, fmt.Errorf("kiosk off, called by the unit: status %d: %s%s", m.Code, m.Err, m.Error)
			}
			return e, nil
		case <-time.After(time.Minute):
			return e, errors.New("the kiosk did not end in a minute")
		}
	}
}
