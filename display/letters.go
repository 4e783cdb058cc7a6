package display

import (
	"fmt"
	"image"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// style is a way of writing: Chinese as a bitmap of 12 pixels times scale, Latin as outlines of px.
type style struct {
	scale int
	px    int
	ttf   string // medium, bold or mono
}

var (
	small = style{1, 12, "medium"}
	large = style{2, 22, "medium"}
	huge  = style{3, 34, "bold"}
	mono  = style{1, 19, "mono"}
)

// digits is a style for amounts and seconds.
func digits(px int) style { return style{max(1, px/12), px, "bold"} }

// glyph is one letter as coverage, placed from the pen on the baseline.
type glyph struct {
	box     image.Rectangle
	alpha   []uint8
	advance int
	ink     image.Rectangle // the part of the box that is not empty
}

// typecase keeps the letters that were cut once. The outline faces stand behind its lock.
type typecase struct {
	mu    sync.Mutex
	fonts map[string]*opentype.Font
	faces map[style]font.Face
	cut   map[letter]glyph
}

type letter struct {
	style style
	r     rune
}

var letters = sync.OnceValue(func() *typecase {
	t := &typecase{fonts: map[string]*opentype.Font{}, faces: map[style]font.Face{}, cut: map[letter]glyph{}}
	for _, name := range outlines {
		ttf, err := latinFont(name)
		if err != nil {
			panic(err)
		}
		f, err := opentype.Parse(ttf)
		if err != nil {
			panic(fmt.Sprintf("parse embedded font %s: %v", name, err))
		}
		t.fonts[name] = f
	}
	return t
})

// glyph cuts a letter, or takes it from the case.
func (t *typecase) glyph(s style, r rune) glyph {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := letter{s, r}
	g, ok := t.cut[l]
	if !ok {
		if g, ok = t.outline(s, r); !ok {
			g = bitmap(s.scale, r)
		}
		for i, a := range g.alpha {
			if at := g.box.Min.Add(image.Pt(i%g.box.Dx(), i/g.box.Dx())); a > 0 {
				g.ink = g.ink.Union(image.Rectangle{at, at.Add(image.Pt(1, 1))})
			}
		}
		t.cut[l] = g
	}
	return g
}

// latin bounds the letters that are narrow and set in words; from here on each stands alone.
const latin = 0x2e80

// outlined returns whether a letter is drawn as an outline: Latin letters and marks. The bitmap font has more of the others.
func outlined(r rune) bool { return r < 0x250 || r >= 0x2000 && r < 0x2200 }

func (t *typecase) outline(s style, r rune) (glyph, bool) {
	face := t.faces[s]
	if face == nil {
		var err error
		face, err = opentype.NewFace(t.fonts[s.ttf], &opentype.FaceOptions{Size: float64(s.px), DPI: 72, Hinting: font.HintingFull})
		if err != nil {
			return glyph{}, false
		}
		t.faces[s] = face
	}
	if i, err := t.fonts[s.ttf].GlyphIndex(nil, r); !outlined(r) || i == 0 || err != nil {
		return glyph{}, false
	}
	box, mask, at, advance, ok := face.Glyph(fixed.Point26_6{}, r)
	if !ok {
		return glyph{}, false
	}
	g := glyph{box: box, advance: advance.Round()}
	for y := range box.Dy() {
		for x := range box.Dx() {
			_, _, _, a := mask.At(at.X+x, at.Y+y).RGBA()
			g.alpha = append(g.alpha, uint8(a>>8))
		}
	}
	return g, true
}

// bitmap cuts a letter of the bitmap font. A rune it does not know becomes a hollow box.
func bitmap(scale int, r rune) glyph {
	rows, width, known := cell(r)
	if !known {
		rows, width = tofu, 12
	}
	rows, w, h := enlarge(rows, width, cellHeight, scale)
	g := glyph{box: image.Rect(0, -cellAscent*scale, w, h-cellAscent*scale), advance: w, alpha: make([]uint8, w*h)}
	for i, on := range rows {
		if on {
			g.alpha[i] = 0xff
		}
	}
	return g
}

var tofu = func() []bool {
	dots := make([]bool, 12*cellHeight)
	for i := range dots {
		x, y := i%12, i/12
		inside := x >= 1 && x <= 10 && y >= 3 && y <= 12
		dots[i] = inside && (x == 1 || x == 10 || y == 3 || y == 12)
	}
	return dots
}()

// enlarge scales dots by a whole number, rounding corners as Scale2x and Scale3x do: every
// dot stays black or white, but diagonals lose their stairs.
func enlarge(dots []bool, w, h, scale int) ([]bool, int, int) {
	if scale == 1 {
		return dots, w, h
	}
	at := func(x, y int) bool { return x >= 0 && y >= 0 && x < w && y < h && dots[y*w+x] }
	out := make([]bool, w*h*scale*scale)
	for i := range out {
		x, y := i%(w*scale), i/(w*scale)
		cx, cy := x/scale, y/scale
		sx, sy := side(x%scale, scale), side(y%scale, scale)
		out[i] = at(cx, cy)
		if sx == 0 || sy == 0 {
			continue
		}
		across, along := at(cx+sx, cy), at(cx, cy+sy)
		if across == along && across != at(cx-sx, cy) && along != at(cx, cy-sy) {
			out[i] = across
		}
	}
	return out, w * scale, h * scale
}

// side says on which side of its dot a sub-dot lies: -1, 0 or 1.
func side(i, scale int) int {
	switch {
	case 2*i+1 < scale:
		return -1
	case 2*i+1 > scale:
		return 1
	}
	return 0
}
