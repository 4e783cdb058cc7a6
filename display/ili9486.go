package display

import (
	"image"
	"time"

	"periph.io/x/conn/v3/physic"
)

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
