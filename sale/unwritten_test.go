package sale

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// fullCard takes no page from a moment on, until there is room again.
type fullCard struct {
	*counter
	full atomic.Bool
	fill func(Batch) bool // the page with which the card fills up
}

func (f *fullCard) Write(ctx context.Context, p Batch) error {
	if f.fill != nil && f.fill(p) {
		f.fill = nil
		f.full.Store(true)
	}
	if f.full.Load() {
		return errNoCard
	}
	return f.counter.Write(ctx, p)
}

func (f *fullCard) CheckWritable(ctx context.Context) error {
	if f.full.Load() {
		return errNoCard
	}
	return f.counter.CheckWritable(ctx)
}

// What the running program saw is not lost because the card was full just then: the customer has the goods, and pays for them.
func TestADropThatTheCardDidNotTakeIsWrittenWhenThereIsRoom(t *testing.T) {
	has := func(e Event) func(Batch) bool {
		return func(p Batch) bool { return slices.ContainsFunc(p.Moves, func(m Move) bool { return m.Event == e }) }
	}
	for name, c := range map[string]struct {
		fill  func(Batch) bool
		press bool // something else is to be written while the motor turns
	}{
		"the card fills up with the drop": {fill: has(Dropped)},
		"the card fills up while the motor turns": {fill: func(p Batch) bool {
			return slices.ContainsFunc(p.Alarms, func(a Alarm) bool { return a.Act == string(ActSignIn) })
		}, press: true},
	} {
		t.Run(name, func(t *testing.T) {
			card := &fullCard{fill: c.fill, counter: &counter{book: ledger{orders: map[No]Order{}, shelves: []SlotState{{Slot: 1, Name: "ware", Fen: 100, Stock: 9}}}}}
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancel(context.Background())
				k := &Clerk{Open: func() *Shop { return &Shop{Kiosk: "K1"} }, Gateway: card, Book: card, Dispenser: card, Screen: card, Scanner: card,
					Wall: func() (time.Time, bool) { return time.Now(), true }}
				ended := make(chan error)
				go func() { ended <- k.Run(ctx) }()
				time.Sleep(time.Second)
				k.Press(1)
				time.Sleep(time.Second)
				k.Scan("134650720866361395", KindWeChat)
				time.Sleep(time.Second)
				if c.press {
					k.Post(NoteAct{Act: ActSignIn, By: "anna"})
				}
				time.Sleep(10 * time.Second)
				if !card.full.Load() {
					t.Error("the card never filled up, so this proves nothing")
				}
				card.full.Store(false)
				time.Sleep(time.Hour)
				stop()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
			for _, o := range card.book.orders {
				if o.Means == Code && o.State != Sold {
					t.Errorf("the goods fell, and the order is %s (%s)", o.State, o.Why)
				}
			}
			if s := card.book.shelves[0]; s.Stock != 8 || s.Fault != "" {
				t.Errorf("the slot has %d left and the fault %q", s.Stock, s.Fault)
			}
			if card.motors != 1 {
				t.Errorf("the motor turned %d times", card.motors)
			}
			for _, w := range card.wrong {
				t.Error(w)
			}
		})
	}
}

// refusing is a book that has the page already.
type refusing struct{ Book }

func (refusing) Write(context.Context, Batch) error { return &RefusedError{"K1-1", ErrRefused} }

// A page that was written although its answer was lost is not written twice, and holds nobody up.
func TestADropThatIsInTheBookAlreadyIsNotWrittenAgain(t *testing.T) {
	k := &Clerk{Book: refusing{}, unwritten: []Batch{{Moves: []Move{{From: Vending, Event: Dropped, Order: Order{No: "K1-1", State: Sold}}}}}}
	if err := k.writeOutcomes(t.Context()); err != nil || len(k.unwritten) != 0 {
		t.Errorf("%v, and %v is still to be written", err, k.unwritten)
	}
}
