package display

import (
	"bytes"
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

const (
	mostRect = 8  // rectangles a frame
	near     = 16 // pixels: changes this close in a row are one
	crowd    = 64 // rectangles beyond which sorting them out costs more than it saves
)

// changes lists the rectangles in which two frames of the same size differ. Setting one up costs as much
// as sending aside pixels.
func changes(old, new *Frame, aside int) []image.Rectangle {
	var rects []image.Rectangle
	stride := 2 * new.W
	for y := range new.H {
		a, b := old.Pix[y*stride:(y+1)*stride], new.Pix[y*stride:(y+1)*stride]
		if bytes.Equal(a, b) {
			continue
		}
		for _, s := range spans(a, b, y) {
			rects = attach(rects, s, aside)
		}
		if len(rects) > crowd {
			return []image.Rectangle{new.Bounds()}
		}
	}
	return thin(rects, aside)
}

// spans lists where two rows differ, bridging short gaps.
func spans(a, b []byte, y int) []image.Rectangle {
	var out []image.Rectangle
	for x := 0; x < len(a)/2; x++ {
		if a[2*x] == b[2*x] && a[2*x+1] == b[2*x+1] {
			continue
		}
		if n := len(out); n > 0 && x-out[n-1].Max.X < near {
			out[n-1].Max.X = x + 1
			continue
		}
		out = append(out, image.Rect(x, y, x+1, y+1))
	}
	return out
}

// attach lets a span grow the rectangle above it, or begins a new one. It looks upwards only:
// joining sideways as well would make one wide rectangle of two narrow columns.
func attach(rects []image.Rectangle, s image.Rectangle, aside int) []image.Rectangle {
	best, least := -1, aside
	for i, r := range rects {
		beside := s.Min.X > r.Max.X+near || s.Max.X < r.Min.X-near
		if beside || s.Min.Y > r.Max.Y+near/2 {
			continue
		}
		if w := waste(r, s); w < least {
			best, least = i, w
		}
	}
	if best < 0 {
		return append(rects, s)
	}
	rects[best] = rects[best].Union(s)
	return rects
}

// thin joins what is cheaper sent as one, and then the cheapest pairs while there are too many.
func thin(rects []image.Rectangle, aside int) []image.Rectangle {
	for len(rects) > 1 {
		a, b, least := 0, 0, 1<<30
		for i := range rects {
			for j := i + 1; j < len(rects); j++ {
				if w := waste(rects[i], rects[j]); w < least {
					a, b, least = i, j, w
				}
			}
		}
		if least >= aside && len(rects) <= mostRect {
			break
		}
		rects[a] = rects[a].Union(rects[b])
		rects = append(rects[:b], rects[b+1:]...)
	}
	return rects
}

// waste is how many pixels a union sends that its parts would not.
func waste(a, b image.Rectangle) int {
	return area(a.Union(b)) - area(a) - area(b) + area(a.Intersect(b))
}

func area(r image.Rectangle) int { return r.Dx() * r.Dy() }
