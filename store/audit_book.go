package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"kiosk/sale"
)

// Audited is what an audit of a whole book came to.
type Audited struct {
	Orders     int // that are left
	Pruned     int // that are not
	Head       Head
	Violations []Violation
}

// Audit judges the whole book, as the function does, and beside it the chain of the journal's seals and the sums over
// all time. It holds a page of orders and a few bytes for each number: a book of any size can be judged on a Pi.
func (r *Reader) Audit(ctx context.Context) (Audited, error) {
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return Audited{}, fmt.Errorf("audit the book: %w", err)
	}
	defer tx.Rollback()
	a := bookAuditor{q: tx, links: map[int64][]byte{}, auditor: auditor{found: []Violation{}}}
	for _, check := range []func(context.Context) error{a.checkOrders, a.checkJournal, a.checkSums, a.readHead} {
		if err := check(ctx); err != nil {
			return Audited{}, fmt.Errorf("audit the book: %w", err)
		}
	}
	return Audited{a.count, a.pruned, a.head, a.found}, nil
}

// Audit is Reader.Audit, on a connection of its own: it takes a while, and the page must not wait for it.
func (b *Book) Audit(ctx context.Context) (Audited, error) {
	r, err := openReader(ctx, b.path)
	if err != nil {
		return Audited{}, fmt.Errorf("audit the book: %w", err)
	}
	defer r.Close()
	return r.Audit(ctx)
}

type bookAuditor struct {
	auditor
	q             queryer
	count, pruned int
	told          int              // lines that some order's journal leads to
	keys          [3][]int64       // of order numbers, payments and refunds
	links         map[int64][]byte // of lines that were pruned
	unsealed      int64            // the last line that is older than seals
	head          Head
}

const auditPage = `SELECT id, line, %s FROM orders WHERE id > ? ORDER BY id LIMIT 500`

// checkOrders judges each order, a page at a time.
func (a *bookAuditor) checkOrders(ctx context.Context) error {
	for after := int64(0); ; {
		l, err := readOrders(ctx, a.q, fmt.Sprintf(auditPage, orderColumns), after)
		if err != nil || len(l.entries) == 0 {
			return err
		}
		if err := l.readJournals(ctx, a.q, 0, len(l.entries)); err != nil {
			return err
		}
		if err := a.checkDigests(ctx, l); err != nil {
			return err
		}
		for i := range l.entries {
			e := &l.entries[i]
			a.checkNumber(&e.Order)
			a.checkOrder(e)
			for k, id := range []string{string(e.No), e.Money.Transaction, e.RefundNo} {
				if id != "" {
					a.keys[k] = append(a.keys[k], hashKey(sale.No(id)))
				}
			}
			a.told += len(e.Journal)
		}
		a.count += len(l.entries)
		after = l.ids[len(l.ids)-1]
	}
}

// checkDigests holds what the newest line and the birth of each order say of it against what stands there.
func (a *bookAuditor) checkDigests(ctx context.Context, l *orderList) error {
	text, err := json.Marshal(l.ids)
	if err != nil {
		return err
	}
	rows, err := a.q.QueryContext(ctx, `SELECT newest.seal, eldest.seal FROM json_each(?) JOIN orders ON orders.id = value
		LEFT JOIN journal AS newest ON newest.seq = line LEFT JOIN journal AS eldest ON eldest.seq = birth ORDER BY orders.id`, string(text))
	if err != nil {
		return err
	}
	defer rows.Close()
	for i := 0; rows.Next(); i++ {
		var newest, eldest lineHash
		if err := rows.Scan(&newest, &eldest); err != nil {
			return err
		}
		o := &l.entries[i].Order
		if newest.isWhole() && !bytes.Equal(newest.orderDigest(), digestMoved(nil, o, movedValues(nil, &sale.Move{Order: *o}))) {
			a.report(RuleChain, o.No, "it is not what its newest line sealed: somebody changed it")
		}
		if len(eldest) == 3*hashPart && !bytes.Equal(eldest.birthDigest(), digestBorn(nil, bornValues(nil, o))) {
			a.report(RuleChain, o.No, "it is not what was born: somebody changed it")
		}
	}
	return rows.Err()
}

