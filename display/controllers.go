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

// controller is everything that the driver knows of a controller; their tables stand below.
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

// st7789: the small IPS glasses of 1.1 to 2.8 inches. They show negatives without INVON.
var st7789 = controller{
	name: "st7789", memory: image.Pt(240, 320), pixel: 2,
	clock: 40 * physic.MegaHertz, most: 62500 * physic.KiloHertz,
	boards: []board{
		{w: 240, h: 240, inv: true},
		{w: 240, h: 320, inv: true},
		{w: 240, h: 280, row: 20, inv: true},
		{w: 170, h: 320, col: 35, inv: true},
		{w: 172, h: 320, col: 34, inv: true},
		{w: 135, h: 240, col: 52, row: 40, inv: true},
	},
	wake: []step{
		{slpout, nil, 120 * time.Millisecond},
		{colmod, []byte{0x55}, 10 * time.Millisecond}, // 16 bits a pixel
		{madctl, nil, 0},
		{0xb2, []byte{0x0c, 0x0c, 0x00, 0x33, 0x33}, 0}, // porch
		{0xb7, []byte{0x35}, 0},                         // gate voltages
		{0xbb, []byte{0x19}, 0},                         // VCOM
		{0xc0, []byte{0x2c}, 0},                         // LCM control
		{0xc2, []byte{0x01, 0xff}, 0},                   // VDV and VRH from these commands
		{0xc3, []byte{0x12}, 0},                         // VRH
		{0xc4, []byte{0x20}, 0},                         // VDV
		{0xc6, []byte{0x0f}, 0},                         // 60 Hz
		{0xd0, []byte{0xa4, 0xa1}, 0},                   // supply voltages
		{0xe0, []byte{0xd0, 0x04, 0x0d, 0x11, 0x13, 0x2b, 0x3f, 0x54, 0x4c, 0x18, 0x0d, 0x0b, 0x1f, 0x23}, 0}, // gamma, positive
		{0xe1, []byte{0xd0, 0x04, 0x0c, 0x11, 0x13, 0x2c, 0x3f, 0x44, 0x51, 0x2f, 0x1f, 0x1f, 0x20, 0x23}, 0}, // negative
		{invoff, nil, 0},
		{noron, nil, 10 * time.Millisecond},
	},
}

// ili9341: the TN glasses of 2.2 to 2.8 inches, as the Linux driver starts them. The datasheet's 10 MHz is far
// below what every board bears.
var ili9341 = controller{
	name: "ili9341", memory: image.Pt(240, 320), mounted: mxBit, pixel: 2, indexed: 0xd9,
	clock: 32 * physic.MegaHertz, most: 73 * physic.MegaHertz,
	boards: []board{{w: 240, h: 320, bgr: true}},
	wake: []step{
		{0xef, []byte{0x03, 0x80, 0x02}, 0},             // undocumented
		{0xcf, []byte{0x00, 0xc1, 0x30}, 0},             // power B
		{0xed, []byte{0x64, 0x03, 0x12, 0x81}, 0},       // power-on sequence
		{0xe8, []byte{0x85, 0x00, 0x78}, 0},             // driver timing A
		{0xcb, []byte{0x39, 0x2c, 0x00, 0x34, 0x02}, 0}, // power A
		{0xf7, []byte{0x20}, 0},                         // pump ratio
		{0xea, []byte{0x00, 0x00}, 0},                   // driver timing B
		{0xc0, []byte{0x23}, 0},                         // GVDD, the reference of the grey levels
		{0xc1, []byte{0x10}, 0},                         // step-up factors
		{0xc5, []byte{0x3e, 0x28}, 0},                   // VCOM
		{0xc7, []byte{0x86}, 0},                         // VCOM offset
		{madctl, nil, 0},
		{colmod, []byte{0x55}, 0},
		{0xb1, []byte{0x00, 0x18}, 0},       // 79 Hz
		{0xb6, []byte{0x08, 0x82, 0x27}, 0}, // scan directions
		{0xf2, []byte{0x00}, 0},             // one gamma for all colours
		{0x26, []byte{0x01}, 0},             // gamma curve
		{0xe0, []byte{0x0f, 0x31, 0x2b, 0x0c, 0x0e, 0x08, 0x4e, 0xf1, 0x37, 0x07, 0x10, 0x03, 0x0e, 0x09, 0x00}, 0}, // gamma, positive
		{0xe1, []byte{0x00, 0x0e, 0x14, 0x03, 0x11, 0x07, 0x31, 0xc1, 0x48, 0x08, 0x0f, 0x0c, 0x31, 0x36, 0x0f}, 0}, // negative
		{invoff, nil, 0},
		{slpout, nil, 120 * time.Millisecond},
	},
}

