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
		if err := k.fold(ctx); err != nil && ctx.Err() == nil {
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
func (k *kiosk) fold(ctx context.Context) error {
	book, _ := k.book.IfOpen()
	if book == nil {
		return nil
	}
	_, err := book.Checkpoint(ctx)
	return err
}
