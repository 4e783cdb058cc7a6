package sim

import (
	"fmt"
	"image"
	"image/color"
	"testing"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// pen is the least a driver must do, written from the datasheet and not from the emulator.
type pen struct {
	t  *testing.T
	p  *Panel
	dc gpio.PinIO
}

func newPen(t *testing.T, p *Panel) pen {
	t.Helper()
	dc := NewPin("GPIO24")
	p.DC = dc
	p.PowerOn()
	return pen{t, p, dc}
}

func (p pen) send(l gpio.Level, b ...byte) {
	p.t.Helper()
	if err := p.dc.Out(l); err != nil {
		p.t.Fatal(err)
	}
	for len(b) > 0 {
		n := min(len(b), p.p.MaxTxSize())
		if err := p.p.Tx(b[:n], nil); err != nil {
			p.t.Fatal(err)
		}
		b = b[n:]
	}
}

func (p pen) command(c byte, params ...byte) {
	p.t.Helper()
	p.send(gpio.Low, c)
	p.send(gpio.High, params...)
}

func (p pen) start(madctl byte) {
	p.t.Helper()
	p.command(0x11)
	time.Sleep(5 * time.Millisecond)
	p.command(0x3A, 0x55)
	p.command(0x36, madctl)
	p.command(0x21)
	p.command(0x29)
}

func (p pen) window(x, y, w, h int) {
	p.t.Helper()
	p.command(0x2A, byte(x>>8), byte(x), byte((x+w-1)>>8), byte(x+w-1))
	p.command(0x2B, byte(y>>8), byte(y), byte((y+h-1)>>8), byte(y+h-1))
}

// mark is a colour that tells a point from its neighbours, as RGB565 and as a person sees it.
func mark(x, y int) (hi, lo byte, seen color.RGBA) {
	r, g, b := byte(x%32), byte(y%64), byte((x+3*y)%32)
	n := uint16(r)<<11 | uint16(g)<<5 | uint16(b)
	return byte(n >> 8), byte(n), color.RGBA{r<<3 | r>>2, g<<2 | g>>4, b<<3 | b>>2, 255}
}

func (p pen) pattern(w, h int) {
	p.t.Helper()
	var pixels []byte
	for y := range h {
		for x := range w {
			hi, lo, _ := mark(x, y)
			pixels = append(pixels, hi, lo)
		}
	}
	p.command(0x2C, pixels...)
}

func wrongPoints(img *image.RGBA, w, h int) string {
	if got := img.Bounds(); got != image.Rect(0, 0, w, h) {
		return fmt.Sprintf("the glass is %v, not %dx%d", got, w, h)
	}
	for y := range h {
		for x := range w {
			if _, _, want := mark(x, y); img.RGBAAt(x, y) != want {
				return fmt.Sprintf("at %d,%d a person sees %v instead of %v", x, y, img.RGBAAt(x, y), want)
			}
		}
	}
	return ""
}
