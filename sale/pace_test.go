package sale

import (
	"fmt"
	"testing"
	"time"
)

// crowd leaves n orders in Closing, one of each choice given up, as fast as the shop takes them. No cancel is taken until
// the test says so.
func (w *world) crowd(t *testing.T, n int) (last No) {
	t.Helper()
	w.answer = func(c Call) (Answer, bool) {
		return Answer{Outcome: OutcomeDenied, Code: "TRADE_STATE_ERROR"}, c.Kind == KindCancel
	}
	for range n {
		w.awaitTurn()
		last = w.qr(t, 1)
		w.press(1)
		w.wait(time.Second)
	}
	if w.shop.countClosing() != n {
		t.Fatalf("%d closing, want %d", w.shop.countClosing(), n)
	}
	return last
}

// awaitTurn waits until an order may be born at once.
func (w *world) awaitTurn() { w.wait(max(w.shop.mayBearAt()-w.now, 0)) }

// Ten choices that nobody pays are born at once. From then on one is born in ten seconds, and not before its ask may leave.
func TestOnceTenAreClosingChoicesWaitForTheirTurn(t *testing.T) {
	w := calmWorld(t)
	w.crowd(t, pacedFrom)
	last := w.sent(KindAsk, w.book.birth[pacedFrom-1])[0]
	w.press(2)
	for w.now < last+birthPace {
		left := (last + birthPace - w.now + time.Second - 1).Truncate(time.Second)
		if v := w.view; v.Screen != ScreenAsking || v.Note != NotePaced || v.Slot != 2 || v.No != "" || v.Left != left {
			t.Fatalf("%v after the last birth it shows %+v, want asking with %v", w.now-last, v, left)
		}
		if s := w.shop.Snapshot(); !s.Ready || len(w.book.birth) != pacedFrom {
			t.Fatalf("ready %v %v, %d orders born", s.Ready, s.Why, len(w.book.birth))
		}
		w.wait(min(250*time.Millisecond, last+birthPace-w.now))
	}
	if len(w.book.birth) != pacedFrom+1 || len(w.sent(KindAsk, w.book.birth[pacedFrom])) != 1 {
		t.Fatalf("%d orders are born when the turn has come", len(w.book.birth))
	}
	w.wait(time.Second)
	if no := w.view.No; w.view.QR == "" || w.view.Slot != 2 {
		t.Errorf("no code in turn: %+v", w.view)
	} else if w.gate.pay(w.gate.orders[no]); w.state(no) != Waiting {
		t.Error(w.state(no))
	}
	w.wait(10 * time.Second)
	if got := w.state(w.book.birth[pacedFrom]); got != Sold {
		t.Errorf("paid in turn and %s", got)
	}
}

// The customer who waits for a turn may choose something else, or leave.
func TestAChoiceThatWaitsForItsTurnCanBeChangedAndGivenUp(t *testing.T) {
	for name, leave := range map[string]func(w *world){"same key": func(w *world) { w.press(3) }, "cancel key": func(w *world) { w.tell(GaveUp{}) }} {
		w := calmWorld(t)
		w.crowd(t, pacedFrom)
		w.press(2)
		w.wait(2 * time.Second)
		left := w.view.Left
		w.press(3)
		if w.view.Slot != 3 || w.view.Screen != ScreenAsking || w.view.Left != left {
			t.Errorf("%s: another key with %v to go: %+v", name, left, w.view)
		}
		leave(w)
		if w.view.Screen != ScreenSorry || w.view.Note != NoteCancelled || w.view.Slot != 3 {
			t.Errorf("%s: given up, and it shows %+v", name, w.view)
		}
		w.wait(time.Minute)
		if len(w.book.birth) != pacedFrom || w.view.Screen != ScreenIdle {
			t.Errorf("%s: %d orders, %s: a choice that was given up is asked for", name, len(w.book.birth), w.view.Screen)
		}
	}
	w := calmWorld(t) // the order before it is not over yet: asking takes a press until the ask has left
	first := w.qr(t, 1)
	w.press(2)
	w.press(3)
	w.press(3)
	w.wait(10 * time.Second)
	if len(w.book.birth) != 1 || w.state(first) != Closing {
		t.Errorf("changed and given up at once: %d orders, the first is %s", len(w.book.birth), w.state(first))
	}
}

// What stops the sale meanwhile ends the waiting, and says so.
func TestAChoiceThatWaitsForItsTurnIsNotBornIntoTrouble(t *testing.T) {
	for screen, in := range map[string]Input{
		ScreenMaintenance: SetMaintenance{On: true, By: "anna"}, ScreenSorry: CountStock{Slot: 2, Was: 1 << 30, By: "anna"}, ScreenIdle: nil,
	} {
		w := calmWorld(t)
		w.crowd(t, pacedFrom)
		w.press(2)
		w.wait(time.Second)
		if in == nil {
			w.cut(time.Second)
			w.wait(5 * time.Second)
		} else {
			w.tell(in)
		}
		if w.view.Screen != screen {
			t.Errorf("%T: it shows %+v", in, w.view)
		}
		w.wait(20 * time.Second)
		if len(w.book.birth) != pacedFrom {
			t.Errorf("%T: an order was born for what cannot be served", in)
		}
	}
}

