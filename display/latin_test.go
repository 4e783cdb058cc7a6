package display

import (
	"bytes"
	"encoding/binary"
	"maps"
	"os"
	"slices"
	"testing"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/opentype"
)

// bare is a TrueType font without what our drawing never reads: the programs that fit outlines to a screen's grid, names, and
// the outlines of letters that are no Latin.
func bare(t *testing.T, ttf []byte) []byte {
	font, err := opentype.Parse(ttf)
	if err != nil {
		t.Fatal(err)
	}
	kept := map[int]bool{}
	for r := rune(0); r < 0x10000; r++ {
		if i, err := font.GlyphIndex(nil, r); err == nil && outlined(r) {
			kept[int(i)] = true
		}
	}
	be := binary.BigEndian
	in := map[string][]byte{}
	for i := range int(be.Uint16(ttf[4:])) {
		e := ttf[12+16*i:]
		in[string(e[:4])] = ttf[be.Uint32(e[8:]):][:be.Uint32(e[12:])]
	}
	out := map[string][]byte{}
	for _, name := range []string{"OS/2", "cmap", "head", "hhea", "hmtx", "maxp"} {
		out[name] = bytes.Clone(in[name])
	}
	out["post"] = append([]byte{0, 3, 0, 0}, in["post"][4:32]...) // 3: no glyph has a name
	at := func(glyph int) int {
		if be.Uint16(in["head"][50:]) == 0 {
			return 2 * int(be.Uint16(in["loca"][2*glyph:]))
		}
		return int(be.Uint32(in["loca"][4*glyph:]))
	}
	be.PutUint16(out["head"][50:], 1)
	count := int(be.Uint16(in["maxp"][4:]))
	for i := range count {
		if kept[i] {
			keepParts(kept, in["glyf"][at(i):at(i+1)])
		}
	}
	for i := range count {
		out["loca"] = be.AppendUint32(out["loca"], uint32(len(out["glyf"])))
		if kept[i] {
			out["glyf"] = append(out["glyf"], unhinted(in["glyf"][at(i):at(i+1)])...)
		}
	}
	out["loca"] = be.AppendUint32(out["loca"], uint32(len(out["glyf"])))

	names := slices.Sorted(maps.Keys(out))
	b := append(bytes.Clone(ttf[:4]), 0, byte(len(names)), 0, 0, 0, 0, 0, 0)
	where := 12 + 16*len(names)
	for _, name := range names {
		b = append(b, name...)
		b = be.AppendUint32(b, 0) // a sum that nobody asks for
		b = be.AppendUint32(b, uint32(where))
		b = be.AppendUint32(b, uint32(len(out[name])))
		where += (len(out[name]) + 3) &^ 3
	}
	for _, name := range names {
		b = append(b, out[name]...)
		b = append(b, make([]byte, -len(out[name])&3)...)
	}
	return b
}

// keepParts keeps what a glyph is made of, if it is made of others; in these fonts none of those is made of others again.
func keepParts(kept map[int]bool, glyph []byte) {
	be := binary.BigEndian
	if len(glyph) == 0 || int16(be.Uint16(glyph)) >= 0 {
		return
	}
	for b := glyph[10:]; ; {
		flags := be.Uint16(b)
		kept[int(be.Uint16(b[2:]))] = true
		size := 6
		for _, f := range []struct {
			flag uint16
			more int
		}{{1, 2}, {8, 2}, {0x40, 4}, {0x80, 8}} { // words for bytes, one scale, two, a matrix
			if flags&f.flag != 0 {
				size += f.more
			}
		}
		if flags&0x20 == 0 { // no more of them
			return
		}
		b = b[size:]
	}
}

// unhinted is a glyph without its program. One that is made of others has at most a few bytes of it, and keeps them.
func unhinted(glyph []byte) []byte {
	be := binary.BigEndian
	if len(glyph) == 0 || int16(be.Uint16(glyph)) < 0 {
		return glyph
	}
	program := 10 + 2*int(be.Uint16(glyph))
	g := append(bytes.Clone(glyph[:program]), 0, 0)
	g = append(g, glyph[program+2+int(be.Uint16(glyph[program:])):]...)
	return append(g, make([]byte, len(g)&1)...)
}

func TestTheLatinFontsAreTheLibrarys(t *testing.T) {
	for name, library := range map[string][]byte{"medium": gomedium.TTF, "bold": gobold.TTF, "mono": gomonobold.TTF} {
		want := bare(t, library)
		if *update {
			if err := os.WriteFile("latin/"+name+".ttf.gz", zipped(t, want), 0o644); err != nil {
				t.Fatal(err)
			}
			continue // what is embedded is of the time of the build: run it again
		}
		if got, err := latinFont(name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("latin/%s.ttf.gz is not the library's font (%v): run go test ./display -run LatinFonts -update", name, err)
		}
	}
}

// What is packed draws every letter as the library's own font does.
func TestTheBareFontsDrawAsTheLibrarysDo(t *testing.T) {
	drawn := 0
	for name, library := range map[string][]byte{"medium": gomedium.TTF, "bold": gobold.TTF, "mono": gomonobold.TTF} {
		whole, err := opentype.Parse(library)
		if err != nil {
			t.Fatal(err)
		}
		s := style{1, 19, name}
		theirs := &typecase{fonts: map[string]*opentype.Font{name: whole}, faces: map[style]font.Face{}}
		ours := &typecase{fonts: letters().fonts, faces: map[style]font.Face{}}
		for r := rune(0); r < 0x10000; r++ {
			want, knows := theirs.outline(s, r)
			if got, ok := ours.outline(s, r); ok != knows || got.advance != want.advance || got.box != want.box || !bytes.Equal(got.alpha, want.alpha) {
				t.Errorf("%s: %q is drawn in another way", name, r)
			}
			if knows {
				drawn++
			}
		}
	}
	if drawn < 3*300 {
		t.Errorf("only %d letters were compared", drawn)
	}
}
