package sale

import (
	"testing"
	"time"
)

// jam makes the next vend drop nothing, and the one after it drop again.
func (w *world) stuckOrder(t *testing.T, slot Slot) No {
	t.Helper()
	no := w.qr(t, slot)
	w.gate.pay(w.gate.orders[no])
	w.calm, w.faults = false, faults{jam: 100}
	w.wait(3 * time.Second) // the beat sees the money and the motor runs
	if w.state(no) != Vending {
		t.Fatalf("%s is %s", no, w.state(no))
	}
	w.calm, w.faults = true, faults{}
	return no
}

func TestAStuckOrderIsPaidBackAndItsSlotSetAside(t *testing.T) {
	w := calmWorld(t)
	no := w.stuckOrder(t, 1)
	w.wait(5 * time.Second)
	o := w.book.orders[no]
	if o.State != Refunding || o.Why != RefundForStuck || o.RefundFen != o.Money.Fen || o.RefundNo != string(no)+"R1" {
		t.Fatalf("%+v", o)
	}
	if w.view.Screen != ScreenRefunding || w.view.No != no {
		t.Errorf("the customer reads %+v", w.view)
	}
	w.wait(20 * time.Second)
	if w.state(no) != Refunded || w.gate.orders[no].refunded() != o.Fen {
		t.Errorf("%s, %d back", w.state(no), w.gate.orders[no].refunded())
	}
	if f := w.shop.Snapshot().Products[0].Fault; f != FaultNoDrop {
		t.Errorf("the slot is not set aside: %q", f)
	}
}

func TestThreeDoubtsStopTheKiosk(t *testing.T) {
	w := calmWorld(t)
	for i := range 3 {
		if !w.shop.Snapshot().Ready {
			t.Fatalf("stopped after %d doubts", i)
		}
		w.stuckOrder(t, Slot(1+i))
		w.wait(time.Hour)
		w.looks(Slot(1+i), "anna")
	}
	if s := w.shop.Snapshot(); s.Ready || s.Doubts.Stopped == "" {
		t.Fatalf("three doubts and still selling: %+v", s.Doubts)
	}
	w.cut(time.Second)
	w.wait(time.Minute)
	if w.shop.Snapshot().Ready {
		t.Error("the stop did not outlast the plug")
	}
	w.tell(ClearStop{By: "technician"})
	if !w.shop.Snapshot().Ready {
		t.Errorf("cleared and not selling: %v", w.shop.Snapshot().Why)
	}
}

func TestTenProvenDropsForgetADoubt(t *testing.T) {
	w := calmWorld(t)
	w.stuckOrder(t, 1)
	w.wait(time.Minute)
	for range provenDrops {
		no := w.qr(t, 2)
		w.gate.pay(w.gate.orders[no])
		w.wait(20 * time.Second)
		if w.state(no) != Sold {
			t.Fatal(w.state(no))
		}
	}
	if d := w.book.doubts; d.Count != 0 {
		t.Errorf("%+v", d)
	}
}

func TestALateEdgeBelongsToTheLastStuckOrder(t *testing.T) {
	for _, c := range []struct {
		after time.Duration
		goods bool
	}{{30 * time.Second, true}, {80 * time.Second, false}} {
		w := calmWorld(t)
		no := w.stuckOrder(t, 1)
		w.answer = func(c Call) (Answer, bool) { return Answer{Outcome: OutcomeAgain}, c.Kind == KindRefund }
		w.wait(4*time.Second + c.after)
		w.tell(Edge{Slot: 1})
		if o := w.book.orders[no]; o.GoodsToo != c.goods || o.State != Refunding {
			t.Errorf("an edge %v after: goods too %v, %s", c.after, o.GoodsToo, o.State)
		}
	}
}

