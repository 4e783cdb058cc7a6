package house_test

import (
	"fmt"
	"image"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"kiosk/display"
	"kiosk/sale"
)

// TestTheCodeOnTheGlassKeepsItsQuietZone looks at finished pictures, with a decoder that knows nothing of how they
// were drawn: around the code there must be four modules of white on every side.
func TestTheCodeOnTheGlassKeepsItsQuietZone(t *testing.T) {
	const url = "weixin://wxpay/bizpayurl?pr=aB3xY9kQz"
	for _, size := range []string{"240x240", "240x320"} {
		for _, turned := range []int{0, 90} {
			m, err := display.Fit("st7789", size, turned)
			if err != nil {
				t.Fatal(err)
			}
			v := sale.View{Screen: sale.ScreenQR, No: "K1-000001AAAAAAAAAAAAAAAAAAAA", Slot: 1, Name: "可乐", NameEN: "Coke", Fen: 350, QR: url, Left: 60 * time.Second}
			f, err := display.Renderer{Model: m, Language: "zh", Kiosk: "K1"}.Draw(v)
			if err != nil {
				t.Fatal(err)
			}
			if err := quietZone(f.Image(), url); err != nil {
				t.Errorf("%s turned %d: %v: phones will not find the code", size, turned, err)
			}
		}
	}
}

// quietZone measures the white beyond the three corners that a decoder finds.
func quietZone(img image.Image, want string) error {
	bits, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		return err
	}
	found, err := qrcode.NewQRCodeReader().Decode(bits, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return fmt.Errorf("read the code: %w", err)
	}
	if found.GetText() != want {
		return fmt.Errorf("the code says %q", found.GetText())
	}
	at := found.GetResultPoints() // bottom left, top left, top right
	up, down, left, right := image.Pt(0, -1), image.Pt(0, 1), image.Pt(-1, 0), image.Pt(1, 0)
	for i, ways := range [][]image.Point{{left, down}, {left, up}, {right, up}} {
		corner := image.Pt(int(at[i].GetX()), int(at[i].GetY()))
		for _, way := range ways {
			module, white := walk(img, corner, way)
			if module < 1 || white < 4*module {
				return fmt.Errorf("%d pixels of white on one side, with modules of %d", white, module)
			}
		}
	}
	return nil
}

// walk goes from the middle of a corner outwards: dark, the white ring, the dark ring, and the white beyond.
func walk(img image.Image, p, way image.Point) (module, white int) {
	for _, dark := range []bool{true, false, true, false} {
		n := 0
		for ; p.In(img.Bounds()) && isDark(img, p) == dark; p = p.Add(way) {
			n++
		}
		if !dark {
			module, white = white, n
		}
	}
	return module, white
}

func isDark(img image.Image, p image.Point) bool {
	r, g, b, _ := img.At(p.X, p.Y).RGBA()
	return r+g+b < 3*0x8000
}
