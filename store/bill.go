package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"kiosk/sale"
)

// SaveReconciliation stores how a day compared. A later comparison of the same day takes the place of the former.
func (b *Book) SaveReconciliation(ctx context.Context, r sale.Reconciliation) error {
	if r.Findings == nil {
		r.Findings = []sale.Finding{}
	}
	text, err := json.Marshal(r.Findings)
	if err != nil {
		return fmt.Errorf("keep the reconciliation: %w", err)
	}
	err = b.runTransaction(ctx, 1, func(ctx context.Context) error {
		_, err := b.conn.ExecContext(ctx, `INSERT OR REPLACE INTO reconciliations (day, at, rows, sales, sales_fen, repaid, repaid_fen, findings)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, r.Day.Format(time.DateOnly), unixMillis(r.At), int64(r.Rows),
			int64(r.Sales), int64(r.Sold), int64(r.Repaid), int64(r.Back), string(text))
		return err
	})
	if err != nil {
		return fmt.Errorf("keep the reconciliation: %w", err)
	}
	return nil
}

// LastReconciliation reads the newest day that was compared; found is false if none was.
func (r *Reader) LastReconciliation(ctx context.Context) (last sale.Reconciliation, found bool, err error) {
	var day, text string
	err = r.db.QueryRowContext(ctx, `SELECT day, at, rows, sales, sales_fen, repaid, repaid_fen, findings
		FROM reconciliations ORDER BY day DESC LIMIT 1`).
		Scan(&day, nullTime{&last.At}, &last.Rows, &last.Sales, &last.Sold, &last.Repaid, &last.Back, &text)
	if errors.Is(err, sql.ErrNoRows) {
		return sale.Reconciliation{}, false, nil
	}
	if err == nil {
		last.Day, err = time.Parse(time.DateOnly, day)
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &last.Findings)
	}
	if err != nil {
		return sale.Reconciliation{}, false, fmt.Errorf("read the last reconciliation: %w", err)
	}
	return last, true, nil
}
