package sim

import (
	"fmt"
	"image/color"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
)

// told sends a command as the chip's bus wants it.
func (p pen) told(c byte, params ...byte) {
	p.t.Helper()
	if p.p.Chip != "ili9486" {
		p.command(c, params...)
		return
	}
	p.send(gpio.Low, 0, c)
	var words []byte
	for _, b := range params {
		words = append(words, 0, b)
	}
	p.send(gpio.High, words...)
}

// draw brings a pattern to a chip's glass.
func (p pen) draw(madctl byte, invert bool, x, y, w, h int) {
	p.t.Helper()
	p.told(0x11)
	time.Sleep(120 * time.Millisecond)
	depth, inversion := byte(0x55), byte(0x20)
	if p.p.Chip == "ili9488" {
		depth = 0x66
	}
	if invert {
		inversion = 0x21
	}
	p.told(0x3A, depth)
	p.told(0x36, madctl)
	p.told(inversion)
	p.told(0x29)
	p.told(0x2A, byte(x>>8), byte(x), byte((x+w-1)>>8), byte(x+w-1))
	p.told(0x2B, byte(y>>8), byte(y), byte((y+h-1)>>8), byte(y+h-1))
	p.told(0x2C)
	var pixels []byte
	for y := range h {
		for x := range w {
			hi, lo, c := mark(x, y)
			if p.p.Chip == "ili9488" {
				pixels = append(pixels, c.R, c.G, c.B)
			} else {
				pixels = append(pixels, hi, lo)
			}
		}
	}
	p.send(gpio.High, pixels...)
}

// The MADCTL values are those of public drivers for the modules as they are sold.
func TestEveryChipIsUprightInEveryRotation(t *testing.T) {
	for _, c := range []struct {
		chip       string
		w, h, x, y int
		rest       [2]int // what the memory has beyond the glass
		madctl     [4]byte
		invert     bool
	}{
		{"st7789", 240, 240, 0, 0, [2]int{0, 80}, [4]byte{0x00, 0x60, 0xC0, 0xA0}, true},
		{"ili9341", 240, 320, 0, 0, [2]int{}, [4]byte{0x48, 0x28, 0x88, 0xE8}, false},
		{"ili9486", 320, 480, 0, 0, [2]int{}, [4]byte{0x48, 0x28, 0x88, 0xE8}, false},
		{"ili9488", 320, 480, 0, 0, [2]int{}, [4]byte{0x48, 0x28, 0x88, 0xE8}, false},
		{"st7735", 128, 160, 2, 1, [2]int{2, 1}, [4]byte{0xC8, 0xA8, 0x08, 0x68}, false},
	} {
		at := [4][2]int{{c.x, c.y}, {c.y, c.rest[0]}, {c.rest[0], c.rest[1]}, {c.rest[1], c.x}}
		for i, madctl := range c.madctl {
			t.Run(fmt.Sprintf("%s/%d", c.chip, 90*i), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := &Panel{Chip: c.chip, Width: c.w, Height: c.h, ColOffset: c.x, RowOffset: c.y}
					w, h := c.w, c.h
					if i%2 == 1 {
						w, h = h, w
					}
					newPen(t, p).draw(madctl, c.invert, at[i][0], at[i][1], w, h)
					if wrong := wrongPoints(p.Glass(90*i), w, h); wrong != "" {
						t.Error(wrong)
					}
					if v := p.Violations(); len(v) > 0 {
						t.Errorf("a right driver was blamed: %v", v)
					}
				})
			})
		}
	}
}

func TestAHatHearsOnlyWholeWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Panel{Chip: "ili9486"}
		k := newPen(t, p)
		k.start(0x48) // in bytes, as to any other panel
		if p.Lit() || len(p.Violations()) == 0 {
			t.Error("a hat woke up from single bytes: they never leave its shift registers")
		}
		k.told(0x11)
		time.Sleep(time.Second)
		k.told(0x29)
		if !p.Lit() {
			t.Error("a hat does not hear words")
		}
		before := len(p.Violations())
		k.send(gpio.Low, 0x12, 0x28)
		if p.Lit() || len(p.Violations()) != before+1 {
			t.Error("the low half of a word is a command, whatever stands above it; and a driver that sends something there is blamed")
		}
		b := []byte{0xFF}
		p.MISO = true
		if err := p.Tx(nil, b); err != nil || b[0] != 0 {
			t.Errorf("a shift register answered %02X (%v)", b[0], err)
		}
	})
}

func TestAChipThatTakes18BitsMakesNoPictureOf16(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Panel{Chip: "ili9488"}
		k := newPen(t, p)
		k.start(0x48)
		k.command(0x20)
		k.window(0, 0, 320, 480)
		k.pattern(320, 480)
		if len(p.Violations()) == 0 || wrongPoints(p.Glass(0), 320, 480) == "" {
			t.Error("16-bit pixels made a right picture, or nobody was blamed")
		}
	})
}

func TestAnILI9341GivesItsNameByteByByte(t *testing.T) {
	for wired, want := range map[bool][3]byte{true: {0x00, 0x93, 0x41}, false: {}} {
		p := &Panel{Chip: "ili9341", MISO: wired}
		k := newPen(t, p)
		var got [3]byte
		for i := range got {
			k.command(0xD9, 0x10|byte(i+1))
			r := make([]byte, 2)
			k.dc.Out(gpio.Low)
			if err := p.Tx([]byte{0xD3, 0}, r); err != nil {
				t.Fatal(err)
			}
			got[i] = r[1]
		}
		if got != want {
			t.Errorf("answers wired %v: its name is % x", wired, got)
		}
	}
}

