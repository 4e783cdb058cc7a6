package display

import (
	"bytes"
	"image"
)

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
