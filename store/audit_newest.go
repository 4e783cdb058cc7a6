package store

import (
	"context"
	"fmt"
)

// newestOrders reads the open orders, and those of which the newest lines of the journal speak.
var newestOrders = `SELECT id, line, ` + orderColumns + ` FROM orders WHERE id IN (
	SELECT ord FROM journal WHERE seq > ?
	UNION SELECT id FROM orders INDEXED BY orders_open WHERE state NOT IN ` + ends + `) ORDER BY id`

// AuditNewest audits only what was written last, in a moment for a book of any size: the open orders, those of the newest
// lines of the journal, and the hashes of these lines. It adds up no sums. Audited.Orders is how many it looked at.
func (r *Reader) AuditNewest(ctx context.Context, lines int) (Audited, error) {
	a, err := r.audit(ctx, func(a *bookAuditor) error { return a.checkNewest(ctx, lines) })
	if err != nil {
		return Audited{}, fmt.Errorf("audit the book's newest: %w", err)
	}
	return a, nil
}

func (a *bookAuditor) checkNewest(ctx context.Context, lines int) error {
	// The link of the line before the newest is believed: of the chain before it nothing is read.
	c := chainCheck{link: make([]byte, hashPart)}
	err := eachRow(ctx, a.q, func(scan scanFunc) error {
		var h lineHash
		err := scan(&c.seq, h.column())
		c.link = h.chainLink()
		return err
	}, `SELECT seq, seal FROM journal ORDER BY seq DESC LIMIT 1 OFFSET ?`, lines)
	if err != nil {
		return err
	}
	l, err := a.readOrders(ctx, newestOrders, c.seq)
	if err != nil {
		return err
	}
	for i := range l.entries {
		e := &l.entries[i]
		a.checkNumber(&e.Order)
		a.checkIdentity(&e.Order)
		a.checkOrder(e)
	}
	if _, err = a.followChain(ctx, &c); err != nil {
		return err
	}
	return a.checkRows(ctx, lines)
}
