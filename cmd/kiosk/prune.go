package main

import (
	"context"
	"fmt"
	"time"

	"kiosk/store"
)

const (
	pruneFirst = 20 * time.Minute // after a start there is enough to do
	pruneEvery = 24 * time.Hour
	pruneBusy  = 30 * time.Second       // a customer is at the machine
	prunePause = 200 * time.Millisecond // between batches the book is everybody's
)

// pruneDaily forgets each day the orders that are long at an end.
func (k *kiosk) pruneDaily(ctx context.Context) error {
	for pause := pruneFirst; rest(ctx, pause); pause = pruneEvery {
		switch n, err := k.pruneOnce(ctx); {
		case err != nil && ctx.Err() == nil:
			say(fmt.Sprintf("pruning: %v; tried again in %v", err, pruneEvery))
		case n > 0:
			say(fmt.Sprintf("pruned %d orders that ended long ago", n))
		}
	}
	return nil
}

func (k *kiosk) pruneOnce(ctx context.Context) (int, error) {
	p := store.Pruning{}
	for {
		book, err := k.book.Open(ctx)
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
		if !rest(ctx, pause) {
			return p.Pruned, nil
		}
	}
}

// rest waits, and tells whether to go on.
func rest(ctx context.Context, pause time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pause):
		return true
	}
}
