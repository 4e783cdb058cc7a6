package display

import (
	"errors"
	"fmt"
	"image"
	"sync"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/spi"
)

// Pins are the panel's lines beside the bus. Reset and Backlight may be nil.
type Pins struct {
	DC        gpio.PinOut
	Reset     gpio.PinOut
	Backlight gpio.PinOut
}

// Bus is how a panel's bus is used. Zero fields do nothing.
type Bus struct {
	Slow  func()              // called before the commands of the start: at most 10 MHz
	Fast  func()              // called before pixels
	Sleep func(time.Duration) // nil: time.Sleep
}

// Panel drives the controller of a panel. Its methods may be called from anywhere.
type Panel struct {
	conn  spi.Conn
	pins  Pins
	model Model
	bus   Bus
	chunk int // bytes a transfer may have

	// Whoever uses the wires holds this. It is no mutex because the start sleeps while it holds it.
	wires   chan struct{}
	ready   bool // the controller is started and the glass is known
	talks   bool // it has answered once, so silence means that it is gone
	lit     bool
	cols    span // what the controller's window holds
	rows    span
	scratch []byte
	mu      sync.Mutex // guards glass, for the moment of a copy
	glass   *Frame
}

type span struct{ from, to int }

const defaultChunk = 4096 // spidev's bufsiz where nobody raised it

// Open resets and starts a panel. The backlight comes on with the first Send.
func Open(c spi.Conn, p Pins, m Model, b Bus) (*Panel, error) {
	if m.Controller != "st7789" {
		return nil, fmt.Errorf("panel controller %q is unknown: st7789", m.Controller)
	}
	if c == nil || p.DC == nil {
		return nil, errors.New("a panel needs an SPI bus and a D/C pin")
	}
	if b.Sleep == nil {
		b.Sleep = time.Sleep
	}
	size := m.Bounds()
	panel := &Panel{
		conn: c, pins: p, model: m, bus: b, chunk: limit(c),
		wires: make(chan struct{}, 1), glass: NewFrame(size.Dx(), size.Dy()),
	}
	if err := panel.start(NewFrame(size.Dx(), size.Dy()), true); err != nil {
		return nil, fmt.Errorf("start panel: %w", err)
	}
	return panel, nil
}

// limit is the longest transfer of whole pixels that the bus takes: it refuses longer ones.
func limit(c spi.Conn) int {
	if l, ok := c.(conn.Limits); ok && l.MaxTxSize() >= 2 {
		return l.MaxTxSize() &^ 1
	}
	return defaultChunk
}

// Send brings the glass to the frame. Only what changed travels; an unchanged frame sends nothing.
// After an error the next Send starts the panel anew.
func (p *Panel) Send(f *Frame) error {
	if f.Bounds() != p.model.Bounds() {
		return fmt.Errorf("send a frame of %dx%d to a panel of %v", f.W, f.H, p.model.Bounds().Max)
	}
	p.wires <- struct{}{}
	defer func() { <-p.wires }()
	if !p.ready {
		if err := p.start(f, true); err != nil {
			return fmt.Errorf("restart panel: %w", err)
		}
	}
	for _, r := range changes(p.glass, f) {
		if err := p.put(f, r); err != nil {
			p.ready = false
			return fmt.Errorf("send to panel: %w", errors.Join(err, p.light(false))) // nobody pays at a stale code
		}
	}
	return p.light(true)
}

// Reinit resets the panel and sends everything again: after an error, or a new plug.
func (p *Panel) Reinit() error { return p.again(true) }

// Refresh writes every register and pixel again without a reset, so that nothing is seen of it:
// static discharge may have blanked the panel, and a bus that is only written cannot tell.
func (p *Panel) Refresh() error { return p.again(false) }

func (p *Panel) again(hard bool) error {
	p.wires <- struct{}{}
	defer func() { <-p.wires }()
	lit := p.lit
	if err := p.start(p.glass, hard); err != nil {
		return fmt.Errorf("restart panel: %w", err)
	}
	return p.light(lit)
}

// Off darkens the panel and puts it to sleep. The next Send wakes it.
func (p *Panel) Off() error {
	p.wires <- struct{}{}
	defer func() { <-p.wires }()
	p.ready = false
	dark := p.light(false)
	err := errors.Join(dark, p.command(dispoff), p.command(slpin))
	if err != nil {
		return fmt.Errorf("switch panel off: %w", err)
	}
	p.believe(NewFrame(p.glass.W, p.glass.H), p.glass.Bounds())
	return nil
}

// Halt is Off, as periph calls it.
func (p *Panel) Halt() error { return p.Off() }

