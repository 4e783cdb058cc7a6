package sale

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// calmWorld is a kiosk on a good day: what a test does is all that happens.
func calmWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(1, faults{})
	w.calm, w.keep = true, true
	w.run(time.Second)
	if s := w.shop.Snapshot(); !s.Ready {
		t.Fatalf("not ready on a good day: %v", s.Why)
	}
	return w
}

func (w *world) wait(d time.Duration) { w.run(w.now + d) }

func (w *world) press(slot Slot) { w.tell(Pressed{Slot: slot, Draw: w.draw()}) }

func (w *world) scan(code string) { w.tell(Scanned{Handle(code), KindWeChat, w.draw()}) }

// qr presses a key and waits for the code.
func (w *world) qr(t *testing.T, slot Slot) No {
	t.Helper()
	w.press(slot)
	w.wait(time.Second)
	if w.view.Screen != ScreenQR || w.view.QR == "" {
		t.Fatalf("no code on the glass: %+v", w.view)
	}
	return w.view.No
}

func (w *world) sent(kind string, no No) (at []time.Duration) {
	for _, c := range w.calls {
		if c.Kind == kind && c.Order.No == no {
			at = append(at, c.at)
		}
	}
	return at
}

func (w *world) state(no No) State { return w.book.orders[no].State }

// codeOrder is the order that a scanned code gave birth to.
func (w *world) codeOrder(t *testing.T) Order {
	t.Helper()
	for _, no := range w.book.birth {
		if o := w.book.orders[no]; o.Means == Code {
			return o
		}
	}
	t.Fatal("no code order was born")
	return Order{}
}

func TestAScannedCodeIsChargedOnlyAfterTheQROrderIsKnownUnpaid(t *testing.T) {
	w := calmWorld(t)
	no := w.qr(t, 1)
	from := len(w.calls)
	at := w.now
	w.scan("a")
	if w.view.QR != "" || w.view.Screen != ScreenCharging {
		t.Errorf("the code is still on the glass: %+v", w.view)
	}
	w.wait(900 * time.Millisecond)
	o := w.codeOrder(t)
	var kinds []string
	for _, c := range w.calls[from:] {
		if c.Kind != KindProbe {
			kinds = append(kinds, c.Kind+" "+string(c.Order.No[:9]))
		}
	}
	want := []string{"query " + string(no[:9]), "charge " + string(o.No[:9])}
	if len(kinds) < 2 || !slices.Equal(kinds[:2], want) {
		t.Fatalf("after the scan at %v: %v, want %v", at, kinds, want)
	}
	i := slices.IndexFunc(w.pages, func(p Batch) bool {
		return len(p.Moves) == 2 && p.Moves[0].Event == Late && p.Moves[1].Event == Chosen
	})
	if i < 0 {
		t.Error("the QR order's Late and the code order's birth did not share a transaction")
	}
	if o.Choice != w.book.orders[no].Choice || o.Fen != w.book.orders[no].Fen {
		t.Errorf("the code order is another choice: %+v", o)
	}
}

func TestAQRCodePaidBeforeTheScanIsVendedAndTheCodeDropped(t *testing.T) {
	w := calmWorld(t)
	no := w.qr(t, 2)
	w.gate.pay(w.gate.orders[no])
	w.scan("a")
	w.wait(10 * time.Second)
	if w.state(no) != Sold || len(w.book.birth) != 1 || len(w.codes) != 0 {
		t.Errorf("%s, %d orders, %d codes charged: paid twice or served not at all", w.state(no), len(w.book.birth), len(w.codes))
	}
}

func TestAScannedCodeIsNotChargedWhenTheQROrderIsNotKnown(t *testing.T) {
	for name, a := range map[string]Answer{
		"no answer": {}, "again": {Outcome: OutcomeAgain, Code: "SYSTEMERROR"}, "missing": {Outcome: OutcomeMissing, Code: "ORDERNOTEXIST"},
	} {
		w := calmWorld(t)
		no := w.qr(t, 1)
		w.answer = func(c Call) (Answer, bool) { return a, c.Kind == KindQuery }
		if a.Outcome == "" {
			w.gate.away, w.calm, w.answer = true, false, nil
		}
		w.scan("a")
		w.wait(5 * time.Second)
		if len(w.codes) != 0 || len(w.book.birth) != 1 {
			t.Errorf("%s: charged without knowing whether the QR code was paid", name)
		}
		if w.view.Screen != ScreenSorry || w.view.Note != NoteUnknown {
			t.Errorf("%s: the screen says %s %s", name, w.view.Screen, w.view.Note)
		}
		w.calm, w.gate.away, w.answer = true, false, nil
		w.wait(time.Hour)
		if w.state(no) != Closed {
			t.Errorf("%s: %s", name, w.state(no))
		}
	}
}