func TestRegistersThatTurnThePictureDo(t *testing.T) {
	red, cyan := color.RGBA{255, 0, 0, 255}, color.RGBA{0, 255, 255, 255}
	for _, c := range []struct {
		name, chip string
		params     []byte
		x, y       int
		want       color.RGBA
	}{
		{"as sold", "ili9341", []byte{0x08, 0x82, 0x27}, 0, 0, red},
		{"columns reversed", "ili9341", []byte{0x08, 0xA2, 0x27}, 239, 0, red},
		{"rows reversed", "ili9341", []byte{0x08, 0xC2, 0x27}, 0, 319, red},
		{"negative", "ili9341", []byte{0x08, 0x02, 0x27}, 0, 0, cyan},
		{"columns of the larger", "ili9488", []byte{0x02, 0x22}, 319, 0, red},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := &Panel{Chip: c.chip}
			k := newPen(t, p)
			w, h := p.glassSize()
			k.draw(0x48, false, 0, 0, w, h)
			k.command(0xB6, c.params...)
			k.window(0, 0, 1, 1)
			if c.chip == "ili9488" {
				k.command(0x2C, 0xFC, 0, 0)
			} else {
				k.command(0x2C, 0xF8, 0)
			}
			if got := p.Glass(0).RGBAAt(c.x, c.y); got != c.want {
				t.Errorf("%s: a red point looks like %v", c.name, got)
			}
		})
	}
}

func TestIdleModeHasEightColours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Panel{}
		k := newPen(t, p)
		k.start(0)
		k.window(0, 0, 1, 1)
		k.command(0x2C, 0x84, 0x08) // half red, half green, a quarter blue
		k.command(0x39)
		if got := p.Glass(0).RGBAAt(0, 0); got != (color.RGBA{255, 255, 0, 255}) {
			t.Errorf("in idle mode it looks like %v", got)
		}
		k.command(0x38)
		if got := p.Glass(0).RGBAAt(0, 0); got != (color.RGBA{132, 130, 66, 255}) {
			t.Errorf("out of idle mode it looks like %v", got)
		}
	})
}

func TestSleepMayNotTurnAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Panel{}
		k := newPen(t, p)
		k.command(0x11)
		time.Sleep(119 * time.Millisecond)
		k.command(0x10)
		if v := p.Violations(); len(v) != 1 {
			t.Errorf("asleep 119 ms after it woke: %q", v)
		}
		time.Sleep(time.Second)
		k.command(0x11)
		time.Sleep(5 * time.Millisecond)
		k.command(0x11)
		time.Sleep(120 * time.Millisecond)
		k.command(0x10)
		if v := p.Violations(); len(v) != 2 {
			t.Errorf("told twice to wake, the second time at once: %q", v)
		}
	})
}

func TestABoardWithoutChipSelectHearsItsOwnModeOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for mode, want := range map[spi.Mode]bool{spi.Mode0: false, spi.Mode3: true} {
			p := &Panel{Mode3: true}
			k := newPen(t, p)
			if _, err := p.Connect(physic.MegaHertz, mode, 8); err != nil {
				t.Fatal(err)
			}
			k.start(0)
			if p.Lit() != want {
				t.Errorf("%v: it shines is %v", mode, !want)
			}
		}
	})
}

func TestARecordMakesTheSamePicture(t *testing.T) {
	for _, chip := range []string{"st7789", "ili9486"} {
		p := &Panel{Chip: chip}
		p.PowerOn()
		w, h := p.glassSize()
		told := func(c byte, params ...byte) {
			if chip != "ili9486" {
				p.Feed(false, []byte{c})
				p.Feed(true, params)
				return
			}
			p.Feed(false, []byte{0, c})
			for _, b := range params {
				p.Feed(true, []byte{0, b})
			}
		}
		order, inversion := byte(0x00), byte(0x21)
		if chip == "ili9486" {
			order, inversion = 0x48, 0x20
		}
		told(0x01)
		told(0x11)
		told(0x3A, 0x55)
		told(0x36, order)
		told(inversion)
		told(0x2A, 0, 0, byte((w-1)>>8), byte(w-1))
		told(0x2B, 0, 0, byte((h-1)>>8), byte(h-1))
		told(0x2C)
		for y := range h {
			for x := range w {
				hi, lo, _ := mark(x, y)
				p.Feed(true, []byte{hi, lo})
			}
		}
		told(0x29)
		if wrong := wrongPoints(p.Glass(0), w, h); wrong != "" {
			t.Errorf("%s: %s", chip, wrong)
		}
		if v := p.Violations(); len(v) > 0 {
			t.Errorf("%s: the pace of a record was judged: %v", chip, v)
		}
	}
}

func TestEveryShadeLooksTheSameIn18BitsAsIn16(t *testing.T) {
	for v := range 64 {
		g := byte(v<<2 | v>>4)
		if got := decodeColour([]byte{0, g, 0})[1]; got != g {
			t.Errorf("green %d of 63 looks like %d", v, got)
		}
		if r := byte(v>>1<<3 | v>>3); v%2 == v>>5 && decodeColour([]byte{r, 0, r}) != (rgb{r, 0, r}) {
			t.Errorf("red %d of 31 looks like %v", v>>1, decodeColour([]byte{r, 0, r}))
		}
		if v > 0 && expandSix(byte(v<<2)) <= expandSix(byte((v-1)<<2)) {
			t.Errorf("shade %d of 63 is not lighter than the one before", v)
		}
	}
}
