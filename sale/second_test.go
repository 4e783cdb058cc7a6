package sale

import (
	"strings"
	"testing"
	"time"
)

func TestASecondPaymentsNumberIsTheSameEveryTimeAndFits(t *testing.T) {
	seen := map[No]string{}
	for _, id := range []string{"4200001234202603020000000001", "4200001234202603020000000002", "9999999999999999999999999999", "0", "042",
		"42", "42000012342026030200000000010", "1217752501201407033233368018ABCD", strings.Repeat("z", 64)} {
		no := SecondNumber("ABCDEFGHIJKL", id)
		if len(no) != 32 || no != SecondNumber("ABCDEFGHIJKL", id) || !no.IsSecond() || no.Kiosk() != "ABCDEFGHIJKL" || strings.Trim(string(no), "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != "" {
			t.Errorf("%s has the number %s of %d characters", id, no, len(no))
		}
		if other, twice := seen[no]; twice {
			t.Errorf("%s and %s have one number", id, other)
		}
		seen[no] = id
	}
	if no := SecondNumber("K1", "4200001234202603020000000001"); no != "K1-TENQ6C33SGS2XH0L3B5" {
		t.Errorf("a row of yesterday would not be found again: %s", no)
	}
	for _, no := range []No{Number("K1", 1, strings.Repeat("T", 32)), "K1", "", "-", "K1-", "T-000001"} {
		if no.IsSecond() {
			t.Errorf("%q is taken for a second payment", no)
		}
	}
}

// payAgain books a second payment of an order at the gateway, as users report it.
func (w *world) payAgain(no No) (transaction string, second No) {
	g := w.gate.orders[no]
	transaction = "A" + string(no)
	second = SecondNumber(no.Kiosk(), transaction)
	o := g.o
	o.No, o.Choice = second, string(no)
	w.gate.orders[second] = &gateOrder{o: o, state: "SUCCESS", paid: o.Fen, paidAt: w.now, at: w.now, second: transaction, refunds: map[string]*gateRefund{}}
	return transaction, second
}

// notify is a notice as the kiosk takes it: what the book knows goes with it.
func (w *world) notify(no No, transaction string) {
	if w.down {
		return
	}
	o, known := w.book.orders[no]
	_, entered := w.book.orders[SecondNumber(no.Kiosk(), transaction)]
	w.tell(Nudged{No: no, Unknown: !known, Known: &o, Transaction: transaction, Entered: entered})
}

// Whatever became of the order, money that comes a second time is owed, and goes back by its own transaction id when a
// person says so.
func TestASecondPaymentIsOwedInWhateverStateTheOrderIs(t *testing.T) {
	for state, lead := range map[State]func(w *world) No{
		Sold: func(w *world) No {
			no := w.qr(t, 1)
			w.gate.pay(w.gate.orders[no])
			w.wait(20 * time.Second)
			return no
		},
		Vending: func(w *world) No { return w.stuckOrder(t, 1) },
		Refunding: func(w *world) No {
			no := w.stuckOrder(t, 1)
			w.answer = func(c Call) (Answer, bool) {
				return Answer{Outcome: OutcomeAgain}, c.Kind == KindRefund && c.Order.No == no
			}
			w.wait(20 * time.Second)
			return no
		},
		Refunded: func(w *world) No {
			no := w.stuckOrder(t, 1)
			w.wait(time.Minute)
			return no
		},
		Owed: func(w *world) No {
			no := w.stuckOrder(t, 1)
			w.answer = func(c Call) (Answer, bool) {
				return Answer{Outcome: OutcomeDenied, Code: "TRADE_OVERDUE"}, c.Kind == KindRefund && c.Order.No == no
			}
			w.wait(time.Minute)
			return no
		},
	} {
		w := calmWorld(t)
		no := lead(w)
		before := w.book.orders[no]
		if before.State != state {
			t.Fatalf("%s is %s", no, before.State)
		}
		transaction, second := w.payAgain(no)
		w.notify(no, "A-forged") // there is no such payment: it stands in no book
		w.notify(no, transaction)
		w.wait(time.Minute)
		o := w.book.orders[second]
		if o.State != Owed || o.Last != Found || o.Money.Transaction != transaction || o.Money.Fen != before.Fen || o.TradeNo() != no || o.GatewayCode != codeFound {
			t.Fatalf("%s: paid a second time, and the book has %+v", state, o)
		}
		if n := len(w.book.birth); n != 2 {
			t.Errorf("%s: %d rows", state, n)
		}
		if now := w.book.orders[no]; now.Money != before.Money || w.motors[no] != 1 || w.motors[second] != 0 {
			t.Errorf("%s: the first order has %+v now, and %d and %d motors turned", state, now.Money, w.motors[no], w.motors[second])
		}
		for range 3 { // told again and again, or found in the bill
			w.notify(no, transaction)
			w.wait(25 * time.Hour)
		}
		if back := w.gate.orders[second].refunded(); w.state(second) != Owed || back != 0 {
			t.Fatalf("%s: nobody asked for it, and %d went back (%s)", state, back, w.state(second))
		}
		w.answer = nil
		w.tell(DecideOrder{No: second, Event: Retried, By: "anna", Note: "paid twice"})
		w.wait(5 * time.Minute)
		o = w.book.orders[second]
		if o.State != Refunded || o.RefundNo != string(second)+"R1" || w.gate.orders[second].refunded() != o.Money.Fen {
			t.Errorf("%s: sent back, and it is %s under %s", state, o.State, o.RefundNo)
		}
		if w.state(no) == Sold && w.gate.orders[no].refunded() != 0 {
			t.Errorf("%s: the first payment went back", state)
		}
		w.notify(no, transaction) // a late repetition of the notice begins nothing anew
		w.wait(time.Hour)
		if len(w.book.birth) != 2 || w.state(second) != Refunded {
			t.Errorf("%s: the second payment is %s after a repeated notice", state, w.state(second))
		}
		for _, wrong := range w.wrong {
			t.Error(wrong)
		}
	}
}

