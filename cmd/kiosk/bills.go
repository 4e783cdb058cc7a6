package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/sale"
	"kiosk/status"
)

const (
	billFrom    = 10*time.Hour + 15*time.Minute // Beijing time: the day before is ready then
	billFirst   = 10 * time.Minute              // after a start the line belongs to what is still open
	billEvery   = 30 * time.Minute
	billFor     = time.Minute
	billDays    = 31                 // so far back days are compared that were missed
	billTries   = 3 * 48             // a day whose bill the gateway cannot give, but for so many tries, holds up the next no longer
	billPause   = 15 * time.Second   // between two days, and between two batches of questions
	billToldFor = 7 * 24 * time.Hour // the page tells so long of days that were not compared
)

// dailyBills is what the page is told of the bills. It is kept beside the book, which a page must not be read from
// twice a second.
type dailyBills struct {
	mu     sync.Mutex
	read   bool // the book was asked
	last   *sale.Reconciliation
	failed *status.Unfetched
	tries  int               // of the failed day, while the gateway answered
	left   time.Time         // the last day that is given up
	missed *status.Unfetched // the days that nobody will compare
	chased map[sale.No]bool  // paid there, and not yet in this book
}

// bills is what came of the gateway's bills.
func (k *kiosk) bills() status.Bills {
	d := &k.days
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.read {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		last, found, err := k.book.LastReconciliation(ctx)
		if d.read = err == nil; found {
			d.last = &last
		}
	}
	failed := d.failed
	if failed == nil && d.missed != nil && k.wires.now().Sub(d.missed.At) < billToldFor {
		failed = d.missed
	}
	return status.Bills{Last: d.last, Failed: failed}
}

// note keeps what came of a day for the page.
func (d *dailyBills) note(last *sale.Reconciliation, failed *status.Unfetched) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if failed == nil || d.failed == nil || !failed.Day.Equal(d.failed.Day) {
		d.tries = 0
	}
	if d.failed = failed; last != nil {
		d.read, d.last = true, last
	}
}

// tried counts a day's failures that are the gateway's, not the line's, and gives the day up after many.
func (d *dailyBills) tried(day, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.tries++; d.tries >= billTries {
		d.tries, d.failed, d.left = 0, nil, day
		d.miss(day, day, now)
	}
}

// skip notes days that are too long ago.
func (d *dailyBills) skip(from, to, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.left.Before(to) {
		d.left = to
		d.miss(from, to, now)
	}
}

func (d *dailyBills) miss(from, to, now time.Time) {
	why := fmt.Sprintf("not compared: %s to %s; run kiosk reconcile for a day that counts", from.Format(time.DateOnly), to.Format(time.DateOnly))
	say(why)
	d.missed = &status.Unfetched{Day: to, Why: why, At: now}
}

// failing is the day whose bill did not come; zero if the last one did.
func (d *dailyBills) failing() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failed == nil {
		return time.Time{}
	}
	return d.failed.Day
}

// after is the first day behind one that was given up.
func (d *dailyBills) after(next time.Time) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.left.IsZero() || next.After(d.left) {
		return next
	}
	return d.left.AddDate(0, 0, 1)
}

// watchBills compares each day's bill with the book, when the clock is trusted. A finding moves nothing: it nudges
// its order, and a person reads it on the page.
func (k *kiosk) watchBills(ctx context.Context) error {
	g, ok := k.clerk.Gateway.(biller)
	if !ok {
		return nil
	}
	if !rest(ctx, chaseFirst) {
		return nil
	}
	recalled := k.recallChase(ctx)
	k.chasePaid(ctx)
	for pause := billFirst - chaseFirst; rest(ctx, pause); pause = billEvery {
		if recalled = recalled || k.recallChase(ctx); !recalled {
			continue // the next day would take the place of the one that is still to be read
		}
		k.chasePaid(ctx)
		for {
			day, due := k.billDue(ctx)
			if !due || !k.compareBill(ctx, g, day) {
				break
			}
			k.chasePaid(ctx)
			if !rest(ctx, billPause) {
				return nil
			}
		}
	}
	return nil
}

