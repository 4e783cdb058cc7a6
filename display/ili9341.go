package display

import (
	"image"
	"time"

	"periph.io/x/conn/v3/physic"
)

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
