package main

import (
	"context"
	"slices"
	"time"

	"kiosk/sale"
	"kiosk/status"
)

const (
	restarted  = "restarted the program"
	writtenFor = 3 * time.Second // a book that takes longer is why somebody restarts
	fewLines   = 50
)

// restart writes down who ends the service, and answers how: a stop as the service manager's, who starts it again.
func (k *kiosk) restart(ctx context.Context, by string) (end func(), err error) {
	if k.attended() {
		return nil, status.ErrServing
	}
	if !k.writeDown(ctx, restarted, by) {
		say("the book did not take it: " + restarted + ", by " + by)
	}
	return k.stop, nil
}

// attended tells whether a stop would disturb anybody: as kiosk idle sees it, from inside.
func (k *kiosk) attended() bool {
	f := k.clerk.Snapshot().Front
	return k.busy() != "" || k.clerk.Alive() && f != nil && f.No != ""
}

// writeDown is Done that waits until it stands in the book. A book that takes nothing says no, and holds nobody up.
func (k *kiosk) writeDown(ctx context.Context, what, by string) bool {
	ctx, cancel := context.WithTimeout(ctx, writtenFor)
	defer cancel()
	newest := func() (at time.Time) {
		lines, _ := k.book.Alarms(ctx, fewLines)
		if i := slices.IndexFunc(lines, func(a sale.Alarm) bool { return a.Text == what+", by "+by }); i >= 0 {
			at = lines[i].At
		}
		return at
	}
	was := newest()
	if err := k.clerk.Serve(sale.Noted{Text: what, By: by}); err != nil {
		return false
	}
	for newest().Equal(was) {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(20 * time.Millisecond):
		}
	}
	return true
}
