package display

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// noise is a frame in which no two places are alike.
func noise(m Model, seed uint64) *Frame {
	b := m.Bounds()
	f := NewFrame(b.Dx(), b.Dy())
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range f.Pix {
		f.Pix[i] = byte(r.Uint32())
	}
	return f
}

func model(t *testing.T, size string, rotation int) Model {
	t.Helper()
	m, err := Fit("", size, rotation)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestThePictureStandsUprightHoweverThePanelIsMounted(t *testing.T) {
	for _, size := range []string{"240x240", "240x320", "320x240", "240x280", "280x240"} {
		for _, rotation := range []int{0, 90, 180, 270} {
			m := model(t, size, rotation)
			g := newGlass()
			p := g.open(t, m)
			f := noise(m, 7)
			if err := p.Send(f); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(g.seen(m).Pix, f.Pix) {
				t.Errorf("%s turned by %d: the customer sees another picture than was drawn", size, rotation)
			}
			if !bytes.Equal(p.Picture().Pix, f.Pix) {
				t.Errorf("%s turned by %d: the driver believes another picture than it sent", size, rotation)
			}
			if g.faults != nil {
				t.Errorf("%s turned by %d: %v", size, rotation, g.faults[0])
			}
		}
	}
}

// The windows of square glass at 180 and 270 degrees are the ones that went wrong for others.
func TestSquareGlassLooksAtItsOwnPartOfTheMemory(t *testing.T) {
	for rotation, want := range map[int]image.Point{0: {}, 90: {}, 180: {Y: 80}, 270: {X: 80}} {
		if got := model(t, "240x240", rotation).offset(); got != want {
			t.Errorf("rotation %d: window at %v, want %v", rotation, got, want)
		}
	}
}

func TestAnUnchangedFrameSendsNothing(t *testing.T) {
	m := model(t, "240x320", 0)
	g := newGlass()
	p := g.open(t, m)
	f := noise(m, 1)
	for range 2 {
		if err := p.Send(f); err != nil {
			t.Fatal(err)
		}
	}
	before := g.txs
	if err := p.Send(f.Clone()); err != nil || g.txs != before {
		t.Errorf("%d transfers for a picture that is on the glass already (%v)", g.txs-before, err)
	}
}

func TestACountdownSendsOnlyItsDigits(t *testing.T) {
	m := model(t, "240x320", 0)
	g := newGlass()
	p := g.open(t, m)
	r := Renderer{Model: m, Language: "zh"}
	v := sample(t, "qr").View
	v.Left = 2*turnFor - 1e9 // the line below the request stays for so long
	for i := range 5 {
		f, err := r.Draw(v)
		if err != nil {
			t.Fatal(err)
		}
		before := g.bytes
		if err := p.Send(f); err != nil {
			t.Fatal(err)
		}
		if sent := g.bytes - before; i > 0 && sent > 3000 {
			t.Errorf("one second less sends %d bytes", sent)
		}
		v.Left -= 1e9
	}
	if !bytes.Equal(g.seen(m).Pix, p.Picture().Pix) {
		t.Error("after a countdown the glass shows another picture than the driver believes")
	}
}

func TestEqualWindowSidesAreNotSentAgain(t *testing.T) {
	m := model(t, "240x240", 0)
	g := newGlass()
	p := g.open(t, m)
	f := noise(m, 1)
	if err := p.Send(f); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		c := canvas{Frame: f.Clone()}
		c.fill(image.Rect(10, 10, 50, 20), []color.RGBA{red, green}[i])
		f = c.Frame
		g.log = nil
		if err := p.Send(f); err != nil {
			t.Fatal(err)
		}
	}
	if slices.Contains(g.log, caset) || slices.Contains(g.log, raset) {
		t.Errorf("the same rectangle again sent its window again: % x", g.log)
	}
}

func TestNoTransferIsLongerThanTheBusTakes(t *testing.T) {
	for _, limit := range []int{0, 2, 101, 4096, 65536} {
		m := model(t, "240x240", 90)
		g := newGlass()
		g.limit = limit
		p := g.open(t, m)
		f := noise(m, 3)
		if err := p.Send(f); err != nil {
			t.Fatal(err)
		}
		most := limit
		if limit == 0 {
			most = defaultChunk
		}
		if g.longest > most || !bytes.Equal(g.seen(m).Pix, f.Pix) {
			t.Errorf("a bus of %d bytes got %d at once, or a wrong picture", limit, g.longest)
		}
	}
}

func TestThePanelStaysDarkUntilItHasAPicture(t *testing.T) {
	m := model(t, "240x240", 0)
	g := newGlass()
	p := g.open(t, m)
	if g.light.level == gpio.High {
		t.Error("the backlight is on before there is anything to see")
	}
	if !g.on || !g.awake || g.reset.level != gpio.High {
		t.Error("the panel is not running after the start")
	}
	if err := p.Send(NewFrame(240, 240)); err != nil || g.light.level != gpio.High {
		t.Errorf("the backlight stays off after the first picture, even a black one (%v)", err)
	}
	if err := p.Off(); err != nil || g.light.level == gpio.High || g.on || g.awake {
		t.Errorf("the panel shines on after Off (%v)", err)
	}
	f := noise(m, 5)
	if err := p.Send(f); err != nil || g.light.level != gpio.High || !g.on || !bytes.Equal(g.seen(m).Pix, f.Pix) {
		t.Errorf("the panel did not come back from Off (%v)", err)
	}
}

