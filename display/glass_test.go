package display

import (
	"errors"
	"fmt"
	"image"
	"sync"
	"testing"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
)

// glass is an ST7789 as its bus sees it: bytes, and whether D/C is high.
type glass struct {
	mu      sync.Mutex // for what a test changes behind a running screen
	model   Model
	limit   int // 0: tells none
	dc      *wire
	light   *wire
	reset   *wire
	failAt  int // the transfer that fails, counted from 1; below 0: all of them
	txs     int
	bytes   int
	longest int
	log     []byte // commands
	command byte
	params  []byte
	order   byte // MADCTL
	x, y    [2]int
	at      image.Point
	high    int // first byte of a pixel, or -1
	ram     [320][240]uint16
	on      bool
	awake   bool
	slow    bool
	mode    func() byte // what it answers when asked how it is; nil: it has no line to answer on
	faults  []string
}

func newGlass() *glass {
	g := &glass{dc: &wire{}, light: &wire{}, reset: &wire{}, limit: 4096, high: -1}
	for y := range g.ram {
		for x := range g.ram[y] {
			g.ram[y][x] = 0xa5a5 // what a panel holds after power-on
		}
	}
	return g
}

func (g *glass) pins() Pins { return Pins{DC: g.dc, Reset: g.reset, Backlight: g.light} }

func (g *glass) open(t *testing.T, m Model) *Panel {
	t.Helper()
	g.model = m
	p, err := Open(g, g.pins(), m, Bus{
		Slow: func() { g.slow = true }, Fast: func() { g.slow = false }, Sleep: func(time.Duration) {},
	})
	if err != nil {
		t.Fatalf("the panel did not open: %v", err)
	}
	return p
}

// change changes the glass behind the driver's back.
func (g *glass) change(do func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	do()
}

func (g *glass) String() string                 { return "glass" }
func (g *glass) Duplex() conn.Duplex            { return conn.Half }
func (g *glass) MaxTxSize() int                 { return g.limit }
func (g *glass) TxPackets(p []spi.Packet) error { return errors.New("not this way") }

func (g *glass) Tx(w, r []byte) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.txs++
	g.bytes += len(w)
	g.longest = max(g.longest, len(w))
	if g.failAt < 0 || g.txs == g.failAt {
		return errors.New("bus broken")
	}
	if len(r) > 0 {
		return g.answer(w, r)
	}
	if g.dc.level == gpio.Low {
		g.begin(w)
		return nil
	}
	for _, b := range w {
		g.take(b)
	}
	return nil
}

func (g *glass) answer(w, r []byte) error {
	if len(w) != len(r) || len(w) != map[byte]int{0x0a: 2, 0x04: 5}[w[0]] || g.dc.level != gpio.Low || !g.slow {
		g.faults = append(g.faults, fmt.Sprintf("asked by % x with D/C %v", w, g.dc.level))
	}
	g.log = append(g.log, w[0])
	for i := 1; i < len(r) && g.mode != nil; i++ {
		r[i] = g.mode()
	}
	return nil
}

func (g *glass) begin(w []byte) {
	if len(w) != 1 {
		g.faults = append(g.faults, fmt.Sprintf("%d command bytes at once", len(w)))
	}
	g.command, g.params, g.high = w[0], nil, -1
	g.log = append(g.log, g.command)
	if !g.slow && g.command >= 0xb0 {
		g.faults = append(g.faults, fmt.Sprintf("register %#x written fast", g.command))
	}
	switch g.command {
	case 0x29:
		g.on = true
		for y := range g.model.Height {
			for x := range g.model.Width {
				if g.ram[y+g.model.RowOffset][x+g.model.ColOffset] == 0xa5a5 {
					g.faults = append(g.faults, "garbage shown")
					return
				}
			}
		}
	case 0x28:
		g.on = false
	case 0x11:
		g.awake = true
	case 0x10:
		g.awake = false
	case 0x2c:
		g.at = image.Pt(g.x[0], g.y[0])
		if g.slow {
			g.faults = append(g.faults, "pixels sent slowly")
		}
	}
}

func (g *glass) take(b byte) {
	if g.command == 0x2c {
		if g.high < 0 {
			g.high = int(b)
			return
		}
		g.paint(uint16(g.high)<<8 | uint16(b))
		g.high = -1
		return
	}
	g.params = append(g.params, b)
	p := g.params
	switch {
	case g.command == 0x36:
		g.order = b
	case g.command == 0x2a && len(p) == 4:
		g.x = [2]int{int(p[0])<<8 | int(p[1]), int(p[2])<<8 | int(p[3])}
	case g.command == 0x2b && len(p) == 4:
		g.y = [2]int{int(p[0])<<8 | int(p[1]), int(p[2])<<8 | int(p[3])}
	}
}

// paint puts a pixel where MADCTL says: exchange first, then the mirrors.
func (g *glass) paint(v uint16) {
	col, row := g.at.X, g.at.Y
	if g.order&0x20 != 0 {
		col, row = row, col
	}
	if g.order&0x40 != 0 {
		col = 239 - col
	}
	if g.order&0x80 != 0 {
		row = 319 - row
	}
	if col < 0 || col > 239 || row < 0 || row > 319 {
		g.faults = append(g.faults, fmt.Sprintf("pixel outside of the memory at %v", g.at))
		return
	}
	g.ram[row][col] = v
	if g.at.X++; g.at.X > g.x[1] {
		g.at.X = g.x[0]
		if g.at.Y++; g.at.Y > g.y[1] {
			g.at.Y = g.y[0]
		}
	}
}

// seen is the picture as a customer sees it, who stands before a panel that is mounted turned.
func (g *glass) seen(m Model) *Frame {
	g.mu.Lock()
	defer g.mu.Unlock()
	b := m.Bounds()
	f := NewFrame(b.Dx(), b.Dy())
	for y := range f.H {
		for x := range f.W {
			col, row := x, y
			switch m.Rotation {
			case 90:
				col, row = m.Width-1-y, x
			case 180:
				col, row = m.Width-1-x, m.Height-1-y
			case 270:
				col, row = y, m.Height-1-x
			}
			v := g.ram[row+m.RowOffset][col+m.ColOffset]
			f.Pix[2*(y*f.W+x)], f.Pix[2*(y*f.W+x)+1] = byte(v>>8), byte(v)
		}
	}
	return f
}

// wire is an output pin.
type wire struct {
	mu    sync.Mutex
	level gpio.Level
	moves int
}

func (w *wire) now() gpio.Level {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.level
}

func (w *wire) String() string   { return "wire" }
func (w *wire) Halt() error      { return nil }
func (w *wire) Name() string     { return "wire" }
func (w *wire) Number() int      { return -1 }
func (w *wire) Function() string { return "Out" }
func (w *wire) Out(l gpio.Level) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.level = l
	w.moves++
	return nil
}
func (w *wire) PWM(gpio.Duty, physic.Frequency) error { return errors.New("no PWM") }
