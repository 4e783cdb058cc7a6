package sim

import (
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"periph.io/x/conn/v3/gpio"
)

// paint puts a code onto the glass as a driver would, turned by 90 degrees.
func (c *corner) paint(text string) {
	c.t.Helper()
	bits, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 240, 240, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	k := pen{c.t, c.Panel, c.Pin("GPIO24")}
	c.Pin("GPIO18").Out(gpio.High)
	k.start(0x60)
	k.window(0, 0, 320, 240)
	var pixels []byte
	for y := range 240 {
		for x := range 320 {
			v := byte(0xFF)
			if x < 240 && bits.Get(x, y) {
				v = 0
			}
			pixels = append(pixels, v, v)
		}
	}
	k.command(0x2C, pixels...)
}

func TestAPhoneReadsTheGlassAndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCorner(t, "")
		if got, _ := c.post("phone", "do=pay"); got != 404 {
			t.Errorf("a phone before a dark glass got %d", got)
		}
		c.paint(shownURL)
		got, a := c.post("phone", "do=pay")
		if got != 200 || a["text"] != shownURL || a["out_trade_no"] != "K-1" || c.till.paid != "pay" {
			t.Errorf("a phone before the code got %d %v", got, a)
		}
		c.Pin("GPIO18").Out(gpio.Low)
		if got, _ := c.post("phone", "do=pay"); got != 404 {
			t.Error("a phone read a glass without light")
		}
		c.Pin("GPIO18").Out(gpio.High)
		c.paint("weixin://elsewhere")
		if got, _ := c.post("phone", "do=pay"); got != 409 {
			t.Error("a phone paid a strange code")
		}
		if got, _ := c.post("phone", "do=steal"); got != 400 {
			t.Error("a phone did what phones do not do")
		}
		pen{t, c.Panel, c.Pin("GPIO24")}.command(0x20)
		c.paint(shownURL)
		pen{t, c.Panel, c.Pin("GPIO24")}.command(0x20)
		if got, _ := c.post("phone", "do=pay"); got != 404 {
			t.Error("a phone read a negative: an inverted panel would go unnoticed")
		}
	})
}

func TestTheGlassIsServedUpright(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCorner(t, "")
		c.paint(shownURL)
		w := httptest.NewRecorder()
		c.web.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/street/glass.png", nil))
		img, err := png.Decode(w.Body)
		if err != nil || img.Bounds() != image.Rect(0, 0, 320, 240) {
			t.Fatalf("the picture: %v, %v", img.Bounds(), err)
		}
		if text, err := Decode(img); err != nil || text != shownURL {
			t.Errorf("the picture holds %q, %v", text, err)
		}
	})
}
