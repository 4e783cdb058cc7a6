package main

import (
	"context"
	"maps"
	"slices"
	"time"

	"kiosk/sale"
)

const (
	chaseFirst = time.Minute
	chaseBatch = 8 // the shop takes few numbers at a time that nobody knows
	chaseIdle  = 4 // so many rounds without any settled: the rest waits for the next beat
)

// chase keeps what was paid there and may be missing here, until the book has it.
func (d *dailyBills) chase(found []sale.Finding) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.chased == nil {
		d.chased = map[sale.No]bool{}
	}
	for _, f := range found {
		if f.Kind == sale.FindPaidUnknown || f.Kind == sale.FindPaidNotSold {
			d.chased[f.No] = true
		}
	}
}

func (d *dailyBills) caught(no sale.No) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.chased, no)
}

func (d *dailyBills) chasing() []sale.No {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(maps.Keys(d.chased))
}

// recallChase goes on where an earlier run was ended.
func (k *kiosk) recallChase(ctx context.Context) bool {
	last, _, err := k.book.LastReconciliation(ctx)
	if err == nil {
		k.days.chase(last.Findings)
	}
	return err == nil
}

// chasePaid nudges what was paid there and is missing here, a few at a time, until the book has all of it, or until
// nothing moves any more: the shop takes no more at once, and asks the gateway after each before anything is owed.
func (k *kiosk) chasePaid(ctx context.Context) {
	next, before := 0, 0
	for idle := 0; idle <= chaseIdle+before/chaseBatch; idle++ {
		var missing []sale.No
		for _, no := range k.days.chasing() {
			if k.lacks(ctx, no) {
				missing = append(missing, no)
			} else {
				k.days.caught(no)
			}
		}
		if len(missing) == 0 {
			return
		}
		if len(missing) != before {
			idle, before = 0, len(missing)
		}
		for range min(chaseBatch, len(missing)) { // in turn, so that those nobody can answer hold up no others
			k.nudge(ctx, missing[next%len(missing)])
			next++
		}
		if !rest(ctx, billPause) {
			return
		}
	}
}

// lacks tells whether the book does not know that an order was paid.
func (k *kiosk) lacks(ctx context.Context, no sale.No) bool {
	o, known, err := k.book.FindOrder(ctx, no)
	switch {
	case err != nil:
		return true
	case !known:
		return no.Kiosk() == k.conf.Kiosk && !k.wasPruned(ctx, no)
	}
	return o.State == sale.Closed && o.Money.Fen == 0
}
