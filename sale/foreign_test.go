package sale

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// restart ends the life and begins the next one under another merchant; nil: the one before. The shop is awake when it returns.
func (w *world) restart(change func(*Merchant)) {
	w.owner = change
	w.cut(time.Second)
	w.wait(10 * time.Second)
}

// A new key of the same merchant is no other merchant: the gateway takes no other key, and all that is open goes on under it.
func TestANewKeyAsksForEveryOrder(t *testing.T) {
	for what, change := range map[string]func(*Merchant){
		"a new key":             func(m *Merchant) { m.Key = "another" },
		"another way to sign":   func(m *Merchant) { m.SignType = "HMAC-SHA256" },
		"a new key and signing": func(m *Merchant) { m.Key, m.SignType = "another", "HMAC-SHA256" },
	} {
		w := calmWorld(t)
		closed := w.qr(t, 2)
		w.press(2)
		w.wait(20 * time.Minute)
		owed := w.stuckOrder(t, 3)
		w.answer = func(c Call) (Answer, bool) {
			return Answer{Outcome: OutcomeDenied, Code: "TRADE_OVERDUE"}, c.Kind == KindRefund
		}
		w.wait(10 * time.Minute)
		w.answer = func(c Call) (Answer, bool) { return Answer{Outcome: OutcomeAgain}, c.Kind == KindRefund }
		refunding := w.stuckOrder(t, 1)
		w.wait(time.Minute)
		w.looks(1, "anna")
		closing := w.qr(t, 2)
		w.press(2)
		w.wait(time.Minute)
		for no, want := range map[No]State{closed: Closed, owed: Owed, refunding: Refunding, closing: Closing} {
			if w.state(no) != want {
				t.Fatalf("%s is %s, not %s", no, w.state(no), want)
			}
		}
		w.gate.orders[closed] = paidLate(w, closed)
		w.gate.orders[closing] = paidLate(w, closing)
		w.answer = nil
		w.restart(change)
		if s := w.shop.Snapshot(); !s.Ready || len(s.Foreign) != 0 {
			t.Errorf("%s: it does not sell: %v, to hand over %v", what, s.Why, s.Foreign)
		}
		w.tell(DecideOrder{No: owed, Event: Retried, By: "anna"})
		w.wait(time.Hour)
		for _, no := range []No{closed, owed, refunding, closing} {
			if w.state(no) != Refunded || w.gate.orders[no].refunded() != w.book.orders[no].Fen {
				t.Errorf("%s: %s is %s, and %d fen went back: nobody asks for it any more", what, no, w.state(no), w.gate.orders[no].refunded())
			}
		}
	}
}

// foreignPair is an order that is closing and one that is refunded, woken under another appid.
func foreignPair(t *testing.T) (w *world, closing, refunding No) {
	t.Helper()
	w = calmWorld(t)
	w.answer = func(c Call) (Answer, bool) { return Answer{Outcome: OutcomeAgain}, c.Kind == KindRefund }
	refunding = w.stuckOrder(t, 1)
	w.wait(time.Minute)
	closing = w.qr(t, 2)
	w.press(2)
	w.wait(time.Minute)
	w.answer = nil
	w.calls = nil
	w.restart(func(m *Merchant) { m.AppID = "wx2" })
	if w.state(closing) != Closing || w.state(refunding) != Refunding {
		t.Fatalf("%s and %s", w.state(closing), w.state(refunding))
	}
	return w, closing, refunding
}

