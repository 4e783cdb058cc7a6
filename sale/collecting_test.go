package sale

import (
	"slices"
	"testing"
	"time"
)

// refusedBy lets the gateway refuse one kind of call for the merchant's reason, signed or not, and returns how to end that.
func (w *world) refusedBy(kind, way string) (heal func()) {
	switch way {
	case "signed":
		w.answer = func(c Call) (Answer, bool) {
			return Answer{Outcome: OutcomeFaulty, Code: "NOAUTH", Cause: CauseConfig}, c.Kind == kind
		}
	case "unsigned":
		w.refuse = func(c Call) *OrderRefusal {
			if c.Kind != kind {
				return nil
			}
			return &OrderRefusal{Code: "SIGNERROR", Unsigned: "签名错误，请检查后再试"}
		}
	}
	return func() { w.answer, w.refuse = nil, nil }
}

// reasons are the codes of /readyz.
func (w *world) reasons() (out []string) {
	for _, y := range w.shop.Snapshot().Why {
		out = append(out, y.Code)
	}
	return out
}

func (w *world) asks() (n int) {
	for _, c := range w.calls {
		if c.Kind == KindAsk {
			n++
		}
	}
	return n
}

func TestTwoOrdersInARowRefusedForTheMerchantsReasonAreToldUntilOneSucceeds(t *testing.T) {
	for _, way := range []string{"signed", "unsigned"} {
		t.Run(way, func(t *testing.T) {
			w := calmWorld(t)
			heal := w.refusedBy(KindAsk, way)
			w.press(1)
			w.wait(3 * time.Second)
			if w.view.Screen != ScreenSorry || w.view.Note != NoteConfig || w.asks() > maxMissed {
				t.Errorf("after %d asks a customer still reads %s %s", w.asks(), w.view.Screen, w.view.Note)
			}
			w.wait(2 * time.Minute)
			if got := w.reasons(); len(got) != 0 {
				t.Fatalf("one refused order ends the sale: %v", got)
			}
			w.press(2)
			w.wait(50 * time.Second)
			if got := w.reasons(); !slices.Equal(got, []string{NotReadyRefused}) {
				t.Fatalf("two orders in a row are refused, and the owner reads %v", got)
			}
			if w.view.Screen != ScreenIdle || w.view.Note != NoteMayFail || len(w.view.Products) != wares {
				t.Errorf("a customer is not told that payment may fail: %+v", w.view)
			}
			if r := w.shop.Snapshot().Refused; len(r) != 1 || r[0].Deed != KindAsk || (r[0].Unsigned == "") != (way == "signed") {
				t.Errorf("a technician reads %+v", r)
			}
			w.wait(15 * time.Second)
			asked := w.asks()
			w.press(1)
			w.wait(time.Second)
			if w.asks() != asked+1 || w.view.Screen != ScreenSorry || w.view.Note != NoteConfig {
				t.Errorf("a minute after the last ask %d asks, and a customer reads %s %s", w.asks()-asked, w.view.Screen, w.view.Note)
			}
			w.wait(20 * time.Second)
			w.press(1)
			w.wait(time.Second)
			if w.asks() != asked+1 || w.view.Screen != ScreenSorry {
				t.Errorf("%d asks within a minute, the screen is %s: a key is taken, and few orders are asked for", w.asks()-asked, w.view.Screen)
			}
			heal()
			w.wait(11 * time.Minute) // many probes: queries work all the time
			if got := w.reasons(); len(got) != 0 {
				t.Errorf("a trial order succeeded, and the owner reads %v", got)
			}
			no := w.qr(t, 1)
			w.gate.pay(w.gate.orders[no])
			w.wait(15 * time.Second)
			if w.state(no) != Sold {
				t.Errorf("the order after it is %s", w.state(no))
			}
			w.sound(t)
		})
	}
}

// sound fails unless nothing went wrong and no order is left open after an hour.
func (w *world) sound(t *testing.T) {
	t.Helper()
	w.wait(time.Hour)
	for _, no := range w.book.birth {
		if !w.state(no).Over() {
			t.Errorf("%s is left %s", no, w.state(no))
		}
	}
	if len(w.wrong) > 0 {
		t.Error(w.wrong)
	}
}

