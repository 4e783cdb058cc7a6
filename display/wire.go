package display

import (
	"fmt"
	"image"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/spi"
)

const defaultChunk = 4096 // the kernel's default for spidev's bufsiz

// limit is the longest transfer of whole pixels that the bus takes: it refuses longer ones. Parameters are
// shorter than any bus's.
func limit(c spi.Conn, pixel int) int {
	most := defaultChunk
	if l, ok := c.(conn.Limits); ok && l.MaxTxSize() >= pixel {
		most = l.MaxTxSize()
	}
	return most - most%pixel
}

// aim makes the controller expect a rectangle's pixels.
func (p *Panel) aim(r image.Rectangle) error {
	o := p.model.offset()
	if err := p.window(caset, &p.cols, span{r.Min.X + o.X, r.Max.X + o.X - 1}); err != nil {
		return err
	}
	if err := p.window(raset, &p.rows, span{r.Min.Y + o.Y, r.Max.Y + o.Y - 1}); err != nil {
		return err
	}
	return p.command(ramwr)
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

// pixels lists a rectangle's bytes as they travel; whole rows of RGB565 need no copy.
func (p *Panel) pixels(f *Frame, r image.Rectangle) []byte {
	if r.Dx() == f.W && p.pixel == 2 {
		return f.Pix[2*r.Min.Y*f.W : 2*r.Max.Y*f.W]
	}
	p.scratch = p.scratch[:0]
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := f.Pix[2*(y*f.W+r.Min.X) : 2*(y*f.W+r.Max.X)]
		if p.pixel == 3 {
			p.scratch = widen(p.scratch, row)
		} else {
			p.scratch = append(p.scratch, row...)
		}
	}
	return p.scratch
}

// widen turns RGB565 into three bytes, of whose bits a controller takes the upper six.
func widen(to, row []byte) []byte {
	for i := 0; i+1 < len(row); i += 2 {
		c := unpack(uint16(row[i])<<8 | uint16(row[i+1]))
		to = append(to, c.R&0xfc, c.G&0xfc, c.B&0xfc)
	}
	return to
}

func (p *Panel) command(c byte, params ...byte) error {
	if err := p.pins.DC.Out(gpio.Low); err != nil {
		return fmt.Errorf("move D/C line: %w", err)
	}
	if err := p.conn.Tx(p.asWords([]byte{c}), nil); err != nil {
		return fmt.Errorf("write command %#02x: %w", c, err)
	}
	return p.data(p.asWords(params))
}

// asWords puts a zero before each byte for shift registers; other controllers take bytes.
func (p *Panel) asWords(b []byte) []byte {
	if !p.words {
		return b
	}
	p.wide = p.wide[:0]
	for _, v := range b {
		p.wide = append(p.wide, 0, v)
	}
	return p.wide
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

// reset pulls the reset line, or sends the reset command if there is no line.
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
