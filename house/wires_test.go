package house_test

import (
	"errors"
	"image"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"kiosk/display"
	"kiosk/sale"
	"kiosk/sim"
)

// fare is what a controller's wires carry for a window of so many pixels: both sides, the command and the pixels.
type fare struct{ window, pixel int }

// fares, counted from the datasheets: two sides of a command and four bytes, RAMWR, and what a pixel has.
var fares = map[string]fare{
	"st7789": {11, 2}, "ili9341": {11, 2}, "st7735": {11, 2},
	"ili9486": {22, 2}, // a zero before each byte that is no pixel
	"ili9488": {11, 3},
}

// paint fills a rectangle with a colour that the frame does not hold yet.
func paint(f *display.Frame, r image.Rectangle, hi, lo byte) *display.Frame {
	f = f.Clone()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			f.Pix[2*(y*f.W+x)], f.Pix[2*(y*f.W+x)+1] = hi, lo
		}
	}
	return f
}

// spent counts what a picture costs on the wire.
func (b bench) spent(t *testing.T, f *display.Frame) (bytes, transfers int) {
	t.Helper()
	b0, t0 := b.module.Traffic()
	b.show(t, f)
	if n := b.wrong(f); n > 0 {
		t.Errorf("%d pixels differ from what was drawn", n)
	}
	b1, t1 := b.module.Traffic()
	return b1 - b0, t1 - t0
}

func TestOnlyWhatChangedTravels(t *testing.T) {
	everyPane(t, func(t *testing.T, m display.Model) {
		fare := fares[m.Controller]
		b := plugIn(t, moduleFor(m), m)
		blank := display.NewFrame(m.Bounds().Dx(), m.Bounds().Dy())
		b.show(t, blank)
		want := func(what string, f *display.Frame, bytes, transfers int) {
			t.Helper()
			if gotBytes, gotTransfers := b.spent(t, f); gotBytes != bytes || gotTransfers != transfers {
				t.Errorf("%s: %d bytes in %d transfers, and %d in %d do", what, gotBytes, gotTransfers, bytes, transfers)
			}
		}
		want("nothing new", blank, 0, 0)
		patch := image.Rect(20, 30, 50, 50)
		pixels := patch.Dx() * patch.Dy() * fare.pixel
		f := paint(blank, patch, 0xFF, 0xFF)
		want("a patch", f, fare.window+pixels, 6)
		want("the same again", f.Clone(), 0, 0)
		f = paint(f, patch, 0xF8, 0x00)
		want("the same patch in red", f, fare.window*1/11+pixels, 2)
		below := patch.Add(image.Pt(0, patch.Dy()))
		f = paint(f, below, 0x07, 0xE0)
		want("a patch below it", f, fare.window*6/11+pixels, 4)
		b.blameless(t)
	})
}

// TestAWindowIsWorthItsPixels: two patches travel as one where what lies between costs less than a second window.
func TestAWindowIsWorthItsPixels(t *testing.T) {
	for name, c := range map[string]struct{ near, far int }{ // columns between two patches of 10 by 10
		"st7789 240x320": {95, 105}, "ili9341 240x320": {75, 90}, "ili9486 320x480": {55, 70}, "ili9488 320x480": {48, 60}, "st7735 128x160": {46, 58},
	} {
		synctest.Test(t, func(t *testing.T) {
			controller, size := name[:len(name)-8], name[len(name)-7:]
			m := fit(t, controller, size, 0)
			fare := fares[controller]
			b := plugIn(t, moduleFor(m), m)
			f := display.NewFrame(m.Bounds().Dx(), m.Bounds().Dy())
			b.show(t, f)
			two := func(gap int, hi byte) int {
				left := image.Rect(0, 40, 10, 50)
				f = paint(paint(f, left, hi, 0), left.Add(image.Pt(10+gap, 0)), hi, 0)
				n, _ := b.spent(t, f)
				return n
			}
			if got, want := two(c.near, 0x11), fare.window+(20+c.near)*10*fare.pixel; got != want {
				t.Errorf("%s: two patches near each other took %d bytes, not %d as one", name, got, want)
			}
			f = display.NewFrame(f.W, f.H)
			b.show(t, f)
			if got, most := two(c.far, 0x22), 2*fare.window+200*fare.pixel; got > most {
				t.Errorf("%s: two patches far from each other took %d bytes; %d do", name, got, most)
			}
		})
	}
}

func TestACountdownIsCheapOnEveryPanel(t *testing.T) {
	everyPane(t, func(t *testing.T, m display.Model) {
		if m.Rotation%180 != 0 {
			return
		}
		v := sale.View{Screen: sale.ScreenQR, No: "K1-000001AAAAAAAAAAAAAAAAAAAA", Slot: 3, Name: "可口可乐 330ml", NameEN: "Coke 330ml", Fen: 350, QR: "weixin://wxpay/bizpayurl?pr=aB3xY9kQz", Left: 89 * time.Second}
		b := plugIn(t, moduleFor(m), m)
		all := m.Width * m.Height * fares[m.Controller].pixel
		for i := range 6 {
			most := all / 20
			if i == 5 {
				most = all / 4 // the line that says how to pay and the one that says how to cancel take turns, every five seconds
			}
			f, err := display.Renderer{Model: m, Language: "zh"}.Draw(v)
			if err != nil {
				t.Fatal(err)
			}
			if sent, _ := b.spent(t, f); i > 0 && sent > most {
				t.Errorf("one second less sends %d bytes; the whole picture has %d", sent, all)
			}
			v.Left -= time.Second
		}
	})
}

