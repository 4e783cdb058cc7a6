package display

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"os"
	"slices"
	"testing"

	"github.com/hajimehoshi/bitmapfont/v4"
	"golang.org/x/image/math/fixed"
)

// drawn is a letter as the library draws it; nil if nothing is drawn there.
func drawn(r rune) (dots []bool, width int) {
	box, mask, at, _, ok := bitmapfont.FaceSC.Glyph(fixed.Point26_6{}, r)
	if !ok {
		return nil, 0
	}
	ink := r == ' ' || r == '\u3000'
	for y := range cellHeight {
		for x := range box.Dx() {
			_, _, _, a := mask.At(at.X+x, at.Y+y).RGBA()
			dots = append(dots, a != 0)
			ink = ink || a != 0
		}
	}
	if !ink {
		return nil, 0
	}
	return dots, box.Dx()
}

// laidOut is the face as its file has it, unpacked.
func laidOut() []byte {
	var runs []run
	var upper, lower []byte
	for r := rune(' '); r <= 0xFFFF; r++ {
		dots, width := drawn(r)
		if dots == nil {
			continue
		}
		if last := len(runs) - 1; last >= 0 && runs[last].first+runs[last].count == int(r) && runs[last].width == width {
			runs[last].count++
		} else {
			runs = append(runs, run{first: int(r), count: 1, width: width})
		}
		for x := range columns {
			var high, low byte
			for y := range upperRows {
				if x < width && dots[(1+y)*width+x] {
					high |= 1 << (upperRows - 1 - y)
				}
			}
			for y := range lowerRows {
				if x < width && dots[(1+upperRows+y)*width+x] {
					low |= 1 << (lowerRows - 1 - y)
				}
			}
			upper, lower = append(upper, high), append(lower, low)
		}
	}
	out := binary.BigEndian.AppendUint16(nil, uint16(len(runs)))
	for _, r := range runs {
		out = binary.BigEndian.AppendUint16(out, uint16(r.first))
		out = binary.BigEndian.AppendUint16(out, uint16(r.count))
		out = append(out, byte(r.width))
	}
	return slices.Concat(out, upper, lower)
}

func zipped(t *testing.T, b []byte) []byte {
	t.Helper()
	var z bytes.Buffer
	w, err := gzip.NewWriterLevel(&z, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return z.Bytes()
}

func TestTheBuiltInFaceIsTheLibrarys(t *testing.T) {
	if *update {
		if err := os.WriteFile("face.gz", zipped(t, laidOut()), 0o644); err != nil {
			t.Fatal(err)
		}
		return // what is embedded is of the time of the build: run it again
	}
	letters := 0
	for r := rune(' '); r <= 0xFFFF; r++ {
		want, wide := drawn(r)
		got, width, known := cell(r)
		if known != (want != nil) || width != wide || !slices.Equal(got, want) {
			t.Fatalf("%q is not the library's: run go test ./display -run BuiltInFace -update", r)
		}
		if known {
			letters++
		}
	}
	if letters < 35_000 {
		t.Fatalf("the library has only %d letters", letters)
	}
}
