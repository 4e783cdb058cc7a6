// Package street is what stands around a guest of the rig: the machine it runs on, the panel's glass, the scan module,
// the gateway behind HTTPS, the hand on its pins, and a customer who buys.
//
// The one thing to know: it judges the kiosk from outside alone, and knows nothing of how the guest starts it. The two
// scenarios, rig and rig/system, do.
package street

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

// Street is the street around one guest.
type Street struct {
	Out   io.Writer
	Began time.Time
	Log   *os.File // of the kiosk, and of what was done to it

	Board  *Board
	Till   *Till
	Scan   *ScanModule
	Page   Page
	Trace  *Trace
	Turned map[int]int // how often a slot's motor should have started

	Hand  *Hand
	Glass *Glass

	// Every is how long Await waits between two looks.
	Every time.Duration
	// Heard takes what the agent says of the processes that it runs. It may be nil where it runs none.
	Heard func(Message)
	// Ended tells why waiting for the kiosk is in vain. It may be nil.
	Ended func() error

	mu     sync.Mutex
	hello  chan struct{}
	faults []string // what the agent or the glass complained of
}

// Say prints one line of the run, and what follows the first line of seen below it.
func (r *Street) Say(mark, name, seen string) {
	first, rest, _ := strings.Cut(strings.TrimRight(seen, "\n"), "\n")
	fmt.Fprintf(r.Out, "%6.1f s  %-4s  %-26s  %s\n", time.Since(r.Began).Seconds(), mark, name, first)
	for line := range strings.Lines(rest) {
		fmt.Fprintf(r.Out, "%44s%s\n", "", strings.TrimRight(line, "\n"))
	}
}

// Complain keeps what spoils the run whatever the scenario looks at.
func (r *Street) Complain(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = append(r.faults, text)
}

// Complaint is what was complained of so far.
func (r *Street) Complaint() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.faults) > 0 {
		return errors.New(strings.Join(r.faults, "; "))
	}
	return nil
}

const bootPatience = 3 * time.Minute

// Boot powers the board on, with what the scenario gives QEMU besides, and waits for the agent's first word.
func (r *Street) Boot(args ...string) error {
	r.Trace.Power()
	hello := make(chan struct{}, 1)
	r.mu.Lock()
	r.hello = hello
	r.mu.Unlock()
	if err := r.Board.Power(args...); err != nil {
		return err
	}
	pixels, err := r.Board.Connect("spi")
	if err != nil {
		return err
	}
	words, err := r.Board.Connect("agent")
	if err != nil {
		return err
	}
	r.Glass = NewGlass(PinReset, PinBacklight)
	gone := r.Board.Gone
	go func() {
		if err := r.Glass.Feed(pixels); err != nil && alive(gone) {
			r.Complain(err.Error())
		}
	}()
	r.Hand = NewHand(words, r.event)
	go func() {
		if err := r.Hand.Listen(); err != nil && alive(gone) {
			r.Complain(err.Error())
		}
	}()
	r.Scan.Socket = filepath.Join(r.Board.Sockets, "scan")
	if err := r.Scan.Plug(); err != nil {
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

// Cut takes the power away, and what hangs on it.
func (r *Street) Cut() {
	_ = r.Scan.Unplug() // goes with the power
	r.Board.Cut()
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
func (r *Street) wire() error {
	for _, s := range Shelves {
		if err := r.Trouble(s, "ok"); err != nil {
			return err
		}
		if _, err := r.Hand.Ask(Message{Do: "pull", Pin: s.Key, Level: 1}); err != nil {
			return err
		}
	}
	if _, err := r.Hand.Ask(Message{Do: "watch", Pins: Actuators()}); err != nil {
		return err
	}
	_, err := r.Hand.Ask(Message{Do: "lines", Pins: []int{PinReset, PinBacklight}})
	return err
}

// Trouble makes something wrong with a slot, or right.
func (r *Street) Trouble(s Shelf, how string) error {
	_, err := r.Hand.Ask(Message{Do: "slot", Slot: &Spiral{s.Number, s.Motor, s.Home, s.Drop, how}})
	return err
}

// event takes what the agent sees by itself.
func (r *Street) event(m Message) {
	switch m.Event {
	case "hello":
		r.mu.Lock()
		defer r.mu.Unlock()
		r.hello <- struct{}{}
	case "line", "exit", "post":
		r.Heard(m)
	case "pin", "drop":
		r.Trace.Take(m)
	default:
		r.Complain("the agent: " + m.Event + " " + m.Error)
	}
}

const stepPatience = 90 * time.Second

// Await looks until it sees what it wants. look's text is what it saw last.
func (r *Street) Await(what string, look func() (bool, string)) (time.Duration, error) {
	return r.AwaitFor(stepPatience, what, look)
}

// AwaitFor is Await with a patience of its own.
func (r *Street) AwaitFor(patience time.Duration, what string, look func() (bool, string)) (time.Duration, error) {
	began := time.Now()
	for {
		ok, saw := look()
		took := time.Since(began)
		switch {
		case ok:
			return took, nil
		case r.Complaint() != nil:
			return took, r.Complaint()
		case !r.here():
			return took, fmt.Errorf("waiting for %s: the guest is gone", what)
		case took > patience:
			return took, fmt.Errorf("waiting for %s: not in %v; last seen: %s", what, patience, saw)
		}
		if r.Ended != nil {
			if err := r.Ended(); err != nil {
				return took, fmt.Errorf("waiting for %s: %w", what, err)
			}
		}
		time.Sleep(r.Every)
	}
}

func (r *Street) here() bool {
	select {
	case <-r.Board.Gone:
		return false
	default:
		return true
	}
}