// lengthy is a bus that notes how long its transfers were.
type lengthy struct {
	*sim.Panel
	lengths []int
}

func (l *lengthy) Tx(w, r []byte) error {
	l.lengths = append(l.lengths, len(w))
	return l.Panel.Tx(w, r)
}

func TestTransfersAreWholePixelsThatTheBusTakes(t *testing.T) {
	everyPane(t, func(t *testing.T, m display.Model) {
		if m.Rotation != 90 {
			return
		}
		for _, most := range []int{32, 101, 1000, 4096, 65536} {
			module := moduleFor(m)
			module.MaxTx = most
			module.PowerOn()
			time.Sleep(time.Second)
			if _, err := module.Connect(20*physic.MegaHertz, spi.Mode0, 8); err != nil {
				t.Fatal(err)
			}
			bus := &lengthy{Panel: module}
			p, err := display.Open(bus, display.Pins{DC: module.DC, Reset: module.Reset, Backlight: module.Backlight}, m, display.Bus{})
			if err != nil {
				t.Fatalf("a bus of %d bytes: %v", most, err)
			}
			bus.lengths = nil
			f := snow(m, 8)
			if err := p.Send(f); err != nil {
				t.Fatalf("a bus of %d bytes: %v", most, err)
			}
			if n := (bench{p, module, m}).wrong(f); n > 0 {
				t.Errorf("a bus of %d bytes: %d pixels wrong", most, n)
			}
			for _, n := range bus.lengths {
				if n > most || n > 16 && n%fares[m.Controller].pixel != 0 {
					t.Errorf("a bus of %d bytes got %d at once", most, n)
				}
			}
			if v := module.Violations(); len(v) > 0 {
				t.Errorf("a bus of %d bytes: %v", most, v)
			}
		}
	})
}

// slowBus is a wire of so many bits a second.
type slowBus struct {
	*sim.Panel
	clock int
}

func (s *slowBus) Tx(w, r []byte) error {
	time.Sleep(time.Duration(len(w)) * 8 * time.Second / time.Duration(s.clock))
	return s.Panel.Tx(w, r)
}

func TestTheWireIsMeasured(t *testing.T) {
	everyPane(t, func(t *testing.T, m display.Model) {
		if m.Rotation != 270 {
			return
		}
		module := moduleFor(m)
		module.PowerOn()
		time.Sleep(time.Second)
		if _, err := module.Connect(20*physic.MegaHertz, spi.Mode0, 8); err != nil {
			t.Fatal(err)
		}
		p, err := display.Open(&slowBus{module, 8_000_000}, display.Pins{DC: module.DC, Reset: module.Reset, Backlight: module.Backlight}, m, display.Bus{})
		if err != nil {
			t.Fatal(err)
		}
		b, f := bench{p, module, m}, snow(m, 4)
		b.show(t, f)
		n, took, err := p.Measure()
		if want := m.Width * m.Height * fares[m.Controller].pixel; n != want || err != nil {
			t.Errorf("%d bytes were measured, not %d (%v)", n, want, err)
		}
		if clock := float64(8*n) / took.Seconds(); clock < 7.99e6 || clock > 8.01e6 {
			t.Errorf("a wire of 8 MHz measures %.0f Hz", clock)
		}
		if b.wrong(f) > 0 || !module.Lit() {
			t.Error("a customer sees that the wire was measured")
		}
	})
}

// TestABrokenTransferLeavesNoStaleCode: whichever transfer breaks, the light goes out, and the next picture is whole.
func TestABrokenTransferLeavesNoStaleCode(t *testing.T) {
	everyPane(t, func(t *testing.T, m display.Model) {
		if m.Rotation != 0 {
			return
		}
		broken := 0
		for n := 1; n <= 12; n++ {
			b := plugIn(t, moduleFor(m), m)
			stale, next := snow(m, 1), snow(m, 2)
			b.show(t, stale)
			b.module.FailNext(n, errors.New("spark"))
			err := b.Send(next)
			if err != nil {
				broken++
				if b.module.Lit() {
					t.Errorf("transfer %d broke, and a code that is no longer true shines on", n)
				}
			}
			b.module.FailNext(0, nil)
			b.show(t, next)
			if wrong := b.wrong(next); wrong > 0 || !b.module.Lit() {
				t.Errorf("after transfer %d broke, %d pixels stay wrong", n, wrong)
			}
		}
		if broken < 11 {
			t.Errorf("only %d transfers broke: this test looks at nothing", broken)
		}
	})
}
