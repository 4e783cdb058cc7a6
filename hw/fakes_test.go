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

// fakePin is a line as the kernel shows it: a level, and edges that are kept with their stamps.
type fakePin struct {
	name  string
	wake  chan struct{}
	moved func(gpio.Level) // told what an output was set to
	hold  func()           // called as a wait begins: a test lets the board have no time
	deaf  bool             // NextEdge fails at once, as on a line without interrupts

	mu     sync.Mutex
	kept   []fakeEdge
	number uint32
	level  gpio.Level
	output bool
	outs   []gpio.Level
	broken error
	abused string
	waits  int
	edges  bool // OpenEdges asked for them
	pulled bool // the pull-up is on
}

type fakeEdge struct {
	level  gpio.Level
	at     time.Time
	number uint32
}

// keptEdges is how many the kernel keeps of a line that asks for as many.
const keptEdges = 256

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
	return &fakePin{name: name, level: l, wake: make(chan struct{}, 1)}
}

// set changes what is on the wire from outside.
func (p *fakePin) set(l gpio.Level) {
	p.mu.Lock()
	same := p.level == l
	p.level = l
	p.mu.Unlock()
	if !same {
		p.keep(l)
	}
}

// keep puts an edge beside those that nobody has read yet. By itself it is an edge whose level is back before anybody looks.
func (p *fakePin) keep(l gpio.Level) {
	p.mu.Lock()
	p.number++
	p.kept = append(p.kept, fakeEdge{l, time.Now(), p.number})
	p.kept = p.kept[max(0, len(p.kept)-keptEdges):]
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// spark pulls the wire low for some microseconds.
func (p *fakePin) spark(d time.Duration) {
	p.set(gpio.Low)
	time.AfterFunc(d, func() { p.set(gpio.High) })
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
	if edge != gpio.NoEdge {
		p.spoilt("edges asked for without their stamps")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pulled = pull == gpio.PullUp
	return p.broken
}

func (p *fakePin) OpenEdges() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.edges, p.pulled, p.kept = true, true, nil
	return p.broken
}

func (p *fakePin) Read() gpio.Level {
	p.abuse("Read on an output")
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.level
}

func (p *fakePin) WaitForEdge(time.Duration) bool {
	p.spoilt("WaitForEdge, which drops the stamp")
	return false
}

func (p *fakePin) NextEdge(d time.Duration) (level gpio.Level, at time.Time, number uint32, ok bool) {
	p.mu.Lock()
	edges, hold := p.edges, p.hold
	if d > 0 {
		p.waits++
	}
	p.mu.Unlock()
	if d < 0 {
		p.spoilt("a wait for less than nothing")
	}
	if !edges {
		p.spoilt("a wait with no edges asked for")
	}
	if hold != nil {
		hold()
	}
	if p.deaf {
		return
	}
	for limit := time.After(max(d, 1)); ; {
		p.mu.Lock()
		if len(p.kept) > 0 {
			e := p.kept[0]
			p.kept = p.kept[1:]
			p.mu.Unlock()
			return e.level, e.at, e.number, true
		}
		p.mu.Unlock()
		if d == 0 {
			return
		}
		select {
		case <-p.wake:
		case <-limit:
			return
		}
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
