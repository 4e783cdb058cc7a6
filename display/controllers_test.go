package display

import (
	"image"
	"slices"
	"strings"
	"testing"
)

func TestEveryControllerHasATableThatWakesIt(t *testing.T) {
	if got := Controllers(); !slices.Equal(got, []string{"st7789", "ili9341", "ili9486", "ili9488", "st7735"}) {
		t.Fatalf("it drives %v", got)
	}
	for _, c := range controllers {
		seen := map[byte]int{}
		for _, s := range c.wake {
			seen[s.command]++
		}
		for _, must := range []byte{slpout, colmod, madctl, invoff} {
			if seen[must] != 1 {
				t.Errorf("%s: command %#02x stands %d times in its table", c.name, must, seen[must])
			}
		}
		if seen[dispon] > 0 || seen[swreset] > 0 || seen[dispoff] > 0 {
			t.Errorf("%s: its table shows or resets: a customer sees a refresh", c.name)
		}
		if c.most < c.clock || c.aside() < 300 || c.aside() > 1100 {
			t.Errorf("%s: %v of at most %v, a window for %d pixels", c.name, c.clock, c.most, c.aside())
		}
		for _, b := range c.boards {
			room := c.memory
			if b.memory != (image.Point{}) {
				room = b.memory
			}
			if b.col+b.w > room.X || b.row+b.h > room.Y {
				t.Errorf("%s: glass of %dx%d lies outside of the memory", c.name, b.w, b.h)
			}
		}
	}
}

// The numbers are what public drivers for these boards send.
func TestWindowsLieWhereTheBoardsHaveThem(t *testing.T) {
	for _, c := range []struct {
		controller, size string
		want             [4]image.Point
	}{
		{"st7789", "240x240", [4]image.Point{{}, {}, {Y: 80}, {X: 80}}},
		{"st7789", "170x320", [4]image.Point{{X: 35}, {Y: 35}, {X: 35}, {Y: 35}}},
		{"st7789", "172x320", [4]image.Point{{X: 34}, {Y: 34}, {X: 34}, {Y: 34}}},
		{"st7789", "240x280", [4]image.Point{{Y: 20}, {X: 20}, {Y: 20}, {X: 20}}},
		{"st7789", "135x240", [4]image.Point{{X: 52, Y: 40}, {X: 40, Y: 53}, {X: 53, Y: 40}, {X: 40, Y: 52}}},
		{"st7735", "128x160", [4]image.Point{{X: 2, Y: 1}, {X: 1, Y: 2}, {X: 2, Y: 1}, {X: 1, Y: 2}}},
		{"ili9488", "320x480", [4]image.Point{}},
	} {
		for i, want := range c.want {
			m, err := Fit(c.controller, c.size, 90*i)
			if err != nil {
				t.Fatal(err)
			}
			if got := m.offset(); got != want {
				t.Errorf("%s %s turned by %d: window at %v, want %v", c.controller, c.size, 90*i, got, want)
			}
		}
	}
}

func TestATrimThatCannotBeIsRefused(t *testing.T) {
	m := model(t, "170x320", 0)
	num := func(n int) *int { return &n }
	for name, trim := range map[string]Trim{
		"col_offset": {ColOffset: num(71)}, "col_offset -1": {ColOffset: num(-1)}, "row_offset": {RowOffset: num(1)}, "mode": {Mode: num(1)},
	} {
		word, _, _ := strings.Cut(name, " ")
		if _, err := m.With(trim); err == nil || !strings.Contains(err.Error(), word) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := m.With(Trim{}); err != nil || got != m {
		t.Errorf("nothing to trim makes %+v of %+v (%v)", got, m, err)
	}
	if _, err := (Model{Controller: "none"}).With(Trim{}); err == nil {
		t.Error("a controller that nobody has was trimmed")
	}
	for _, bad := range [][2]string{{"hd44780", "240x320"}, {"st7735", "240x320"}, {"ili9341", "240x240"}, {"ili9486", ""}} {
		if _, err := Fit(bad[0], bad[1], 0); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if got, err := Fit("", "480x320", 0); err != nil || got.Controller != "ili9486" || got.Rotation != 90 {
		t.Errorf("480x320 of any controller is %+v (%v)", got, err)
	}
}

func TestAWireWithoutAPanelIsNoName(t *testing.T) {
	for _, level := range []byte{0x00, 0xff} {
		g := newGlass()
		p := g.open(t, model(t, "240x240", 0))
		g.mode = func() byte { return level }
		if name, err := p.Identify(); name != Unknown || err != nil {
			t.Errorf("a wire that stays at %#02x is called %q (%v)", level, name, err)
		}
		g.failAt = -1
		if name, err := p.Identify(); name != "" || err == nil {
			t.Errorf("a broken bus is called %q", name)
		}
	}
}
