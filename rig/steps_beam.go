package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"time"

	"kiosk/rig/street"
)

// freePin belongs to no slot: the agent holds it itself, as the kiosk holds its light barrier.
const freePin = 26

// lateEdges lets the kiosk's own code ask the kernel for edges, and reads them when all is long over.
func lateEdges(r *rig) (string, error) {
	said, err := r.Hand.Ask(street.Message{Do: "edges", Pin: freePin})
	return said.Out, err
}

// lateDrop lets the kiosk have no time while the goods fall: it stands still from the motor's start until they are through.
func lateDrop(r *rig) (string, error) {
	s := street.Shelves[0]
	fell := r.Trace.Fell(s.Number)
	no, err := r.Buy(s)
	if err != nil {
		return "", err
	}
	signal := func(n syscall.Signal) error {
		_, err := r.Hand.Ask(street.Message{Do: "kill", Name: "kiosk", Code: int(n)})
		return err
	}
	if err := signal(syscall.SIGSTOP); err != nil {
		return "", err
	}
	before := r.Trace.Fell(s.Number)
	_, err = r.Await("the goods' fall", func() (bool, string) { return r.Trace.Fell(s.Number) > fell, "nothing fell" })
	time.Sleep(200 * time.Millisecond) // the beam is broken for 30 ms of the spiral's time
	if other := signal(syscall.SIGCONT); err == nil {
		err = other
	}
	if err != nil {
		return "", err
	}
	if before > fell {
		return "", fmt.Errorf("the goods had fallen before the kiosk stood still: this shows nothing")
	}
	o, took, err := r.AwaitOrder(no, "sold")
	if err == nil && o.Fault != "" {
		err = fmt.Errorf("%s is sold with the fault %s", no, o.Fault)
	}
	return fmt.Sprintf("%s: the kiosk stood still while the goods fell, and has them sold %.1f s later", no, took.Seconds()), err
}

// sellWithSpark: the spark is no second piece, and it is counted.
func sellWithSpark(r *rig) (string, error) {
	s := street.Shelves[0]
	before, err := sparks(r)
	if err == nil {
		err = r.Trouble(s, "spark")
	}
	if err != nil {
		return "", err
	}
	no, err := r.Buy(s)
	if err != nil {
		return "", err
	}
	o, _, err := r.AwaitOrder(no, "sold")
	if err == nil && o.Fault != "" {
		err = fmt.Errorf("%s is sold with the fault %s: a spark counts as a piece", no, o.Fault)
	}
	if err == nil {
		err = r.Trouble(s, "ok")
	}
	after, other := sparks(r)
	if err == nil {
		err = other
	}
	if err == nil && after <= before {
		err = fmt.Errorf("no spark is counted: %d before, %d after", before, after)
	}
	return fmt.Sprintf("%s: sold, one piece, %d sparks counted", no, after-before), err
}

// sparks is what the kiosk has counted.
func sparks(r *rig) (n int, err error) {
	res, err := http.Get(r.Page.Base + "/metrics")
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	_, value, _ := strings.Cut(string(text), "\nkiosk_beam_sparks_total ")
	if _, err := fmt.Sscan(value, &n); err != nil {
		return 0, fmt.Errorf("reading kiosk_beam_sparks_total: %w", err)
	}
	return n, nil
}