func TestTheFirstCancelWaits(t *testing.T) {
	w := calmWorld(t)
	no := w.qr(t, 1)
	asked := w.sent(KindAsk, no)[0]
	w.press(1)
	w.wait(20 * time.Minute)
	if at := w.sent(KindCancel, no); len(at) == 0 || at[0]-asked < 5*time.Minute+10*time.Second {
		t.Errorf("first close %v after %v: the gateway refuses it", at, asked)
	}
	if w.state(no) != Closed {
		t.Errorf("%s", w.state(no))
	}

	w = calmWorld(t)
	w.answer = func(c Call) (Answer, bool) {
		return Answer{Outcome: OutcomeDenied, Code: "NOTENOUGH"}, c.Kind == KindCharge
	}
	w.qr(t, 1)
	w.scan("a")
	w.wait(2 * time.Minute)
	o := w.codeOrder(t)
	charged := w.sent(KindCharge, o.No)[0]
	if at := w.sent(KindCancel, o.No); len(at) == 0 || at[0]-charged < 15*time.Second {
		t.Errorf("first reverse %v after %v", at, charged)
	}
	if w.view.Screen == ScreenSorry && w.view.Note != NoteBalance {
		t.Errorf("the screen says %s", w.view.Note)
	}
}

func TestOneMissingProvesNothing(t *testing.T) {
	w := calmWorld(t)
	w.answer = func(c Call) (Answer, bool) {
		return Answer{Outcome: OutcomeMissing, Code: "ORDERNOTEXIST"}, c.Kind != KindAsk
	}
	no := w.qr(t, 1)
	began := w.now
	w.press(1)
	for w.state(no) != Closed && w.now < began+time.Hour {
		w.wait(time.Second)
	}
	if d := w.now - began; d < 5*time.Minute || w.state(no) != Closed {
		t.Errorf("taken as gone after %v: %s", d, w.state(no))
	}
}

func TestRefundsKeepTheirDistance(t *testing.T) {
	w := calmWorld(t)
	w.answer = func(c Call) (Answer, bool) {
		return Answer{Outcome: OutcomeAgain, Code: "FREQUENCY_LIMITED"}, c.Kind == KindRefund
	}
	no := w.stuckOrder(t, 1)
	w.wait(20 * time.Minute)
	at := w.sent(KindRefund, no)
	if len(at) < 3 {
		t.Fatalf("only %d refund tries in 20 minutes", len(at))
	}
	for i := 1; i < len(at); i++ {
		if at[i]-at[i-1] < 61*time.Second {
			t.Errorf("two refund tries %v apart", at[i]-at[i-1])
		}
	}
	w.cut(time.Second)
	w.wait(time.Second)
	woke := w.now
	w.calls = nil
	w.wait(10 * time.Minute)
	if at := w.sent(KindRefund, no); len(at) == 0 || at[0]-woke < 60*time.Second {
		t.Errorf("the first refund after a wake at %v left at %v", woke, at)
	}
	for _, c := range w.calls {
		if c.Kind == KindRefund && c.Order.RefundNo != string(no)+"R1" {
			t.Errorf("the refund number changed to %s", c.Order.RefundNo)
		}
	}
}

func TestARefundIsAskedAfterBeforeItIsAskedFor(t *testing.T) {
	w := calmWorld(t)
	no := w.stuckOrder(t, 1)
	w.wait(time.Minute)
	kinds := ""
	var at []time.Duration
	for _, c := range w.calls {
		if c.Order.No == no && c.Order.State == Refunding {
			kinds += c.Kind + " "
			at = append(at, c.at)
		}
	}
	if kinds != "query refund query " {
		t.Fatalf("a refund round was: %s", kinds)
	}
	if gap := at[2] - at[1]; gap < 3*time.Second || gap > 5*time.Second {
		t.Errorf("the first look after acceptance came %v later", gap)
	}
}

func TestALowBalanceIsNeverGivenUp(t *testing.T) {
	w := calmWorld(t)
	w.answer = func(c Call) (Answer, bool) {
		return Answer{Outcome: OutcomeDenied, Code: "NOTENOUGH"}, c.Kind == KindRefund
	}
	no := w.stuckOrder(t, 1)
	w.wait(100 * time.Hour)
	o := w.book.orders[no]
	if o.State != Refunding || o.Reason != ReasonBalance {
		t.Fatalf("%s, reason %q", o.State, o.Reason)
	}
	w.answer = nil
	w.wait(2 * time.Hour)
	if w.state(no) != Refunded {
		t.Errorf("topped up, and %s", w.state(no))
	}
}

