package store

import (
	"context"
	"fmt"
	"time"

	"kiosk/sale"
)

// closedFor is how long a closed order is asked after again: its customer may still have paid.
const closedFor = 7 * 24 * time.Hour

// Load reads what a waking shop must know. See sale.Book. It reads on the writer's connection, so that it sees the last
// write and nothing is written meanwhile.
func (b *Book) Load(ctx context.Context) (past sale.History, err error) {
	if err := b.lockWriter(ctx); err != nil {
		return sale.History{}, fmt.Errorf("recall the past: %w", err)
	}
	defer b.unlockWriter()
	ctx = context.WithoutCancel(ctx)
	for _, load := range []func(context.Context, queryer, *sale.History) error{loadSingles, loadOrders, loadLost, loadSlots, loadDoubts} {
		if err := load(ctx, b.conn, &past); err != nil {
			return sale.History{}, fmt.Errorf("recall the past: %w", err)
		}
	}
	return past, nil
}

// loadSingles reads what there is one of. The next order number goes by sqlite_sequence, which keeps the largest id even
// after its order was pruned.
func loadSingles(ctx context.Context, q queryer, past *sale.History) error {
	row := q.QueryRowContext(ctx, `SELECT (SELECT peak FROM journal ORDER BY seq DESC LIMIT 1),
		ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'orders'), 0) + 1,
		ifnull((SELECT value FROM meta WHERE key = 'maintenance'), ''), ifnull((SELECT value FROM meta WHERE key = 'damaged'), '')`)
	return row.Scan(nullTime{&past.Last}, &past.Next, &past.Maintenance, &past.Damaged)
}

var loadQuery = `SELECT id, ` + orderColumns + ` FROM orders INDEXED BY orders_open WHERE state NOT IN ` + ends + `
	UNION ALL SELECT id, ` + orderColumns + ` FROM orders INDEXED BY orders_closed WHERE state = 'closed' AND line > ?
	ORDER BY id`

// loadOrders reads the open orders and the closed ones of the last seven days. Stored times alone do not say which these
// are: a kiosk without a clock guesses. A line before a trusted time more than seven days back is surely older than that,
// so the order of the journal decides.
func loadOrders(ctx context.Context, q queryer, past *sale.History) (err error) {
	var old int64 // without any trusted time every closed order may be a new one
	if !past.Last.IsZero() {
		if old, err = lineBefore(ctx, q, past.Last.Add(-closedFor)); err != nil {
			return err
		}
	}
	past.Orders, err = readAll(ctx, q, func(o *sale.Order) []any { return append([]any{new(int64)}, orderFields(o)...) }, loadQuery, old)
	return err
}

// lineBefore is the newest line that was surely written before a moment; 0 if there is none. A column of the journal keeps
// the latest trusted time so far, its peak, because a trusted clock may step back. Peaks only rise, so halving finds the line.
func lineBefore(ctx context.Context, q queryer, t time.Time) (seq int64, err error) {
	var low, high int64
	if err := q.QueryRowContext(ctx, `SELECT ifnull(max(seq), 0) FROM journal`).Scan(&high); err != nil {
		return 0, err
	}
	for low < high {
		middle, later := low+(high-low+1)/2, false
		err := eachRow(ctx, q, func(scan scanFunc) error { return scan(&seq, &later) },
			`SELECT seq, ifnull(peak >= ?, 0) FROM journal WHERE seq <= ? ORDER BY seq DESC LIMIT 1`, unixMillis(t), middle)
		switch {
		case err != nil:
			return 0, err
		case later:
			high = seq - 1
		default:
			low = middle
		}
	}
	// The line itself must have a trusted time: those after it may be from any day.
	err = q.QueryRowContext(ctx, `SELECT ifnull((SELECT seq FROM journal WHERE seq <= ? AND sure ORDER BY seq DESC LIMIT 1), 0)`, low).Scan(&seq)
	return seq, err
}

func loadLost(ctx context.Context, q queryer, past *sale.History) error {
	lost, err := readLost(ctx, q)
	for i := range lost {
		past.Lost = append(past.Lost, lost[i].order())
	}
	return err
}

// loadSlots reads every slot that ever was; the caller knows which ones the config still has.
func loadSlots(ctx context.Context, q queryer, past *sale.History) (err error) {
	past.Slots, err = readAll(ctx, q, slotFields, `SELECT `+slotColumns+` FROM shelves ORDER BY slot`)
	return err
}

// loadDoubts leaves Doubts zero if the book has none yet.
func loadDoubts(ctx context.Context, q queryer, past *sale.History) error {
	return eachRow(ctx, q, func(scan scanFunc) error { return scan(doubtFields(&past.Doubts)...) }, `SELECT `+doubtColumns+` FROM doubts`)
}
