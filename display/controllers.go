package display

import (
	"image"
	"time"

	"periph.io/x/conn/v3/physic"
)

// Commands that every controller here knows (MIPI DCS).
const (
	swreset = 0x01 // software reset
	rddid   = 0x04 // read display identification
	rddpm   = 0x0a // read display power mode
	slpin   = 0x10 // sleep in
	slpout  = 0x11 // sleep out
	noron   = 0x13 // normal display mode on: not partial
	invoff  = 0x20 // inversion off
	invon   = 0x21 // inversion on
	dispoff = 0x28 // display off
	dispon  = 0x29 // display on
	caset   = 0x2a // column address set: the left and right side of the window
	raset   = 0x2b // row address set: its upper and lower side
	ramwr   = 0x2c // memory write: pixels follow, row by row
	madctl  = 0x36 // memory access control: rotation and colour order
	idmoff  = 0x38 // idle mode off: all colours, not eight
	colmod  = 0x3a // pixel format
)

// The bits of MADCTL that place a picture.
const (
	myBit  = 0x80 // rows from the other end
	mxBit  = 0x40 // columns from the other end
	mvBit  = 0x20 // rows and columns exchanged
	bgrBit = 0x08 // blue first
)

// turns is MADCTL by rotation for glass that lies as its controller's memory does.
var turns = map[int]byte{0: 0, 90: mxBit | mvBit, 180: mxBit | myBit, 270: myBit | mvBit}

// controller is everything that the driver knows of a controller; each has a table in a file of its own.
type controller struct {
	name    string      // as in the config
	memory  image.Point // columns and rows
	mounted byte        // MADCTL's mirrors at rotation 0, as boards wire their glass
	words   bool        // shift registers: commands and parameters travel as 16-bit words, and nothing answers
	pixel   int         // bytes of a pixel on the wire: 2 for RGB565, 3 for six bits a colour
	clock   physic.Frequency
	most    physic.Frequency // what others ran it at over short wires
	wake    []step           // from sleep to ready, all but switching the picture on
	boards  []board          // first the usual one of a size
	indexed byte             // the command before D3 that chooses a byte of its answer; 0: D3 is not asked
}

// board is a glass that a controller is sold with.
type board struct {
	w, h     int
	col, row int         // its first column and row in the memory, at rotation 0
	memory   image.Point // if boards strap it to another size
	bgr, inv bool        // the glass has blue first; it wants INVON
}

// step is a command, its parameters, and how long the controller must be left alone after it. The model gives the
// parameter of madctl, and whether invoff becomes invon.
type step struct {
	command byte
	params  []byte
	wait    time.Duration
}

var controllers = []*controller{&st7789, &ili9341, &ili9486, &ili9488, &st7735}

func (c *controller) behind(g board, rotation int) Model {
	return Model{Controller: c.name, Width: g.w, Height: g.h, Rotation: rotation, ColOffset: g.col, RowOffset: g.row,
		Memory: g.memory, BGR: g.bgr, Invert: g.inv}
}

func (m Model) chip() *controller {
	for _, c := range controllers {
		if c.name == m.Controller {
			return c
		}
	}
	return nil
}

// wakeup is the controller's table with this model's rotation and colours.
func (m Model) wakeup() []step {
	c := m.chip()
	steps := append([]step(nil), c.wake...)
	for i := range steps {
		switch steps[i].command {
		case madctl:
			steps[i].params = []byte{m.order()}
		case invoff:
			if m.Invert {
				steps[i].command = invon
			}
		}
	}
	return steps
}

// order is MADCTL.
func (m Model) order() byte {
	b := turns[m.Rotation] ^ m.chip().mounted
	if m.BGR {
		b |= bgrBit
	}
	return b
}

// aside is the cost of a new window in pixels that could travel in the same time: two sides and a command, which take
// five transfers, for each of which the kernel needs about perTransfer.
func (c *controller) aside() int {
	sides := 11
	if c.words {
		sides *= 2
	}
	lost := 5 * perTransfer.Seconds() * float64(c.clock/physic.Hertz) / 8
	return (sides + int(lost)) / c.pixel
}

const perTransfer = 80 * time.Microsecond
