package display

import (
	"errors"
	"image"
	"image/color"
	"slices"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"kiosk/sale"
)

var sizes = []string{"240x240", "240x320", "320x240", "240x280", "280x240"}

// further are the sizes whose layouts are their own.
var further = []string{"320x480", "480x320", "170x320", "320x170", "172x320", "320x172", "135x240", "240x135", "128x160", "160x128"}

// scan is a phone: it reads the code in a picture. A customer turns a phone that does not see it at once:
// about one code in three hundred has a pattern that this reader takes for a corner from one side.
func scan(img image.Image) (string, error) {
	text, err := scanFrom(img)
	if err != nil { // a step nearer
		b := img.Bounds()
		near := image.NewRGBA(image.Rect(0, 0, 2*b.Dx(), 2*b.Dy()))
		for i := range 4 * b.Dx() * b.Dy() {
			x, y := i%(2*b.Dx()), i/(2*b.Dx())
			near.Set(x, y, img.At(x/2, y/2))
		}
		text, err = scanFrom(near)
	}
	return text, err
}

func scanFrom(img image.Image) (string, error) {
	bits, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		return "", err
	}
	var missed error
	for range 4 {
		r, err := qrcode.NewQRCodeReader().Decode(bits, nil)
		if err == nil {
			return r.GetText(), nil
		}
		missed = err
		if bits, err = bits.RotateCounterClockwise(); err != nil {
			return "", err
		}
	}
	return "", missed
}

// blur is a phone that is not held still: every pixel is mixed with its eight neighbours.
func blur(img *image.RGBA) *image.RGBA {
	out := image.NewRGBA(img.Bounds())
	b := img.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			var sum [3]int
			for i := range 9 {
				c := img.RGBAAt(min(max(x+i%3-1, 0), b.Dx()-1), min(max(y+i/3-1, 0), b.Dy()-1))
				sum[0], sum[1], sum[2] = sum[0]+int(c.R), sum[1]+int(c.G), sum[2]+int(c.B)
			}
			out.SetRGBA(x, y, color.RGBA{uint8(sum[0] / 9), uint8(sum[1] / 9), uint8(sum[2] / 9), 0xff})
		}
	}
	return out
}

func qrView(content string) sale.View {
	v := sale.View{Screen: sale.ScreenQR, No: "K1-1", Slot: 12, Name: "可口可乐 330ml", NameEN: "Coke 330ml", Fen: 123450}
	v.QR, v.Left = content, 299e9
	return v
}

// url is a code_url of n bytes.
func url(n int) string {
	return ("weixin://wxpay/bizpayurl?pr=" + strings.Repeat("aB3xY9kQ", 20))[:n]
}

func TestAPhoneReadsTheCodeOnEveryPanel(t *testing.T) {
	for _, size := range slices.Concat(sizes, further) {
		for _, lang := range []string{"zh", "en"} {
			for _, n := range []int{35, 46, 62, 64, 84} {
				if n > 78 && (size == "128x160" || size == "160x128") {
					continue // no such address is ever given, and there it would not fit: the next test
				}
				f, err := Renderer{Model: model(t, size, 0), Language: lang}.Draw(qrView(url(n)))
				if err != nil {
					t.Fatalf("%s: a payment address of %d bytes cannot be shown: %v", size, n, err)
				}
				for name, img := range map[string]*image.RGBA{"sharp": f.Image(), "blurred": blur(f.Image())} {
					if got, err := scan(img); got != url(n) {
						t.Errorf("%s %s %s: a phone reads %q of a code of %d bytes (%v)", size, lang, name, got, n, err)
					}
				}
			}
		}
	}
}

func TestModulesAreLargeEnoughForPhones(t *testing.T) {
	for _, size := range sizes {
		b := model(t, size, 0).Bounds()
		for n := 29; n <= 64; n++ {
			k, err := encode(url(n), codeRooms(b.Dx(), b.Dy())...)
			if err != nil || k.scale < goodModule {
				t.Errorf("%s: %d bytes get %d pixels a module (%v)", size, n, k.scale, err)
			}
			if n <= 62 && k.scale < 5 && size != "280x240" {
				t.Errorf("%s: %d bytes get %d pixels a module, and 5 fit", size, n, k.scale)
			}
		}
	}
}