// compareBill does one day, and tells whether the next may be begun.
func (k *kiosk) compareBill(ctx context.Context, g biller, day time.Time) bool {
	last, err := k.reconcileDay(ctx, g, day)
	switch {
	case err == nil:
		k.days.note(last, nil)
		return true
	case ctx.Err() == nil:
		say(fmt.Sprintf("reconciling %s: %v; tried again in %v", day.Format(time.DateOnly), err, billEvery))
		now := k.wires.now()
		k.days.note(nil, &status.Unfetched{Day: day, Why: config.OneLine(err), At: now, Next: now.Add(billEvery)})
		if k.clerk.Snapshot().Cloud.Reachable {
			k.days.tried(day, now)
		}
	}
	return false
}

// billDue is the oldest day that is ready at the gateway and was not compared yet.
func (k *kiosk) billDue(ctx context.Context) (time.Time, bool) {
	if !k.clerk.Snapshot().Clock {
		return time.Time{}, false
	}
	last, found, err := k.book.LastReconciliation(ctx)
	if err != nil {
		return time.Time{}, false
	}
	next := k.days.failing()
	if found {
		next = sale.Midnight(last.Day).AddDate(0, 0, 1)
	}
	if !next.IsZero() {
		next = k.days.after(next)
	}
	now := k.wires.now()
	day, due := dueDay(now, next)
	if due && found && next.Before(day) {
		k.days.skip(next, day.AddDate(0, 0, -1), now)
	}
	return day, due
}

// dueDay is the day to compare now, if next is the first that was not: yesterday for a kiosk that never compared any.
func dueDay(wall, next time.Time) (time.Time, bool) {
	today := sale.Midnight(wall.In(sale.Beijing))
	yesterday, oldest := today.AddDate(0, 0, -1), today.AddDate(0, 0, -billDays)
	switch {
	case wall.Sub(today) < billFrom:
		yesterday = yesterday.AddDate(0, 0, -1) // its bill is still being written
	case next.IsZero():
		next = yesterday
	}
	if next.Before(oldest) && !next.IsZero() {
		next = oldest
	}
	return next, !next.IsZero() && !next.After(yesterday)
}

func (k *kiosk) reconcileDay(ctx context.Context, g biller, day time.Time) (*sale.Reconciliation, error) {
	whole := context.WithoutCancel(ctx) // what was found is nudged however long the bill took
	ctx, cancel := context.WithTimeout(ctx, billFor)
	defer cancel()
	bill, err := noBill(day)(g.Bill(ctx, day))
	if err != nil {
		return nil, err
	}
	book, err := k.book.Open(ctx)
	if err != nil {
		return nil, err
	}
	found, err := differences(ctx, book, k.conf.Kiosk, bill, day)
	if err != nil {
		return nil, err
	}
	s := sumsOf(k.conf.Kiosk, bill)
	r := sale.Reconciliation{Day: time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC), At: k.wires.now(),
		Rows: s.Rows, Sales: s.Sales, Sold: s.Sold, Repaid: s.Repaid, Back: s.Back, Findings: found}
	if err := book.SaveReconciliation(ctx, r); err != nil {
		return nil, err
	}
	k.days.chase(found)
	strangers := 0
	for _, f := range found {
		if f.Kind == sale.FindPaidUnknown {
			strangers++
		}
		if f.Kind != sale.FindPaidUnknown || strangers <= chaseBatch { // the rest is chased
			k.nudge(whole, f.No)
		}
	}
	say(fmt.Sprintf("reconciled %s: %d rows, %d differences", day.Format(time.DateOnly), len(bill.Rows), len(found)))
	return &r, nil
}

// reconcileNow compares a day that a technician asks for.
func (k *kiosk) reconcileNow(ctx context.Context, day time.Time) error {
	g, ok := k.clerk.Gateway.(biller)
	if !ok {
		return fmt.Errorf("api %s fetches no bills", k.conf.Pay.API)
	}
	last, err := k.reconcileDay(ctx, g, day)
	if err == nil {
		k.days.note(last, nil)
	}
	return err
}