func TestATrialOrderIsAskedForEveryTenMinutesAndNobodySeesItsCode(t *testing.T) {
	w := calmWorld(t)
	heal := w.refusedBy(KindAsk, "signed")
	for range maxRefused {
		w.press(1)
		w.wait(2 * time.Minute)
	}
	before, shown := w.asks(), false
	w.seen = func(Input, []Deed) { shown = shown || w.view.QR != "" || w.view.Screen != ScreenIdle }
	w.wait(time.Hour)
	if n := w.asks() - before; n < 5 || n > 6 {
		t.Errorf("%d trial orders in an hour", n)
	}
	heal()
	w.wait(11 * time.Minute)
	w.seen = nil
	if shown || len(w.reasons()) != 0 {
		t.Errorf("a trial order is on the glass: %v; the owner reads %v", shown, w.reasons())
	}
	for _, no := range w.book.birth[2:] {
		o := w.book.orders[no]
		if o.Slot != 0 || o.Fen != trialFen || w.motors[no] != 0 {
			t.Errorf("a trial order is for slot %d at %s", o.Slot, o.Fen.Yuan())
		}
	}
	w.sound(t)
}

// Somebody who pays a trial order all the same gets the money back, and no motor turns.
func TestATrialOrderThatIsPaidIsRefunded(t *testing.T) {
	w := calmWorld(t)
	heal := w.refusedBy(KindAsk, "signed")
	for range maxRefused {
		w.press(1)
		w.wait(2 * time.Minute)
	}
	heal()
	w.seen = func(in Input, _ []Deed) {
		if a, ok := in.(Answered); ok && a.Deed == KindAsk && a.CodeURL != "" {
			w.gate.pay(w.gate.orders[a.No])
		}
	}
	w.wait(15 * time.Minute)
	no := w.book.birth[len(w.book.birth)-1]
	if o := w.book.orders[no]; o.Slot != 0 || o.State != Refunded || w.motors[no] != 0 {
		t.Errorf("a paid trial order for slot %d is %s after %d turns", o.Slot, o.State, w.motors[no])
	}
}

func TestACustomerIsServedThoughATrialOrderIsUnderWay(t *testing.T) {
	w := calmWorld(t)
	heal := w.refusedBy(KindAsk, "signed")
	for range maxRefused {
		w.press(1)
		w.wait(2 * time.Minute)
	}
	heal()
	pressed := false
	w.seen = func(in Input, _ []Deed) {
		if a, ok := in.(Answered); ok && a.Deed == KindAsk && a.CodeURL != "" && !pressed {
			pressed = true
			w.after(time.Millisecond, func() { w.press(2) })
		}
	}
	for w.run(w.now + time.Second); !pressed && w.now < time.Hour; w.wait(time.Second) {
	}
	w.wait(2 * time.Second)
	if w.view.Screen != ScreenQR || w.view.Slot != 2 {
		t.Errorf("a key pressed during a trial order is lost: %+v", w.view)
	}
}

func TestRefusedPaymentCodesAreToldUntilOneIsCharged(t *testing.T) {
	w := calmWorld(t)
	heal := w.refusedBy(KindCharge, "signed")
	for _, code := range []string{"a", "b"} {
		w.qr(t, 1)
		w.scan(code)
		w.wait(3 * time.Minute)
	}
	if got := w.reasons(); !slices.Equal(got, []string{NotReadyRefused}) {
		t.Fatalf("two payment codes in a row are refused, and the owner reads %v", got)
	}
	no := w.qr(t, 1) // QR orders are taken, so they are not held back
	w.gate.pay(w.gate.orders[no])
	w.wait(15 * time.Second)
	if got := w.reasons(); !slices.Equal(got, []string{NotReadyRefused}) || w.state(no) != Sold {
		t.Errorf("a QR order that is %s ends what payment codes are refused for: %v", w.state(no), got)
	}
	heal()
	w.qr(t, 1)
	w.scan("c")
	w.wait(15 * time.Second)
	if got := w.reasons(); len(got) != 0 {
		t.Errorf("a payment code was charged, and the owner reads %v", got)
	}
}

func TestRefusedRefundsAreToldUntilOneIsTaken(t *testing.T) {
	w := calmWorld(t)
	heal := w.refusedBy(KindRefund, "signed")
	w.faults.jam = 100
	for i := range 2 {
		no := w.qr(t, Slot(i+1))
		w.gate.pay(w.gate.orders[no])
		w.calm = false
		w.wait(10 * time.Second)
		w.calm = true
		w.wait(time.Minute)
	}
	if got := w.reasons(); !slices.Contains(got, NotReadyRefused) {
		t.Fatalf("two refunds in a row are refused, and the owner reads %v", got)
	}
	heal()
	w.wait(2 * time.Hour)
	if got := w.reasons(); slices.Contains(got, NotReadyRefused) {
		t.Errorf("the refunds were taken, and the owner reads %v", got)
	}
	w.sound(t)
}

