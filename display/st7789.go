package display

import (
	"image"
	"time"

	"periph.io/x/conn/v3/physic"
)

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
