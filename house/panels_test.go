package house_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"kiosk/display"
	"kiosk/sim"
)

// panes are the panels that are driven, each with its size at rotation 0.
var panes = []struct{ controller, size string }{
	{"st7789", "240x240"}, {"st7789", "240x320"}, {"st7789", "170x320"}, {"st7789", "172x320"}, {"st7789", "240x280"}, {"st7789", "135x240"},
	{"ili9341", "240x320"}, {"ili9486", "320x480"}, {"ili9488", "320x480"}, {"st7735", "128x160"},
}

// largest is the glass that has the whole of a controller's memory, or the most of it.
var largest = map[string]string{"st7789": "240x320", "ili9341": "240x320", "ili9486": "320x480", "ili9488": "320x480", "st7735": "128x160"}

// bench is a driver and a module, with the wires between them.
type bench struct {
	*display.Panel
	module *sim.Panel
	model  display.Model
}

// moduleFor is a module as it is sold for a model, whatever the driver believes of it.
func moduleFor(m display.Model) *sim.Panel {
	return &sim.Panel{Chip: m.Controller, Width: m.Width, Height: m.Height, ColOffset: m.ColOffset, RowOffset: m.RowOffset,
		DC: sim.NewPin("GPIO24"), Reset: sim.NewPin("GPIO25"), Backlight: sim.NewPin("GPIO18")}
}

// plugIn starts a driver on a module. It needs a bubble: a start takes its time.
func plugIn(t *testing.T, module *sim.Panel, m display.Model) bench {
	t.Helper()
	module.PowerOn()
	time.Sleep(time.Second)
	c, err := module.Connect(20*physic.MegaHertz, spi.Mode(m.Mode), 8)
	if err != nil {
		t.Fatal(err)
	}
	pins := display.Pins{DC: module.DC}
	if module.Reset != nil {
		pins.Reset = module.Reset
	}
	if module.Backlight != nil {
		pins.Backlight = module.Backlight
	}
	p, err := display.Open(c, pins, m, display.Bus{})
	if err != nil {
		t.Fatal(err)
	}
	return bench{p, module, m}
}

// wrong is how many pixels a person sees otherwise than they were drawn.
func (b bench) wrong(f *display.Frame) (n int) {
	want, got := f.Image(), b.module.Glass(b.model.Rotation)
	if want.Bounds() != got.Bounds() {
		return 1 << 30
	}
	for i := 0; i < len(want.Pix); i += 4 {
		if !bytes.Equal(want.Pix[i:i+4], got.Pix[i:i+4]) {
			n++
		}
	}
	return n
}

func (b bench) show(t *testing.T, f *display.Frame) {
	t.Helper()
	if err := b.Send(f); err != nil {
		t.Fatal(err)
	}
}

func (b bench) blameless(t *testing.T) {
	t.Helper()
	if v := b.module.Violations(); len(v) > 0 {
		t.Errorf("the controller would take badly: %v", v)
	}
}

// snow is a frame in which no two places are alike.
func snow(m display.Model, seed uint64) *display.Frame {
	f := display.NewFrame(m.Bounds().Dx(), m.Bounds().Dy())
	dice := rand.New(rand.NewPCG(seed, 5))
	for i := range f.Pix {
		f.Pix[i] = byte(dice.Uint32())
	}
	return f
}

func fit(t *testing.T, controller, size string, turned int) display.Model {
	t.Helper()
	m, err := display.Fit(controller, size, turned)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// everyPane runs a story for every panel and rotation, each in a bubble.
func everyPane(t *testing.T, do func(t *testing.T, m display.Model)) {
	for _, p := range panes {
		for _, turned := range []int{0, 90, 180, 270} {
			t.Run(fmt.Sprintf("%s-%s-%d", p.controller, p.size, turned), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { do(t, fit(t, p.controller, p.size, turned)) })
			})
		}
	}
}

func TestEveryPanelShowsWhatWasDrawn(t *testing.T) {
	everyPane(t, func(t *testing.T, m display.Model) {
		b := plugIn(t, moduleFor(m), m)
		for seed := range uint64(2) {
			f := snow(m, seed)
			b.show(t, f)
			if n := b.wrong(f); n > 0 {
				t.Errorf("%d pixels differ from what was drawn", n)
			}
		}
		b.blameless(t)
	})
}

func TestAPanelWakesWithAndWithoutAResetLine(t *testing.T) {
	everyPane(t, func(t *testing.T, m display.Model) {
		if m.Rotation != 90 {
			return
		}
		for _, line := range []bool{true, false} {
			module := moduleFor(m)
			if !line {
				module.Reset = nil
			}
			b := plugIn(t, module, m)
			f := snow(m, 3)
			b.show(t, f)
			if err := b.Off(); err != nil || module.Lit() {
				t.Errorf("reset line %v: the panel shines after Off (%v)", line, err)
			}
			b.show(t, f)
			if !module.Lit() || b.wrong(f) > 0 {
				t.Errorf("reset line %v: after Off the picture does not come back", line)
			}
			module.Gone(true)
			module.Gone(false) // its power was gone, and nobody told
			if err := b.Refresh(); err != nil || !module.Lit() || b.wrong(f) > 0 {
				t.Errorf("reset line %v: a panel that forgot everything stays dark or wrong after a refresh (%v)", line, err)
			}
			b.blameless(t)
		}
	})
}

