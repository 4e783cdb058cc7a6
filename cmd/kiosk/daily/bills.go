// Package daily is what a kiosk does by itself while nobody looks: it compares the gateway's bill with its book, asks after
// what was paid there and is missing here, prunes old orders, and checkpoints the book's log while nobody buys.
//
// None of it moves an order. A difference only nudges: the next query of that order comes sooner, and the shop decides.
package daily

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/pay"
	"kiosk/sale"
	"kiosk/status"
	"kiosk/store"
)

// When bills are fetched. The gateway has a day's bill at ten the next morning, Beijing time.
const (
	ReadyTime   = 10*time.Hour + 15*time.Minute
	FirstRound  = 10 * time.Minute // after a start: until then the line belongs to what is still open
	RoundPeriod = 30 * time.Minute
	DayPause    = 15 * time.Second // between two days, and between two batches of questions
	MostDays    = 31               // days that were missed are compared so far back

	fetchPatience = time.Minute
	mostTries     = 3 * 48             // of one day, while the gateway answers: then the day is given up, for it holds up the next
	noticeTime    = 7 * 24 * time.Hour // the page tells so long of days that were not compared
)

// Fetcher fetches a day's bill: pay.V2 and pay.V3 do.
type Fetcher interface {
	Bill(ctx context.Context, day time.Time) (sale.Bill, error)
}

// Bills compares each day's bill with the book. What it knows for the page it keeps in memory, because the page is drawn
// twice a second and must not read the book each time.
type Bills struct {
	Kiosk    string // a bill has other machines' orders too
	Gateway  Fetcher
	Book     *store.ReopeningBook
	Snapshot func() sale.Snapshot // for the clock, and for whether the gateway answers
	Nudge    func(ctx context.Context, no sale.No, transaction string)
	Now      func() time.Time
	Log      func(line string)

	mu      sync.Mutex
	read    bool // last is what the book has
	last    *sale.Reconciliation
	failed  *status.Unfetched
	tries   int                 // of the failed day, while the gateway answered
	givenUp time.Time           // the last day that nobody will compare
	missed  *status.Unfetched   // what the page says of those days
	pending map[sale.No]payment // paid there, and not yet in this book, by the number it gets here
}

// withLock calls do with the state locked. do must not wait for the gateway.
func (b *Bills) withLock(do func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	do()
}

// Status is what the page shows.
func (b *Bills) Status() (s status.Bills) {
	b.withLock(func() {
		if !b.read {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			last, found, err := b.Book.LastReconciliation(ctx, b.Now())
			if b.read = err == nil; found {
				b.last = &last
			}
		}
		s = status.Bills{Last: b.last, Failed: b.failed}
		if s.Failed == nil && b.missed != nil && b.Now().Sub(b.missed.At) < noticeTime {
			s.Failed = b.missed
		}
	})
	return s
}

// Run compares one day after the other while the clock is trusted.
func (b *Bills) Run(ctx context.Context) error {
	if !sleep(ctx, firstQuestions) {
		return nil
	}
	recalled := b.recallPending(ctx)
	b.AskPending(ctx)
	for pause := FirstRound - firstQuestions; sleep(ctx, pause); pause = RoundPeriod {
		if recalled = recalled || b.recallPending(ctx); !recalled {
			continue // the next day would take the place of the one that is still to be read
		}
		b.AskPending(ctx)
		for day, due := b.findDue(ctx); due && b.tryDay(ctx, day); day, due = b.findDue(ctx) {
			b.AskPending(ctx)
			if !sleep(ctx, DayPause) {
				return nil
			}
		}
	}
	return nil
}

// tryDay compares one day, and reports whether the next may be begun.
func (b *Bills) tryDay(ctx context.Context, day time.Time) bool {
	_, err := b.CompareDay(ctx, day)
	if err == nil || ctx.Err() != nil {
		return err == nil
	}
	b.Log(fmt.Sprintf("reconciling %s: %v; tried again in %v", day.Format(time.DateOnly), err, RoundPeriod))
	reached, now := b.Snapshot().Cloud.Reachable, b.Now()
	b.withLock(func() {
		if b.failed == nil || !day.Equal(b.failed.Day) {
			b.tries = 0
		}
		b.failed = &status.Unfetched{Day: day, Word: failureWord(err), Why: config.OneLine(err), At: now, Next: now.Add(RoundPeriod)}
		if reached { // it is not the line: count it
			b.tries++
		}
		if b.tries >= mostTries {
			b.tries, b.failed = 0, nil
			b.giveUp(day, day, now)
		}
	})
	return false
}

