package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// newestOrders are those that are open, and those that the newest lines of the journal speak of.
var newestOrders = `SELECT id, line, ` + orderColumns + ` FROM orders WHERE id IN (
	SELECT ord FROM journal WHERE seq > ?
	UNION SELECT id FROM orders INDEXED BY orders_open WHERE state NOT IN ` + ends + `) ORDER BY id`

// AuditNewest judges, as Audit does, what a book of any size is judged by in a moment: its open orders, those of the
// newest lines of the journal, and how these lines are sealed. Sums over all time are not added up. It tells how many
// orders it judged.
func (r *Reader) AuditNewest(ctx context.Context, lines int) (Audited, error) {
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return Audited{}, fmt.Errorf("audit the book's newest: %w", err)
	}
	defer tx.Rollback()
	a := bookAuditor{q: tx, links: map[int64][]byte{}, auditor: auditor{found: []Violation{}}}
	if err := a.checkNewest(ctx, lines); err != nil {
		return Audited{}, fmt.Errorf("audit the book's newest: %w", err)
	}
	return Audited{Orders: a.count, Head: a.head, Violations: a.found}, nil
}

func (a *bookAuditor) checkNewest(ctx context.Context, lines int) error {
	c := chain{auditor: a, link: make([]byte, hashPart)}
	var s lineHash
	err := a.q.QueryRowContext(ctx, `SELECT seq, seal FROM journal ORDER BY seq DESC LIMIT 1 OFFSET ?`, lines).Scan(&c.seq, &s)
	switch {
	case err == nil:
		c.link = s.chainLink()
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	l, err := readOrders(ctx, a.q, newestOrders, c.seq)
	if err != nil {
		return err
	}
	for from := 0; from < len(l.entries); from += listPage {
		if err := l.readJournals(ctx, a.q, from, min(from+listPage, len(l.entries))); err != nil {
			return err
		}
	}
	if err := a.checkDigests(ctx, l); err != nil {
		return err
	}
	for i := range l.entries {
		e := &l.entries[i]
		a.checkNumber(&e.Order)
		a.checkIdentity(&e.Order)
		a.checkOrder(e)
	}
	a.count = len(l.entries)
	if err := a.readAnchors(ctx); err != nil {
		return err
	}
	if _, err := a.followChain(ctx, &c); err != nil {
		return err
	}
	return a.readHead(ctx)
}
