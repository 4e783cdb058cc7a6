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
	row := q.QueryRowContext(ctx, `SELECT `+bookTime+`,
		ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'orders'), 0) + 1,
		ifnull((SELECT value FROM meta WHERE key = 'maintenance'), ''), ifnull((SELECT value FROM meta WHERE key = 'damaged'), '')`)
	return row.Scan(nullTime{&past.Last}, &past.Next, &past.Maintenance, &past.Damaged)
}

var loadQuery = `SELECT id, ` + orderColumns + ` FROM orders INDEXED BY orders_open WHERE state NOT IN ` + ends + `
	UNION ALL SELECT id, ` + orderColumns + ` FROM orders INDEXED BY orders_closed WHERE state = 'closed' AND line > ?
	ORDER BY id`

// loadOrders reads the open orders and the closed ones of the last seven days, by the order of the journal and by the steps of its
// times. A day more is for a clock that is running wild.
func loadOrders(ctx context.Context, q queryer, past *sale.History) (err error) {
	const step = 24 * time.Hour
	old, err := lineOlder(ctx, q, closedFor+step, step) // 0 without trusted times: every closed order may be a new one
	if err != nil {
		return err
	}
	past.Orders, err = readAll(ctx, q, func(o *sale.Order) []any { return append([]any{new(int64)}, orderFields(o)...) }, loadQuery, old)
	return err
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
