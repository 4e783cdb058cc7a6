package sale

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// twoPaid is a till that says of every order that it is paid, and of one that another's payment is its own.
type twoPaid struct {
	*counter
	barred  No
	asked   int // of the barred one
	vending func(on bool)
}

func (p *twoPaid) Query(ctx context.Context, o Order) (Answer, error) {
	if o.State == New {
		return p.counter.Query(ctx, o)
	}
	a := Answer{Outcome: OutcomePaid, Code: "SUCCESS", Money: Money{"T" + string(o.No), o.Fen, "CNY", time.Now()}}
	if o.No == p.barred {
		p.mu.Lock()
		p.asked++
		p.mu.Unlock()
		a.Money.Transaction = "T1"
	}
	return a, nil
}

func (p *twoPaid) Vend(ctx context.Context, slot int) (int, string) {
	p.vending(true)
	defer p.vending(false)
	return p.counter.Vend(ctx, slot)
}

// Two orders have one payment, so the book refuses the second one's. However often the gateway says it, whoever buys then
// gets the goods, and no life ends.
func TestNoNoticeOfABarredOrderStopsAnothersMotor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, barred := No("K1-000001AAAAAAAAAAAAAAAAAAAAA"), No("K1-000002BBBBBBBBBBBBBBBBBBBBB")
		c := &counter{book: ledger{orders: map[No]Order{
			first:  {No: first, Means: Native, Slot: 1, Fen: 100, State: Owed, Last: Found, GatewayCode: codeFound, Money: Money{"T1", 100, "CNY", time.Now()}},
			barred: {No: barred, Means: Native, Slot: 2, Fen: 100, State: Closing, Created: time.Now()},
		}, birth: []No{first, barred}, shelves: []SlotState{{Slot: 1, Name: "ware", Fen: 100, Stock: 99}}}}
		p, lives, nudges := &twoPaid{counter: c, barred: barred}, 0, 0
		k := &Clerk{Open: func() *Shop { lives++; return &Shop{Kiosk: "K1"} }, Gateway: p, Book: p, Dispenser: p, Screen: p, Scanner: p,
			Wall: func() (time.Time, bool) { return time.Now(), true }}
		p.vending = func(on bool) { // notices come while the motor turns
			for range 5 {
				k.Post(Nudged{No: barred})
				nudges++
			}
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- k.Run(ctx) }()
		sold := 0
		for range 10 {
			time.Sleep(10 * time.Second)
			k.Press(1)
		}
		time.Sleep(time.Minute)
		for _, o := range c.book.orders {
			if o.State == Sold {
				sold++
			}
		}
		if sold != 10 || c.motors != 10 || lives != 1 || c.offs != 0 || nudges != 100 {
			t.Errorf("%d of 10 customers got their goods from %d motors in %d lives, %d times everything was switched off", sold, c.motors, lives, c.offs)
		}
		if p.asked > 2 {
			t.Errorf("within three minutes the barred order was asked after %d times", p.asked)
		}
		if o := c.book.orders[barred]; o.State != Closing || o.Reason != ReasonBarred {
			t.Errorf("the barred order is %s for the reason %q", o.State, o.Reason)
		}
		for _, wrong := range c.wrong {
			t.Error(wrong)
		}
		stop()
		<-done
	})
}

// barredOrder is an order whose payment the book refuses: it is that of an order which is already sold.
func barredOrder(t *testing.T, w *world, leave bool) (first, barred No) {
	t.Helper()
	first = w.qr(t, 1)
	w.gate.pay(w.gate.orders[first])
	w.wait(20 * time.Second)
	barred = w.qr(t, 2)
	g := w.gate.orders[barred]
	g.twin = first
	if leave {
		w.press(2) // given up: it is closing
		w.wait(5 * time.Second)
	}
	g.state, g.paid, g.paidAt = "SUCCESS", g.o.Fen, w.now
	w.wait(20 * time.Second)
	return first, barred
}

