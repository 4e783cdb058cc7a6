package sim

import (
	"errors"
	"fmt"
	"image/color"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
)

// The window's place in the controller's memory by rotation, from the offset table of the reference.
func TestEveryRotationIsUprightOnEveryGlass(t *testing.T) {
	glasses := []struct{ w, h, c, r int }{{240, 320, 0, 0}, {240, 240, 0, 0}, {170, 320, 35, 0}, {240, 280, 0, 20}, {135, 240, 52, 40}}
	for _, g := range glasses {
		turns := []struct {
			turn   int
			madctl byte
			x, y   int
		}{
			{0, 0x00, g.c, g.r},
			{90, 0x60, g.r, 240 - g.w - g.c},
			{180, 0xC0, 240 - g.w - g.c, 320 - g.h - g.r},
			{270, 0xA0, 320 - g.h - g.r, g.c},
		}
		for _, turn := range turns {
			t.Run(fmt.Sprintf("%dx%d/%d", g.w, g.h, turn.turn), func(t *testing.T) {
				w, h := g.w, g.h
				if turn.turn%180 != 0 {
					w, h = h, w
				}
				synctest.Test(t, func(t *testing.T) {
					p := &Panel{Width: g.w, Height: g.h, ColOffset: g.c, RowOffset: g.r}
					k := newPen(t, p)
					k.start(turn.madctl)
					k.window(turn.x, turn.y, w, h)
					k.pattern(w, h)
					if wrong := wrongPoints(p.Glass(turn.turn), w, h); wrong != "" {
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

func TestOnlyInvertedIPSGlassIsTrue(t *testing.T) {
	for _, c := range []struct {
		name       string
		tn, invert bool
		want       color.RGBA
	}{
		{"IPS with INVON", false, true, color.RGBA{255, 0, 0, 255}},
		{"IPS without", false, false, color.RGBA{0, 255, 255, 255}},
		{"TN without", true, false, color.RGBA{255, 0, 0, 255}},
		{"TN with INVON", true, true, color.RGBA{0, 255, 255, 255}},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := &Panel{Negative: c.tn}
			k := newPen(t, p)
			k.start(0)
			if !c.invert {
				k.command(0x20)
			}
			k.window(0, 0, 1, 1)
			k.command(0x2C, 0xF8, 0x00)
			if got := p.Glass(0).RGBAAt(0, 0); got != c.want {
				t.Errorf("%s: red looks like %v", c.name, got)
			}
		})
	}
}

func TestBlueFirstSwapsColours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Panel{}
		k := newPen(t, p)
		k.start(0x08)
		k.window(0, 0, 1, 1)
		k.command(0x2C, 0xF8, 0x00)
		if got := p.Glass(0).RGBAAt(0, 0); got != (color.RGBA{0, 0, 255, 255}) {
			t.Errorf("red with the BGR bit on an RGB glass looks like %v, not blue", got)
		}
	})
}

func TestPixelsGoOnOverTransfersAndOddChunks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Panel{MaxTx: 7}
		k := newPen(t, p)
		k.start(0)
		k.window(10, 20, 4, 2)
		var b []byte
		for y := range 2 {
			for x := range 4 {
				hi, lo, _ := mark(x, y)
				b = append(b, hi, lo)
			}
		}
		k.command(0x2C, b[:8]...)
		k.command(0x3C, b[8:]...)
		for y := range 2 {
			for x := range 4 {
				if _, _, want := mark(x, y); p.Glass(0).RGBAAt(10+x, 20+y) != want {
					t.Errorf("pixel %d,%d was lost between two transfers", x, y)
				}
			}
		}
	})
}

func TestALongTransferIsAnErrorAndNotSplit(t *testing.T) {
	p := &Panel{}
	k := newPen(t, p)
	var c spi.Conn = p
	if got := c.(conn.Limits).MaxTxSize(); got != 4096 {
		t.Errorf("the limit is %d, not spidev's", got)
	}
	if c.Tx(make([]byte, 4097), nil) == nil {
		t.Error("4097 bytes went through at once: a real bus refuses them, and the panel stays black")
	}
	if c.TxPackets([]spi.Packet{{W: make([]byte, 4000)}, {W: make([]byte, 97)}}) == nil {
		t.Error("packets of 4097 bytes went through at once")
	}
	if c.Tx(nil, nil) == nil {
		t.Error("an empty transfer went through")
	}
	k.send(gpio.Low, 0)
	if n, transfers := p.Traffic(); n != 1 || transfers != 1 {
		t.Errorf("counted %d bytes in %d transfers after one of one byte", n, transfers)
	}
}

