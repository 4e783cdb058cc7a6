package sim

import "time"

// The commands that are obeyed here; others are swallowed with their parameters.
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
	idmoff  = 0x38
	idmon   = 0x39
	colmod  = 0x3A
	ramwrc  = 0x3C
	ifmode  = 0xB0 // interface mode of the ILI9488
	dfunctr = 0xB6 // display function of the ILIs
	readx   = 0xD9 // which byte of a long answer an ILI9341 gives
)

// takeBytes interprets the bytes of one transfer, D/C low (commands) or high (data).
func (p *Panel) takeBytes(w []byte, data bool) {
	if p.words {
		p.shiftByte(w, data)
		return
	}
	if !data {
		for _, b := range w {
			p.obeyCommand(b)
		}
		return
	}
	if p.isPainting() {
		p.paintPixel(w)
		return
	}
	for _, b := range w {
		p.takeByte(b)
	}
}

// shiftByte is the hat's shift register: it hands on 16 bits at a time, and chip select empties it. A
// controller takes commands and parameters from the low eight of its sixteen wires.
func (p *Panel) shiftByte(w []byte, data bool) {
	if len(w)%2 != 0 {
		p.addViolation("half a word was lost at the end of %d bytes", len(w))
		w = w[:len(w)-1]
	}
	if data && p.isPainting() {
		p.paintPixel(w)
		return
	}
	for i := 0; i < len(w); i += 2 {
		if w[i] != 0 {
			p.addViolation("the word %02X%02X is no command and no parameter", w[i], w[i+1])
		}
		if data {
			p.takeByte(w[i+1])
		} else {
			p.obeyCommand(w[i+1])
		}
	}
}

func (p *controller) isPainting() bool { return p.command == ramwr || p.command == ramwrc }

func (p *Panel) takeByte(b byte) {
	if len(p.params) < 32 {
		p.params = append(p.params, b)
		p.applyParameters()
	}
}

func (p *Panel) obeyCommand(b byte) {
	now := time.Now()
	until := p.quiet
	if b == slpout && p.settled.After(until) {
		until = p.settled
	}
	if (b == slpout || b == slpin) && p.turned.After(until) {
		until = p.turned
	}
	if now.Before(until) && b != 0 && !p.untimed {
		p.addViolation("command %02X came %v too soon", b, until.Sub(now).Round(time.Millisecond))
	}
	if len(p.part) > 0 {
		p.addViolation("command %02X came in the middle of a pixel", b)
	}
	p.command, p.params, p.part = b, p.params[:0], p.part[:0]
	switch b {
	case swreset:
		p.controller = p.atReset()
		p.quiet, p.settled = now.Add(5*time.Millisecond), now.Add(120*time.Millisecond)
	case slpin:
		p.switchSleep(now, false, 5*time.Millisecond)
	case slpout:
		p.switchSleep(now, true, p.hush)
	case idmoff, idmon:
		p.idle = b == idmon
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

// switchSleep wakes the chip or lets it sleep; its supplies need time before they may turn again.
func (p *controller) switchSleep(now time.Time, awake bool, hush time.Duration) {
	if p.awake != awake {
		p.turned = now.Add(120 * time.Millisecond)
	}
	p.awake, p.quiet = awake, now.Add(hush)
}

// applyParameters applies the parameters as soon as they are whole.
func (p *Panel) applyParameters() {
	word := func(i int) int { return int(p.params[i])<<8 | int(p.params[i+1]) }
	switch n := len(p.params); {
	case p.command == caset && n == 4:
		p.xs, p.xe = word(0), word(2)
		p.checkWindow("columns", p.xs, p.xe, true)
	case p.command == raset && n == 4:
		p.ys, p.ye = word(0), word(2)
		p.checkWindow("rows", p.ys, p.ye, false)
	case p.command == madctl && n == 1:
		p.order = p.params[0]
	case p.command == colmod && n == 1:
		p.depth = p.params[0]
		if p.pixelSize() == 0 {
			p.addViolation("colour mode %02X is not one of this model's", p.params[0])
		}
		if p.only18 && p.depth&7 != 6 {
			p.addViolation("over this bus the chip takes 18 bits a pixel, not colour mode %02X", p.params[0])
		}
	case p.command == dfunctr && n == 2 && p.function != 0:
		p.function = p.params[1]
	case p.command == ifmode && n == 1 && p.only18:
		p.silent = p.params[0] & 0x80
	case p.command == readx && n == 1 && p.id4 != [3]byte{}:
		p.index = p.params[0]
	case p.command == vscrs && n == 2 && word(0) != 0:
		p.addViolation("scrolling is not one of this model's arts")
	}
}

func (p *Panel) checkWindow(what string, from, to int, columns bool) {
	end := p.height
	if columns != p.swapped() {
		end = p.width
	}
	if from > to || to >= end {
		p.addViolation("%s %d to %d are outside of the memory", what, from, to)
	}
}

func (p *controller) swapped() bool { return p.order&exchange != 0 }

// pixelSize is how many bytes make a pixel; 0: nothing this model can draw.
func (p *controller) pixelSize() int {
	switch {
	case p.only18:
		return 3
	case p.depth&7 == 5:
		return 2
	case p.depth&7 == 6 && !p.words:
		return 3
	}
	return 0
}

// paintPixel puts pixels at the pointer, which runs along the window and starts again at its end.
func (p *Panel) paintPixel(w []byte) {
	size := p.pixelSize()
	if size == 0 {
		return
	}
	for _, b := range w {
		p.part = append(p.part, b)
		if len(p.part) < size {
			continue
		}
		p.putPixel(decodeColour(p.part))
		p.part = p.part[:0]
		if p.x++; p.x > p.xe {
			p.x = p.xs
			if p.y++; p.y > p.ye {
				p.y = p.ys
			}
		}
	}
}

// putPixel stores one pixel where MADCTL sends it.
func (p *Panel) putPixel(c rgb) {
	px, py := p.x, p.y
	if p.swapped() {
		px, py = py, px
	}
	if p.order&mirrorColumns != 0 {
		px = p.width - 1 - px
	}
	if p.order&mirrorRows != 0 {
		py = p.height - 1 - py
	}
	if px < 0 || px >= p.width || py < 0 || py >= p.height {
		return
	}
	if p.order&blueBit != 0 {
		c[0], c[2] = c[2], c[0]
	}
	p.ram[py*p.width+px] = c
}

// decodeColour widens a pixel as it comes over the wire to eight bits a colour.
func decodeColour(b []byte) rgb {
	if len(b) == 3 {
		return rgb{expandSix(b[0]), b[1]&0xFC | b[1]>>6, expandSix(b[2])}
	}
	n := uint16(b[0])<<8 | uint16(b[1])
	r, g, bl := byte(n>>11), byte(n>>5)&0x3F, byte(n)&0x1F
	return rgb{r<<3 | r>>2, g<<2 | g>>4, bl<<3 | bl>>2}
}

// expandSix widens the upper six bits; the lower two do not count. Where the sixth repeats the first the colour had
// five bits, and looks as it does elsewhere.
func expandSix(b byte) byte {
	if b>>7 == b>>2&1 {
		return b&0xF8 | b>>5
	}
	return b&0xFC | b>>6
}
