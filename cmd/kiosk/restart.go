package main

import (
	"context"
	"time"

	"kiosk/sale"
	"kiosk/status"
)

const writtenFor = 3 * time.Second // a book that takes longer is why somebody restarts

// restart writes down who ends the service, and returns how: a stop as the service manager's, who starts it again.
// A book that takes no line holds nobody up.
func (k *kiosk) restart(ctx context.Context, who status.Person) (end func(), err error) {
	if k.attended() {
		return nil, status.ErrServing
	}
	wctx, cancel := context.WithTimeout(ctx, writtenFor)
	defer cancel()
	if _, err := k.clerk.Do(wctx, sale.NoteAct{Act: sale.ActRestart, By: who.Name, From: who.From}); err != nil {
		say("the book did not take it: restarted the program, by " + sale.FullName(who.Name, who.From))
	}
	return k.stop, nil
}

// attended tells whether a stop would disturb anybody: as kiosk idle sees it, from inside.
func (k *kiosk) attended() bool {
	f := k.clerk.Snapshot().Front
	return k.busy() != "" || k.clerk.Alive() && f != nil && f.No != ""
}
