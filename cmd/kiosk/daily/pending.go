package daily

import (
	"context"
	"maps"
	"slices"
	"time"

	"kiosk/sale"
)

const (
	firstQuestions = time.Minute // after a start
	askBatch       = 8           // the shop takes few numbers at a time that nobody knows
	idleRounds     = 4           // so many without any settled: the rest waits for the next round
)

// payment is what a bill says was paid. The transaction says which of two payments of one number it is.
type payment struct {
	no          sale.No
	transaction string
}

// AddPending keeps what was paid there and may be missing here, until the book has it.
func (b *Bills) AddPending(found []sale.Finding) {
	b.withLock(func() {
		if b.pending == nil {
			b.pending = map[sale.No]payment{}
		}
		for _, f := range found {
			switch f.Kind {
			case sale.FindPaidUnknown, sale.FindPaidNotSold:
				b.pending[f.No] = payment{no: f.No}
			case sale.FindPaidTwice:
				b.pending[sale.SecondNumber(b.Kiosk, f.Transaction)] = payment{f.No, f.Transaction}
			}
		}
	})
}

// ListPending returns those numbers.
func (b *Bills) ListPending() (numbers []sale.No) {
	b.withLock(func() { numbers = slices.Sorted(maps.Keys(b.pending)) })
	return numbers
}

// recallPending goes on where an earlier run was ended.
func (b *Bills) recallPending(ctx context.Context) bool {
	last, _, err := b.Book.LastReconciliation(ctx, b.Now())
	if err == nil {
		b.AddPending(last.Findings)
	}
	return err == nil
}

// AskPending nudges what was paid there and is missing here, a few at a time, until the book has all of it, or until
// nothing moves any more. The shop takes no more at once, and asks the gateway after each before anything is owed.
func (b *Bills) AskPending(ctx context.Context) {
	next, before := 0, 0
	for idle := 0; idle <= idleRounds+before/askBatch; idle++ {
		missing := b.dropSettled(ctx)
		if len(missing) == 0 {
			return
		}
		if len(missing) != before {
			idle, before = 0, len(missing)
		}
		for range min(askBatch, len(missing)) { // in turn, so that those nobody can answer hold up no others
			p := missing[next%len(missing)]
			b.Nudge(ctx, p.no, p.transaction)
			next++
		}
		if !sleep(ctx, DayPause) {
			return
		}
	}
}

// dropSettled forgets what the book knows by now, and returns the rest.
func (b *Bills) dropSettled(ctx context.Context) (missing []payment) {
	for _, no := range b.ListPending() {
		var p payment
		b.withLock(func() { p = b.pending[no] })
		if b.isMissing(ctx, no, p) {
			missing = append(missing, p)
		} else {
			b.withLock(func() { delete(b.pending, no) })
		}
	}
	return missing
}

// isMissing reports that the book does not know that an order was paid. A pruned number was ours, and ended long ago. A second
// payment has a number of its own, unless it is the first one that stands in the bill twice.
func (b *Bills) isMissing(ctx context.Context, no sale.No, p payment) bool {
	if p.transaction != "" {
		if first, known, err := b.Book.FindOrder(ctx, p.no); err == nil && known && first.Money.Transaction == p.transaction {
			return false
		}
	}
	o, known, err := b.Book.FindOrder(ctx, no)
	switch {
	case err != nil:
		return true
	case !known:
		pruned, err := b.Book.WasPruned(ctx, no)
		return no.Kiosk() == b.Kiosk && !(err == nil && pruned)
	}
	return o.State == sale.Closed && o.Money.Fen == 0
}
