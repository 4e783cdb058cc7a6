package display

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/binary"
	"fmt"
	"image"
	"io"
	"sort"
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

// face.gz is the simplified Chinese face of github.com/hajimehoshi/bitmapfont/v4, 12 px. The library brings six faces,
// 2.5 MB, and the kiosk needs one; a test makes this file from it and compares every letter. It is laid out so that it
// packs well: the number of runs of letters, the runs, the upper halves of all columns, then the lower ones.
//
//go:embed face.gz
var faceFile []byte

const (
	runLen     = 5  // a run's first letter (2 bytes), how many there are (2), how wide they are (1)
	columns    = 12 // bytes of a half of a letter
	upperRows  = 8  // rows 1 to 8, the uppermost in the highest bit
	lowerRows  = 6  // rows 9 to 14; the first and the last row of the cell are empty
	cellHeight = 16
	cellAscent = 12
)

// run is letters in a row, of one width.
type run struct{ first, count, width, before int }

type typeface struct {
	runs         []run
	upper, lower []byte
}

var face = sync.OnceValue(func() typeface {
	z, err := gzip.NewReader(bytes.NewReader(faceFile))
	if err != nil {
		panic(fmt.Errorf("unpack the built-in face: %w", err))
	}
	b, err := io.ReadAll(z)
	if err != nil {
		panic(fmt.Errorf("unpack the built-in face: %w", err))
	}
	var f typeface
	letters, at := 0, 2
	for range binary.BigEndian.Uint16(b) {
		r := run{int(binary.BigEndian.Uint16(b[at:])), int(binary.BigEndian.Uint16(b[at+2:])), int(b[at+4]), letters}
		f.runs = append(f.runs, r)
		letters += r.count
		at += runLen
	}
	f.upper, f.lower = b[at:at+columns*letters], b[at+columns*letters:]
	return f
})

// cell reads a letter of the bitmap font, and whether it knows it.
func cell(r rune) (dots []bool, width int, known bool) {
	f := face()
	i := sort.Search(len(f.runs), func(i int) bool { return f.runs[i].first+f.runs[i].count > int(r) })
	if i == len(f.runs) || f.runs[i].first > int(r) {
		return nil, 0, false
	}
	width = f.runs[i].width
	at := columns * (f.runs[i].before + int(r) - f.runs[i].first)
	dots = make([]bool, width*cellHeight)
	for x := range width {
		for y := range upperRows {
			dots[(1+y)*width+x] = f.upper[at+x]&(1<<(upperRows-1-y)) != 0
		}
		for y := range lowerRows {
			dots[(1+upperRows+y)*width+x] = f.lower[at+x]&(1<<(lowerRows-1-y)) != 0
		}
	}
	return dots, width, true
}

// The Go fonts of golang.org/x/image, without hinting, which is never run, and packed (with zopfli, a little tighter than
// our own gzip): raw they are a third of a megabyte more. A test makes these files from
// the library and compares them.
//
//go:embed latin/*.ttf.gz
var latinFiles embed.FS

// outlines names the faces of our Latin letters.
var outlines = []string{"medium", "bold", "mono"}

func latinFont(name string) ([]byte, error) {
	f, err := latinFiles.Open("latin/" + name + ".ttf.gz")
	if err != nil {
		return nil, fmt.Errorf("unpack the font %s: %w", name, err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("unpack the font %s: %w", name, err)
	}
	ttf, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("unpack the font %s: %w", name, err)
	}
	return ttf, nil
}