// A query by the order's number that speaks of another payment moves nothing here, and is no news twice.
func TestAnAnswerAboutAnotherPaymentMovesNothingAndIsEntered(t *testing.T) {
	w := calmWorld(t)
	no := w.stuckOrder(t, 1)
	transaction, second := w.payAgain(no)
	w.answer = func(c Call) (Answer, bool) {
		return Answer{Outcome: OutcomeReturned, Code: "REFUND", Money: Money{transaction, 100, "CNY", w.instant().Wall}, Returned: 100, Refund: RefundDone}, c.Order.No == no && c.Kind == KindQuery
	}
	w.wait(10 * time.Minute)
	if w.state(no) != Refunding || w.gate.orders[no].refunded() != 0 {
		t.Errorf("another payment went back, and the order counts as %s", w.state(no))
	}
	if w.state(second) != Owed {
		t.Errorf("the other payment is %q in the book", w.state(second))
	}
	w.answer = nil
	w.wait(10 * time.Minute)
	if w.state(no) != Refunded {
		t.Errorf("asked after again, the order is %s", w.state(no))
	}
}

// A payment that is told while the order still waits is its first, and no second.
func TestTheFirstPaymentIsNoSecond(t *testing.T) {
	w := calmWorld(t)
	no := w.qr(t, 1)
	w.gate.pay(w.gate.orders[no])
	w.notify(no, "T"+string(no))
	w.wait(20 * time.Second)
	w.notify(no, "T"+string(no))
	w.wait(time.Minute)
	if w.state(no) != Sold || len(w.book.birth) != 1 {
		t.Errorf("%s in %d rows", w.state(no), len(w.book.birth))
	}
}

// The gateway's query may lag behind its notice, and the notice does not come again.
func TestASecondPaymentThatOnlyLagsIsOwedAllTheSame(t *testing.T) {
	w := calmWorld(t)
	no := w.qr(t, 1)
	w.gate.pay(w.gate.orders[no])
	w.wait(20 * time.Second)
	transaction, second := w.payAgain(no)
	lag := w.now + 90*time.Second
	w.answer = func(c Call) (Answer, bool) {
		return Answer{Outcome: OutcomeMissing, Code: "ORDERNOTEXIST"}, c.Order.No == second && w.now < lag
	}
	w.notify(no, transaction)
	w.wait(5 * time.Minute)
	if w.state(second) != Owed {
		t.Errorf("a second payment that the gateway did not know at once is %q", w.state(second))
	}
	w.notify(no, "of-nobody")
	w.wait(time.Hour)
	if n := len(w.sent(KindQuery, SecondNumber("K1", "of-nobody"))); n != 1+secondLooks || len(w.shop.State().Orders) > 1 {
		t.Errorf("a payment that is none was asked after %d times", n)
	}
}