func TestOneCodeIsChargedOnce(t *testing.T) {
	w := calmWorld(t)
	for range 3 {
		w.qr(t, 1)
		w.scan("same")
		w.wait(2 * time.Second)
		if w.view.Screen == ScreenQR && w.view.Note != NoteUsed {
			t.Errorf("the screen does not say that the code is used up: %+v", w.view)
		}
		w.wait(10 * time.Minute)
	}
	charges := 0
	for _, c := range w.calls {
		if c.Kind == KindCharge {
			charges++
		}
	}
	if charges != 1 {
		t.Errorf("%d charges of one code", charges)
	}
}

func TestForeignCodesAreTold(t *testing.T) {
	w := calmWorld(t)
	w.qr(t, 1)
	for kind, note := range map[string]string{KindAlipay: NoteAlipay, KindOther: NoteForeign} {
		w.tell(Scanned{"x", kind, w.draw()})
		if w.view.Note != note || w.view.QR == "" {
			t.Errorf("%s: %+v", kind, w.view)
		}
		w.wait(5 * time.Second)
		if w.view.Note != "" {
			t.Errorf("%s: the note stays: %s", kind, w.view.Note)
		}
	}
}

func TestKeysWhileAQRCodeIsShown(t *testing.T) {
	w := calmWorld(t)
	first := w.qr(t, 1)
	w.press(2) // another key changes the choice
	w.wait(time.Second)
	if w.state(first) != Closing || w.view.Slot != 2 || w.view.QR == "" {
		t.Fatalf("the choice did not change: %s, %+v", w.state(first), w.view)
	}
	second := w.view.No
	w.press(2) // the same key gives it up
	if w.view.Screen != ScreenSorry || w.view.Note != NoteCancelled || w.view.QR != "" {
		t.Errorf("not given up: %+v", w.view)
	}
	w.wait(time.Second)
	if w.state(second) != Closing {
		t.Errorf("given up, and the order is %s", w.state(second))
	}
	third := w.qr(t, 3)
	w.tell(GaveUp{})
	w.wait(10 * time.Second)
	if w.state(third) != Closing || w.view.Screen != ScreenIdle {
		t.Errorf("cancelled: %s, %s", w.state(third), w.view.Screen)
	}
}

func TestTheSameKeyBringsBackALiveOrder(t *testing.T) {
	w := calmWorld(t)
	no := w.qr(t, 1)
	w.press(1)
	w.press(1) // at once, before the gateway has answered
	w.wait(5 * time.Second)
	if w.state(no) != Waiting || w.view.QR == "" || len(w.book.birth) != 1 {
		t.Errorf("%s, %d orders, %+v", w.state(no), len(w.book.birth), w.view)
	}
}

func TestBusyScreensTakeNoPress(t *testing.T) {
	w := calmWorld(t)
	w.press(1)
	if w.view.Screen != ScreenAsking {
		t.Fatalf("%s", w.view.Screen)
	}
	w.press(2)
	w.wait(time.Second)
	no := w.view.No
	w.gate.pay(w.gate.orders[no])
	w.wait(3 * time.Second)
	if w.view.Screen != ScreenVending {
		t.Fatalf("%s", w.view.Screen)
	}
	w.press(2)
	w.wait(10 * time.Second)
	if len(w.book.birth) != 1 || w.state(no) != Sold {
		t.Errorf("%d orders, %s", len(w.book.birth), w.state(no))
	}
}

func TestTheCodeLeavesTheGlassBeforeTheDeadline(t *testing.T) {
	w := calmWorld(t)
	w.press(1)
	born := w.now
	w.wait(time.Second)
	for w.view.QR != "" && w.now < born+2*time.Minute {
		if want := (born + 60*time.Second - w.now + time.Second - 1).Truncate(time.Second); w.view.Left != want {
			t.Fatalf("at %v the countdown says %v, want %v", w.now-born, w.view.Left, want)
		}
		w.wait(500 * time.Millisecond)
	}
	if off := w.now - born; off < 59*time.Second || off > 61*time.Second || w.view.Note != NoteFinish {
		t.Errorf("the code left the glass after %v, note %q", off, w.view.Note)
	}
	no := w.view.No
	w.gate.pay(w.gate.orders[no]) // finished on the phone
	w.wait(20 * time.Second)
	if w.state(no) != Sold {
		t.Errorf("paid in time and %s", w.state(no))
	}
}

func TestTwoMissedBeatsTakeTheCodeOffTheGlass(t *testing.T) {
	w := calmWorld(t)
	no := w.qr(t, 1)
	w.calm, w.gate.away = false, true
	w.wait(15 * time.Second)
	if w.view.QR != "" || w.view.Screen != ScreenOffline {
		t.Errorf("%+v", w.view)
	}
	w.gate.pay(w.gate.orders[no])
	w.calm, w.gate.away = true, false
	back := w.now
	w.wait(5 * time.Second)
	if at := w.sent(KindQuery, no); at[len(at)-1] < back || w.state(no) != Vending {
		t.Errorf("not asked within 5 s of the line's return: %s", w.state(no))
	}
}