func TestAnOrderOfAnotherMerchantStopsTheSaleUntilAPersonHandsItOver(t *testing.T) {
	w, closing, refunding := foreignPair(t)
	s := w.shop.Snapshot()
	if s.Ready || !slices.Equal(s.Foreign, []No{refunding, closing}) || len(s.Why) != 1 || s.Why[0].Code != NotReadyMerchant {
		t.Fatalf("it sells, or does not say why not: %v, to hand over %v", s.Why, s.Foreign)
	}
	for _, no := range s.Foreign {
		if !strings.Contains(s.Why[0].Text, string(no[len(no)-4:])) || strings.Contains(s.Why[0].Text, string(no)) {
			t.Errorf("%q names an order to strangers, or not to its owner", s.Why[0].Text)
		}
	}
	w.press(3)
	w.wait(48 * time.Hour)
	if len(w.book.birth) != 2 || len(w.sent(KindQuery, closing))+len(w.sent(KindCancel, closing))+len(w.sent(KindQuery, refunding)) != 0 {
		t.Errorf("%d orders, and these calls: %v", len(w.book.birth), w.calls)
	}
	told := 0
	for range 3 { // it is written down once
		w.restart(w.owner)
	}
	for _, p := range w.pages {
		for _, a := range p.Alarms {
			if a.Kind == "other merchant" {
				told++
			}
		}
	}
	if told != 2 {
		t.Errorf("a person is told %d times of two orders", told)
	}
	hand := func(no No, by, note string) {
		w.tell(DecideOrder{No: no, Event: Handed, By: by, From: "10.0.0.7", Note: note})
	}
	hand(closing, "anna", "") // a reason is wanted
	hand(closing, "", "asks there")
	if w.state(closing) != Closing {
		t.Fatal("handed over by nobody, or for no reason")
	}
	hand(closing, "anna", "asks there")
	if w.shop.Snapshot().Ready {
		t.Error("it sells while one order is left")
	}
	hand(refunding, "anna", "asks there")
	for _, no := range []No{closing, refunding} {
		if o := w.book.orders[no]; o.State != Owed || o.By != "anna at 10.0.0.7" || o.Note != "asks there" || o.How != "" || o.Reason != ReasonForeign {
			t.Errorf("%+v", o)
		}
	}
	if o := w.book.orders[refunding]; o.Money.Fen == 0 || o.RefundNo == "" {
		t.Errorf("what is known of the payment is lost: %+v", o)
	}
	w.qr(t, 3) // it sells
	if l := w.lines(); len(l) != 2 || !strings.HasPrefix(l[0], "handed over to a person: asks there, by anna") {
		t.Errorf("written down: %q", l)
	}
}

func TestAnOrderIsHandedOverOnlyWhileItsMerchantIsAway(t *testing.T) {
	w, closing, refunding := foreignPair(t)
	w.gate.orders[closing] = paidLate(w, closing)
	w.restart(nil) // the config is put back
	for _, no := range []No{closing, refunding} {
		w.tell(DecideOrder{No: no, Event: Handed, By: "anna", Note: "wants to"})
		if o := w.book.orders[no]; o.State == Owed || o.Reason == ReasonForeign {
			t.Errorf("the kiosk asks for it, and a person has it: %s %q", o.State, o.Reason)
		}
	}
	if !w.shop.Snapshot().Ready {
		t.Errorf("%v", w.shop.Snapshot().Why)
	}
	w.wait(time.Hour)
	for _, no := range []No{closing, refunding} {
		if w.state(no) != Refunded {
			t.Errorf("%s is %s: the config is back, and nobody looks after the money", no, w.state(no))
		}
	}
}

func TestOnlyAHandedOrderWasNeverPaidAndOnlyADayAfterItsExpiry(t *testing.T) {
	for _, trusted := range []bool{true, false} {
		w, closing, refunding := foreignPair(t)
		for _, no := range []No{closing, refunding} {
			w.tell(DecideOrder{No: no, Event: Handed, By: "anna", Note: "asks there"})
		}
		w.shop.findOrder(closing).Trusted = trusted
		never := func(no No) { w.tell(DecideOrder{No: no, Event: Settled, By: "anna", How: HowNeverPaid, Note: "no"}) }
		if never(refunding); w.state(refunding) != Owed {
			t.Error("the customer has paid, and somebody says that he never did")
		}
		w.wait(23 * time.Hour)
		if never(closing); w.state(closing) != Owed {
			t.Error("settled as never paid while it could still be paid: in refunded no late payment is seen")
		}
		w.wait(2 * time.Hour)
		if never(closing); w.state(closing) != Refunded {
			t.Errorf("trusted %v: %s", trusted, w.state(closing))
		}
		if never(refunding); w.state(refunding) != Owed {
			t.Error("the customer has paid, and a day later somebody says that he never did")
		}
		w.tell(DecideOrder{No: refunding, Event: Settled, By: "anna", How: "platform", Note: "there"})
		if w.state(refunding) != Refunded {
			t.Errorf("%s", w.state(refunding))
		}
	}
}

