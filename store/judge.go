package store

import (
	"context"
	"database/sql"
	"fmt"
)

// auditAtStart bounds how many of the newest lines a start audits, with the open orders: the whole of a book that a kiosk
// fills in a year, in seconds on a Pi. The rest of a larger book is audited while the kiosk is idle.
const auditAtStart = 40_000

// stepChain is the step that brought the chain of hashes.
const stepChain = 4

// judgeSeals audits what a start must not believe unseen, and returns the first thing that is not as a kiosk wrote it; "" if
// all is. What an older version wrote after this one has no seals, and is believed. Rules of money are not judged here: what
// a program did wrong is no damage of the book.
func judgeSeals(ctx context.Context, db *sql.DB, v int) (why string, err error) {
	if v < stepChain || v > len(migrations) {
		return "", nil // there are none yet, or a newer version has made them
	}
	r := &Reader{db: db}
	a, err := r.audit(ctx, func(a *bookAuditor) error {
		head, err := readHead(ctx, a.q)
		if err != nil {
			return err
		}
		a.noRows = v < stepSeals
		if a.adopts, a.tail = true, head.Line; head.Line > auditAtStart {
			return a.checkNewest(ctx, auditAtStart)
		}
		return a.checkAll(ctx)
	})
	if err != nil {
		return "", fmt.Errorf("check the book's seals: %w", err)
	}
	return a.Damage(), nil
}
