package sale

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// slowTill takes ten seconds for a charge. A request that is given up breaks off at once, as the line does.
type slowTill struct {
	*counter
	began atomic.Bool
	cut   error
}

func (s *slowTill) Charge(ctx context.Context, o Order, code string) (Answer, error) {
	s.began.Store(true)
	select {
	case <-ctx.Done():
		s.cut = ctx.Err()
		return Answer{}, s.cut
	case <-time.After(10 * time.Second):
		return s.counter.Charge(ctx, o, code)
	}
}

// A charge that has left cannot be called back. Breaking it off only hides how it ended.
func TestAChargeUnderWayComesToItsEnd(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(c *counter, k *Clerk, stop func())
		want State
	}{
		"the service stops": {func(_ *counter, _ *Clerk, stop func()) { stop() }, Sold},
		"the book fails": {func(c *counter, k *Clerk, _ func()) {
			c.mu.Lock()
			c.failAt, c.failFor = c.writes+1, 1
			c.mu.Unlock()
			k.Post(NoteAct{Act: ActSignIn, By: "anna"})
		}, Refunded},
	} {
		t.Run(name, func(t *testing.T) {
			till := &slowTill{counter: &counter{book: ledger{orders: map[No]Order{}, shelves: []SlotState{{Slot: 1, Name: "ware", Fen: 100, Stock: 9}}}}}
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancel(context.Background())
				k := &Clerk{Open: func() *Shop { return &Shop{Kiosk: "K1"} }, Gateway: till, Book: till, Dispenser: till, Screen: till, Scanner: till,
					Wall: func() (time.Time, bool) { return time.Now(), true }}
				ended := make(chan error)
				go func() { ended <- k.Run(ctx) }()
				time.Sleep(time.Second)
				k.Press(1)
				time.Sleep(time.Second)
				k.Scan("134650720866361395", KindWeChat)
				time.Sleep(2 * time.Second)
				if !till.began.Load() || till.charges() != 0 {
					t.Error("no charge was under way")
				}
				c.end(till.counter, k, stop)
				time.Sleep(time.Hour)
				stop()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
			if till.cut != nil {
				t.Errorf("the charge was cut off (%v): the money may be taken, and nobody heard of it", till.cut)
			}
			for _, o := range till.book.orders {
				if o.Means == Code && o.State != c.want {
					t.Errorf("charged, and the order is %s, want %s: the money went somewhere, and the book does not say where", o.State, c.want)
				}
			}
			for _, w := range till.wrong {
				t.Error(w)
			}
		})
	}
}
