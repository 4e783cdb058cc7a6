package sim

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/pin"
)

// Pin is one wire of the header, seen from both ends: the kiosk holds it as a gpio.PinIO,
// the street drives it with Set and Release and sees what the kiosk commands with Level and
// Watch. An undriven wire follows its pull. Make one with NewPin.
type Pin struct {
	name   string
	number int

	mu      sync.Mutex
	strict  bool
	output  bool // the kiosk drives it
	command gpio.Level
	driven  bool // the street drives it
	drive   gpio.Level
	pull    gpio.Pull
	edge    gpio.Edge
	kept    []pinEdge     // edges that nobody has read yet
	most    int           // how many of them are kept
	edges   uint32        // since it was opened
	sparks  int           // on the wire now: it is not where it should be
	held    bool          // by OpenEdges: the kernel gives the line to nobody else
	wake    chan struct{} // closed and renewed on every edge and halt
	halts   int
	watch   []func()
	traces  []*Trace
	counts  PinCounts
	broken  []string
}

// PinCounts is how often a wire was used.
type PinCounts struct {
	Outs  int // commands of the kiosk
	Rises int // changes of the wire to high, whoever made them
	Falls int
}

// NewPin makes a wire that nobody drives. A name that ends in a number has that number's
// reset pull: up for GPIO0 to 8, down for the others, as on the board.
func NewPin(name string) *Pin {
	n, err := strconv.Atoi(strings.TrimPrefix(name, "GPIO"))
	if err != nil {
		n = -1
	}
	p := &Pin{name: name, number: n, wake: make(chan struct{})}
	p.pull = p.DefaultPull()
	return p
}

// Strict makes a Read or Func of an output what it is on the character device: a violation that turns the
// output into an input with its pull-up on.
func (p *Pin) Strict(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.strict = on
}

// Set drives the wire from the street.
func (p *Pin) Set(l gpio.Level) { p.changeLevel(true, func() { p.driven, p.drive = true, l }) }

// Release lets go of the wire: it follows its pull again.
func (p *Pin) Release() { p.changeLevel(true, func() { p.driven = false }) }

// Spark puts an input wire on its other level for so long: what a motor on the same harness does to it. For 0 it is back
// at once.
func (p *Pin) Spark(d time.Duration) {
	p.changeLevel(true, func() { p.sparks++ })
	over := func() { p.changeLevel(true, func() { p.sparks-- }) }
	if d > 0 {
		time.AfterFunc(d, over)
		return
	}
	over()
}

// Level is what a meter on the wire shows.
func (p *Pin) Level() gpio.Level {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.level()
}

// Commanded is the last level the kiosk put out, and whether the wire is an output now.
func (p *Pin) Commanded() (gpio.Level, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.command, p.output
}

// Watch calls f after every change of the wire, outside of any lock; f asks Level itself.
func (p *Pin) Watch(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watch = append(p.watch, f)
}

// Counts tells how often the wire was used.
func (p *Pin) Counts() PinCounts {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counts
}

// Violations lists uses that would go wrong on a real board.
func (p *Pin) Violations() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.broken...)
}

func (p *Pin) level() gpio.Level {
	switch {
	case p.output:
		return p.command
	case p.driven:
		return p.drive == (p.sparks == 0)
	}
	return (p.pull == gpio.PullUp) == (p.sparks == 0)
}

// changeLevel alters the wire, tells the watchers, and queues the edge if it came from outside.
func (p *Pin) changeLevel(outside bool, alter func()) {
	p.mu.Lock()
	was := p.level()
	alter()
	is := p.level()
	if was == is {
		p.mu.Unlock()
		return
	}
	for _, t := range p.traces {
		t.recordChange(p.name, is)
	}
	wanted := p.edge == gpio.BothEdges
	if is {
		p.counts.Rises++
		wanted = wanted || p.edge == gpio.RisingEdge
	} else {
		p.counts.Falls++
		wanted = wanted || p.edge == gpio.FallingEdge
	}
	if wanted && outside && !p.output {
		p.edges++
		p.kept = append(p.kept, pinEdge{is, time.Now(), p.edges})
		p.kept = p.kept[max(0, len(p.kept)-p.most):]
		p.wakeWaiters()
	}
	watch := p.watch
	p.mu.Unlock()
	for _, f := range watch {
		f()
	}
}

func (p *Pin) addViolation(format string, args ...any) {
	if len(p.broken) < maxViolations {
		p.broken = append(p.broken, p.name+": "+fmt.Sprintf(format, args...))
	}
}

const maxViolations = 50

// Read is the kiosk's look at the wire.
func (p *Pin) Read() gpio.Level {
	p.flipLevel("an output was read: on a character device that makes it an input")
	return p.Level()
}

// flipLevel is what asking a strict output comes to.
func (p *Pin) flipLevel(how string) {
	p.mu.Lock()
	asked := p.output && p.strict
	if asked {
		p.addViolation("%s", how)
	}
	p.mu.Unlock()
	if asked {
		p.changeLevel(false, func() { p.output, p.pull = false, gpio.PullUp })
	}
}

// Out makes the wire an output of the kiosk at this level.
func (p *Pin) Out(l gpio.Level) error {
	p.changeLevel(false, func() {
		p.output, p.command, p.edge, p.kept = true, l, gpio.NoEdge, nil
		p.counts.Outs++
	})
	return nil
}

// PWM is not there, as on a board without root.
func (p *Pin) PWM(gpio.Duty, physic.Frequency) error {
	return fmt.Errorf("set PWM on %s: not on this board", p.name)
}

// Pull is the pull last asked for.
func (p *Pin) Pull() gpio.Pull {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pull
}

// DefaultPull is the board's pull at reset.
func (p *Pin) DefaultPull() gpio.Pull {
	if p.number >= 0 && p.number <= 8 {
		return gpio.PullUp
	}
	return gpio.PullDown
}

// String is the name.
func (p *Pin) String() string { return p.name }

// Name is the name the kiosk's config uses.
func (p *Pin) Name() string { return p.name }

// Number is the number in the name, or -1.
func (p *Pin) Number() int { return p.number }

// Function is Func in its old form.
func (p *Pin) Function() string { return string(p.Func()) }

// Func tells what the wire is used for; asking a strict output is as bad as reading it.
func (p *Pin) Func() pin.Func {
	_, output := p.Commanded()
	if !output {
		return gpio.IN
	}
	p.flipLevel("an output was asked for its function: on a character device that makes it an input")
	return gpio.OUT
}

var _ gpio.PinIO = (*Pin)(nil)