func TestWhatAPersonMustPay(t *testing.T) {
	for _, code := range []string{"TRADE_OVERDUE", "USER_ACCOUNT_ABNORMAL", "ERROR"} {
		w := calmWorld(t)
		w.answer = func(c Call) (Answer, bool) { return Answer{Outcome: OutcomeDenied, Code: code}, c.Kind == KindRefund }
		no := w.stuckOrder(t, 1)
		w.wait(10 * time.Minute)
		if o := w.book.orders[no]; o.State != Owed || o.GatewayCode != code {
			t.Errorf("%s: %s, word %q", code, o.State, o.GatewayCode)
		}
		tries := len(w.sent(KindRefund, no))
		if want := map[string]int{"ERROR": 2}[code]; want != 0 && tries != want {
			t.Errorf("%s: %d tries", code, tries)
		}
		w.tell(DecideOrder{No: no, Event: Settled, By: "owner", How: "cash"})
		if o := w.book.orders[no]; o.State != Refunded || o.By != "owner" || o.How != "cash" {
			t.Errorf("settled: %+v", o)
		}
	}
}

func TestAClosedRefundBouncesOnce(t *testing.T) {
	w := calmWorld(t)
	w.answer = func(c Call) (Answer, bool) {
		if c.Kind == KindQuery && c.Order.State == Refunding && len(w.sent(KindRefund, c.Order.No)) >= c.Order.Round {
			g := w.gate.orders[c.Order.No]
			a := w.gate.money(g, OutcomeReturned)
			a.Refund = RefundClosed
			return a, true
		}
		return Answer{Outcome: OutcomeAccepted}, c.Kind == KindRefund
	}
	no := w.stuckOrder(t, 1)
	w.wait(10 * time.Minute)
	if o := w.book.orders[no]; o.State != Owed || o.Round != 2 || o.RefundNo != string(no)+"R2" || o.GatewayCode != "REFUNDCLOSE" {
		t.Errorf("%+v", o)
	}
	w.answer = nil
	w.tell(DecideOrder{No: no, Event: Retried, By: "owner"})
	w.wait(10 * time.Minute)
	if o := w.book.orders[no]; o.State != Refunded || o.RefundNo != string(no)+"R3" {
		t.Errorf("sent back by a person under a number that the gateway has closed: %s %s", o.State, o.RefundNo)
	}
}

func TestASumThatDiffersIsPaidBack(t *testing.T) {
	for name, m := range map[string]Money{
		"less": {"T", 99, "CNY", time.Unix(1, 0)}, "more": {"T", 101, "CNY", time.Unix(1, 0)}, "dollars": {"T", 100, "USD", time.Unix(1, 0)},
	} {
		w := calmWorld(t)
		w.answer = func(c Call) (Answer, bool) {
			return Answer{Outcome: OutcomePaid, Code: "SUCCESS", Money: m}, c.Kind == KindQuery && c.Order.State == Waiting
		}
		no := w.qr(t, 1)
		w.wait(3 * time.Second)
		if o := w.book.orders[no]; o.State != Refunding || o.Why != RefundForMisfit || o.RefundFen != m.Fen || w.motors[no] != 0 {
			t.Errorf("%s: %s, why %q, %d to go back, motor turned %d times", name, o.State, o.Why, o.RefundFen, w.motors[no])
		}
	}
}

func TestAVendingOrderIsAskedAfterWhenTheLineReturns(t *testing.T) {
	w := calmWorld(t)
	no := w.stuckOrder(t, 1)
	w.shop.noteReached(false, true) // two probes are lost while the motor runs
	w.shop.gateway.Missed = 2
	w.shop.noteReached(false, true)
	w.tell(Answered{Deed: KindProbe, Answer: Answer{Outcome: OutcomeMissing}})
	if at := w.sent(KindQuery, no); len(at) == 0 || at[len(at)-1] != w.now {
		t.Errorf("not asked after: %v", at)
	}
}

func TestAFoundPaymentWaitsForAPerson(t *testing.T) {
	w := calmWorld(t)
	no := No("K1-STRANGER-0000000000000001")
	w.gate.orders[no] = &gateOrder{o: Order{No: no, Fen: 500}, state: "SUCCESS", paid: 500, refunds: map[string]*gateRefund{}}
	w.tell(Nudged{No: no, Unknown: true})
	w.wait(72 * time.Hour)
	if o := w.book.orders[no]; o.State != Owed || o.Money.Fen != 500 || len(w.sent(KindRefund, no)) != 0 {
		t.Errorf("%+v, refunds %v: a lost book would repay the whole takings", o, w.sent(KindRefund, no))
	}
}
