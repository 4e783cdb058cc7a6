package daily

import (
	"context"
	"fmt"
	"time"

	"kiosk/sale"
	"kiosk/store"
)

const (
	FirstPruning = 20 * time.Minute // after a start there is enough to do

	prunePeriod      = 24 * time.Hour
	pruneBusy        = 30 * time.Second       // a customer is at the machine
	prunePause       = 200 * time.Millisecond // between batches the book is everybody's
	checkpointPeriod = 5 * time.Second
)

// Upkeep keeps the book small and quick.
type Upkeep struct {
	Book     *store.ReopeningBook
	Snapshot func() sale.Snapshot
	Log      func(line string)
}

// Prune forgets each day the orders that ended long ago.
func (u *Upkeep) Prune(ctx context.Context) error {
	for pause := FirstPruning; sleep(ctx, pause); pause = prunePeriod {
		switch n, err := u.pruneOnce(ctx); {
		case err != nil && ctx.Err() == nil:
			u.Log(fmt.Sprintf("pruning: %v; tried again in %v", err, prunePeriod))
		case n > 0:
			u.Log(fmt.Sprintf("pruned %d orders that ended long ago", n))
		}
	}
	return nil
}

// pruneOnce goes on batch by batch, and gives way to a customer.
func (u *Upkeep) pruneOnce(ctx context.Context) (int, error) {
	p := store.Pruning{}
	for {
		book, err := u.Book.Open(ctx)
		if err != nil {
			return p.Pruned, err
		}
		if p, err = book.Prune(ctx, p); err != nil || p.Done {
			return p.Pruned, err
		}
		pause := prunePause
		if p.Busy {
			pause = pruneBusy
		}
		if !sleep(ctx, pause) {
			return p.Pruned, nil
		}
	}
}

// Checkpoint moves the book's log into the book while no customer is at the machine, so that no sale has to wait for it.
// An error is told once, until it is another one.
func (u *Upkeep) Checkpoint(ctx context.Context) error {
	told := ""
	for sleep(ctx, checkpointPeriod) {
		book, _ := u.Book.IfOpen()
		if book == nil || u.Snapshot().Live {
			continue
		}
		why := ""
		if _, err := book.Checkpoint(ctx); err != nil && ctx.Err() == nil {
			why = err.Error()
		}
		if why != "" && why != told {
			u.Log(why)
		}
		told = why
	}
	return nil
}