// An order that the gateway refuses as its own bug, or for the customer's reason, is no fault of the merchant.
func TestWhatACustomerIsRefusedForIsNotToldOfTheMerchant(t *testing.T) {
	for _, a := range []Answer{{Outcome: OutcomeDenied, Code: "AUTHCODEEXPIRE", Cause: CauseCodeExpired}, {Outcome: OutcomeDenied, Code: "NOTENOUGH", Cause: CausePayerFunds}, {Outcome: OutcomeAgain, Code: "SYSTEMERROR"}} {
		w := calmWorld(t)
		w.answer = func(c Call) (Answer, bool) { return a, c.Kind == KindCharge }
		for _, code := range []string{"a", "b", "c"} {
			w.qr(t, 1)
			w.scan(code)
			w.wait(3 * time.Minute)
		}
		if got := w.reasons(); len(got) != 0 {
			t.Errorf("%s is told of the merchant: %v", a.Code, got)
		}
	}
}

func TestAQRCodeIsAskedForAgainUnderALaterExpiry(t *testing.T) {
	for _, way := range []string{"signed", "unsigned"} {
		w := calmWorld(t)
		w.shop.Expiry = 5 * time.Minute
		near := func(c Call) bool { return c.Kind == KindAsk && c.Order.Expires.Sub(w.instant().Wall) <= 5*time.Minute }
		if way == "signed" {
			w.answer = func(c Call) (Answer, bool) {
				return Answer{Outcome: OutcomeDenied, Code: "PARAM_ERROR", Cause: CauseExpiry}, near(c)
			}
		} else {
			w.refuse = func(c Call) *OrderRefusal {
				if near(c) {
					return &OrderRefusal{Code: "TIME_EXPIRE", Cause: CauseExpiry}
				}
				return nil
			}
		}
		w.press(1)
		w.wait(3 * time.Second)
		if w.view.Screen != ScreenQR || len(w.book.birth) != 2 {
			t.Errorf("%s: %d orders, and a customer reads %s: an expiry in five minutes is too near for this gateway", way, len(w.book.birth), w.view.Screen)
			continue
		}
		if n := len(w.pages); w.book.orders[w.book.birth[1]].Expires.Sub(w.instant().Wall) < 14*time.Minute || n == 0 {
			t.Errorf("%s: the second order expires at %v", way, w.book.orders[w.book.birth[1]].Expires)
		}
		w.wait(3 * time.Minute)
		w.press(2)
		w.wait(time.Second)
		if w.view.Screen != ScreenQR || len(w.book.birth) != 3 || len(w.reasons()) != 0 {
			t.Errorf("%s: the next customer's order is tried under the near expiry again: %d orders", way, len(w.book.birth))
		}
		w.sound(t)
	}
}

// An unsigned refusal of the probe is no answer, and says what to look at all the same.
func TestAProbeThatIsRefusedBySomethingUnsignedBlamesTheConfig(t *testing.T) {
	w := calmWorld(t)
	heal := w.refusedBy(KindProbe, "unsigned")
	w.wait(time.Minute)
	if got := w.reasons(); !slices.Equal(got, []string{NotReadyConfig}) || w.shop.Snapshot().Cloud.Reachable {
		t.Errorf("a wrong key is told as %v", got)
	}
	if r := w.shop.Snapshot().Refused; len(r) != 1 || r[0].Deed != KindProbe || r[0].Code != "SIGNERROR" || r[0].Unsigned == "" {
		t.Errorf("a technician reads %+v", r)
	}
	heal()
	w.wait(time.Minute)
	if got := w.reasons(); len(got) != 0 || len(w.shop.Snapshot().Refused) != 0 {
		t.Errorf("the key was put right, and the owner reads %v", got)
	}
}

// A payment code that a refusal proves nothing of is asked after and reversed as ever; the owner is told.
func TestPaymentCodesRefusedBySomethingUnsignedAreToldAndReversed(t *testing.T) {
	w := calmWorld(t)
	w.refusedBy(KindCharge, "unsigned")
	for _, code := range []string{"a", "b"} {
		w.qr(t, 1)
		w.scan(code)
		w.wait(3 * time.Minute)
	}
	if got := w.reasons(); !slices.Equal(got, []string{NotReadyRefused}) {
		t.Errorf("two payment codes in a row are refused, and the owner reads %v", got)
	}
	w.sound(t)
}