// ili9486: the 3.5 inch hats for the Pi. Shift registers make a 16-bit bus of the SPI, one way only. At 32 MHz
// they glitch every few minutes. The IPS kind (hat "B") wants INVON.
var ili9486 = controller{
	name: "ili9486", memory: image.Pt(320, 480), mounted: mxBit, words: true, pixel: 2,
	clock: 24 * physic.MegaHertz, most: 28600 * physic.KiloHertz,
	boards: []board{{w: 320, h: 480, bgr: true}},
	wake: []step{
		{0xb0, []byte{0x00}, 0}, // interface mode
		{slpout, nil, 250 * time.Millisecond},
		{colmod, []byte{0x55}, 0},                 // 16 bits a pixel
		{0xc2, []byte{0x44}, 0},                   // step-up frequency in normal mode
		{0xc5, []byte{0x00, 0x00, 0x00, 0x00}, 0}, // VCOM
		{0xe0, []byte{0x0f, 0x1f, 0x1c, 0x0c, 0x0f, 0x08, 0x48, 0x98, 0x37, 0x0a, 0x13, 0x04, 0x11, 0x0d, 0x00}, 0}, // gamma, positive
		{0xe1, []byte{0x0f, 0x32, 0x2e, 0x0b, 0x0d, 0x05, 0x47, 0x75, 0x37, 0x06, 0x10, 0x03, 0x24, 0x20, 0x00}, 0}, // negative
		{0xe2, []byte{0x0f, 0x32, 0x2e, 0x0b, 0x0d, 0x05, 0x47, 0x75, 0x37, 0x06, 0x10, 0x03, 0x24, 0x20, 0x00}, 0}, // digital
		{madctl, nil, 0},
		{invoff, nil, 0},
		{noron, nil, 10 * time.Millisecond},
	},
}

// ili9488: the bare 3.5 to 4 inch modules, and those of the ILI9486L. Over SPI they take 18-bit pixels only.
var ili9488 = controller{
	name: "ili9488", memory: image.Pt(320, 480), mounted: mxBit, pixel: 3,
	clock: 32 * physic.MegaHertz, most: 50 * physic.MegaHertz,
	boards: []board{{w: 320, h: 480, bgr: true}},
	wake: []step{
		{0xe0, []byte{0x00, 0x03, 0x09, 0x08, 0x16, 0x0a, 0x3f, 0x78, 0x4c, 0x09, 0x0a, 0x08, 0x16, 0x1a, 0x0f}, 0}, // gamma, positive
		{0xe1, []byte{0x00, 0x16, 0x19, 0x03, 0x0f, 0x05, 0x32, 0x45, 0x46, 0x04, 0x0e, 0x0d, 0x35, 0x37, 0x0f}, 0}, // negative
		{0xc0, []byte{0x17, 0x15}, 0},       // grey level references
		{0xc1, []byte{0x41}, 0},             // step-up factors
		{0xc5, []byte{0x00, 0x12, 0x80}, 0}, // VCOM
		{madctl, nil, 0},
		{colmod, []byte{0x66}, 0},                 // 18 bits a pixel
		{0xb0, []byte{0x00}, 0},                   // answers on a wire of its own
		{0xb1, []byte{0xa0}, 0},                   // 60 Hz
		{0xb4, []byte{0x02}, 0},                   // 2-dot inversion
		{0xb6, []byte{0x02, 0x02}, 0},             // scan directions
		{0xe9, []byte{0x00}, 0},                   // no 24-bit bus
		{0xf7, []byte{0xa9, 0x51, 0x2c, 0x82}, 0}, // adjust control 3
		{invoff, nil, 0},
		{slpout, nil, 120 * time.Millisecond},
		{idmoff, nil, 0},
		{noron, nil, 10 * time.Millisecond},
	},
}

// st7735: the 1.8 inch glasses, told apart by the tab on their foil. Green: 2 columns and a row into the memory.
// Black, and red with blue first: memory strapped to the glass.
var st7735 = controller{
	name: "st7735", memory: image.Pt(132, 162), mounted: mxBit | myBit, pixel: 2,
	clock: 20 * physic.MegaHertz, most: 59 * physic.MegaHertz,
	boards: []board{
		{w: 128, h: 160, col: 2, row: 1, bgr: true},
		{w: 128, h: 160, memory: image.Pt(128, 160)},
	},
	wake: []step{
		{slpout, nil, 120 * time.Millisecond},
		{0xb1, []byte{0x01, 0x2c, 0x2d}, 0},                   // frame rates
		{0xb2, []byte{0x01, 0x2c, 0x2d}, 0},                   // in idle mode
		{0xb3, []byte{0x01, 0x2c, 0x2d, 0x01, 0x2c, 0x2d}, 0}, // in partial mode
		{0xb4, []byte{0x07}, 0},                               // line inversion
		{0xc0, []byte{0xa2, 0x02, 0x84}, 0},                   // supply voltages
		{0xc1, []byte{0xc5}, 0},                               // gate voltages
		{0xc2, []byte{0x0a, 0x00}, 0},                         // amplifiers: in normal mode
		{0xc3, []byte{0x8a, 0x2a}, 0},                         // in idle mode
		{0xc4, []byte{0x8a, 0xee}, 0},                         // in partial mode
		{0xc5, []byte{0x0e}, 0},                               // VCOM
		{invoff, nil, 0},
		{madctl, nil, 0},
		{colmod, []byte{0x05}, 0}, // 16 bits a pixel
		{0xe0, []byte{0x02, 0x1c, 0x07, 0x12, 0x37, 0x32, 0x29, 0x2d, 0x29, 0x25, 0x2b, 0x39, 0x00, 0x01, 0x03, 0x10}, 0}, // gamma, positive
		{0xe1, []byte{0x03, 0x1d, 0x07, 0x06, 0x2e, 0x2c, 0x29, 0x2d, 0x2e, 0x2e, 0x37, 0x3f, 0x00, 0x00, 0x02, 0x10}, 0}, // negative
		{noron, nil, 10 * time.Millisecond},
	},
}
