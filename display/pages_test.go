package display

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"kiosk/sale"
)

var update = flag.Bool("update", false, "renew the golden pictures")

func sample(t *testing.T, name string) Sample {
	t.Helper()
	for _, s := range Samples("zh") {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no sample %q", name)
	return Sample{}
}

// eachPage draws every sample in both languages at the sizes that are promised.
func eachPage(t *testing.T, do func(t *testing.T, name string, r Renderer, v sale.View)) {
	for _, size := range []string{"240x240", "240x320", "320x240"} {
		for _, lang := range []string{"zh", "en"} {
			r := Renderer{Model: model(t, size, 0), Language: lang, Contact: "400-000-0000", Kiosk: "K0042"}
			for _, s := range Samples(lang) {
				name := strings.ReplaceAll(s.Name, " ", "-") + "-" + lang + "-" + size
				t.Run(name, func(t *testing.T) { do(t, name, r, s.View) })
			}
		}
	}
}

func TestScreensLookAsTheyWereAgreed(t *testing.T) {
	dir := filepath.Join("testdata", "golden")
	if *update {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	eachPage(t, func(t *testing.T, name string, r Renderer, v sale.View) {
		file := filepath.Join(dir, name+".png")
		seen[file] = true
		f, err := r.Draw(v)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, file, f.Image())
	})
	eachSlip(t, []string{"240x240", "240x320", "320x240", "128x160"}, func(t *testing.T, name string, r Renderer, slip Slip) {
		file := filepath.Join(dir, name+".png")
		seen[file] = true
		f, _, err := r.Slip(slip)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, file, f.Image())
	})
	all, err := filepath.Glob(filepath.Join(dir, "*.png"))
	if err != nil || len(all) == 0 {
		t.Fatalf("no golden pictures (%v)", err)
	}
	for _, file := range all {
		if !seen[file] {
			t.Errorf("%s belongs to no screen", file)
		}
	}
}

// paletted makes the files a third as large; a page has few colours.
func paletted(img *image.RGBA) image.Image {
	seen := map[color.RGBA]uint8{}
	var colours color.Palette
	out := image.NewPaletted(img.Bounds(), nil)
	for i := range out.Pix {
		c := img.RGBAAt(i%out.Stride, i/out.Stride)
		n, ok := seen[c]
		if !ok {
			if len(colours) == 256 {
				return img
			}
			n = uint8(len(colours))
			seen[c], colours = n, append(colours, c)
		}
		out.Pix[i] = n
	}
	out.Palette = colours
	return out
}

