package store

import (
	"context"
	"fmt"

	"kiosk/sale"
)

// noticeColumns are what a notice said of an order. Nothing moves by it; it is kept to be told from a repeated one.
const noticeColumns = "notice, api, kind, no, transaction_id, refund_no, fen, currency, state, at"

func noticeValues(n *sale.Notice) []any {
	return []any{n.ID, n.API, n.Kind, string(n.No), n.Transaction, n.RefundNo, int64(n.Fen), n.Currency, n.State, unixMillis(n.At)}
}

func noticeFields(n *sale.Notice) []any {
	return []any{&n.ID, &n.API, &n.Kind, &n.No, &n.Transaction, &n.RefundNo, &n.Fen, &n.Currency, &n.State, nullTime{&n.At}}
}

const insertNotice = "INSERT INTO notices (" + noticeColumns + ", seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (api, notice) DO NOTHING"

// KeepNotice stores a notice; fresh is true for the first of its id. It is on the card when KeepNotice returns nil, and
// only then may the gateway be told that the kiosk has it. The newest 100 000 are kept.
func (b *Book) KeepNotice(ctx context.Context, n sale.Notice) (fresh bool, err error) {
	err = b.runTransaction(ctx, 1, func(ctx context.Context) error {
		values := noticeValues(&n)
		res, err := b.conn.ExecContext(ctx, insertNotice, append(values, sealRow("notices", values))...)
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

// ListNotices reads the notices of the gateway, newest first; limit 0 reads all that are kept.
func (r *Reader) ListNotices(ctx context.Context, limit int) ([]sale.Notice, error) {
	list, err := readAll(ctx, r.db, noticeFields, "SELECT "+noticeColumns+" FROM notices ORDER BY id DESC"+limited, limit)
	if err != nil {
		return nil, fmt.Errorf("list notices: %w", err)
	}
	return list, nil
}
