package display

import (
	"image"
	"time"

	"periph.io/x/conn/v3/physic"
)

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
