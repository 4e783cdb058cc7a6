package sale

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// counter is everything a clerk needs, kept by one who watches: what is done must stand in the book first.
type counter struct {
	mu      sync.Mutex
	book    ledger
	writes  int
	failAt  int // the write that fails; 0: none
	failFor int // and how many after it
	offs    int
	view    View
	qr      string
	charged int
	motors  int
	wrong   []string
}

var errNoCard = errors.New("the card is gone")

// Write takes as long as a card does: whoever does not wait for it is seen to be too early.
func (c *counter) Write(_ context.Context, p Batch) error {
	time.Sleep(20 * time.Millisecond)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes++
	if c.failAt > 0 && c.writes >= c.failAt && c.writes < c.failAt+c.failFor {
		return errNoCard
	}
	err := c.book.write(p)
	if err != nil && !errors.Is(err, ErrRefused) {
		c.wrong = append(c.wrong, err.Error())
		return nil
	}
	return err
}

func (c *counter) Load(context.Context) (History, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.book.past(), nil
}

func (c *counter) CheckWritable(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes++
	if c.failAt > 0 && c.writes >= c.failAt && c.writes < c.failAt+c.failFor {
		return errNoCard
	}
	return nil
}

// stands blames a deed whose order does not stand where the deed rests on.
func (c *counter) stands(what string, o Order, in ...State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range in {
		if c.book.orders[o.No].State == s && o.State == s {
			return
		}
	}
	c.wrong = append(c.wrong, fmt.Sprintf("%s of an order that is %q in the book: after a power cut nobody would know of it", what, c.book.orders[o.No].State))
}

func (c *counter) Ask(_ context.Context, o Order) (Answer, error) {
	c.stands("ask", o, Asking)
	return Answer{Outcome: OutcomeAccepted, CodeURL: "qr:" + string(o.No)}, nil
}

func (c *counter) Charge(_ context.Context, o Order, _ string) (Answer, error) {
	c.stands("charge", o, Asking)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.charged++
	return Answer{Outcome: OutcomePaid, Code: "SUCCESS", Money: Money{"T" + string(o.No), o.Fen, "CNY", time.Now()}}, nil
}

// Query says that code orders are paid, and QR orders gone once they are given up.
func (c *counter) Query(_ context.Context, o Order) (Answer, error) {
	switch {
	case o.State == New:
		return Answer{Outcome: OutcomeMissing, Code: "ORDERNOTEXIST"}, nil
	case o.Means == Code && o.State == Refunding:
		return Answer{Outcome: OutcomeReturned, Code: "REFUND", Returned: o.RefundFen, Refund: RefundDone}, nil
	case o.Means == Code && c.charges() > 0:
		return Answer{Outcome: OutcomePaid, Code: "SUCCESS", Money: Money{"T" + string(o.No), o.Fen, "CNY", time.Now()}}, nil
	case o.Means == Code || o.State == Closing:
		return Answer{Outcome: OutcomeGone, Code: "CLOSED"}, nil
	}
	return Answer{Outcome: OutcomeUnpaid, Code: "NOTPAY"}, nil
}

func (c *counter) charges() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.charged
}

func (c *counter) Cancel(_ context.Context, o Order) (Answer, error) {
	c.stands("cancel", o, Closing)
	return Answer{Outcome: OutcomeAccepted}, nil
}

func (c *counter) Refund(_ context.Context, o Order) (Answer, error) {
	c.stands("refund", o, Refunding)
	return Answer{Outcome: OutcomeAccepted}, nil
}

func (c *counter) Vend(context.Context, int) (int, string) {
	c.mu.Lock()
	vending := 0
	for _, o := range c.book.orders {
		if o.State == Vending {
			vending++
		}
	}
	if c.motors++; vending != 1 {
		c.wrong = append(c.wrong, "a motor turned for nobody in the book: after a power cut it would turn again")
	}
	c.mu.Unlock()
	time.Sleep(2 * time.Second)
	return 1, ""
}

func (c *counter) Off() { c.mu.Lock(); c.offs++; c.mu.Unlock() }

func (c *counter) Show(v View) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.view = v
	if v.QR != "" {
		c.qr = v.QR
	}
}

func (c *counter) Arm(bool) {}

func (c *counter) shows() View {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.view
}

// sell leads one customer with a payment code through a sale, and lets an hour pass.
func sell(t *testing.T, c *counter) {
	t.Helper()
	c.book = ledger{orders: map[No]Order{}, shelves: []SlotState{{Slot: 1, Name: "ware", Fen: 100, Stock: 9}, {Slot: 2, Name: "other", Fen: 200, Stock: 9}}}
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(context.Background())
		k := &Clerk{Open: func() *Shop { return &Shop{Kiosk: "K1"} }, Gateway: c, Book: c, Dispenser: c, Screen: c, Scanner: c,
			Wall: func() (time.Time, bool) { return time.Now(), true }}
		ended := make(chan error)
		go func() { ended <- k.Run(ctx) }()
		time.Sleep(time.Second)
		k.Press(1)
		time.Sleep(time.Second)
		if c.shows().QR != "" {
			k.Scan("134650720866361395", KindWeChat)
		}
		time.Sleep(time.Hour)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	for _, w := range c.wrong {
		t.Error(w)
	}
}

func TestNothingIsDoneBeforeItIsWritten(t *testing.T) {
	c := &counter{}
	sell(t, c)
	states := map[State]int{}
	for _, o := range c.book.orders {
		states[o.State]++
	}
	if c.motors != 1 || states[Sold] != 1 || states[Closed] != 1 || c.charged != 1 {
		t.Errorf("%d turns, %d charges, %v", c.motors, c.charged, states)
	}
}

// Whichever write fails, for once or for a minute: nothing after it is done, and everything comes to an end.
func TestAFailedWriteEndsTheLife(t *testing.T) {
	tried := 0
	for at := 1; at <= 6; at++ {
		for _, times := range []int{1, 5} {
			c := &counter{failAt: at, failFor: times}
			sell(t, c)
			name := fmt.Sprintf("write %d failing %d times", at, times)
			if c.offs == 0 {
				t.Errorf("%s: the outputs stayed on", name)
				continue
			}
			tried++
			for _, o := range c.book.orders {
				if !o.State.Over() {
					t.Errorf("%s: %s is %s for ever", name, o.Means, o.State)
				}
			}
			if c.motors > 1 {
				t.Errorf("%s: the motor turned %d times", name, c.motors)
			}
			if s := c.shows().Screen; s != ScreenIdle {
				t.Errorf("%s: the kiosk does not sell again: %s", name, s)
			}
		}
	}
	if tried < 10 {
		t.Errorf("only %d writes failed", tried)
	}
}

func TestABookThatCannotBeWrittenIsTold(t *testing.T) {
	c := &counter{failAt: 1, failFor: 1 << 30}
	sell(t, c)
	if v := c.shows(); v.Screen != ScreenClosed || len(v.Why) == 0 || !strings.Contains(v.Why[0].Text, errNoCard.Error()) {
		t.Errorf("nothing can be sold, and the customer reads %+v", v)
	}
}