// The pixels of a module on glass that is not as usual. Less than three is refused, whatever the glass.
func TestACodeFillsItsGlass(t *testing.T) {
	for size, want := range map[string][3]int{ // addresses of 36, 46 and 64 bytes
		"320x480": {8, 7, 7}, "480x320": {8, 7, 7},
		"170x320": {4, 4, 4}, "320x170": {4, 4, 4}, "172x320": {4, 4, 4}, "320x172": {4, 4, 4},
		"135x240": {3, 3, 3}, "240x135": {3, 3, 3}, "128x160": {3, 3, 3}, "160x128": {3, 3, 3},
	} {
		m := model(t, size, 0)
		for i, n := range []int{36, 46, 64} {
			k, err := encode(url(n), codeRooms(m.Bounds().Dx(), m.Bounds().Dy())...)
			if err != nil || k.scale != want[i] {
				t.Errorf("%s: %d bytes get %d pixels a module, and %d fit (%v)", size, n, k.scale, want[i], err)
			}
		}
	}
	for _, size := range []string{"128x160", "160x128"} {
		if err := Fits(url(84), model(t, size, 0)); !errors.Is(err, ErrUnscannable) {
			t.Errorf("%s: a code of two pixels a module is shown (%v)", size, err)
		}
	}
}

func TestACodeThatNobodyCouldScanIsRefused(t *testing.T) {
	m := model(t, "240x240", 0)
	for name, content := range map[string]string{
		"nothing": "", "too much": url(28) + strings.Repeat("x", 400), "endless": strings.Repeat("x", 9000),
		"not printable": "weixin://\x00", "not ASCII": "weixin://微信",
	} {
		if err := Fits(content, m); !errors.Is(err, ErrUnscannable) {
			t.Errorf("%s: Fits says %v", name, err)
		}
		if content == "" {
			continue
		}
		f, err := Renderer{Model: m}.Draw(qrView(content))
		if !errors.Is(err, ErrUnscannable) || f != nil {
			t.Errorf("%s: a frame was drawn all the same (%v)", name, err)
		} else if strings.Contains(err.Error(), content) {
			t.Errorf("%s: the address stands in the error", name)
		}
	}
}

func TestLessRecoveryOnlyRescuesSmallModules(t *testing.T) {
	roomy, err := encode(url(46), 205)
	if err != nil || len(roomy.dots) != 33 || roomy.scale != 5 {
		t.Errorf("46 bytes in 205 pixels: %d modules at %d (%v): level M gives 33 at 5", len(roomy.dots), roomy.scale, err)
	}
	tight, err := encode(url(46), 150)
	if err != nil || len(tight.dots) != 29 || tight.scale != 4 {
		t.Errorf("46 bytes in 150 pixels: %d modules at %d (%v): level L gives 29 at 4", len(tight.dots), tight.scale, err)
	}
}

func TestADamagedCodeIsNeverShown(t *testing.T) {
	k, err := encode(url(46), 205)
	if err != nil {
		t.Fatal(err)
	}
	n, at := len(k.dots)+2*quiet, image.Pt(17, 3)
	whole := canvas{Frame: NewFrame(240, 240)}
	whole.code(k, at)
	if err := k.prove(whole.Frame, at); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < n*n; i += 7 {
		c := canvas{Frame: whole.Clone()}
		c.fill(k.cells(i%n-quiet, i/n-quiet, 1).Add(at), red)
		if k.prove(c.Frame, at) == nil {
			t.Fatalf("module %d is painted over and nobody minds", i)
		}
	}
}

func FuzzQR(f *testing.F) {
	f.Add("weixin://wxpay/bizpayurl?pr=abcDEF12", uint8(0))
	f.Add(url(64), uint8(1))
	f.Add(strings.Repeat("0", 120), uint8(2))
	f.Add("HTTPS://WX.TENPAY.COM/A$B*C", uint8(3))
	f.Add("12345A6789a", uint8(4))
	f.Add("HTTPS://WX.TENPAY.COz/A$B*C", uint8(0))
	f.Fuzz(func(t *testing.T, content string, size uint8) {
		if len(content) > 120 || content == "" {
			return
		}
		all := slices.Concat(sizes, further)
		m := model(t, all[int(size)%len(all)], 0)
		frame, err := Renderer{Model: m, Language: "zh"}.Draw(qrView(content))
		if fits := Fits(content, m); errors.Is(fits, ErrUnscannable) != errors.Is(err, ErrUnscannable) {
			t.Fatalf("Fits says %v, Draw says %v", fits, err)
		}
		if errors.Is(err, ErrUnscannable) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := scan(frame.Image()); got != content {
			t.Fatalf("a phone reads %q instead of %q (%v)", got, content, err)
		}
	})
}
