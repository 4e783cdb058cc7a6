package sale

import (
	"fmt"
	"testing"
	"time"
)

// lose makes what is sent in the next half second get lost, as if the line went dead.
func (w *world) lose() {
	w.calm, w.gate.away = false, true
	w.after(500*time.Millisecond, func() { w.calm, w.gate.away = true, false })
}

func TestAChargeIsSentOnceThoughNobodyAnswers(t *testing.T) {
	w := calmWorld(t)
	w.qr(t, 1)
	w.answer = func(c Call) (Answer, bool) {
		if c.Kind == KindQuery {
			w.answer = nil
			w.lose() // the line is good for the query, and dead for the charge that follows it
		}
		return Answer{}, false
	}
	w.scan("a")
	w.wait(time.Hour)
	o := w.codeOrder(t)
	if n := len(w.sent(KindCharge, o.No)); n != 1 {
		t.Errorf("a charge that nobody answered was sent %d times: the customer may pay as often", n)
	}
	if o.State != Closed {
		t.Errorf("the charge that never arrived is %s", o.State)
	}
}

// A payment in the last moment before the deadline is a payment in time, wherever the beat stands.
func TestLateNeedsAQuerySentAfterTheDeadline(t *testing.T) {
	for early := 3 * time.Second; early > 0; early -= 50 * time.Millisecond {
		w := calmWorld(t)
		born := w.now
		no := w.qr(t, 1)
		w.run(born + choiceFor - early)
		w.gate.pay(w.gate.orders[no])
		w.wait(20 * time.Second)
		if w.state(no) != Sold {
			t.Fatalf("paid %v before the deadline and %s: nobody had asked since", early, w.state(no))
		}
	}
}

// What the gateway said of an order before the customer left says nothing of the moment they left.
func TestAnAnswerUnderWayDoesNotMakeAnOrderLate(t *testing.T) {
	w := calmWorld(t)
	no := w.qr(t, 1)
	w.answer = func(c Call) (Answer, bool) {
		if c.Kind == KindQuery && c.Order.No == no {
			w.answer = nil
			w.after(time.Millisecond, func() { w.gate.pay(w.gate.orders[no]) })
			w.after(2*time.Millisecond, func() { w.tell(GaveUp{}) })
		}
		return Answer{}, false
	}
	w.wait(20 * time.Second)
	if w.state(no) != Sold {
		t.Errorf("paid, then given up while an older answer was under way: %s", w.state(no))
	}
}

func TestAnAcknowledgedCancelProvesNothing(t *testing.T) {
	for _, means := range []Means{Native, Code} {
		w := calmWorld(t)
		no := w.qr(t, 1)
		w.answer = func(c Call) (Answer, bool) {
			switch {
			case c.Kind == KindCharge:
				return Answer{Outcome: OutcomePaying, Code: "USERPAYING"}, true
			case c.Kind == KindCancel:
				return Answer{Outcome: OutcomeAccepted}, true
			case c.Order.Means == Code:
				return Answer{Outcome: OutcomePaying, Code: "USERPAYING"}, true
			}
			return Answer{Outcome: OutcomeUnpaid, Code: "NOTPAY"}, c.Kind == KindQuery
		}
		if means == Native {
			w.press(1)
		} else {
			w.scan("a")
			w.wait(time.Second)
			no = w.codeOrder(t).No
		}
		w.wait(time.Hour)
		if w.state(no) != Closing || len(w.sent(KindCancel, no)) < 2 {
			t.Fatalf("%s: %s after %d cancels, though every query said it may still be paid", means, w.state(no), len(w.sent(KindCancel, no)))
		}
		w.answer = nil
		w.gate.orders[no] = paidLate(w, no)
		w.wait(10 * time.Minute)
		if w.state(no) != Refunded || w.gate.orders[no].refunded() != w.book.orders[no].Fen {
			t.Errorf("%s: paid after the acknowledgement, and %s: kept the money, gave no goods", means, w.state(no))
		}
	}
}

// paidLate is an order as the gateway has it when money came in spite of everything.
func paidLate(w *world, no No) *gateOrder {
	o := w.book.orders[no]
	return &gateOrder{o: o, state: "SUCCESS", paid: o.Fen, at: w.now - time.Hour, paidAt: w.now, refunds: map[string]*gateRefund{}}
}

// lostCharge is a code order whose charge the gateway says it never saw.
func lostCharge(t *testing.T) (*world, No, time.Duration) {
	t.Helper()
	w := calmWorld(t)
	w.qr(t, 1)
	w.answer = func(c Call) (Answer, bool) {
		return Answer{Outcome: OutcomeAgain, Code: "SYSTEMERROR"}, c.Kind == KindCharge
	}
	w.scan("a")
	w.wait(time.Second)
	no, born := w.codeOrder(t).No, w.now
	for w.state(no) != Closed && w.now < born+time.Hour {
		w.wait(time.Second)
	}
	if w.state(no) != Closed {
		t.Fatalf("%s, an hour after a charge that never was", w.state(no))
	}
	return w, no, w.now - born
}

func TestAChargeThatIsMissingOnceMayOnlyLag(t *testing.T) {
	if _, _, after := lostCharge(t); after < chargeFor+goneAfter-5*time.Second {
		t.Errorf("taken as gone %v after the charge: the gateway may only have lagged", after)
	}
}

