package main

import (
	"context"
	"fmt"
	"time"
)

// foldEvery is how often the kiosk looks whether it may fold its book's log.
const foldEvery = 5 * time.Second

// foldIdle folds the book's log while no customer is at the machine, so that no sale has to.
func (k *kiosk) foldIdle(ctx context.Context) error {
	told := ""
	for rest(ctx, foldEvery) {
		if k.clerk.Snapshot().Live {
			continue
		}
		why := ""
		if err := k.book.fold(ctx); err != nil && ctx.Err() == nil {
			why = fmt.Sprint(err)
		}
		if why != "" && why != told {
			say(why)
		}
		told = why
	}
	return nil
}

// fold folds a book that is open; one that is not has nothing to fold.
func (b *lateBook) fold(ctx context.Context) error {
	b.mu.Lock()
	book := b.book
	b.mu.Unlock()
	if book == nil {
		return nil
	}
	_, err := book.Fold(ctx)
	return err
}