// TestAPanelIsNotTakenForAnother drives each module as if it were every other one: no picture may come out right.
func TestAPanelIsNotTakenForAnother(t *testing.T) {
	pairs := 0
	for _, is := range display.Controllers() {
		for _, believed := range display.Controllers() {
			if is == believed {
				continue
			}
			pairs++
			t.Run(believed+"-on-"+is, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m, usual := fit(t, is, largest[is], 0), fit(t, believed, largest[believed], 0)
					lie := m
					lie.Controller, lie.BGR, lie.Invert = believed, usual.BGR, usual.Invert
					b := plugIn(t, moduleFor(m), lie)
					f := snow(m, 9)
					b.show(t, f)
					if n := b.wrong(f); n < m.Width*m.Height/2 {
						t.Errorf("an %s driven as an %s shows a picture with only %d wrong pixels: the emulator does not tell them apart", is, believed, n)
					}
				})
			})
		}
	}
	if pairs != 20 {
		t.Fatalf("%d pairs looked at", pairs)
	}
}

func TestAWrongTrimIsSeen(t *testing.T) {
	yes, no, one, three := true, false, 1, 3
	for name, c := range map[string]struct {
		controller, size string
		trim             display.Trim
	}{
		"not inverted":  {"st7789", "240x240", display.Trim{Invert: &no}},
		"inverted":      {"ili9341", "240x320", display.Trim{Invert: &yes}},
		"blue first":    {"st7789", "240x320", display.Trim{BGR: &yes}},
		"red first":     {"ili9486", "320x480", display.Trim{BGR: &no}},
		"column beside": {"st7789", "170x320", display.Trim{ColOffset: &one}},
		"row beside":    {"st7735", "128x160", display.Trim{RowOffset: new(int)}},
		"row above":     {"st7789", "240x280", display.Trim{RowOffset: &one}},
		"clock mode":    {"st7789", "240x240", display.Trim{Mode: &three}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				right := fit(t, c.controller, c.size, 0)
				m, err := right.With(c.trim)
				if err != nil {
					t.Fatal(err)
				}
				module := moduleFor(right)
				if name == "clock mode" { // here it is the board that is otherwise, and the trim that is right
					module.Mode3 = true
					m, right = right, m
				}
				f := snow(m, 4)
				b := plugIn(t, module, m)
				b.show(t, f)
				if n := b.wrong(f); n < m.Width*m.Height/2 {
					t.Errorf("the picture is right but for %d pixels", n)
				}
				if err := module.Close(); err != nil {
					t.Fatal(err)
				}
				b = plugIn(t, module, right)
				b.show(t, f)
				if n := b.wrong(f); n > 0 {
					t.Errorf("the right settings leave %d pixels wrong", n)
				}
			})
		})
	}
}

// TestOtherBoardsAreReachedByTrims: the same size is sold with other glass, and config can say so.
func TestOtherBoardsAreReachedByTrims(t *testing.T) {
	yes, no, zero, eighty, three := true, false, 0, 80, 3
	for name, c := range map[string]struct {
		controller, size string
		trim             display.Trim
		board            func(*sim.Panel)
	}{
		"black tab":      {"st7735", "128x160", display.Trim{ColOffset: &zero, RowOffset: &zero}, func(p *sim.Panel) { p.Strapped, p.Swapped = true, true }},
		"red tab":        {"st7735", "128x160", display.Trim{ColOffset: &zero, RowOffset: &zero, BGR: &yes}, func(p *sim.Panel) { p.Strapped = true }},
		"green, red":     {"st7735", "128x160", display.Trim{BGR: &no}, func(p *sim.Panel) { p.Swapped = true }},
		"IPS hat":        {"ili9486", "320x480", display.Trim{Invert: &yes}, func(p *sim.Panel) { p.Negative = true }},
		"turned board":   {"st7789", "240x240", display.Trim{RowOffset: &eighty}, func(p *sim.Panel) {}},
		"no chip select": {"st7789", "240x240", display.Trim{Mode: &three}, func(p *sim.Panel) { p.Mode3 = true }},
	} {
		for _, turned := range []int{0, 90, 180, 270} {
			t.Run(fmt.Sprintf("%s/%d", name, turned), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m, err := fit(t, c.controller, c.size, turned).With(c.trim)
					if err != nil {
						t.Fatal(err)
					}
					module := moduleFor(m)
					c.board(module)
					b, f := plugIn(t, module, m), snow(m, 6)
					b.show(t, f)
					if n := b.wrong(f); n > 0 {
						t.Errorf("%d pixels differ from what was drawn", n)
					}
					b.blameless(t)
				})
			})
		}
	}
}

func TestAPanelIsAskedForItsName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, p := range panes {
			m := fit(t, p.controller, p.size, 90)
			for _, wired := range []bool{true, false} {
				module := moduleFor(m)
				module.MISO = wired
				want := p.controller
				if !wired || p.controller == "ili9486" {
					want = display.Unknown
				}
				b, f := plugIn(t, module, m), snow(m, 2)
				b.show(t, f)
				if got, err := b.Identify(); got != want || err != nil {
					t.Errorf("%s, answers wired %v: it is called %q, not %q (%v)", p.controller, wired, got, want, err)
				}
				if b.wrong(f) > 0 || module.Backlight.Level() != gpio.High {
					t.Errorf("%s: a customer sees that the panel was asked", p.controller)
				}
				if err := b.Look(); err != nil {
					t.Errorf("%s: after the question: %v", p.controller, err)
				}
				b.blameless(t)
			}
		}
		module := moduleFor(fit(t, "st7789", "240x240", 0))
		module.MISO, module.ID = true, [3]byte{0x12, 0x34, 0x56}
		if got, err := plugIn(t, module, fit(t, "st7789", "240x240", 0)).Identify(); got != "12 34 56" || err != nil {
			t.Errorf("a name not known here is told as %q (%v)", got, err)
		}
	})
}