func TestTheClosedAreLookedAtAgain(t *testing.T) {
	for _, late := range []struct{ at, by time.Duration }{{8 * time.Minute, 12 * time.Minute}, {12 * time.Hour, 25 * time.Hour}} {
		w, no, _ := lostCharge(t)
		w.wait(late.at)
		w.gate.orders[no] = paidLate(w, no)
		w.wait(late.by - late.at)
		if w.state(no) != Refunded {
			t.Errorf("money that came %v after the close was kept: %s", late.at, w.state(no))
		}
	}
	w, no, _ := lostCharge(t)
	w.wait(30 * time.Hour)
	w.gate.orders[no] = paidLate(w, no)
	w.cut(time.Second)
	w.wait(5 * time.Minute)
	if w.state(no) != Refunded {
		t.Errorf("money that came days after the close was kept over a restart: %s", w.state(no))
	}
}

func TestARefundKeepsItsNumberHoweverOftenItIsTried(t *testing.T) {
	w := calmWorld(t)
	no := w.stuckOrder(t, 1)
	lost := 0
	w.answer = func(c Call) (Answer, bool) {
		if c.Kind == KindQuery && c.Order.State == Refunding && lost < 4 {
			lost++
			w.lose()
		}
		return Answer{}, false
	}
	w.wait(time.Hour)
	numbers, tries := map[string]bool{}, 0
	for _, c := range w.calls {
		if c.Kind == KindRefund {
			numbers[c.Order.RefundNo] = true
			tries++
		}
	}
	if tries < 3 || len(numbers) != 1 || !numbers[string(no)+"R1"] {
		t.Errorf("%d tries under the numbers %v: each could pay the customer once more", tries, numbers)
	}
	if w.state(no) != Refunded {
		t.Errorf("%s", w.state(no))
	}
}

func TestAcceptedIsNotRepaid(t *testing.T) {
	w := calmWorld(t)
	no := w.stuckOrder(t, 1)
	done := false
	w.answer = func(c Call) (Answer, bool) {
		if c.Kind != KindQuery || len(w.sent(KindRefund, no)) == 0 {
			return Answer{}, false
		}
		a := w.gate.money(w.gate.orders[no], OutcomeReturned)
		a.Pending, a.Refund = !done, RefundPending
		if done {
			a.Refund, a.Returned = RefundDone, a.Money.Fen
		}
		return a, true
	}
	w.wait(6 * time.Hour)
	if w.state(no) != Refunding {
		t.Fatalf("%s while the gateway still had the money", w.state(no))
	}
	done = true
	w.wait(2 * time.Hour)
	if w.state(no) != Refunded || len(w.sent(KindRefund, no)) != 1 {
		t.Errorf("%s after %d refunds", w.state(no), len(w.sent(KindRefund, no)))
	}
}

func TestAMotorThatWasRunningWhenThePowerWentNeverTurnsAgain(t *testing.T) {
	w := calmWorld(t)
	no := w.stuckOrder(t, 1)
	w.cut(time.Second)
	w.wait(time.Hour)
	o := w.book.orders[no]
	if w.motors[no] != 1 || o.State != Refunded || !o.Doubt || o.Why != RefundForWoke {
		t.Errorf("the motor turned %d times, %s, why %q, doubt %v", w.motors[no], o.State, o.Why, o.Doubt)
	}
	if f := w.shop.Snapshot().Products[0].Fault; f != FaultDoubt {
		t.Errorf("the slot goes on selling: %q", f)
	}
}

// A refusal of our configuration that was a passing one is forgotten by the next probe, however busy the line is.
func TestAPassingFaultDoesNotStopTheKioskWhileOldOrdersAreAskedAfter(t *testing.T) {
	w := calmWorld(t)
	no := w.qr(t, 1)
	w.press(1)
	w.wait(30 * time.Second) // it is closing now, and asked after every five seconds
	w.shop.faulty = true
	w.wait(20 * time.Second)
	if s := w.shop.Snapshot(); !s.Ready || w.state(no) != Closing {
		t.Errorf("nothing is sold while %s is %s: %v", no, w.state(no), s.Why)
	}
}

func TestEveryWakeGoesWhereItsRowSays(t *testing.T) {
	for from, want := range map[State]State{Asking: Closing, Waiting: Closing, Vending: Refunding, Closing: Closing, Refunding: Refunding, Owed: Owed} {
		s := &Shop{}
		o := Order{No: "K1-000001AAAAAAAAAAAAAAAAAAAA", State: from, Means: Native, Fen: 100, Money: Money{Transaction: "T", Fen: 100}}
		deeds := s.Step(Instant{Mono: time.Second, Wall: time.Unix(1, 0), Trusted: true}, Awake{History: History{Orders: []Order{o}}})
		if got := s.findOrder(o.No).State; got != want {
			t.Errorf("woke in %s: %s, want %s", from, got, want)
		}
		wrote := false
		for _, d := range deeds {
			switch d.(type) {
			case Vend:
				t.Errorf("woke in %s and turned a motor", from)
			case Write:
				wrote = true
			}
		}
		if wrote != (from != want) {
			t.Errorf("woke in %s: wrote %v: a brown-out loop grows the journal, or a move is lost", from, wrote)
		}
	}
	if n := fmt.Sprint(len(moves)); n != "8" {
		t.Errorf("the machine has %s rows with moves: look at this test again", n)
	}
}