func TestATransferFailsOnDemandOnce(t *testing.T) {
	p := &Panel{}
	newPen(t, p)
	burnt := errors.New("burnt")
	p.FailNext(2, burnt)
	for i, want := range []error{nil, burnt, nil} {
		if err := p.Tx([]byte{0}, nil); !errors.Is(err, want) {
			t.Errorf("transfer %d ended with %v, not %v", i+1, err, want)
		}
	}
}

func TestTheGlassIsDarkUntilEverythingIsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		light, reset := NewPin("GPIO18"), NewPin("GPIO25")
		p := &Panel{Backlight: light, Reset: reset}
		k := newPen(t, p)
		dark := func(when string, want bool) {
			t.Helper()
			if p.Lit() == want {
				t.Errorf("%s: dark is %v", when, !want)
			}
		}
		dark("before anything", true)
		k.start(0)
		dark("without backlight", true)
		light.Out(gpio.High)
		dark("all on", false)
		if p.Glass(0).RGBAAt(3, 3) == p.Glass(0).RGBAAt(4, 3) && p.Glass(0).RGBAAt(3, 3) == p.Glass(0).RGBAAt(5, 3) {
			t.Error("the memory woke up tidy: a driver that forgets to clear it would not be seen")
		}
		k.command(0x28)
		dark("DISPOFF", true)
		k.command(0x29)
		dark("DISPON", false)
		k.command(0x10)
		time.Sleep(5 * time.Millisecond)
		dark("SLPIN", true)
		k.command(0x11)
		dark("SLPOUT", false)
		reset.Out(gpio.Low)
		reset.Out(gpio.High)
		dark("after a reset", true)
	})
}

func TestAPanelThatComesBackKnowsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Panel{}
		k := newPen(t, p)
		k.start(0)
		p.Gone(true)
		if p.Lit() {
			t.Error("an unplugged panel shines")
		}
		k.start(0)
		p.Gone(false)
		if p.Lit() {
			t.Error("a panel that came back shows a picture without being set up: the kiosk would believe in a black panel")
		}
		time.Sleep(time.Second)
		k.start(0)
		if !p.Lit() {
			t.Error("a panel that was set up again stays dark")
		}
	})
}

func TestTheControllerTellsItsNameAndMode(t *testing.T) {
	p := &Panel{MISO: true}
	k := newPen(t, p)
	read := func(c byte, n int) []byte {
		k.send(gpio.Low, c)
		k.dc.Out(gpio.High)
		b := make([]byte, n)
		if err := p.Tx(nil, b); err != nil {
			t.Fatal(err)
		}
		return b
	}
	id := read(0x04, 4)
	n := uint32(id[0])<<24 | uint32(id[1])<<16 | uint32(id[2])<<8 | uint32(id[3])
	if got := n << 1 >> 8; got != 0x858552 {
		t.Errorf("RDDID is %06X after its dummy clock", got)
	}
	if got := read(0x0A, 1)[0]; got != 0x08 {
		t.Errorf("asleep RDDPM is %02X", got)
	}
	k.command(0x11)
	k.command(0x29)
	if got := read(0x0A, 1)[0]; got != 0x9C {
		t.Errorf("running RDDPM is %02X", got)
	}
	p.Gone(true)
	if got := read(0x0A, 1)[0]; got != 0 {
		t.Errorf("a panel that is gone answers %02X", got)
	}
}

func TestHurryAndBadWindowsAreNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Panel{}
		k := newPen(t, p)
		k.command(0x01)
		k.command(0x11)
		time.Sleep(time.Second)
		k.window(0, 0, 241, 1)
		k.command(0x3A, 0x53)
		if v := p.Violations(); len(v) != 3 {
			t.Errorf("a hasty SLPOUT, a window beyond the memory and a strange colour mode gave %q", v)
		}
	})
}

func TestThePortConnectsOnce(t *testing.T) {
	p := &Panel{}
	if _, err := p.Connect(40*physic.MegaHertz, spi.Mode0, 8); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Connect(40*physic.MegaHertz, spi.Mode0, 8); err == nil {
		t.Error("the port was connected twice")
	}
	if err := errors.Join(p.LimitSpeed(4*physic.MegaHertz), p.Close()); err != nil {
		t.Error(err)
	}
	if _, err := p.Connect(40*physic.MegaHertz, spi.Mode1, 8); err == nil {
		t.Error("the panel took a clock mode it cannot hear")
	}
	p.Gone(true)
	if _, err := p.Connect(40*physic.MegaHertz, spi.Mode0, 8); err == nil {
		t.Error("the port of a panel that is gone opened")
	}
}
