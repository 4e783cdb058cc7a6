package display

import (
	"time"

	"kiosk/sale"
)

// Sample is a screen with made-up data.
type Sample struct {
	Name string
	View sale.View
}

// Samples lists every screen and every note, the same for every language: a view holds both.
func Samples(_ string) []Sample {
	order := func(screen, note string) sale.View {
		return sale.View{
			Screen: screen, Note: note, No: "K0042-000317Q7M2XKD4ZB6TFW35EY", Slot: 3,
			Name: "可口可乐 330ml", NameEN: "Coke 330ml", Fen: 350,
		}
	}
	with := func(v sale.View, left time.Duration, qr string) sale.View {
		v.Left, v.QR = left, qr
		return v
	}
	because := func(v sale.View, cause string) sale.View {
		v.Cause = cause
		return v
	}
	const url = "weixin://wxpay/bizpayurl?pr=abcDEF12"
	paced := with(order(sale.ScreenAsking, sale.NotePaced), 8*time.Second, "")
	paced.No = ""
	out := []Sample{
		{"idle", sale.View{Screen: sale.ScreenIdle, Products: shelf(5)}},
		{"idle-many", sale.View{Screen: sale.ScreenIdle, Products: shelf(12)}},
		{"idle-may-fail", sale.View{Screen: sale.ScreenIdle, Note: sale.NoteMayFail, Products: shelf(5), Why: []sale.Why{{Code: sale.NotReadyRefused}}}},
		{"asking", order(sale.ScreenAsking, "")},
		{"asking-paced", paced},
		{"asking-checking", order(sale.ScreenAsking, sale.NoteChecking)},
		{"qr", with(order(sale.ScreenQR, ""), 88*time.Second, url)},
		{"qr-keys", with(order(sale.ScreenQR, ""), 84*time.Second, url)},
		{"qr-long", with(order(sale.ScreenQR, ""), 88*time.Second, url+"2468ace0")},
		{"qr-alipay", with(order(sale.ScreenQR, sale.NoteAlipay), 71*time.Second, url)},
		{"qr-foreign", with(order(sale.ScreenQR, sale.NoteForeign), 70*time.Second, url)},
		{"qr-unread", with(order(sale.ScreenQR, sale.NoteUnread), 70*time.Second, url)},
		{"qr-used", with(order(sale.ScreenQR, sale.NoteUsed), 69*time.Second, url)},
		{"qr-checking", with(order(sale.ScreenQR, sale.NoteChecking), 62*time.Second, "")},
		{"qr-finish", with(order(sale.ScreenQR, sale.NoteFinish), 28*time.Second, "")},
		{"charging", order(sale.ScreenCharging, "")},
		{"charging-checking", order(sale.ScreenCharging, sale.NoteChecking)},
		{"password", with(order(sale.ScreenPassword, ""), 23*time.Second, "")},
		{"vending", order(sale.ScreenVending, "")},
		{"thanks", order(sale.ScreenThanks, "")},
		{"refunding", order(sale.ScreenRefunding, "")},
		{"refunding-returned", order(sale.ScreenRefunding, sale.NoteReturned)},
		{"refunding-nothing-fell", because(order(sale.ScreenRefunding, sale.NoteReturned), sale.FaultNoDrop)},
		{"refunding-blocked", because(order(sale.ScreenRefunding, sale.NoteReturned), sale.FaultBlocked)},
		{"refunding-power", because(order(sale.ScreenRefunding, sale.NoteReturned), sale.RefundForWoke)},
		{"refunding-paid-back", because(order(sale.ScreenRefunding, sale.NotePaidBack), sale.FaultNoDrop)},
		{"refunding-owed", because(order(sale.ScreenRefunding, sale.NoteOwed), sale.FaultNoDrop)},
		{"offline", sale.View{Screen: sale.ScreenOffline, Why: []sale.Why{{Code: "offline"}, {Code: "clock"}}}},
		{"closed", sale.View{Screen: sale.ScreenClosed, Why: []sale.Why{{Code: "empty"}, {Code: "busy"}}}},
		{"maintenance", sale.View{Screen: sale.ScreenMaintenance, Why: []sale.Why{{Code: "stopped"}, {Code: "scanner"}}}},
		{"maintenance-address", sale.View{Screen: sale.ScreenMaintenance, Address: "192.168.100.23:8080", Why: []sale.Why{
			{Code: sale.NotReadyDoor, Text: "the door is open"}, {Code: "stopped", Text: "look at the slots"},
		}}},
		{"sorry", order(sale.ScreenSorry, "")},
	}
	for _, note := range []string{sale.NoteUnsettled, sale.NoteGap} {
		away := order(sale.ScreenOffline, note)
		away.Why = []sale.Why{{Code: "offline"}}
		out = append(out, Sample{"offline-" + note, away})
	}
	for _, note := range []string{
		sale.NoteEmpty, sale.NoteFault, sale.NoteBusy, sale.NoteUnknown, sale.NoteUsed, sale.NoteExpired, sale.NoteBalance,
		sale.NoteDeclined, sale.NoteLate, sale.NoteConfig, sale.NoteUnshown, sale.NoteCancelled, sale.NoteUnsettled,
	} {
		out = append(out, Sample{"sorry-" + note, order(sale.ScreenSorry, note)})
	}
	return out
}

