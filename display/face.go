package display

import (
	"bytes"
	"compress/gzip"
	"embed"
	_ "embed"
	"encoding/binary"
	"fmt"
	"io"
	"sort"
	"sync"
)

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
