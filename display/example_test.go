package display_test

import (
	"errors"
	"fmt"
	"time"

	"kiosk/display"
	"kiosk/sale"
)

// A view becomes a picture of the panel's size. A QR code that a phone could not read is an error and no picture: the shop
// then ends the order instead of waiting for money.
func ExampleRenderer_Draw() {
	view := sale.View{Screen: sale.ScreenQR, Slot: 3, Name: "可乐", NameEN: "Coke", Fen: 350, Left: 90 * time.Second,
		QR: "weixin://wxpay/bizpayurl?pr=NwY5Mz9"}
	for _, model := range []display.Model{{Controller: "st7789", Width: 240, Height: 320}, {Controller: "st7789", Width: 16, Height: 16}} {
		frame, err := display.Renderer{Model: model, Language: "zh", Kiosk: "K0042"}.Draw(view)
		if err != nil {
			fmt.Println("no phone could read it:", errors.Is(err, display.ErrUnscannable))
			continue
		}
		fmt.Println(frame.W, "x", frame.H, "pixels of", len(frame.Pix)/(frame.W*frame.H), "bytes")
	}
	// Output:
	// 240 x 320 pixels of 2 bytes
	// no phone could read it: true
}
