package store

import (
	"context"
	"errors"
	"time"
)

// The journal's order says what came first; its times say when, and any one of them may be wrong: a clock can be called
// synchronised and be years away, for one sale. So nothing is deleted, forgotten or left out because of one time stamp.

// wildStep is how much one time may differ from those beside it and still be believed by itself.
const wildStep = 30 * 24 * time.Hour

// bookTime is the newest trusted time of the last fifteen that is not newer than most of them by more than a wildStep: the wall
// cannot be before it.
const bookTime = `(WITH newest AS (SELECT at FROM journal WHERE sure AND at IS NOT NULL ORDER BY seq DESC LIMIT 15),
	middle AS (SELECT at FROM newest ORDER BY at LIMIT 1 OFFSET (SELECT count(*) / 2 FROM newest))
	SELECT max(newest.at) FROM newest, middle WHERE newest.at <= middle.at + 2592000000)`

// errEnough ends a walk through the journal.
var errEnough = errors.New("enough")

// eachTime walks from the newest line with a trusted time to the oldest, until see returns false.
func eachTime(ctx context.Context, q queryer, see func(seq int64, at time.Time) bool) error {
	err := eachRow(ctx, q, func(scan scanFunc) error {
		var seq, at int64
		if err := scan(&seq, &at); err != nil {
			return err
		}
		if !see(seq, time.UnixMilli(at)) {
			return errEnough
		}
		return nil
	}, `SELECT seq, at FROM journal WHERE sure AND at IS NOT NULL ORDER BY seq DESC`)
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// lineOlder is the newest line that is older than an age; 0 if there is none. Of the time between two lines no more than a step
// is believed, forth or back: a clock that ran wild goes there by one step and comes back by one, so it ages nothing before
// it by more than a step, and that only as long as it lasts. Weeks without a sale make the lines before them look younger.
func lineOlder(ctx context.Context, q queryer, age, step time.Duration) (older int64, err error) {
	var after time.Time
	var sum time.Duration
	err = eachTime(ctx, q, func(seq int64, at time.Time) bool {
		if !after.IsZero() {
			sum += max(min(after.Sub(at), step), -step)
		}
		if after = at; sum >= age {
			older = seq
		}
		return older == 0
	})
	return older, err
}

// window is a stretch of the journal, first and last line included.
type window struct{ first, last int64 }

const (
	windowSure   = 500 // so many lines must speak against a border before the search for it ends
	windowMargin = 64  // lines on either side: a wild clock there moves a border by no more than its own lines
)

// border finds the line from which on most times are not before a moment.
type border struct {
	at          time.Time
	score, best int
	line        int64 // the border: lines from here on
}

func (b *border) see(seq int64, at time.Time) {
	if at.Before(b.at) {
		b.score--
	} else if b.score++; b.score >= b.best {
		b.best, b.line = b.score, seq
	}
}

// findWindow finds the lines of a time. It takes a few more rather than to leave one out.
func findWindow(ctx context.Context, q queryer, from, to time.Time) (w window, err error) {
	var end int64
	if err := q.QueryRowContext(ctx, `SELECT ifnull(max(seq), 0) + 1 FROM journal`).Scan(&end); err != nil {
		return w, err
	}
	begin, over := border{at: from, line: end}, border{at: to, line: end}
	err = eachTime(ctx, q, func(seq int64, at time.Time) bool {
		begin.see(seq, at)
		over.see(seq, at)
		return begin.score > begin.best-windowSure
	})
	return window{begin.line - windowMargin, over.line + windowMargin}, err
}
