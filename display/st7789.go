package display

import (
	"image"
	"time"
)

// Commands of the ST7789 datasheet (MIPI DCS numbers below B0).
const (
	swreset = 0x01
	slpin   = 0x10
	slpout  = 0x11
	noron   = 0x13
	invoff  = 0x20
	invon   = 0x21
	dispoff = 0x28
	dispon  = 0x29
	caset   = 0x2a
	raset   = 0x2b
	ramwr   = 0x2c
	madctl  = 0x36
	colmod  = 0x3a
)

const (
	bgrBit    = 0x08
	ramWidth  = 240
	ramHeight = 320
)

// step is a command, its parameters, and how long the controller wants to be left alone after it.
type step struct {
	command byte
	params  []byte
	wait    time.Duration
}

// wakeup brings a controller from sleep to ready, all but switching the picture on.
func (m Model) wakeup() []step {
	order := map[int]byte{0: 0x00, 90: 0x60, 180: 0xc0, 270: 0xa0}[m.Rotation]
	if m.BGR {
		order |= bgrBit
	}
	inversion := byte(invon)
	if m.Upright {
		inversion = invoff
	}
	return []step{
		{slpout, nil, 120 * time.Millisecond},
		{colmod, []byte{0x55}, 10 * time.Millisecond},
		{madctl, []byte{order}, 0},
		{0xb2, []byte{0x0c, 0x0c, 0x00, 0x33, 0x33}, 0}, // porch
		{0xb7, []byte{0x35}, 0},                         // gate voltages
		{0xbb, []byte{0x19}, 0},                         // VCOM
		{0xc0, []byte{0x2c}, 0},                         // LCM control
		{0xc2, []byte{0x01, 0xff}, 0},                   // VDV and VRH from these commands
		{0xc3, []byte{0x12}, 0},
		{0xc4, []byte{0x20}, 0},
		{0xc6, []byte{0x0f}, 0}, // 60 Hz
		{0xd0, []byte{0xa4, 0xa1}, 0},
		{0xe0, []byte{0xd0, 0x04, 0x0d, 0x11, 0x13, 0x2b, 0x3f, 0x54, 0x4c, 0x18, 0x0d, 0x0b, 0x1f, 0x23}, 0},
		{0xe1, []byte{0xd0, 0x04, 0x0c, 0x11, 0x13, 0x2c, 0x3f, 0x44, 0x51, 0x2f, 0x1f, 0x1f, 0x20, 0x23}, 0},
		{inversion, nil, 0},
		{noron, nil, 10 * time.Millisecond},
	}
}

// offset is where the picture's 0,0 lies in the controller's memory, after rotation.
func (m Model) offset() image.Point {
	right, below := ramWidth-m.Width-m.ColOffset, ramHeight-m.Height-m.RowOffset
	switch m.Rotation {
	case 90:
		return image.Pt(m.RowOffset, right)
	case 180:
		return image.Pt(right, below)
	case 270:
		return image.Pt(below, m.ColOffset)
	}
	return image.Pt(m.ColOffset, m.RowOffset)
}
