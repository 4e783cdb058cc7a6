package display

import (
	"image"
	"time"

	"periph.io/x/conn/v3/physic"
)

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