// checkJournal goes through the journal from its first line to its last, with all orders together.
func (a *bookAuditor) checkJournal(ctx context.Context) error {
	for k, what := range []string{"order number", "transaction id", "refund number"} {
		slices.Sort(a.keys[k])
		if twice := len(a.keys[k]) - len(slices.Compact(a.keys[k])); twice > 0 {
			a.report(RuleIdentity, "", "%d orders have the %s of another", twice, what)
		}
		a.keys[k] = nil
	}
	if err := a.readAnchors(ctx); err != nil {
		return err
	}
	n, err := a.followChain(ctx, &chain{auditor: a, link: make([]byte, hashPart)})
	if err != nil {
		return err
	}
	if n != a.told {
		a.report(RuleMoves, "", "the journal has %d lines, and the orders lead to %d", n, a.told)
	}
	var pruned, last int64
	err = a.q.QueryRowContext(ctx, `SELECT ifnull(sum(lines), 0), (SELECT ifnull(max(seq), 0) FROM journal) FROM totals`).Scan(&pruned, &last)
	if err == nil && int64(n)+pruned != last {
		a.report(RuleChain, "", "of %d lines %d are left and %d were pruned", last, n, pruned)
	}
	return err
}

// followChain goes through the lines after the one where a chain stands, and tells how many there are.
func (a *bookAuditor) followChain(ctx context.Context, c *chain) (n int, err error) {
	rows, err := a.q.QueryContext(ctx, `SELECT seq, ifnull(no, ''), event, journal.state, at, journal.sure, journal.seal
		FROM journal LEFT JOIN orders ON orders.id = ord WHERE seq > ? ORDER BY seq`, c.seq)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for ; rows.Next(); n++ {
		var l sale.Line
		var s lineHash
		if err := rows.Scan(&l.Seq, &l.No, &l.Event, &l.State, nullTime{&l.At}, &l.Trusted, &s); err != nil {
			return n, err
		}
		a.followMachine(&l)
		c.checkLine(&l, s)
	}
	return n, rows.Err()
}

func (a *bookAuditor) readAnchors(ctx context.Context) error {
	err := a.q.QueryRowContext(ctx, `SELECT ifnull((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'unsealed'), 0)`).Scan(&a.unsealed)
	if err != nil {
		return err
	}
	rows, err := a.q.QueryContext(ctx, `SELECT seq, seal FROM anchors`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		var s lineHash
		if err := rows.Scan(&seq, &s); err != nil {
			return err
		}
		if !s.isWhole() {
			a.report(RuleChain, "", "the anchor at line %d is spoilt", seq)
			continue
		}
		a.links[seq] = s.chainLink()
	}
	return rows.Err()
}

// chain is what the journal said up to a line.
type chain struct {
	auditor *bookAuditor
	seq     int64
	link    []byte
}

func (c *chain) checkLine(l *sale.Line, s lineHash) {
	a, before := c.auditor, c.seq
	c.seq = l.Seq
	if l.Seq <= a.unsealed {
		return
	}
	if anchor, ok := a.links[l.Seq-1]; ok {
		c.link = anchor
	} else if l.Seq != before+1 && l.Seq-1 != a.unsealed {
		a.report(RuleChain, l.No, "before line %d some are missing that were not pruned", l.Seq)
	}
	if !s.isWhole() {
		a.report(RuleChain, l.No, "line %d has no seal", l.Seq)
		return
	}
	if want := hashLine(nil, c.link, s.orderDigest(), s.birthDigest(), l); !bytes.Equal(want, s.chainLink()) {
		a.report(RuleChain, l.No, "line %d does not follow from the line before: somebody changed one of them", l.Seq)
	}
	c.link = s.chainLink()
}

// checkSums holds the kept sums against the orders that are left and the totals of those that are not.
func (a *bookAuditor) checkSums(ctx context.Context) error {
	if err := a.q.QueryRowContext(ctx, `SELECT ifnull(sum(orders), 0) FROM totals`).Scan(&a.pruned); err != nil {
		return err
	}
	rows, err := a.q.QueryContext(ctx, `SELECT state, means, sum(n), sum(f), sum(kept), sum(keptf) FROM (
			SELECT state, means, 1 AS n, paid_fen AS f, 0 AS kept, 0 AS keptf FROM orders WHERE state IN `+ends+`
			UNION ALL SELECT state, means, orders, fen, 0, 0 FROM totals
			UNION ALL SELECT state, means, 0, 0, orders, fen FROM tallies)
		GROUP BY state, means HAVING sum(n) <> sum(kept) OR sum(f) <> sum(keptf)`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var state, means string
		var n, kept int
		var f, keptf sale.Fen
		if err := rows.Scan(&state, &means, &n, &f, &kept, &keptf); err != nil {
			return err
		}
		a.report(RuleSums, "", "%s by %q: the kept sum is %d orders and %s, and there were %d and %s", state, means, kept, keptf.Yuan(), n, f.Yuan())
	}
	return rows.Err()
}

func (a *bookAuditor) readHead(ctx context.Context) (err error) {
	a.head, err = readHead(ctx, a.q)
	return err
}
