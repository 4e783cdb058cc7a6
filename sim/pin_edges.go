package sim

import (
	"time"

	"periph.io/x/conn/v3/gpio"
)

// pinEdge is one edge as the kernel keeps it.
type pinEdge struct {
	level  gpio.Level
	at     time.Time
	number uint32
}

// So many unread edges the kernel keeps of a line (GPIO uAPI v2): unless it is asked for more, and as OpenEdges asks. The
// oldest is dropped then.
const (
	edgeQueue     = 16
	edgeQueueMost = 256
)

// In makes the wire an input of the kiosk; edges seen before are forgotten.
func (p *Pin) In(pull gpio.Pull, edge gpio.Edge) error {
	p.changeLevel(false, func() {
		if p.held {
			p.addViolation("In on a line that is held for its edges: it is busy")
		}
		p.openInput(pull, edge, edgeQueue)
	})
	return nil
}

// OpenEdges makes the wire an input of the kiosk with its pull-up on, held for its edges: both of them, stamped and
// numbered from 1 on. Opened again, it forgets those that nobody has read.
func (p *Pin) OpenEdges() error {
	p.changeLevel(false, func() {
		p.held = true
		p.openInput(gpio.PullUp, gpio.BothEdges, edgeQueueMost)
	})
	return nil
}

func (p *Pin) openInput(pull gpio.Pull, edge gpio.Edge, most int) {
	p.output, p.edge, p.kept, p.most, p.edges = false, edge, nil, most, 0
	if pull != gpio.PullNoChange {
		p.pull = pull
	}
}

// NextEdge is the oldest edge that nobody has read: the level that it led to, when, and its number; a gap in the numbers is
// an edge that was dropped. It waits at most that long, and for 0 not at all.
func (p *Pin) NextEdge(wait time.Duration) (level gpio.Level, at time.Time, number uint32, ok bool) {
	p.mu.Lock()
	if !p.held || p.output || wait < 0 {
		p.addViolation("NextEdge(%v) on a line that is not held for its edges", wait)
		p.mu.Unlock()
		return
	}
	p.mu.Unlock()
	if e := p.takeEdge(wait); e != nil {
		return e.level, e.at, e.number, true
	}
	return
}

// WaitForEdge takes timeouts as the character device does: 0 waits until Halt, a negative one
// returns at once, and so does a pin without edges. All are violations: they hang, or they spin.
func (p *Pin) WaitForEdge(timeout time.Duration) bool {
	p.mu.Lock()
	if timeout == 0 {
		p.addViolation("WaitForEdge(0) waits for ever here, and not at all elsewhere")
	}
	if timeout < 0 || p.edge == gpio.NoEdge || p.output {
		p.addViolation("WaitForEdge(%v) with edge %s returns at once", timeout, p.edge)
		p.mu.Unlock()
		return false
	}
	p.mu.Unlock()

	if timeout == 0 {
		timeout = forEver
	}
	return p.takeEdge(timeout) != nil
}

const forEver = 1<<63 - 1

// takeEdge waits at most that long for an edge, and for 0 not at all. Halt ends it.
func (p *Pin) takeEdge(wait time.Duration) *pinEdge {
	var late <-chan time.Time
	if wait > 0 && wait < forEver {
		t := time.NewTimer(wait)
		defer t.Stop()
		late = t.C
	}
	p.mu.Lock()
	halts := p.halts
	p.mu.Unlock()
	for {
		p.mu.Lock()
		if p.halts != halts {
			p.mu.Unlock()
			return nil
		}
		if len(p.kept) > 0 {
			e := p.kept[0]
			p.kept = p.kept[1:]
			p.mu.Unlock()
			return &e
		}
		wake := p.wake
		p.mu.Unlock()
		if wait == 0 {
			return nil
		}
		select {
		case <-wake:
		case <-late:
			return nil
		}
	}
}

// Halt wakes whoever waits for an edge.
func (p *Pin) Halt() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.halts++
	p.wakeWaiters()
	return nil
}

func (p *Pin) wakeWaiters() {
	close(p.wake)
	p.wake = make(chan struct{})
}