func TestNothingIsOfferedThatCannotBeServed(t *testing.T) {
	for _, c := range []struct {
		name   string
		break_ func(w *world)
		code   string
		screen string
	}{
		{"offline", func(w *world) { w.calm, w.gate.away = false, true; w.wait(30 * time.Second) }, NotReadyOffline, ScreenOffline},
		{"panel", func(w *world) { w.tell(Health{"panel", "dark"}) }, "panel", ScreenMaintenance},
		{"stopped", func(w *world) { w.shop.doubts.Stopped = "look"; w.tell(Tick{}) }, NotReadyStopped, ScreenMaintenance},
		{"sold out", func(w *world) {
			for i := range Slot(wares) {
				w.tell(CountStock{Slot: i + 1, Was: w.shop.findSlot(i + 1).Stock, By: "anna"})
			}
		}, NotReadyEmpty, ScreenClosed},
		{"config", func(w *world) {
			w.answer = func(Call) (Answer, bool) { return Answer{Outcome: OutcomeFaulty, Code: "SIGNERROR"}, true }
			w.wait(30 * time.Second)
		}, NotReadyConfig, ScreenClosed},
	} {
		w := calmWorld(t)
		c.break_(w)
		s := w.shop.Snapshot()
		if s.Ready || !slices.ContainsFunc(s.Why, func(y Why) bool { return y.Code == c.code }) || w.view.Screen != c.screen {
			t.Errorf("%s: ready %v, why %v, screen %s", c.name, s.Ready, s.Why, w.view.Screen)
		}
		w.press(1)
		if len(w.book.birth) != 0 {
			t.Errorf("%s: sold what cannot be served", c.name)
		}
	}
}

func TestASlotThatCannotServeSaysWhy(t *testing.T) {
	for note, in := range map[string]Input{NoteEmpty: CountStock{Slot: 2, Was: 1 << 30, By: "anna"}, NoteFault: Beam{2, true}} {
		w := calmWorld(t)
		w.tell(in)
		w.press(2)
		if w.view.Screen != ScreenSorry || w.view.Note != note || len(w.book.birth) != 0 {
			t.Errorf("%s: %+v", note, w.view)
		}
		w.press(1)
		w.wait(time.Second)
		if w.view.Screen != ScreenQR {
			t.Errorf("%s: the other slots do not sell: %s", note, w.view.Screen)
		}
	}
}

func TestACustomerReadsWhyTheGatewayRefused(t *testing.T) {
	for cause, want := range map[Cause]string{
		CauseNone: NoteDeclined, CauseCodeExpired: NoteExpired, CausePayerFunds: NoteBalance, CauseConfig: NoteConfig, CauseReversed: NoteDeclined,
	} {
		if got := noteOfCause(cause); got != want {
			t.Errorf("refused for %q, and the customer reads %q", cause, got)
		}
	}
}

// A press whose light barrier failed its test meets a blocked slot, as if the watch of the barriers had said so before
// it and had taken it back after it.
func TestAPressThatFailedItsTestMeetsABlockedSlot(t *testing.T) {
	for name, before := range map[string]func(w *world){
		"nobody":          func(*world) {},
		"another's code":  func(w *world) { w.qr(t, 2) },
		"their own code":  func(w *world) { w.qr(t, 1) },
		"a code let go":   func(w *world) { w.qr(t, 1); w.press(1) },
		"already blocked": func(w *world) { w.tell(Beam{1, true}) },
		"on its way":      func(w *world) { w.press(1) },
	} {
		told, watched := calmWorld(t), calmWorld(t)
		before(told)
		before(watched)
		was := watched.shop.blocked[1]
		watched.tell(Beam{1, true})
		watched.press(1)
		watched.tell(Beam{1, was})
		told.tell(Pressed{Slot: 1, Draw: told.draw(), Blocked: true})
		if a, b := fmt.Sprint(told.view), fmt.Sprint(watched.view); a != b || len(told.book.journal) != len(watched.book.journal) {
			t.Errorf("%s: it shows\n%s\nand should\n%s", name, a, b)
		}
		if told.shop.blocked[1] != was {
			t.Errorf("%s: the slot stays blocked: %v", name, told.shop.blocked[1])
		}
	}
}

func TestWhatTheInboxHasNoRoomForIsCounted(t *testing.T) {
	c := &Clerk{}
	c.inbox.open()
	for range maxInbox + 3 {
		c.Press(1)
	}
	if n := c.dropped.Load(); n != 3 {
		t.Errorf("%d presses were counted", n)
	}
}
