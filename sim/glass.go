package sim

import (
	"image"
	"image/color"

	"periph.io/x/conn/v3/gpio"
)

// Glass is what a person before the machine sees, turned so that a picture drawn with this
// rotation (0, 90, 180 or 270 degrees, clockwise) is upright. Without light, power or a picture
// it is black.
func (p *Panel) Glass(turn int) *image.RGBA {
	p.mu.Lock()
	defer p.mu.Unlock()
	w, h := p.glassSize()
	upright := image.Rect(0, 0, w, h)
	if turn == 90 || turn == 270 {
		upright = image.Rect(0, 0, h, w)
	}
	img := image.NewRGBA(upright)
	lit := p.isLit()
	for y := range upright.Dy() {
		for x := range upright.Dx() {
			gx, gy := x, y
			switch turn {
			case 90:
				gx, gy = w-1-y, x
			case 180:
				gx, gy = w-1-x, h-1-y
			case 270:
				gx, gy = y, h-1-x
			}
			img.SetRGBA(x, y, p.seenImage(gx, gy, lit))
		}
	}
	return img
}

// Lit tells whether there is anything to see: power, awake, display on, light behind it.
func (p *Panel) Lit() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.isLit()
}

func (p *Panel) isLit() bool {
	if p.gone || !p.awake || !p.on || p.heldInReset() {
		return false
	}
	return p.Backlight == nil || p.Backlight.Level() == gpio.High
}

func (p *Panel) glassSize() (w, h int) {
	w, h = p.Width, p.Height
	if w == 0 {
		w = p.chipKind().width
	}
	if h == 0 {
		h = p.chipKind().height
	}
	return w, h
}

// seenImage is the colour of one point of the glass, counted from its own corner.
func (p *Panel) seenImage(gx, gy int, lit bool) color.RGBA {
	x, y := gx+p.ColOffset, gy+p.RowOffset
	if !lit || x >= p.width || y >= p.height {
		return color.RGBA{A: 255}
	}
	if (p.mirrors&mirrorColumns != 0) != (p.function&0x20 != 0) {
		x = p.width - 1 - x
	}
	if (p.mirrors&mirrorRows != 0) != (p.function&0x40 != 0) {
		y = p.height - 1 - y
	}
	c := p.ram[y*p.width+x]
	if p.inverted != (p.negative != p.Negative) != (p.rev && p.function&0x80 == 0) {
		c = rgb{^c[0], ^c[1], ^c[2]}
	}
	if p.blueFirst != p.Swapped {
		c[0], c[2] = c[2], c[0]
	}
	if p.idle {
		for i := range c {
			c[i] = byte(int8(c[i]) >> 7)
		}
	}
	return color.RGBA{c[0], c[1], c[2], 255}
}
