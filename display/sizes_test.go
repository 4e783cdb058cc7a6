package display

import (
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kiosk/sale"
)

// eachGlass draws every sample in both languages on every size there is.
func eachGlass(t *testing.T, sizes []string, do func(t *testing.T, size, lang, name string, s *sheet)) {
	t.Helper()
	for _, size := range sizes {
		for _, lang := range []string{"zh", "en"} {
			r := Renderer{Model: model(t, size, 0), Language: lang, Contact: "400-000-0000", Kiosk: "K0042"}
			for _, sm := range Samples(lang) {
				s, err := r.draw(sm.View)
				if err != nil {
					t.Fatalf("%s %s %s: %v", size, lang, sm.Name, err)
				}
				do(t, size, lang, sm.Name, s)
			}
		}
	}
}

// TestEverythingCanBeReadOnEveryGlass: nothing falls off, no price is missing, no letter is smaller than 12 pixels,
// and no line runs into another.
func TestEverythingCanBeReadOnEveryGlass(t *testing.T) {
	eachGlass(t, slices.Concat(sizes, further), func(t *testing.T, size, lang, name string, s *sheet) {
		at := size + " " + lang + " " + name
		if s.spilt > 0 || s.cut > 0 {
			t.Errorf("%s: %d pixels outside of the glass, %d lines lost", at, s.spilt, s.cut)
		}
		if s.short > 0 && s.view.Screen != sale.ScreenIdle {
			t.Errorf("%s: %d lines were shortened", at, s.short)
		}
		if s.owed > 0 {
			t.Errorf("%s: %d prices are missing", at, s.owed)
		}
		if s.least < 12 {
			t.Errorf("%s: letters of %d pixels", at, s.least)
		}
		room := 1
		if s.hand == usual && s.view.Screen == sale.ScreenIdle {
			room = 3 // a descender beside the signs of the line below
		}
		for i, a := range s.wrote {
			for _, b := range s.wrote[:i] {
				if x := a.ink.Intersect(b.ink); x.Dx() >= room && x.Dy() >= room {
					t.Errorf("%s: %q and %q run into each other at %v", at, a.text, b.text, x)
				}
			}
		}
	})
}

// TestNoPriceIsEverCut draws every price that has another width on every glass, up to the dearest there is.
func TestNoPriceIsEverCut(t *testing.T) {
	for _, size := range slices.Concat(sizes, further) {
		for _, fen := range []sale.Fen{1, 888, 8888, 88888, 888888, 8888888, 10_000_000} {
			for _, name := range []string{"idle", "idle-many", "qr", "qr-long", "qr-alipay", "vending", "refunding-owed"} {
				v := sample(t, name).View
				v.Fen, v.Products = fen, slices.Clone(v.Products)
				for i := range v.Products {
					v.Products[i].Fen, v.Products[i].Fault = fen, ""
				}
				s, err := Renderer{Model: model(t, size, 0), Language: "zh", Kiosk: "K1"}.draw(v)
				if err != nil {
					t.Fatal(err)
				}
				if fen > 99999 && len(v.Products) > 0 {
					continue // a shelf of such goods may be too wide for a small glass: each one's page is not
				}
				wrote := ""
				for _, w := range s.wrote {
					wrote += w.text
				}
				if s.owed > 0 || len(v.Products) == 0 && !strings.Contains(wrote, fen.Yuan()) {
					t.Errorf("%s %s: %s yuan are cut, or not shown %d times", size, name, fen.Yuan(), s.owed)
				}
			}
		}
	}
}

func TestALargerGlassShowsMore(t *testing.T) {
	room := func(size string) int {
		b := model(t, size, 0).Bounds()
		h := handFor(b.Dx(), b.Dy())
		g, rows := h.arrange(99, image.Rect(0, h.idle, b.Dx(), b.Dy()))
		return g.columns * rows
	}
	if small, large := room("320x240"), room("480x320"); large <= small {
		t.Errorf("480x320 has room for %d wares, 320x240 for %d", large, small)
	}
	if small, large := room("240x320"), room("320x480"); large < small {
		t.Errorf("320x480 has room for %d wares, 240x320 for %d", large, small)
	}
}

// TestFurtherGlassLooksAsItWasAgreed compares every screen by its sum, and some of each size as a picture.
func TestFurtherGlassLooksAsItWasAgreed(t *testing.T) {
	chosen := map[string][]string{"zh": {"idle", "qr", "refunding", "maintenance-address"}, "en": {"idle-many", "qr-foreign", "password", "sorry-late"}}
	file := filepath.Join("testdata", "sheets", "sums.txt")
	var sums strings.Builder
	sheets := map[string][]*Frame{}
	eachGlass(t, further, func(t *testing.T, size, lang, name string, s *sheet) {
		fmt.Fprintf(&sums, "%s %s %s %.8x\n", size, lang, name, sha256.Sum256(s.Pix))
		if slices.Contains(chosen[lang], name) && !strings.Contains(size, "172") { // like 170
			sheets[size] = append(sheets[size], s.Frame)
		}
	})
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(sums.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	known := strings.Split(string(want), "\n")
	for _, line := range strings.Split(sums.String(), "\n") {
		if shade() == 0 && !slices.Contains(known, line) { // elsewhere the pictures below must do
			t.Errorf("%s is not as it was: look at it with kiosk screens, then renew with go test ./display -update", line)
		}
	}
	for size, frames := range sheets {
		golden(t, filepath.Join("testdata", "sheets", size+".png"), shelve(1000, frames))
	}
}

// TestTheSheetOfScreensIsOfToday keeps the picture that the documents show.
func TestTheSheetOfScreensIsOfToday(t *testing.T) {
	var frames []*Frame
	add := func(size, lang string, names ...string) {
		r := Renderer{Model: model(t, size, 0), Language: lang, Contact: "400-000-0000", Kiosk: "K0042"}
		for _, name := range names {
			f, err := r.Draw(sample(t, name).View)
			if err != nil {
				t.Fatal(err)
			}
			frames = append(frames, f)
		}
	}
	for _, lang := range []string{"zh", "en"} {
		add("240x320", lang, "idle", "qr", "password", "vending", "thanks", "sorry-balance", "refunding")
	}
	add("320x480", "zh", "idle-many", "qr")
	add("480x320", "zh", "qr")
	add("480x320", "en", "maintenance-address")
	add("320x170", "zh", "idle", "qr", "qr-alipay")
	add("240x135", "zh", "qr", "thanks")
	add("170x320", "zh", "qr", "refunding")
	add("135x240", "zh", "idle", "qr", "password")
	add("160x128", "zh", "idle", "qr", "vending")
	add("128x160", "zh", "qr", "sorry-expired")
	golden(t, filepath.Join("..", "docs", "screens.png"), shelve(1728, frames))
}

// shelve puts pictures of any size on one.
func shelve(width int, frames []*Frame) *image.RGBA {
	const air = 6
	at := make([]image.Point, len(frames))
	x, y, row := air, air, 0
	for i, f := range frames {
		if x+f.W+air > width {
			x, y, row = air, y+row+air, 0
		}
		at[i] = image.Pt(x, y)
		x, row = x+f.W+air, max(row, f.H)
	}
	out := image.NewRGBA(image.Rect(0, 0, width, y+row+air))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.RGBA{0x80, 0x88, 0x90, 0xff}), image.Point{}, draw.Src)
	for i, f := range frames {
		draw.Draw(out, f.Bounds().Add(at[i]), f.Image(), image.Point{}, draw.Src)
	}
	return out
}