func TestTooManyClosingOrders(t *testing.T) {
	w := calmWorld(t)
	w.crowd(t, maxClosing-1)
	if s := w.shop.Snapshot(); !s.Ready {
		t.Errorf("with %d orders closing it is not ready: %v", maxClosing-1, s.Why)
	}
	w = calmWorld(t)
	w.crowd(t, maxClosing)
	w.press(1)
	w.wait(2 * time.Minute)
	if w.shop.Snapshot().Ready || len(w.book.birth) != maxClosing {
		t.Errorf("ready %v with %d closing", w.shop.Snapshot().Ready, w.shop.countClosing())
	}
	w.answer = nil
	w.wait(10 * time.Minute)
	if !w.shop.Snapshot().Ready {
		t.Error(fmt.Sprint("still not ready: ", w.shop.Snapshot().Why))
	}
}

// idler is somebody at the keys who pays for nothing, and rests between two presses for so long.
func (w *world) idler(least, most time.Duration) {
	if w.calm {
		return
	}
	w.after(w.span(least, most), func() { w.idler(least, most) })
	switch n := w.rnd.IntN(8); {
	case n == 0:
		w.tell(GaveUp{})
	case n == 1 && w.armed:
		w.scan(fmt.Sprint("code", w.rnd.IntN(1<<40)))
	default:
		w.tell(Pressed{Slot: Slot(1 + w.rnd.IntN(wares)), Draw: w.draw()})
	}
}

// Nobody at the keys stops the sale: in an hour of choosing and giving up, with a restart in the midst, the kiosk stays
// ready, and the next customer buys.
func TestNobodyAtTheKeysStopsTheSale(t *testing.T) {
	rests := []struct{ least, most time.Duration }{{200 * time.Millisecond, 500 * time.Millisecond}, {0, 5 * time.Second}, {0, time.Minute}}
	for i, rest := range rests {
		for _, restart := range []bool{false, true} {
			name := fmt.Sprintf("keys every %v to %v, restart %v", rest.least, rest.most, restart)
			w := newWorld(uint64(i+1), faults{})
			w.run(time.Second)
			w.after(0, func() { w.idler(rest.least, rest.most) })
			most := w.spendAnHour(t, restart)
			if most > 45 {
				t.Errorf("%s: %d orders were in Closing", name, most)
			}
			w.calm = true
			w.tell(GaveUp{})
			w.wait(time.Minute)
			w.awaitTurn()
			no := w.qr(t, 1)
			w.gate.pay(w.gate.orders[no])
			w.wait(10 * time.Second)
			if w.state(no) != Sold {
				t.Errorf("%s: the next customer paid, and the order is %s", name, w.state(no))
			}
			w.wait(time.Hour)
			if wrong := w.judge(); len(wrong) > 0 {
				t.Errorf("%s: %v", name, wrong)
			}
			t.Logf("%s: %d orders, at most %d in Closing", name, len(w.book.birth), most)
		}
	}
}

// spendAnHour lets an hour pass, and returns how many orders were in Closing at most.
func (w *world) spendAnHour(t *testing.T, restart bool) (most int) {
	t.Helper()
	for minute := range 60 {
		if restart && minute == 30 {
			w.cut(time.Second)
			w.wait(3 * time.Second)
		}
		for range 60 {
			w.wait(time.Second)
			most = max(most, w.shop.countClosing())
			if s := w.shop.Snapshot(); !s.Ready {
				t.Fatalf("in minute %d the kiosk does not sell: %v", minute, s.Why)
			}
		}
	}
	return most
}

// A key that was pressed while a refund's screen is held waits for its turn after that, and loses neither the number nor the choice.
func TestAChoiceMadeUnderARefundWaitsForBoth(t *testing.T) {
	w := calmWorld(t)
	w.crowd(t, pacedFrom)
	w.awaitTurn()
	no := w.stuckOrder(t, 1)
	for w.view.Screen != ScreenRefunding {
		w.wait(100 * time.Millisecond)
	}
	born, since := w.sent(KindAsk, no)[0], w.now
	w.shop.bornAt += 20 * time.Second // as if another order had been born just now
	w.press(2)
	for w.now < since+holdFor {
		if w.view.Screen != ScreenRefunding || w.view.No != no {
			t.Fatalf("%v after the vend failed: %+v", w.now-since, w.view)
		}
		w.wait(min(500*time.Millisecond, since+holdFor-w.now))
	}
	if v := w.view; v.Screen != ScreenAsking || v.Note != NotePaced || v.Slot != 2 || v.Left == 0 {
		t.Errorf("the screen was read, and it shows %+v", v)
	}
	w.run(born + 20*time.Second + birthPace + time.Second)
	if w.view.QR == "" || w.view.Slot != 2 {
		t.Errorf("no code in turn: %+v", w.view)
	}
}