// The merchant is back in the config: what was handed over with a payment can be refunded again, and without one it cannot.
func TestAHandedOrderIsSentBackOnlyIfAPaymentIsKnown(t *testing.T) {
	w, closing, refunding := foreignPair(t)
	for _, no := range []No{closing, refunding} {
		w.tell(DecideOrder{No: no, Event: Handed, By: "anna", Note: "asks there"})
	}
	w.restart(nil)
	for _, no := range []No{closing, refunding} {
		w.tell(DecideOrder{No: no, Event: Retried, By: "anna"})
	}
	w.wait(time.Hour)
	if w.state(closing) != Owed || w.state(refunding) != Refunded {
		t.Errorf("without a payment %s, with one %s", w.state(closing), w.state(refunding))
	}
}

func TestANoticeOfAnOrderThatNobodyCanAskAboutReachesAPerson(t *testing.T) {
	for _, held := range []bool{true, false} {
		w := calmWorld(t)
		no := w.qr(t, 1)
		w.press(1)
		w.wait(20 * time.Minute)
		w.gate.orders[no] = paidLate(w, no)
		w.restart(func(m *Merchant) { m.AppID = "wx2" })
		o := w.book.orders[no]
		if !held { // closed so long ago that the shop does not know it
			w.shop.orders = nil
		}
		for range 3 {
			w.tell(Nudged{No: no, Known: &o})
			w.wait(time.Hour)
		}
		told := func() (n int) {
			for _, p := range w.pages {
				for _, a := range p.Alarms {
					if a.Kind == "notice" && a.No == no {
						n++
					}
				}
			}
			return n
		}
		want := []Stall{{no, ReasonNotice}}
		if s := w.shop.Snapshot(); told() != 1 || !slices.Equal(s.Stalled, want) || w.book.orders[no].Reason != ReasonNotice || w.state(no) != Closed {
			t.Errorf("money came, and a person is told %d times: %v, %+v", told(), s.Stalled, w.book.orders[no])
		}
		w.restart(w.owner)
		if s := w.shop.Snapshot(); told() != 1 || !slices.Equal(s.Stalled, want) {
			t.Errorf("forgotten over a restart, or told again: %v, %d times", s.Stalled, told())
		}
		w.restart(nil)
		w.wait(time.Hour)
		if w.state(no) != Refunded || len(w.shop.Snapshot().Stalled) != 0 {
			t.Errorf("the config is back: %s, %v", w.state(no), w.shop.Snapshot().Stalled)
		}
	}
}

// The book is lost, and the config has changed since: nobody can ask about what was open, and a person must.
func TestAnOpenOrderOfALostBookAndAnotherMerchantReachesAPerson(t *testing.T) {
	w := calmWorld(t)
	lost := Order{No: "K1-000009ABCDEFGHIJKLMNOPQRST", Means: Native, State: Waiting, Fen: 100, Merchant: Merchant{API: "v2", AppID: "wx2", MchID: "1"}}
	w.book.lost = []Order{lost}
	w.restart(nil)
	w.wait(time.Hour)
	if s := w.shop.Snapshot(); len(w.sent(KindQuery, lost.No)) != 0 || !slices.Equal(s.Stalled, []Stall{{lost.No, ReasonForeign}}) {
		t.Errorf("asked %d times, and the owner reads %v", len(w.sent(KindQuery, lost.No)), s.Stalled)
	}
	w.restart(func(m *Merchant) { m.AppID = "wx2" })
	w.wait(time.Minute)
	if len(w.sent(KindQuery, lost.No)) != 1 || len(w.shop.Snapshot().Stalled) != 0 {
		t.Errorf("the config is back, and it was asked after %d times: %v", len(w.sent(KindQuery, lost.No)), w.shop.Snapshot().Stalled)
	}
}

