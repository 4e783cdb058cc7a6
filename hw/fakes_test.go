package hw

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
)

// fakePin is a line as the kernel shows it: a level, up to 16 queued edges, nothing said about direction.
type fakePin struct {
	name   string
	events chan struct{}
	moved  func(gpio.Level) // told what an output was set to
	hold   func()           // called as a wait begins: a test lets the board have no time
	deaf   bool             // WaitForEdge fails at once, as on a line without interrupts

	mu     sync.Mutex
	level  gpio.Level
	output bool
	outs   []gpio.Level
	broken error
	abused string
	waits  int
	edges  bool // In asked for them
	pulled bool // In was called
}

// misuse is what the pins of all tests had to bear: TestMain has the last word.
var misuse struct {
	sync.Mutex
	how []string
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, how := range misuse.how {
		fmt.Println("a pin was used in a way that goes wrong on a board:", how)
		code = 1
	}
	os.Exit(code)
}

func newPin(name string, l gpio.Level) *fakePin {
	return &fakePin{name: name, level: l, events: make(chan struct{}, 16)}
}

// set changes what is on the wire from outside.
func (p *fakePin) set(l gpio.Level) {
	p.mu.Lock()
	same := p.level == l
	p.level = l
	p.mu.Unlock()
	if same {
		return
	}
	select {
	case p.events <- struct{}{}:
	default:
	}
}

// pulse pulls the wire low for a while.
func (p *fakePin) pulse(d time.Duration) {
	p.set(gpio.Low)
	time.Sleep(d)
	p.set(gpio.High)
}

func (p *fakePin) String() string         { return p.name }
func (p *fakePin) Halt() error            { return nil }
func (p *fakePin) Name() string           { return p.name }
func (p *fakePin) Number() int            { return -1 }
func (p *fakePin) Function() string       { p.abuse("Function on an output"); return "" }
func (p *fakePin) Pull() gpio.Pull        { return gpio.PullUp }
func (p *fakePin) DefaultPull() gpio.Pull { return gpio.PullNoChange }

func (p *fakePin) PWM(gpio.Duty, physic.Frequency) error { return errors.New("no PWM here") }

func (p *fakePin) In(pull gpio.Pull, edge gpio.Edge) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.edges, p.pulled = edge == gpio.BothEdges, pull == gpio.PullUp
	return p.broken
}

func (p *fakePin) Read() gpio.Level {
	p.abuse("Read on an output")
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.level
}

func (p *fakePin) WaitForEdge(d time.Duration) bool {
	p.mu.Lock()
	p.waits++
	edges, hold := p.edges, p.hold
	p.mu.Unlock()
	if d <= 0 {
		p.spoilt("WaitForEdge without a finite time")
	}
	if !edges {
		p.spoilt("WaitForEdge with no edges asked for")
	}
	if hold != nil {
		hold()
	}
	if p.deaf {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-p.events:
		return true
	case <-t.C:
		return false
	}
}

func (p *fakePin) Out(l gpio.Level) error {
	p.mu.Lock()
	p.output = true
	err := p.broken
	if err == nil {
		p.level = l
		p.outs = append(p.outs, l)
	}
	p.mu.Unlock()
	if err == nil && p.moved != nil {
		p.moved(l)
	}
	return err
}

// abuse does to an output what the character device does: asked anything, it becomes an input with a pull-up,
// and the motor behind it turns.
func (p *fakePin) abuse(how string) {
	p.mu.Lock()
	was := p.output
	if was {
		p.output, p.level = false, gpio.High
	}
	p.mu.Unlock()
	if !was {
		return
	}
	p.spoilt(how)
	if p.moved != nil {
		p.moved(gpio.High)
	}
}

func (p *fakePin) spoilt(how string) {
	p.mu.Lock()
	p.abused = how
	p.mu.Unlock()
	if p.name == "SPOILT" { // the test of these pins
		return
	}
	misuse.Lock()
	defer misuse.Unlock()
	misuse.how = append(misuse.how, p.name+": "+how)
}

func (p *fakePin) broke(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.broken = err
}

// seen is the level without the abuse check: the test looks with its own meter.
func (p *fakePin) seen() gpio.Level {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.level
}

func (p *fakePin) asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waits
}

func (p *fakePin) misused() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.abused
}

// running runs a part's Run inside of the bubble until the test is over.
func running(t *testing.T, run func(context.Context) error) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run ended with %v", err)
		}
	})
	synctest.Wait()
}
