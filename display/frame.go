package display

import (
	"image"
	"image/color"
)

// Frame is a picture as it travels: RGB565, high byte first, rows without gaps.
type Frame struct {
	W, H int
	Pix  []byte
}

// NewFrame makes a black frame.
func NewFrame(w, h int) *Frame { return &Frame{W: w, H: h, Pix: make([]byte, 2*w*h)} }

// Bounds is the frame's rectangle, from 0,0.
func (f *Frame) Bounds() image.Rectangle { return image.Rect(0, 0, f.W, f.H) }

// Clone copies a frame.
func (f *Frame) Clone() *Frame {
	return &Frame{W: f.W, H: f.H, Pix: append([]byte(nil), f.Pix...)}
}

// At reads a pixel; outside of the frame it is black.
func (f *Frame) At(x, y int) color.RGBA {
	if !(image.Point{X: x, Y: y}).In(f.Bounds()) {
		return color.RGBA{A: 0xff}
	}
	i := 2 * (y*f.W + x)
	return unpack(uint16(f.Pix[i])<<8 | uint16(f.Pix[i+1]))
}

// Image turns a frame into a picture for PNG.
func (f *Frame) Image() *image.RGBA {
	img := image.NewRGBA(f.Bounds())
	for i, o := 0, 0; i < len(f.Pix); i, o = i+2, o+4 {
		c := unpack(uint16(f.Pix[i])<<8 | uint16(f.Pix[i+1]))
		img.Pix[o], img.Pix[o+1], img.Pix[o+2], img.Pix[o+3] = c.R, c.G, c.B, 0xff
	}
	return img
}

// unpack widens five and six bits to eight so that white stays white.
func unpack(v uint16) color.RGBA {
	r, g, b := v>>11, v>>5&0x3f, v&0x1f
	return color.RGBA{R: uint8(r<<3 | r>>2), G: uint8(g<<2 | g>>4), B: uint8(b<<3 | b>>2), A: 0xff}
}

func pack(c color.RGBA) uint16 {
	return uint16(c.R>>3)<<11 | uint16(c.G>>2)<<5 | uint16(c.B>>3)
}
