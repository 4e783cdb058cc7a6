package sale

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// riddle is a counter at a gateway that answers every query about an order in a word that nobody knows.
type riddle struct {
	*counter
	alarms []Alarm
}

func (r *riddle) Write(ctx context.Context, p Batch) error {
	r.mu.Lock()
	r.alarms = append(r.alarms, p.Alarms...)
	r.mu.Unlock()
	return r.counter.Write(ctx, p)
}

func (r *riddle) Query(ctx context.Context, o Order) (Answer, error) {
	if o.State == New {
		return r.counter.Query(ctx, o)
	}
	return Answer{Outcome: OutcomePaid}, fmt.Errorf("query the order: trade_state %w decides nothing", UnknownWord("FOO"))
}

func TestAWordThatNobodyKnowsMovesNothingAndReachesAPersonOnce(t *testing.T) {
	r := &riddle{counter: &counter{book: ledger{orders: map[No]Order{}, shelves: []SlotState{{Slot: 1, Name: "ware", Fen: 100, Stock: 9}}}}}
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(context.Background())
		k := &Clerk{Open: func() *Shop { return &Shop{Kiosk: "K1"} }, Gateway: r, Book: r, Dispenser: r, Screen: r, Scanner: r,
			Wall: func() (time.Time, bool) { return time.Now(), true }}
		ended := make(chan error)
		go func() { ended <- k.Run(ctx) }()
		time.Sleep(time.Second)
		k.Press(1)
		time.Sleep(time.Hour)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	for no, o := range r.book.orders {
		if o.State != Closing || r.motors != 0 {
			t.Errorf("%s is %s after %d turns: nobody knew what the gateway said", no, o.State, r.motors)
		}
		if len(r.alarms) != 1 || r.alarms[0].Kind != "unknown word" || r.alarms[0].No != no || r.alarms[0].Text != "query: FOO" {
			t.Errorf("a person is told %+v", r.alarms)
		}
	}
	if len(r.book.orders) != 1 {
		t.Errorf("%d orders", len(r.book.orders))
	}
}

func TestARefundThatTheGatewayLostSightOfIsAskedForAgainUnderItsNumber(t *testing.T) {
	w := calmWorld(t)
	tries, numbers := 0, map[string]bool{}
	w.answer = func(c Call) (Answer, bool) {
		if c.Kind == KindRefund {
			tries++
			numbers[c.Order.RefundNo] = true
			return Answer{Outcome: OutcomeAccepted}, tries < 2
		}
		if c.Kind != KindQuery || c.Order.State != Refunding || tries != 1 {
			return Answer{}, false
		}
		return w.gate.money(w.gate.orders[c.Order.No], OutcomeReturned), true
	}
	no := w.stuckOrder(t, 1)
	w.wait(10 * time.Minute)
	sent := w.sent(KindRefund, no)
	if len(sent) != 2 || len(numbers) != 1 || sent[1]-sent[0] < refundGap {
		t.Errorf("the refund was asked for at %v, under %v", sent, numbers)
	}
	if w.state(no) != Refunded {
		t.Errorf("the customer's money: %s", w.state(no))
	}
}