func TestThePaymentOfAnUnknownOrderIsSentBackOnlyForAReason(t *testing.T) {
	w := calmWorld(t)
	no := No("K1-STRANGER-0000000000000001")
	w.gate.orders[no] = &gateOrder{o: Order{No: no, Fen: 500}, state: "SUCCESS", paid: 500, refunds: map[string]*gateRefund{}}
	w.tell(Nudged{No: no, Unknown: true})
	w.wait(time.Minute)
	w.restart(nil)
	w.tell(DecideOrder{No: no, Event: Retried, By: "anna"})
	w.wait(time.Hour)
	if w.state(no) != Owed || len(w.sent(KindRefund, no)) != 0 {
		t.Fatalf("%s: its goods may have fallen, and nobody said that they did not", w.state(no))
	}
	w.tell(DecideOrder{No: no, Event: Retried, By: "anna", Note: "the recording shows no drop"})
	w.wait(time.Hour)
	if o := w.book.orders[no]; o.State != Refunded || o.Note != "the recording shows no drop" {
		t.Errorf("%+v", o)
	}
}

// A person who presses the button twice must not ask the gateway twice within the minute that it wants.
func TestAPersonsRetryKeepsTheDistanceOfRefunds(t *testing.T) {
	w := calmWorld(t)
	denied := func(c Call) (Answer, bool) {
		return Answer{Outcome: OutcomeDenied, Code: "TRADE_OVERDUE"}, c.Kind == KindRefund
	}
	w.answer = denied
	no := w.stuckOrder(t, 1)
	w.wait(3 * time.Second)
	for range 40 {
		w.tell(DecideOrder{No: no, Event: Retried, By: "anna"})
		w.wait(5 * time.Second)
	}
	w.restart(nil)
	woke := w.now
	w.tell(DecideOrder{No: no, Event: Retried, By: "anna"})
	w.wait(10 * time.Minute)
	at := w.sent(KindRefund, no)
	if len(at) < 4 {
		t.Fatalf("only %d tries", len(at))
	}
	for i := 1; i < len(at); i++ {
		if at[i]-at[i-1] < refundGap {
			t.Errorf("two refund tries %v apart", at[i]-at[i-1])
		}
	}
	if at[len(at)-1]-woke < refundGap-11*time.Second {
		t.Errorf("%v after a wake", at[len(at)-1]-woke)
	}
}

func TestAnOrderThatAPersonSettledWhileItWasClosingIsLookedAtAgain(t *testing.T) {
	w := calmWorld(t)
	no := w.silentOrder(t)
	w.wait(8 * 24 * time.Hour)
	w.tell(DecideOrder{No: no, Event: Settled, By: "owner", How: HowNeverPaid})
	if w.state(no) != Closed {
		t.Fatalf("%s", w.state(no))
	}
	w.silence(false)
	w.gate.orders[no] = paidLate(w, no)
	w.wait(recheckSoon + time.Minute)
	if w.state(no) != Refunded {
		t.Errorf("money came after a person had settled it: %s", w.state(no))
	}
}

// The shop's own trial order, born under ids that were wrong and then corrected, stops nothing: nobody saw its code.
func TestATrialOrderOfAnotherMerchantStopsNoSale(t *testing.T) {
	w := calmWorld(t)
	o := TrialOrder(Number("K1", 0, strings.Repeat("E", 30)), w.shop.Merchant, "ware 1")
	o.Expires = w.instant().Wall.Add(6 * time.Minute)
	w.gate.serve(Call{Kind: KindAsk, Order: o})
	if why := w.closeTrial(o); why != "" {
		t.Fatal(why)
	}
	w.restart(func(m *Merchant) { m.AppID = "wx-corrected" })
	w.wait(time.Minute)
	if s := w.shop.Snapshot(); w.state(o.No) != Closing || !s.Ready || !slices.Equal(s.Foreign, []No{o.No}) {
		t.Errorf("it is %s, the kiosk is not ready: %v, a person may hand over %v", w.state(o.No), s.Why, s.Foreign)
	}
}
