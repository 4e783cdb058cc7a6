package sale

import (
	"testing"
	"time"
)

// Somebody types the password for the QR code while a payment code is scanned: both would be paid, for one thing.
func TestNoCodeIsChargedWhileThePasswordForTheQROrderIsTyped(t *testing.T) {
	for _, types := range []time.Duration{0, 100 * time.Millisecond, time.Second, 10 * time.Second, 4 * time.Minute} {
		w := calmWorld(t)
		no := w.qr(t, 2)
		w.gate.orders[no].state = "USERPAYING"
		w.answer = func(c Call) (Answer, bool) {
			if c.Kind != KindCharge {
				return Answer{}, false
			}
			g := &gateOrder{o: c.Order, state: "USERPAYING", at: w.now, refunds: map[string]*gateRefund{}}
			w.gate.orders[c.Order.No] = g
			w.gate.pay(g)
			return w.gate.money(g, OutcomePaid), true
		}
		w.scan("a")
		w.after(types, func() { w.gate.pay(w.gate.orders[no]) })
		w.wait(time.Minute)
		if n := len(w.book.birth); n != 1 {
			paid := Fen(0)
			for _, g := range w.gate.orders {
				paid += g.paid
			}
			t.Errorf("the code was charged while the QR order said USERPAYING, typed for %v: %s yuan are paid by now, for a thing of 2.00, and both can be", types, paid.Yuan())
		}
		w.wait(10 * time.Minute)
		g := w.gate.orders[no]
		if kept := g.paid - g.refunded(); kept != Fen(200*w.goods[no]) {
			t.Errorf("typed for %v: kept %s yuan and gave %d things", types, kept.Yuan(), w.goods[no])
		}
	}
}

// The line goes while the QR code is asked for. It will not come, and the customer must not stand before a machine that asks.
func TestAnOrderWithoutItsQRCodeIsGivenUpWhenTheLineGoes(t *testing.T) {
	tried := 0
	for before := time.Duration(0); before < 20*time.Second; before += 500 * time.Millisecond {
		w := calmWorld(t)
		w.silence(true)
		w.wait(before)
		w.press(1)
		if len(w.book.birth) == 0 {
			continue // it is known already, and nothing is offered
		}
		no := w.book.birth[0]
		for w.shop.gateway.Reached && w.state(no) == Asking {
			w.wait(100 * time.Millisecond)
		}
		if w.state(no) != Asking {
			continue
		}
		tried++
		if w.view.Screen != ScreenOffline {
			t.Errorf("pressed %v after the line went: the customer waits for a code that cannot come, and reads %q", before, w.view.Screen)
		}
		w.wait(lateAfter + time.Second)
		if w.state(no) != Closing {
			t.Errorf("pressed %v after the line went: the order without a code is %s, and nobody else can buy", before, w.state(no))
		}
		w.silence(false)
		w.wait(15 * time.Second)
		w.qr(t, 2)
	}
	if tried < 5 {
		t.Errorf("the line went only %d times while a code was asked for", tried)
	}
}

// An answer about an order that the shop has forgotten, or to another call than the one under way, says nothing of the
// customer who stands here.
func TestAnAnswerThatNobodyWaitsForMovesNothing(t *testing.T) {
	outcomes := []Outcome{OutcomeAccepted, OutcomePaid, OutcomeUnpaid, OutcomePaying, OutcomeFailed, OutcomeGone, OutcomeReturned, OutcomeMissing, OutcomeDenied}
	for _, under := range []string{KindAsk, KindQuery, KindCharge} {
		w := calmWorld(t)
		told := 0
		w.answer = func(c Call) (Answer, bool) {
			if c.Kind != under || told > 0 {
				return Answer{}, false
			}
			journal, motors := len(w.book.journal), len(w.motors)
			stray := func(no No, deed string) {
				for _, o := range outcomes {
					a := Answer{Outcome: o, Code: "SUCCESS", CodeURL: "qr:another", Returned: c.Order.Fen, Money: Money{"TANOTHER", c.Order.Fen, "CNY", w.instant().Wall}}
					w.tell(Answered{Deed: deed, No: no, Sent: w.now, Answer: a})
					if told++; len(w.book.journal) != journal || len(w.motors) != motors || w.view.QR == a.CodeURL {
						t.Fatalf("a stale answer to %s, %s, of %s moved the order at the machine to %s: goods for nothing, or a payment for another's order",
							deed, o, no, w.state(c.Order.No))
					}
				}
			}
			stray("K1-FORGOTTEN-0000000000000001", c.Kind)
			for _, deed := range []string{KindAsk, KindCharge, KindQuery, KindCancel, KindRefund} {
				if deed != c.Kind {
					stray(c.Order.No, deed)
				}
			}
			return Answer{}, false
		}
		w.press(1)
		w.wait(time.Second)
		w.scan("a")
		w.wait(time.Second)
		if told != 5*len(outcomes) {
			t.Errorf("%s: only %d stale answers came", under, told)
		}
	}
}