// SlipSample is a slip with made-up data.
type SlipSample struct {
	Name string
	Slip Slip
}

// Slips lists every slip, with made-up data.
func Slips() []SlipSample {
	spot := Slip{Kind: SlipHotspot, Name: "kiosk-K0042", Secret: "k7m2xq4zb6", Address: "10.42.0.1", Left: 29 * time.Minute}
	web := spot
	web.web = true
	return []SlipSample{
		{"key-stop", Slip{Kind: SlipHolding, Will: []Promise{WillStop}, Left: 4 * time.Second}},
		{"key-wait", Slip{Kind: SlipHolding, Will: []Promise{WillWait}, Left: 4 * time.Second}},
		{"key-sell", Slip{Kind: SlipHolding, Will: []Promise{WillSell}, Left: 4 * time.Second}},
		{"key-first", Slip{Kind: SlipHolding, Will: []Promise{WillStop, WillTell, WillOpen}, Left: 4 * time.Second}},
		{"secret", Slip{Kind: SlipSecret, Secret: "k7m2x-q4zb6", Address: "192.168.100.23:8080", Left: 58 * time.Second}},
		{"secret-offline", Slip{Kind: SlipSecret, Secret: "w8mmx-wmzww", Left: 58 * time.Second}},
		{"secret-none", Slip{Kind: SlipSecret, Trouble: TroubleUnkept, Text: "writing the technician's secret to /etc/kiosk/pin: read-only file system", Left: 20 * time.Second}},
		{"hotspot-opening", Slip{Kind: SlipHotspot}},
		{"hotspot", spot},
		{"hotspot-page", web},
		{"hotspot-none", Slip{Kind: SlipHotspot, Trouble: TroubleWiFiOff, Left: 20 * time.Second}},
	}
}

func shelf(n int) []sale.Product {
	wares := []sale.Product{
		{Slot: 1, Name: "农夫山泉 550ml", NameEN: "Spring water 550ml", Fen: 200, Stock: 8},
		{Slot: 2, Name: "东方树叶 乌龙茶", NameEN: "Oolong tea", Fen: 600, Stock: 3},
		{Slot: 3, Name: "可口可乐 330ml", NameEN: "Coke 330ml", Fen: 350, Stock: 10},
		{Slot: 4, Name: "奥利奥夹心饼干", NameEN: "Oreo cookies", Fen: 850, Fault: "empty"},
		{Slot: 5, Name: "德芙巧克力", NameEN: "Dove chocolate", Fen: 1200, Stock: 2, Fault: sale.FaultJam},
	}
	for i := len(wares); i < n; i++ {
		w := wares[i%3]
		w.Slot = sale.Slot(i + 1)
		w.Fen += sale.Fen(50 * i)
		wares = append(wares, w)
	}
	return wares[:n]
}
