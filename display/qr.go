package display

import (
	"errors"
	"fmt"
	"image"

	"github.com/skip2/go-qrcode"
)

// ErrUnscannable means that a code would be too small on this panel for phones to read.
var ErrUnscannable = errors.New("the code is unscannable on this panel")

const (
	quiet       = 4 // modules of white around a code, as its standard demands
	goodModule  = 4 // pixels: phones read these at arm's length
	leastModule = 3 // pixels: below, a code is refused
)

// code is a payment code with the whole number of pixels its modules get.
type code struct {
	dots  [][]bool
	scale int
}

// Fits returns nil if phones can read this payment code on the panel, and ErrUnscannable otherwise.
func Fits(content string, m Model) error {
	_, err := encode(content, codeRooms(m.Bounds().Dx(), m.Bounds().Dy())...)
	return err
}

// encode makes a code for the first of some square rooms in which phones can read it.
func encode(content string, rooms ...int) (k code, err error) {
	for _, b := range []byte(content) {
		if b <= ' ' || b > '~' {
			return code{}, fmt.Errorf("a payment code holds printable ASCII: %w", ErrUnscannable)
		}
	}
	for _, room := range rooms {
		if k, err = encodeIn(content, room); err == nil {
			return k, nil
		}
	}
	return code{}, err
}

// encodeIn makes a code for one room. It takes less error recovery only if that makes the modules larger.
func encodeIn(content string, room int) (code, error) {
	best, err := encodeAt(content, qrcode.Medium, room)
	if best.scale < goodModule {
		if low, lowErr := encodeAt(content, qrcode.Low, room); lowErr == nil && low.scale > best.scale {
			best, err = low, nil
		}
	}
	if err != nil {
		return code{}, err
	}
	if best.scale < leastModule {
		return code{}, fmt.Errorf("%d modules in %d pixels: %w", len(best.dots)+2*quiet, room, ErrUnscannable)
	}
	return best, nil
}

func encodeAt(content string, level qrcode.RecoveryLevel, room int) (code, error) {
	q, err := qrcode.New(content, level)
	if err != nil { // too long or empty; its words could hold the content
		return code{}, fmt.Errorf("%d bytes make no code: %w", len(content), ErrUnscannable)
	}
	q.DisableBorder = true
	k := code{dots: q.Bitmap()}
	k.scale = room / (len(k.dots) + 2*quiet)
	return k, nil
}

// side is the code's width with its quiet zone, pixels.
func (k code) side() int { return (len(k.dots) + 2*quiet) * k.scale }

// code draws a code with its top left at a point.
func (c *canvas) code(k code, at image.Point) {
	c.fill(image.Rect(0, 0, k.side(), k.side()).Add(at), white)
	for y, row := range k.dots {
		for x := 0; x < len(row); x++ {
			from := x
			for x < len(row) && row[x] {
				x++
			}
			if x > from {
				c.fill(k.cells(from, y, x-from).Add(at), black)
			}
		}
	}
}

func (k code) cells(x, y, n int) image.Rectangle {
	x, y = (x+quiet)*k.scale, (y+quiet)*k.scale
	return image.Rect(x, y, x+n*k.scale, y+k.scale)
}

// prove reads every module back from a finished frame, quiet zone included: what will be on the glass
// must be the code that was asked for.
func (k code) prove(f *Frame, at image.Point) error {
	n := len(k.dots)
	for y := -quiet; y < n+quiet; y++ {
		for x := -quiet; x < n+quiet; x++ {
			want := white
			if x >= 0 && y >= 0 && x < n && y < n && k.dots[y][x] {
				want = black
			}
			centre := k.cells(x, y, 1).Add(at).Min.Add(image.Pt(k.scale/2, k.scale/2))
			if !centre.In(f.Bounds()) || f.At(centre.X, centre.Y) != want {
				return fmt.Errorf("read module %d,%d back from the frame: it differs", x, y)
			}
		}
	}
	return nil
}