func TestABarredOrderIsToldOnceAndSettledAtOnce(t *testing.T) {
	for _, leave := range []bool{true, false} {
		w := calmWorld(t)
		first, no := barredOrder(t, w, leave)
		if o := w.book.orders[no]; o.State != Closing || o.Reason != ReasonBarred || w.motors[no] != 0 {
			t.Fatalf("the order without a payment of its own is %s, %q, and its motor turned %d times", o.State, o.Reason, w.motors[no])
		}
		if s := w.shop.Snapshot(); !s.Ready || s.Live {
			t.Errorf("nothing is sold because of it: %v", s.Why)
		}
		for range 100 {
			w.tell(Nudged{No: no})
			w.wait(time.Minute)
		}
		alarms := 0
		for _, p := range w.pages {
			for _, a := range p.Alarms {
				if a.Kind == "barred" && a.No == no {
					alarms++
				}
			}
		}
		if asked := len(w.sent(KindQuery, no)); alarms != 1 || asked > 40 {
			t.Errorf("told %d times, asked after %d times in 100 minutes", alarms, asked)
		}
		w.cut(time.Minute) // and a restart changes nothing
		w.wait(10 * time.Minute)
		w.tell(DecideOrder{No: no, Event: Settled, By: "anna", How: "platform"})
		if w.state(no) != Closed || w.state(first) != Sold {
			t.Errorf("a person settles it, and it is %s; the order that has the payment is %s", w.state(no), w.state(first))
		}
		for _, wrong := range w.wrong {
			t.Error(wrong)
		}
	}
}

// A stranger whose payment is another order's is asked after no more often than hourly, and holds no place.
func TestABarredStrangerHoldsUpNobody(t *testing.T) {
	w := calmWorld(t)
	first := w.qr(t, 1)
	w.gate.pay(w.gate.orders[first])
	w.wait(20 * time.Second)
	stranger := func(n int, twin No) No {
		no := Number("K1", n, w.draw())
		w.gate.orders[no] = &gateOrder{o: Order{No: no, Fen: 100}, state: "SUCCESS", paid: 100, twin: twin, refunds: map[string]*gateRefund{}}
		w.tell(Nudged{No: no, Unknown: true})
		return no
	}
	var barred []No
	for n := range maxUnknown {
		barred = append(barred, stranger(1000+n, first))
	}
	w.wait(time.Minute)
	good := stranger(2000, "")
	for range 30 {
		for _, no := range barred {
			w.tell(Nudged{No: no, Unknown: true})
		}
		w.wait(time.Minute)
	}
	if w.state(good) != Owed {
		t.Errorf("a customer's payment waits behind %d numbers that the book refuses: %q", len(barred), w.state(good))
	}
	for _, no := range barred {
		if n := len(w.sent(KindQuery, no)); n != 1 {
			t.Errorf("%s was asked after %d times in half an hour", no, n)
		}
	}
	w.wait(3 * time.Hour)
	if n := len(w.shop.State().Orders); n > 2 {
		t.Errorf("%d orders are still kept in memory", n)
	}
	for _, wrong := range w.wrong {
		t.Error(wrong)
	}
}

// What the step had done before its first move is not lost with the moves.
func TestWhatRestsOnNoRefusedMoveIsStillDone(t *testing.T) {
	w := calmWorld(t)
	no := w.qr(t, 1)
	w.press(1)
	w.wait(time.Second)
	if !w.shop.CanUndo(no) && w.shop.undo != nil {
		t.Fatal("a shop that is awake cannot take its last moves back")
	}
	s := w.shop
	s.Step(w.instant(), Answered{Deed: KindProbe, Answer: Answer{Outcome: OutcomeMissing}})
	s.batch, s.deeds = Batch{Alarms: []Alarm{{Kind: "stray drop"}}}, []Deed{Forget{"a"}}
	t0 := s.findOrder(no)
	s.move(t0, Woke, nil)
	deeds := s.Step(w.instant(), Barred{no})
	wrote, forgot := false, false
	for _, d := range deeds {
		switch d := d.(type) {
		case Write:
			wrote = len(d.Batch.Alarms) == 2 && d.Batch.Alarms[0].Kind == "stray drop" && len(d.Batch.Moves) == 1 && d.Batch.Moves[0].Event == Remark
		case Forget:
			forgot = true
		}
	}
	if !wrote || !forgot {
		t.Errorf("after a refused move the shop does %v: an alarm or a deed that has nothing to do with it is lost", deeds)
	}
}

// A motor that may have turned cannot be taken back: then the life ends, as after every failed write.
func TestARefusedMoveOfAVendEndsTheLife(t *testing.T) {
	w := calmWorld(t)
	no := w.stuckOrder(t, 1)
	w.shop.Step(w.instant(), Vended{No: no, Dropped: true})
	if w.shop.CanUndo(no) {
		t.Error("a vend is taken back in memory: the motor may turn for the same order again")
	}
}
