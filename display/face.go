package display

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"fmt"
	"io"
	"sort"
	"sync"
)

// face.gz is the simplified Chinese face of github.com/hajimehoshi/bitmapfont/v4, 12 px, as records of one
// letter each: the rune, its width, and 16 rows of dots. The library brings six faces, 2.5 MB, where the
// kiosk needs one; a test makes this file from it and compares every letter.
//
//go:embed face.gz
var faceFile []byte

// A record is a rune (2 bytes), a width (1) and its rows (2 each), the leftmost dot in the highest bit.
const recordLen = 2 + 1 + 2*cellHeight

var face = sync.OnceValue(func() []byte {
	z, err := gzip.NewReader(bytes.NewReader(faceFile))
	if err != nil {
		panic(fmt.Errorf("unpack the built-in face: %w", err))
	}
	b, err := io.ReadAll(z)
	if err != nil || len(b)%recordLen != 0 {
		panic(fmt.Errorf("unpack the built-in face: %d bytes, %w", len(b), err))
	}
	return b
})

// cell reads a letter of the bitmap font, and whether it knows it.
func cell(r rune) (dots []bool, width int, known bool) {
	all := face()
	n := len(all) / recordLen
	at := func(i int) []byte { return all[i*recordLen : (i+1)*recordLen] }
	i := sort.Search(n, func(i int) bool { return rune(binary.BigEndian.Uint16(at(i))) >= r })
	if i == n || rune(binary.BigEndian.Uint16(at(i))) != r {
		return nil, 0, false
	}
	width = int(at(i)[2])
	for y := range cellHeight {
		row := binary.BigEndian.Uint16(at(i)[3+2*y:])
		for x := range width {
			dots = append(dots, row&(1<<(15-x)) != 0)
		}
	}
	return dots, width, true
}