// golden compares a picture with the one that was agreed, or agrees on it.
func golden(t *testing.T, file string, got *image.RGBA) {
	t.Helper()
	if *update {
		var b bytes.Buffer
		enc := png.Encoder{CompressionLevel: png.BestCompression}
		if err := enc.Encode(&b, paletted(got)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.Open(file)
	if err != nil {
		t.Fatalf("%v: renew with go test ./display -update, and look at it", err)
	}
	defer b.Close()
	want, err := png.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if want.Bounds() != got.Bounds() {
		t.Fatalf("%s is %v, the screen is %v", file, want.Bounds(), got.Bounds())
	}
	for y := range got.Rect.Dy() {
		for x := range got.Rect.Dx() {
			r, g, bl, _ := want.At(x, y).RGBA()
			c := got.RGBAAt(x, y)
			if off(c.R, r) > shade() || off(c.G, g) > shade() || off(c.B, bl) > shade() {
				t.Fatalf("%s differs at %d,%d: %v", file, x, y, c)
			}
		}
	}
}

// shade is how far a colour may be from the agreed one: letters are rasterised in floating point, and other
// processors fuse multiplication and addition, which rounds an edge to the next shade of the glass.
func shade() int {
	if runtime.GOARCH == "amd64" {
		return 0
	}
	return 9
}

func off(got uint8, want uint32) int { return max(int(got)-int(want>>8), int(want>>8)-int(got)) }

func TestEveryScreenAndNoteHasWordsAndASample(t *testing.T) {
	screens, told := map[string]bool{}, map[string]bool{}
	for _, s := range Samples("zh") {
		screens[s.View.Screen], told[s.View.Note] = true, true
	}
	for _, s := range sale.Screens {
		if p, ok := pages[s]; !ok || p.title.zh == "" || p.title.en == "" || !screens[s] {
			t.Errorf("screen %q has no words or no sample", s)
		}
	}
	for _, n := range sale.Notes {
		if p, ok := notes[n]; !ok || p.title.zh == "" || p.title.en == "" || p.body.zh == "" || p.body.en == "" || !told[n] {
			t.Errorf("note %q has no words or no sample", n)
		}
	}
}

func TestScreensDifferByMoreThanColour(t *testing.T) {
	type face struct {
		icon  icon
		title said
	}
	seen := map[face]string{}
	for name, p := range pages {
		f := face{p.icon, p.title}
		if other := seen[f]; other != "" {
			t.Errorf("%s and %s have the same sign and title", name, other)
		}
		seen[f] = name
	}
}

func TestNoScreenDrawsOutsideOrLosesAWord(t *testing.T) {
	eachPage(t, func(t *testing.T, _ string, r Renderer, v sale.View) {
		s, err := r.draw(v)
		if err != nil {
			t.Fatal(err)
		}
		if s.spilt > 0 {
			t.Errorf("%d pixels outside of the glass", s.spilt)
		}
		if s.cut > 0 {
			t.Errorf("%d lines did not fit", s.cut)
		}
		if s.short > 0 && v.Screen != sale.ScreenIdle {
			t.Errorf("%d lines were shortened", s.short)
		}
	})
}

func TestHostileTextStaysInside(t *testing.T) {
	long := strings.Repeat("超长商品名称", 20)
	for i, name := range []string{long, strings.Repeat("W", 200), strings.Repeat("long name ", 30), "", "\x00\n\t", "emoji 😀\u202e逆\u0301ﷺ"} {
		all := slices.Concat(sizes, further)
		for _, size := range []string{all[i%len(all)], all[(i+5)%len(all)], all[(i+10)%len(all)]} { // each name on three, all on some
			for _, lang := range []string{"zh", "en"} {
				r := Renderer{Model: model(t, size, 0), Language: lang, Contact: name, Kiosk: name}
				for _, sm := range Samples(lang) {
					v := sm.View
					v.Name, v.NameEN, v.No, v.Fen = name, name, sale.No(name), 1234567890
					v.Slot, v.Left, v.Address = 123, 99999e9, name
					for w := range v.Products {
						v.Products[w].Name, v.Products[w].NameEN, v.Products[w].Fen = name, name, 99999999
					}
					v.Why = append(v.Why, sale.Why{Code: name, Text: name}, sale.Why{Code: "clock"}, sale.Why{Code: "busy"}, sale.Why{Code: "book"}, sale.Why{Code: "disk"})
					s, err := r.draw(v)
					if err != nil {
						t.Fatal(err)
					}
					if s.spilt > 0 {
						t.Errorf("%s %s %s: %.20q draws %d pixels outside", size, lang, sm.Name, name, s.spilt)
					}
				}
			}
		}
	}
}

func TestAnyNumberOfWaresFits(t *testing.T) {
	for _, size := range slices.Concat(sizes, further) {
		for n := 0; n < 60; n += 1 + n/12 {
			v := sale.View{Screen: sale.ScreenIdle, Products: shelf(max(n, 1))[:n]}
			s, err := Renderer{Model: model(t, size, 0), Language: "zh"}.draw(v)
			if err != nil || s.spilt > 0 {
				t.Errorf("%s: %d wares draw %d pixels outside (%v)", size, n, s.spilt, err)
			}
		}
	}
}

func TestAnUnknownScreenOrReasonStillSaysSomething(t *testing.T) {
	r := Renderer{Model: model(t, "240x240", 0), Language: "zh"}
	for _, v := range []sale.View{{}, {Screen: "from the future"}, {Screen: sale.ScreenSorry, Note: "new"}, {Screen: sale.ScreenMaintenance, Why: []sale.Why{{Code: "?"}}}} {
		f, err := r.Draw(v)
		if err != nil || bytes.Count(f.Pix, []byte{0xff}) == len(f.Pix) {
			t.Errorf("%+v leaves the panel empty (%v)", v, err)
		}
	}
}

// everyWord walks the words of the tables and of the samples.
func everyWord(do func(string)) {
	var walk func(reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			do(v.String())
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		case reflect.Map:
			for _, k := range v.MapKeys() {
				walk(v.MapIndex(k))
			}
		case reflect.Slice, reflect.Array:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		}
	}
	for _, table := range []any{pages, notes, reasons, trouble, wordSoldOut, wordFault, wordOff, wordContact, wordOrder, wordService, wordMore, wordScan, wordKeys, wordKiosk, wordSeconds, Samples("zh"),
		slips, promises, wordSignIn, wordWiFi, wordSecret, wordShuts, dots} {
		walk(reflect.ValueOf(table))
	}
}

func TestEveryLetterCanBeWritten(t *testing.T) {
	n := 0
	everyWord(func(s string) {
		for _, r := range s + "…¥·，" {
			n++
			if _, ok := letters().outline(small, r); ok {
				continue
			}
			if _, _, known := cell(r); !known {
				t.Errorf("%q of %q has no letter: a customer reads a box", r, s)
			}
		}
	})
	if n < 1000 {
		t.Fatalf("only %d letters looked at", n)
	}
}
