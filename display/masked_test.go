package display

import (
	"bytes"
	"image"
	"testing"
	"time"

	"kiosk/sale"
)

// Two customers' screens that differ in code and number only are the same picture to a stranger.
func TestAMaskedPictureHoldsNoCodeAndNoNumber(t *testing.T) {
	r := Renderer{Model: Model{Controller: "st7789", Width: 240, Height: 320}, Language: "zh", Contact: "400-000-0000"}
	for name, views := range map[string][2]sale.View{
		"a code": {
			{Screen: sale.ScreenQR, No: "K0042-1-AAAAAAAAAAAAAAAA1234", Slot: 1, Name: "水", Fen: 200, QR: "weixin://wxpay/bizpayurl?pr=AAAAAAAAA", Left: time.Minute},
			{Screen: sale.ScreenQR, No: "K0042-2-BBBBBBBBBBBBBBBB1234", Slot: 1, Name: "水", Fen: 200, QR: "weixin://wxpay/bizpayurl?pr=BBBBBBBBB", Left: time.Minute},
		},
		"a refund": {
			{Screen: sale.ScreenRefunding, No: "K0042-1-AAAAAAAAAAAAAAAA1234", Slot: 1, Name: "水", Fen: 200},
			{Screen: sale.ScreenRefunding, No: "K0042-2-BBBBBBBBBBBBBBBB1234", Slot: 1, Name: "水", Fen: 200},
		},
	} {
		var masked, real [2][]byte
		for i, v := range views {
			s := &Screen{Renderer: r, view: v, shown: true, panel: &Panel{}}
			masked[i] = pixels(t, s.MaskedPicture())
			f, err := r.Draw(v)
			if err != nil {
				t.Fatal(err)
			}
			real[i] = pixels(t, f.Image())
		}
		if bytes.Equal(real[0], real[1]) {
			t.Fatalf("%s: the pictures do not differ, so this proves nothing", name)
		}
		if !bytes.Equal(masked[0], masked[1]) {
			t.Errorf("%s can be told from another in the masked picture", name)
		}
		if bytes.Equal(masked[0], real[0]) || len(masked[0]) != len(real[0]) {
			t.Errorf("%s is not masked", name)
		}
	}
}

func TestAMaskedPictureOfNothingIsBlack(t *testing.T) {
	s := &Screen{Renderer: Renderer{Model: Model{Controller: "st7789", Width: 240, Height: 320}}, view: sale.View{Screen: sale.ScreenQR, QR: "weixin://x"}, shown: true}
	if b := s.MaskedPicture().Bounds(); b.Dx() != 240 || b.Dy() != 320 {
		t.Errorf("%v", b)
	}
	for _, v := range pixels(t, s.MaskedPicture()) {
		if v != 0 && v != 255 {
			t.Fatal("a panel that is not open shows something")
		}
	}
}

func pixels(t *testing.T, img image.Image) []byte {
	t.Helper()
	var out []byte
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, bl, _ := img.At(x, y).RGBA()
			out = append(out, byte(r>>8), byte(g>>8), byte(bl>>8))
		}
	}
	return out
}
