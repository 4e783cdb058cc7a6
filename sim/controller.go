package sim

import "time"

// The commands an ST7789 knows and this one obeys; others are swallowed with their parameters.
const (
	swreset = 0x01
	slpin   = 0x10
	slpout  = 0x11
	invoff  = 0x20
	invon   = 0x21
	dispoff = 0x28
	dispon  = 0x29
	caset   = 0x2A
	raset   = 0x2B
	ramwr   = 0x2C
	vscrs   = 0x37
	madctl  = 0x36
	colmod  = 0x3A
	ramwrc  = 0x3C
)

// take interprets bytes that arrived with the D/C wire low (commands) or high (data).
func (p *Panel) take(w []byte, data bool) {
	if !data {
		for _, b := range w {
			p.obey(b)
		}
		return
	}
	if p.command == ramwr || p.command == ramwrc {
		p.paint(w)
		return
	}
	for _, b := range w {
		if len(p.params) < 32 {
			p.params = append(p.params, b)
		}
		p.learn()
	}
}

func (p *Panel) obey(b byte) {
	now := time.Now()
	until := p.quiet
	if b == slpout && p.settled.After(until) {
		until = p.settled
	}
	if now.Before(until) && b != 0 {
		p.violate("command %02X came %v too soon", b, until.Sub(now).Round(time.Millisecond))
	}
	if len(p.part) > 0 {
		p.violate("command %02X came in the middle of a pixel", b)
	}
	p.command, p.params, p.part = b, p.params[:0], p.part[:0]
	switch b {
	case swreset:
		p.controller = atReset()
		p.quiet, p.settled = now.Add(5*time.Millisecond), now.Add(120*time.Millisecond)
	case slpin:
		p.awake = false
		p.quiet = now.Add(5 * time.Millisecond)
	case slpout:
		p.awake = true
		p.quiet = now.Add(5 * time.Millisecond)
	case invoff:
		p.inverted = false
	case invon:
		p.inverted = true
	case dispoff:
		p.on = false
	case dispon:
		p.on = true
	case ramwr:
		p.x, p.y = p.xs, p.ys
	}
}

// learn applies the parameters as soon as they are whole.
func (p *Panel) learn() {
	word := func(i int) int { return int(p.params[i])<<8 | int(p.params[i+1]) }
	switch n := len(p.params); {
	case p.command == caset && n == 4:
		p.xs, p.xe = word(0), word(2)
		p.fits("columns", p.xs, p.xe, true)
	case p.command == raset && n == 4:
		p.ys, p.ye = word(0), word(2)
		p.fits("rows", p.ys, p.ye, false)
	case p.command == madctl && n == 1:
		p.order = p.params[0]
	case p.command == colmod && n == 1:
		p.depth = p.params[0]
		if p.pixelSize() == 0 {
			p.violate("colour mode %02X is not one of this model's", p.params[0])
		}
	case p.command == vscrs && n == 2 && word(0) != 0:
		p.violate("scrolling is not one of this model's arts")
	}
}

func (p *Panel) fits(what string, from, to int, columns bool) {
	end := ramHeight
	if columns != p.swapped() {
		end = ramWidth
	}
	if from > to || to >= end {
		p.violate("%s %d to %d are outside of the memory", what, from, to)
	}
}

func (p *Panel) swapped() bool { return p.order&0x20 != 0 }

// pixelSize is how many bytes make a pixel.
func (p *Panel) pixelSize() int {
	switch p.depth & 7 {
	case 5:
		return 2
	case 6:
		return 3
	}
	return 0
}

// paint puts pixels at the pointer, which runs along the window and starts again at its end.
func (p *Panel) paint(w []byte) {
	size := p.pixelSize()
	if size == 0 {
		return
	}
	for _, b := range w {
		p.part = append(p.part, b)
		if len(p.part) < size {
			continue
		}
		p.put(colour(p.part))
		p.part = p.part[:0]
		if p.x++; p.x > p.xe {
			p.x = p.xs
			if p.y++; p.y > p.ye {
				p.y = p.ys
			}
		}
	}
}

// put stores one pixel where MADCTL sends it.
func (p *Panel) put(c rgb) {
	px, py := p.x, p.y
	if p.swapped() {
		px, py = py, px
	}
	if p.order&0x40 != 0 {
		px = ramWidth - 1 - px
	}
	if p.order&0x80 != 0 {
		py = ramHeight - 1 - py
	}
	if px < 0 || px >= ramWidth || py < 0 || py >= ramHeight {
		return
	}
	if p.order&0x08 != 0 {
		c[0], c[2] = c[2], c[0]
	}
	p.ram[py*ramWidth+px] = c
}

// colour widens a pixel as it comes over the wire to eight bits a colour.
func colour(b []byte) rgb {
	if len(b) == 3 {
		return rgb{b[0] | b[0]>>6, b[1] | b[1]>>6, b[2] | b[2]>>6}
	}
	n := uint16(b[0])<<8 | uint16(b[1])
	r, g, bl := byte(n>>11), byte(n>>5)&0x3F, byte(n)&0x1F
	return rgb{r<<3 | r>>2, g<<2 | g>>4, bl<<3 | bl>>2}
}