// Picture is a copy of what the driver believes is on the glass.
func (p *Panel) Picture() *Frame {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.glass.Clone()
}

// start brings the controller up with a picture in its memory before it shows anything.
func (p *Panel) start(f *Frame, hard bool) error {
	p.ready = false
	p.cols, p.rows = span{-1, -1}, span{-1, -1}
	call(p.bus.Slow)
	if hard {
		if err := p.reset(); err != nil {
			return err
		}
	}
	for _, s := range p.model.wakeup() {
		if err := p.command(s.command, s.params...); err != nil {
			return err
		}
		p.wait(s.wait)
	}
	call(p.bus.Fast)
	if err := p.put(f, f.Bounds()); err != nil {
		return err
	}
	call(p.bus.Slow)
	if err := p.command(dispon); err != nil {
		return err
	}
	p.wait(20 * time.Millisecond)
	call(p.bus.Fast)
	if err := p.meet(); err != nil {
		return err
	}
	p.ready = true
	return nil
}

// reset pulls the reset line, or asks for it where there is none.
func (p *Panel) reset() error {
	if err := p.light(false); err != nil {
		return err
	}
	if p.pins.Reset == nil {
		err := p.command(swreset)
		p.wait(150 * time.Millisecond)
		return err
	}
	for _, s := range []struct {
		level gpio.Level
		wait  time.Duration
	}{{gpio.High, 10 * time.Millisecond}, {gpio.Low, 20 * time.Millisecond}, {gpio.High, 120 * time.Millisecond}} {
		if err := p.pins.Reset.Out(s.level); err != nil {
			return fmt.Errorf("move reset line: %w", err)
		}
		p.wait(s.wait)
	}
	return nil
}

// put sends a rectangle of a frame.
func (p *Panel) put(f *Frame, r image.Rectangle) error {
	o := p.model.offset()
	if err := p.window(caset, &p.cols, span{r.Min.X + o.X, r.Max.X + o.X - 1}); err != nil {
		return err
	}
	if err := p.window(raset, &p.rows, span{r.Min.Y + o.Y, r.Max.Y + o.Y - 1}); err != nil {
		return err
	}
	if err := p.command(ramwr); err != nil {
		return err
	}
	if err := p.data(p.pixels(f, r)); err != nil {
		return err
	}
	p.believe(f, r)
	return nil
}

// window sets one side of the window; the controller keeps it, so that an equal one need not travel.
func (p *Panel) window(command byte, now *span, want span) error {
	if *now == want {
		return nil
	}
	*now = span{-1, -1}
	err := p.command(command, byte(want.from>>8), byte(want.from), byte(want.to>>8), byte(want.to))
	if err == nil {
		*now = want
	}
	return err
}

// pixels lists a rectangle's bytes; whole rows need no copy.
func (p *Panel) pixels(f *Frame, r image.Rectangle) []byte {
	if r.Dx() == f.W {
		return f.Pix[2*r.Min.Y*f.W : 2*r.Max.Y*f.W]
	}
	p.scratch = p.scratch[:0]
	for y := r.Min.Y; y < r.Max.Y; y++ {
		p.scratch = append(p.scratch, f.Pix[2*(y*f.W+r.Min.X):2*(y*f.W+r.Max.X)]...)
	}
	return p.scratch
}

// believe notes what the glass shows now.
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

func (p *Panel) command(c byte, params ...byte) error {
	if err := p.pins.DC.Out(gpio.Low); err != nil {
		return fmt.Errorf("move D/C line: %w", err)
	}
	if err := p.conn.Tx([]byte{c}, nil); err != nil {
		return fmt.Errorf("write command %#02x: %w", c, err)
	}
	return p.data(params)
}

func (p *Panel) data(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if err := p.pins.DC.Out(gpio.High); err != nil {
		return fmt.Errorf("move D/C line: %w", err)
	}
	for len(b) > 0 {
		n := min(len(b), p.chunk)
		if err := p.conn.Tx(b[:n], nil); err != nil {
			return fmt.Errorf("write %d bytes: %w", n, err)
		}
		b = b[n:]
	}
	return nil
}

func (p *Panel) light(on bool) error {
	if p.pins.Backlight == nil || (on && p.lit) {
		return nil
	}
	if err := p.pins.Backlight.Out(gpio.Level(on)); err != nil {
		return fmt.Errorf("switch backlight: %w", err)
	}
	p.lit = on
	return nil
}

func (p *Panel) wait(d time.Duration) {
	if d > 0 {
		p.bus.Sleep(d)
	}
}

func call(f func()) {
	if f != nil {
		f()
	}
}
