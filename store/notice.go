package store

import (
	"context"
	"fmt"

	"kiosk/sale"
)

const keepNotice = `INSERT INTO notices (notice, api, kind, no, transaction_id, refund_no, fen, currency, state, at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (api, notice) DO NOTHING`

// KeepNotice stores a notice, and tells whether it is the first of its id. It is on the card when Keep returns nil;
// only then may the gateway be told that we have it. The newest 100 000 are kept.
func (b *Book) KeepNotice(ctx context.Context, n sale.Notice) (fresh bool, err error) {
	err = b.runTransaction(ctx, 1, func(ctx context.Context) error {
		res, err := b.conn.ExecContext(ctx, keepNotice, n.ID, n.API, n.Kind, string(n.No), n.Transaction,
			n.RefundNo, int64(n.Fen), n.Currency, n.State, unixMillis(n.At))
		if err != nil {
			return asRefusal(err)
		}
		added, err := res.RowsAffected()
		fresh = added == 1
		return err
	})
	if err != nil {
		return false, fmt.Errorf("keep a notice about %s: %w", n.No, err)
	}
	return fresh, nil
}

// ListNotices reads what the gateway told us, newest first; limit 0 reads all that are kept.
func (r *Reader) ListNotices(ctx context.Context, limit int) ([]sale.Notice, error) {
	if limit <= 0 {
		limit = -1
	}
	rows, err := r.db.QueryContext(ctx, `SELECT notice, api, kind, no, transaction_id, refund_no, fen, currency, state, at
		FROM notices ORDER BY id DESC LIMIT ?`, limit)
	if err != nil {
		return nil, fmt.Errorf("list notices: %w", err)
	}
	defer rows.Close()
	list := []sale.Notice{}
	for rows.Next() {
		var n sale.Notice
		if err := rows.Scan(&n.ID, &n.API, &n.Kind, &n.No, &n.Transaction, &n.RefundNo, &n.Fen, &n.Currency, &n.State, nullTime{&n.At}); err != nil {
			return nil, fmt.Errorf("list notices: %w", err)
		}
		list = append(list, n)
	}
	return list, rows.Err()
}

var findQuery = `SELECT ` + orderColumns + ` FROM orders WHERE no = ?`

// FindOrder reads the order of a number, without its journal.
func (r *Reader) FindOrder(ctx context.Context, no sale.No) (o sale.Order, found bool, err error) {
	rows, err := r.db.QueryContext(ctx, findQuery, string(no))
	if err != nil {
		return o, false, fmt.Errorf("find order: %w", err)
	}
	defer rows.Close()
	if rows.Next() {
		found = true
		err = rows.Scan(orderFields(&o)...)
	}
	if err == nil {
		err = rows.Err()
	}
	if err != nil {
		return sale.Order{}, false, fmt.Errorf("find order: %w", err)
	}
	return o, found, nil
}

// FindOrder is Reader.Find, on a connection of its own: what a notice asks does not wait for a page that is being read.
func (b *Book) FindOrder(ctx context.Context, no sale.No) (sale.Order, bool, error) {
	return b.lookups.FindOrder(ctx, no)
}
