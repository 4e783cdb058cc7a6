package display

import (
	"cmp"
	"errors"
	"fmt"
	"image"
	"strings"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/spi"
)

// Pins are the panel's lines beside the bus. All but DC (data or command) may be nil.
type Pins struct {
	DC        gpio.PinOut
	Reset     gpio.PinOut
	Backlight gpio.PinOut              // switches the light
	Dim       func(part float64) error // sets it from 0, dark, to 1, full: for lights that hang on a PWM
	Bright    float64                  // the brightness at first; 0: full
}

// Bus switches the panel's bus between two speeds. Nil fields do nothing.
type Bus struct {
	Slow  func()              // called before the commands of the start: at most 10 MHz
	Fast  func()              // called before pixels
	Sleep func(time.Duration) // nil: time.Sleep
}

// Panel drives the controller of a panel. Its methods are safe for concurrent use.
type Panel struct {
	conn  spi.Conn
	pins  Pins
	model Model
	*controller
	bus   Bus
	chunk int // bytes a transfer may have

	// wires is held by the goroutine that uses the bus. It is no mutex since start sleeps while it holds it.
	wires   chan struct{}
	ready   bool    // the controller is started and the glass is known
	talks   bool    // it has answered once, so silence means that it is gone
	lit     bool    // the backlight is on
	bright  float64 // what Dim gets when it is
	cols    span    // what the controller's window holds
	rows    span
	scratch []byte     // pixels as they travel
	wide    []byte     // parameters as words
	mu      sync.Mutex // guards glass, for the moment of a copy
	glass   *Frame     // what the driver believes the panel shows
}

type span struct{ from, to int } // both included

// Open resets and starts a panel. The backlight comes on with the first Send.
func Open(c spi.Conn, p Pins, m Model, b Bus) (*Panel, error) {
	chip := m.chip()
	if chip == nil {
		return nil, fmt.Errorf("panel controller %q is unknown: %s", m.Controller, strings.Join(Controllers(), ", "))
	}
	if c == nil || p.DC == nil {
		return nil, errors.New("a panel needs an SPI bus and a D/C pin")
	}
	if b.Sleep == nil {
		b.Sleep = time.Sleep
	}
	size := m.Bounds()
	panel := &Panel{
		conn: c, pins: p, model: m, controller: chip, bus: b, chunk: limit(c, chip.pixel),
		bright: cmp.Or(p.Bright, 1), wires: make(chan struct{}, 1), glass: NewFrame(size.Dx(), size.Dy()),
	}
	if err := panel.start(NewFrame(size.Dx(), size.Dy()), true); err != nil {
		return nil, fmt.Errorf("start panel: %w", err)
	}
	return panel, nil
}

// Send shows a frame. It sends only the rectangles that changed, and nothing for an equal frame. After an error it
// darkens the panel, and the next Send restarts it.
func (p *Panel) Send(f *Frame) error {
	if f.Bounds() != p.model.Bounds() {
		return fmt.Errorf("send a frame of %dx%d to a panel of %v", f.W, f.H, p.model.Bounds().Max)
	}
	defer p.hold()()
	if !p.ready {
		if err := p.start(f, true); err != nil {
			return fmt.Errorf("restart panel: %w", err)
		}
	}
	for _, r := range changes(p.glass, f, p.aside()) {
		if err := p.put(f, r); err != nil {
			p.ready = false
			return fmt.Errorf("send to panel: %w", errors.Join(err, p.light(false))) // dark: a stale code must not be paid
		}
	}
	return p.light(true)
}

// Reinit resets the panel and sends everything again: after an error, or a new plug.
func (p *Panel) Reinit() error { return p.again(true) }

// Refresh writes every register and pixel again without a reset, so nobody sees it. A static discharge may have blanked
// the panel, and a bus that only writes does not notice.
func (p *Panel) Refresh() error { return p.again(false) }

func (p *Panel) again(hard bool) error {
	defer p.hold()()
	lit := p.lit
	if err := p.start(p.glass, hard); err != nil {
		return fmt.Errorf("restart panel: %w", err)
	}
	return p.light(lit)
}

// Off darkens the panel and puts it to sleep. The next Send wakes it.
func (p *Panel) Off() error {
	defer p.hold()()
	p.ready = false
	dark := p.light(false)
	err := errors.Join(dark, p.command(dispoff), p.command(slpin))
	p.wait(5 * time.Millisecond)
	if err != nil {
		return fmt.Errorf("switch panel off: %w", err)
	}
	p.believe(NewFrame(p.glass.W, p.glass.H), p.glass.Bounds())
	return nil
}

// Halt is Off, as periph calls it.
func (p *Panel) Halt() error { return p.Off() }

// Picture returns a copy of the picture that was sent last.
func (p *Panel) Picture() *Frame {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.glass.Clone()
}

// hold waits for the bus. What it returns frees it.
func (p *Panel) hold() func() {
	p.wires <- struct{}{}
	return func() { <-p.wires }
}

// put sends a rectangle of a frame.
func (p *Panel) put(f *Frame, r image.Rectangle) error {
	if err := p.aim(r); err != nil {
		return err
	}
	if err := p.data(p.pixels(f, r)); err != nil {
		return err
	}
	p.believe(f, r)
	return nil
}

// believe notes that the glass shows this rectangle of a frame now.
func (p *Panel) believe(f *Frame, r image.Rectangle) {
	if f == p.glass {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		from, to := 2*(y*f.W+r.Min.X), 2*(y*f.W+r.Max.X)
		copy(p.glass.Pix[from:to], f.Pix[from:to])
	}
}

// Measure sends the picture once more and returns how many bytes of pixels took how long. A Pi rounds the clock down by
// up to a half, and no call returns the real one.
func (p *Panel) Measure() (bytes int, took time.Duration, err error) {
	defer p.hold()()
	if !p.ready {
		if err := p.start(p.glass, true); err != nil {
			return 0, 0, fmt.Errorf("restart panel: %w", err)
		}
	}
	all := p.glass.Bounds()
	pixels := p.pixels(p.glass, all)
	if err = p.aim(all); err == nil {
		begin := time.Now()
		err = p.data(pixels)
		took = time.Since(begin)
	}
	if err != nil {
		p.ready = false
		return 0, 0, fmt.Errorf("measure the panel's bus: %w", err)
	}
	return len(pixels), took, nil
}

// Brighten sets the brightness of the backlight, above 0 to 1, now and whenever it is on. A light without PWM stays at
// full.
func (p *Panel) Brighten(part float64) error {
	if !(part > 0 && part <= 1) {
		return fmt.Errorf("brightness %v is not one: above 0 to 1", part)
	}
	defer p.hold()()
	p.bright = part
	if !p.lit {
		return nil
	}
	return p.shine(part)
}

func (p *Panel) light(on bool) error {
	if on && p.lit {
		return nil
	}
	part := p.bright
	if !on {
		part = 0
	}
	err := p.shine(part)
	if p.pins.Backlight != nil {
		if e := p.pins.Backlight.Out(gpio.Level(on)); e != nil {
			err = errors.Join(err, fmt.Errorf("switch backlight: %w", e))
		}
	}
	if err == nil {
		p.lit = on
	}
	return err
}

func (p *Panel) shine(part float64) error {
	if p.pins.Dim == nil {
		return nil
	}
	if err := p.pins.Dim(part); err != nil {
		return fmt.Errorf("dim backlight: %w", err)
	}
	return nil
}
