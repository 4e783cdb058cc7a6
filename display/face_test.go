package display

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"os"
	"testing"

	"github.com/hajimehoshi/bitmapfont/v4"
	"golang.org/x/image/math/fixed"
)

// record is a letter as the library draws it; nil if nothing is drawn there.
func record(r rune) []byte {
	box, mask, at, _, ok := bitmapfont.FaceSC.Glyph(fixed.Point26_6{}, r)
	if !ok {
		return nil
	}
	b := make([]byte, recordLen)
	binary.BigEndian.PutUint16(b, uint16(r))
	b[2] = byte(box.Dx())
	drawn := r == ' ' || r == '\u3000'
	for y := range cellHeight {
		row := uint16(0)
		for x := range box.Dx() {
			if _, _, _, a := mask.At(at.X+x, at.Y+y).RGBA(); a != 0 {
				row |= 1 << (15 - x)
				drawn = true
			}
		}
		binary.BigEndian.PutUint16(b[3+2*y:], row)
	}
	if !drawn {
		return nil
	}
	return b
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
	var want []byte
	for r := rune(' '); r <= 0xFFFF; r++ {
		want = append(want, record(r)...)
	}
	if *update {
		packed := zipped(t, want)
		if err := os.WriteFile("face.gz", packed, 0o644); err != nil {
			t.Fatal(err)
		}
		faceFile = packed
	}
	if letters := len(want) / recordLen; letters < 15_000 {
		t.Fatalf("the library has only %d letters", letters)
	}
	if !bytes.Equal(face(), want) {
		t.Error("face.gz is not the library's face: run go test ./display -run BuiltInFace -update")
	}
}