func TestARefreshCannotBeSeen(t *testing.T) {
	m := model(t, "240x320", 270)
	g := newGlass()
	p := g.open(t, m)
	f := noise(m, 5)
	if err := p.Send(f); err != nil {
		t.Fatal(err)
	}
	g.ram[17][4], g.order, g.on = 0, 0, false // static struck
	resets, lights := g.reset.moves, g.light.moves
	if err := p.Refresh(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(g.seen(m).Pix, f.Pix) || !g.on {
		t.Error("the picture did not come back after static")
	}
	if g.reset.moves != resets || g.light.moves != lights {
		t.Error("a customer sees the panel flicker at a refresh")
	}
	if err := p.Reinit(); err != nil || !bytes.Equal(g.seen(m).Pix, f.Pix) || g.light.level != gpio.High || g.reset.moves == resets {
		t.Errorf("the picture did not come back after a reset (%v)", err)
	}
}

func TestAfterABrokenTransferThePictureIsRightAgain(t *testing.T) {
	m := model(t, "240x240", 180)
	old, next := noise(m, 1), noise(m, 2)
	for n := 1; n < 40; n++ {
		t.Run(fmt.Sprint("transfer=", n), func(t *testing.T) {
			g := newGlass()
			p := g.open(t, m)
			if err := p.Send(old); err != nil {
				t.Fatal(err)
			}
			g.failAt = g.txs + n
			err := p.Send(next)
			if err != nil && g.light.level == gpio.High {
				t.Error("a code that is no longer true shines on")
			}
			if err != nil && !bytes.Equal(p.Picture().Pix, g.seen(m).Pix) && n > 4 {
				diff := len(changes(p.Picture(), g.seen(m), 1000))
				if diff > 1 {
					t.Errorf("the driver believes what it never sent in %d places", diff)
				}
			}
			g.failAt = 0
			if err := p.Send(next); err != nil {
				t.Fatalf("the panel did not come back: %v", err)
			}
			if !bytes.Equal(g.seen(m).Pix, next.Pix) || g.light.level != gpio.High {
				t.Error("after the bus came back the customer sees a wrong picture")
			}
		})
	}
}

func TestABusThatIsGoneIsToldAtTheStart(t *testing.T) {
	g := newGlass()
	g.failAt = -1
	if _, err := Open(g, g.pins(), model(t, "240x240", 0), Bus{Sleep: func(time.Duration) {}}); err == nil {
		t.Error("a panel opened on a bus that answers nothing but errors")
	}
}

func TestChangesAreFewAndComplete(t *testing.T) {
	m := Model{Width: 64, Height: 48}
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 300 {
		old := noise(m, uint64(round))
		c := canvas{Frame: old.Clone()}
		for range r.IntN(30) {
			x, y := r.IntN(60), r.IntN(44)
			c.fill(image.Rect(x, y, x+1+r.IntN(4), y+1+r.IntN(4)), white)
		}
		rects := changes(old, c.Frame, 1000)
		if len(rects) > mostRect {
			t.Fatalf("%d rectangles for one frame", len(rects))
		}
		for _, q := range rects {
			for y := q.Min.Y; y < q.Max.Y; y++ {
				copy(old.Pix[2*(y*64+q.Min.X):2*(y*64+q.Max.X)], c.Pix[2*(y*64+q.Min.X):2*(y*64+q.Max.X)])
			}
		}
		if !bytes.Equal(old.Pix, c.Pix) {
			t.Fatalf("round %d: something that changed stays on the glass as it was", round)
		}
	}
}

func TestTwoFarCornersDoNotSendWhatLiesBetween(t *testing.T) {
	old := NewFrame(240, 320)
	c := canvas{Frame: old.Clone()}
	c.fill(image.Rect(0, 0, 20, 200), white)
	c.fill(image.Rect(220, 0, 240, 200), white)
	sum := 0
	for _, r := range changes(old, c.Frame, 1000) {
		sum += area(r)
	}
	if sum != 2*20*200 {
		t.Errorf("%d pixels sent where %d changed", sum, 2*20*200)
	}
}

func TestFitSaysWhatItKnows(t *testing.T) {
	if m := model(t, "320x240", 270); m.Width != 240 || m.Height != 320 || m.Rotation != 0 {
		t.Errorf("320x240 at 270 is %+v", m)
	}
	for _, bad := range []struct {
		size     string
		rotation int
	}{{"", 0}, {"240", 0}, {"100x100", 0}, {"240x320", 45}, {"240x320", -90}, {"240x320", 360}} {
		if _, err := Fit("st7789", bad.size, bad.rotation); err == nil || bytes.ContainsRune([]byte(err.Error()), '\n') {
			t.Errorf("%q at %d: %v", bad.size, bad.rotation, err)
		}
	}
}
