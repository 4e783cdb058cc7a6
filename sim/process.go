package sim

import (
	"errors"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// ErrDead is what a wire says to a process that has died.
var ErrDead = errors.New("the process is dead")

// Process is the life of a kiosk that holds wires. Killed, it does nothing more, however far its code still runs
// in a test, and every output stays as it was: that is what these boards do. The zero value lives.
type Process struct {
	mu   sync.Mutex
	dead bool
}

// Hold is the process's own end of a wire.
func (p *Process) Hold(w *Pin) gpio.PinIO { return held{w, p} }

// Kill ends it where it stands.
func (p *Process) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dead = true
}

func (p *Process) isGone() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

type held struct {
	*Pin
	by *Process
}

func (h held) Out(l gpio.Level) error {
	if h.by.isGone() {
		return ErrDead
	}
	return h.Pin.Out(l)
}

func (h held) In(pull gpio.Pull, edge gpio.Edge) error {
	if h.by.isGone() {
		return ErrDead
	}
	return h.Pin.In(pull, edge)
}

func (h held) OpenEdges() error {
	if h.by.isGone() {
		return ErrDead
	}
	return h.Pin.OpenEdges()
}

func (h held) NextEdge(wait time.Duration) (level gpio.Level, at time.Time, number uint32, ok bool) {
	if h.by.isGone() {
		time.Sleep(wait)
		return
	}
	return h.Pin.NextEdge(wait)
}

func (h held) Read() gpio.Level {
	if h.by.isGone() {
		return gpio.Low
	}
	return h.Pin.Read()
}

func (h held) WaitForEdge(timeout time.Duration) bool {
	if h.by.isGone() {
		time.Sleep(max(timeout, time.Millisecond))
		return false
	}
	return h.Pin.WaitForEdge(timeout)
}
