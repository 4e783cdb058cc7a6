package sale_test

import (
	"fmt"
	"strings"
	"time"

	"kiosk/sale"
)

// A customer presses the key of slot 3. The shop writes the order down before it asks for a QR code, and shows the code
// once the gateway has given one. Nothing here waits: each Step returns what to do, and a Clerk does it.
func ExampleShop_Step() {
	shop := &sale.Shop{Kiosk: "K0042", Merchant: sale.Merchant{API: "v2", AppID: "wx0001", MchID: "1900000109"}}
	at := func(second int) sale.Instant {
		return sale.Instant{Mono: time.Duration(second) * time.Second, Wall: time.Unix(1_760_000_000+int64(second), 0), Trusted: true}
	}
	print := func(deeds []sale.Deed) (no sale.No) {
		for _, deed := range deeds {
			switch d := deed.(type) {
			case sale.Write:
				for _, m := range d.Batch.Moves {
					fmt.Printf("write: %s is now %s\n", m.Order.No, m.Order.State)
				}
			case sale.Call:
				fmt.Println("call:", d.Kind)
				no = d.Order.No
			case sale.Show:
				fmt.Println(strings.TrimSpace("show: " + d.View.Screen + " " + d.View.QR))
			}
		}
		return no
	}

	// The first thing a shop does is to ask whether the gateway is there, by a number that cannot exist.
	no := print(shop.Step(at(0), sale.Awake{History: sale.History{Next: 7, Slots: []sale.SlotState{{Slot: 3, Name: "可乐", Fen: 350, Stock: 5}}}}))
	print(shop.Step(at(1), sale.Answered{Deed: sale.KindProbe, No: no, Answer: sale.Answer{Outcome: sale.OutcomeMissing}}))

	no = print(shop.Step(at(2), sale.Pressed{Slot: 3, Draw: "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}))
	print(shop.Step(at(3), sale.Answered{Deed: sale.KindAsk, No: no, Sent: at(2).Mono,
		Answer: sale.Answer{Outcome: sale.OutcomeAccepted, CodeURL: "weixin://wxpay/bizpayurl?pr=NwY5Mz9"}}))
	// Output:
	// call: probe
	// show: closed
	// show: idle
	// write: K0042-000007ABCDEFGHIJKLMNOPQR is now asking
	// call: ask
	// show: asking
	// write: K0042-000007ABCDEFGHIJKLMNOPQR is now waiting
	// show: qr weixin://wxpay/bizpayurl?pr=NwY5Mz9
}
