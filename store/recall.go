package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"kiosk/sale"
)

// closedFor is how long a closed order is looked at again: its customer may still have paid.
const closedFor = 7 * 24 * time.Hour

// Load reads what a waking shop must know. See sale.Book.
func (b *Book) Load(ctx context.Context) (past sale.History, err error) {
	if err := b.lockWriter(ctx); err != nil {
		return sale.History{}, fmt.Errorf("recall the past: %w", err)
	}
	defer b.unlockWriter()
	ctx = context.WithoutCancel(ctx)
	for _, read := range []func(context.Context, *sale.History) error{
		b.loadClock, b.loadOrders, b.loadSlots, b.loadDoubts, b.loadMaintenance,
	} {
		if err := read(ctx, &past); err != nil {
			return sale.History{}, fmt.Errorf("recall the past: %w", err)
		}
	}
	return past, nil
}

func (b *Book) loadClock(ctx context.Context, past *sale.History) error {
	row := b.conn.QueryRowContext(ctx, `SELECT (SELECT peak FROM journal ORDER BY seq DESC LIMIT 1),
		ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'orders'), 0) + 1`)
	return row.Scan(nullTime{&past.Last}, &past.Next)
}

var loadQuery = `SELECT id, ` + orderColumns + ` FROM orders INDEXED BY orders_open WHERE state NOT IN ` + ends + `
	UNION ALL SELECT id, ` + orderColumns + ` FROM orders INDEXED BY orders_closed WHERE state = 'closed' AND line > ?
	ORDER BY id`

// loadOrders goes by the journal's order and not by the stored times, which a kiosk without a clock may have
// guessed: what was written before a trusted moment more than seven days back is surely older than that. A trusted
// clock that stepped back proves nothing, so the newest time so far counts, and not the line's own.
func (b *Book) loadOrders(ctx context.Context, past *sale.History) (err error) {
	var old int64
	if !past.Last.IsZero() {
		if old, err = lineBefore(ctx, b.conn, past.Last.Add(-closedFor)); err != nil {
			return err
		}
	}
	rows, err := b.conn.QueryContext(ctx, loadQuery, old)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var o sale.Order
		if err := rows.Scan(append([]any{&id}, orderFields(&o)...)...); err != nil {
			return err
		}
		past.Orders = append(past.Orders, o)
	}
	return rows.Err()
}

// lineBefore is the newest line that was surely written before a moment; 0 if there is none. The peaks only rise,
// so it is found by halving.
func lineBefore(ctx context.Context, q queryer, t time.Time) (seq int64, err error) {
	var low, high int64
	if err := q.QueryRowContext(ctx, `SELECT ifnull(max(seq), 0) FROM journal`).Scan(&high); err != nil {
		return 0, err
	}
	for low < high {
		middle := low + (high-low+1)/2
		var later bool
		err := q.QueryRowContext(ctx, `SELECT seq, ifnull(peak >= ?, 0) FROM journal WHERE seq <= ? ORDER BY seq DESC LIMIT 1`,
			unixMillis(t), middle).Scan(&seq, &later)
		switch {
		case err != nil && !errors.Is(err, sql.ErrNoRows):
			return 0, err
		case err == nil && later:
			high = seq - 1
		default:
			low = middle
		}
	}
	err = q.QueryRowContext(ctx, `SELECT seq FROM journal WHERE seq <= ? AND sure ORDER BY seq DESC LIMIT 1`, low).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return seq, err
}

func (b *Book) loadSlots(ctx context.Context, past *sale.History) error {
	rows, err := b.conn.QueryContext(ctx, `SELECT slot, name, name_en, fen, stock, fault, flag FROM shelves ORDER BY slot`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var s sale.SlotState
		if err := rows.Scan(&s.Slot, &s.Name, &s.NameEN, &s.Fen, &s.Stock, &s.Fault, &s.Flag); err != nil {
			return err
		}
		past.Slots = append(past.Slots, s)
	}
	return rows.Err()
}

func (b *Book) loadDoubts(ctx context.Context, past *sale.History) error {
	d := &past.Doubts
	err := b.conn.QueryRowContext(ctx, `SELECT count, drops, first, stopped FROM doubts`).
		Scan(&d.Count, &d.Drops, nullTime{&d.First}, &d.Stopped)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

func (b *Book) loadMaintenance(ctx context.Context, past *sale.History) error {
	err := b.conn.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'maintenance'`).Scan(&past.Maintenance)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}
