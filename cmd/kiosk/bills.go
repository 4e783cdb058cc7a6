package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"kiosk/sale"
	"kiosk/status"
	"kiosk/store"
)

const (
	billFrom  = 10*time.Hour + 15*time.Minute // Beijing time: the day before is ready then
	billFirst = 10 * time.Minute              // after a start the line belongs to what is still open
	billEvery = 30 * time.Minute
	billFor   = time.Minute
	billDays  = 3 // a bill that does not come is asked for so many days
)

// dailyBills is what the page is told of the bills. It is kept beside the book, which a page must not be read from
// twice a second.
type dailyBills struct {
	mu     sync.Mutex
	read   bool // the book was asked
	last   *status.Compared
	failed *status.Unfetched
}

// bills is what came of the gateway's bills.
func (k *kiosk) bills() status.Bills {
	d := &k.days
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.read {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		last, found, err := k.book.lastReconciled(ctx)
		if d.read = err == nil; found {
			d.last = comparedBill(last)
		}
	}
	return status.Bills{Last: d.last, Failed: d.failed}
}

func comparedBill(r store.Reconciliation) *status.Compared {
	return &status.Compared{Day: r.Day, At: r.At, Rows: r.Rows, Sales: r.Sales, Sold: r.Sold, Repaid: r.Repaid, Back: r.Back, Findings: r.Findings}
}

// note keeps what came of a day for the page.
func (d *dailyBills) note(last *status.Compared, failed *status.Unfetched) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failed = failed; last != nil {
		d.read, d.last = true, last
	}
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

// watchBills compares each day's bill with the book, when the clock is trusted. A finding moves nothing: it nudges
// its order, and a person reads it on the page.
func (k *kiosk) watchBills(ctx context.Context) error {
	g, ok := k.clerk.Gateway.(biller)
	if !ok {
		return nil
	}
	for pause := billFirst; ; pause = billEvery {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		for {
			day, due := k.billDue(ctx)
			if !due || !k.compareBill(ctx, g, day) {
				break
			}
		}
	}
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
		wall, _ := k.wires.wall()
		k.days.note(nil, &status.Unfetched{Day: day, Why: oneLine(err), At: wall, Next: wall.Add(billEvery)})
	}
	return false
}

// billDue is the oldest day that is ready at the gateway and was not compared yet.
func (k *kiosk) billDue(ctx context.Context) (time.Time, bool) {
	if !k.clerk.Look().Clock {
		return time.Time{}, false
	}
	last, found, err := k.book.lastReconciled(ctx)
	if err != nil {
		return time.Time{}, false
	}
	next := k.days.failing()
	if found {
		next = inBeijing(last.Day).AddDate(0, 0, 1)
	}
	wall, _ := k.wires.wall()
	return dueDay(wall, next)
}

// inBeijing is the day of that date.
func inBeijing(day time.Time) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, beijing)
}

// dueDay is the day to compare now, if next is the first that was not: yesterday for a kiosk that never compared any.
func dueDay(wall, next time.Time) (time.Time, bool) {
	today := inBeijing(wall.In(beijing))
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

func (k *kiosk) reconcileDay(ctx context.Context, g biller, day time.Time) (*status.Compared, error) {
	ctx, cancel := context.WithTimeout(ctx, billFor)
	defer cancel()
	bill, err := noBill(day)(g.Bill(ctx, day))
	if err != nil {
		return nil, err
	}
	entries, err := k.book.List(ctx, 0, "")
	if err != nil {
		return nil, err
	}
	found, s := sale.Reconcile(k.conf.Kiosk, bill, entries), sumsOf(k.conf.Kiosk, bill)
	wall, _ := k.wires.wall()
	r := store.Reconciliation{Day: time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC), At: wall,
		Rows: s.Rows, Sales: s.Sales, Sold: s.Sold, Repaid: s.Repaid, Back: s.Back, Findings: found}
	if err := k.book.reconciled(ctx, r); err != nil {
		return nil, err
	}
	for _, f := range found {
		k.nudge(ctx, f.No)
	}
	say(fmt.Sprintf("reconciled %s: %d rows, %d differences", day.Format(time.DateOnly), len(bill.Rows), len(found)))
	return comparedBill(r), nil
}

// nudge makes the next query of an order come sooner; a number that the book does not know is asked after once.
func (k *kiosk) nudge(ctx context.Context, no sale.No) {
	if no.Kiosk() != k.conf.Kiosk {
		return
	}
	o, known, err := k.book.find(ctx, no)
	if err == nil {
		k.clerk.Tell(sale.Nudged{No: no, Stranger: !known, Known: &o})
	}
}
