package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"kiosk/sale"
)

// reconciliationColumns are those of a day. Findings are one JSON text: the book never searches them.
const reconciliationColumns = "day, at, rows, sales, sales_fen, repaid, repaid_fen, findings"

// SaveReconciliation stores how a day's bill compared with the book. A later comparison of the same day replaces it.
func (b *Book) SaveReconciliation(ctx context.Context, r sale.Reconciliation) error {
	text, err := json.Marshal(append([]sale.Finding{}, r.Findings...)) // none is [], not null
	if err == nil {
		err = b.runTransaction(ctx, 1, func(ctx context.Context) error {
			_, err := b.conn.ExecContext(ctx, "INSERT OR REPLACE INTO reconciliations ("+reconciliationColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
				r.Day.Format(time.DateOnly), unixMillis(r.At), int64(r.Rows), int64(r.Sales), int64(r.Sold), int64(r.Repaid), int64(r.Back), string(text))
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("keep the reconciliation: %w", err)
	}
	return nil
}

// LastReconciliation reads the newest day up to now that was compared; found is false if none was. A later day was compared by a
// clock that ran ahead.
func (r *Reader) LastReconciliation(ctx context.Context, now time.Time) (last sale.Reconciliation, found bool, err error) {
	err = eachRow(ctx, r.db, func(scan scanFunc) error {
		var day, text string
		found = true
		err := scan(&day, nullTime{&last.At}, &last.Rows, &last.Sales, &last.Sold, &last.Repaid, &last.Back, &text)
		if err == nil {
			last.Day, err = time.Parse(time.DateOnly, day)
		}
		if err == nil {
			err = json.Unmarshal([]byte(text), &last.Findings)
		}
		return err
	}, "SELECT "+reconciliationColumns+" FROM reconciliations WHERE day <= ? ORDER BY day DESC LIMIT 1", now.In(sale.Beijing).Format(time.DateOnly))
	if err != nil {
		return sale.Reconciliation{}, false, fmt.Errorf("read the last reconciliation: %w", err)
	}
	return last, found, nil
}