// giveUp notes days that nobody will compare.
func (b *Bills) giveUp(from, to, now time.Time) {
	why := fmt.Sprintf("not compared: %s to %s; run kiosk reconcile for a day that counts", from.Format(time.DateOnly), to.Format(time.DateOnly))
	b.Log(why)
	b.givenUp, b.missed = to, &status.Unfetched{Day: to, Word: status.BillGivenUp, Why: why, At: now}
}

// findDue returns the oldest day that is ready at the gateway and was not compared yet.
func (b *Bills) findDue(ctx context.Context) (day time.Time, due bool) {
	if !b.Snapshot().Clock {
		return day, false
	}
	last, compared, err := b.Book.LastReconciliation(ctx, b.Now())
	if err != nil {
		return day, false
	}
	now := b.Now()
	b.withLock(func() {
		var next time.Time
		switch {
		case compared:
			next = sale.Midnight(last.Day).AddDate(0, 0, 1)
		case b.failed != nil && b.failed.Day.Before(now): // else a clock ran ahead
			next = b.failed.Day
		}
		if !next.IsZero() && b.givenUp.Before(now) && !next.After(b.givenUp) {
			next = b.givenUp.AddDate(0, 0, 1)
		}
		day, due = dueDay(now, next)
		if to := day.AddDate(0, 0, -1); due && compared && next.Before(day) && (b.givenUp.Before(to) || !b.givenUp.Before(now)) {
			b.giveUp(next, to, now)
		}
	})
	return day, due
}

// dueDay is the day to compare now, if next is the first that was not: yesterday for a kiosk that never compared any.
func dueDay(wall, next time.Time) (time.Time, bool) {
	today := sale.Midnight(wall.In(sale.Beijing))
	yesterday, oldest := today.AddDate(0, 0, -1), today.AddDate(0, 0, -MostDays)
	switch {
	case wall.Sub(today) < ReadyTime:
		yesterday = yesterday.AddDate(0, 0, -1) // its bill is still being written
	case next.IsZero():
		next = yesterday
	}
	if next.Before(oldest) && !next.IsZero() {
		next = oldest
	}
	return next, !next.IsZero() && !next.After(yesterday)
}

// CompareDay fetches one day's bill, keeps in the book what it says, and nudges every order that differs.
// It returns where they differ.
func (b *Bills) CompareDay(ctx context.Context, day time.Time) ([]sale.Finding, error) {
	whole := context.WithoutCancel(ctx) // what was found is nudged however long the bill took
	ctx, cancel := context.WithTimeout(ctx, fetchPatience)
	defer cancel()
	bill, err := FetchBill(ctx, b.Gateway, day)
	if err != nil {
		return nil, b.explainFetch(err)
	}
	book, err := b.Book.Open(ctx)
	if err != nil {
		return nil, err
	}
	found, err := CompareBill(ctx, book, b.Kiosk, bill, day)
	if err != nil {
		return nil, err
	}
	s := AddUp(b.Kiosk, bill)
	r := sale.Reconciliation{Day: time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC), At: b.Now(),
		Rows: s.Rows, Sales: s.Sales, Sold: s.Sold, Repaid: s.Repaid, Back: s.Back, Findings: found}
	if err := book.SaveReconciliation(ctx, r); err != nil {
		return nil, err
	}
	b.AddPending(found)
	b.nudgeFound(whole, found)
	b.withLock(func() { b.read, b.last, b.failed, b.tries = true, &r, nil, 0 })
	b.Log(fmt.Sprintf("reconciled %s: %d rows, %d differences", day.Format(time.DateOnly), len(bill.Rows), len(found)))
	return found, nil
}

// explainFetch says in the page's words why there is no bill.
func (b *Bills) explainFetch(err error) error {
	switch {
	case errors.Is(err, pay.ErrBillNotReady):
		return fmt.Errorf("%w: %w", status.ErrBillLater, err)
	case !b.Snapshot().Cloud.Reachable:
		return fmt.Errorf("%w: %w", status.ErrBillUnreached, err)
	}
	return err
}

// failureWord is what the page calls that failure.
func failureWord(err error) string {
	switch {
	case errors.Is(err, status.ErrBillLater):
		return status.BillLater
	case errors.Is(err, status.ErrBillUnreached):
		return status.BillUnreached
	}
	return status.BillFailed
}

// nudgeFound leaves all but a batch of unknown numbers to AskPending: the shop takes few at a time.
func (b *Bills) nudgeFound(ctx context.Context, found []sale.Finding) {
	unknown := 0
	for _, f := range found {
		if f.Kind == sale.FindPaidUnknown {
			unknown++
		}
		if f.Kind != sale.FindPaidUnknown || unknown <= askBatch {
			b.Nudge(ctx, f.No, f.Transaction)
		}
	}
}

// sleep waits, and reports whether to go on.
func sleep(ctx context.Context, pause time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pause):
		return true
	}
}
