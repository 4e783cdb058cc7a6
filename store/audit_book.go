package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"kiosk/sale"
)

// Audited is what an audit of a whole book came to.
type Audited struct {
	Orders     int // audited
	Pruned     int // no longer there to audit
	Head       Head
	Noted      *NotedHead // as it lies beside the book; nil: none
	Violations []Violation
	torn       string
}

// Damage is the first violation that only damage explains, or somebody's hand; "" if there is none. What a program did wrong
// is none, and neither is a word of a newer version.
func (a Audited) Damage() string { return a.torn }

// Audit checks every order of the book, the chain of the journal's hashes, the seals of all other rows, the sums over all
// time, the book's shape, and whether it is behind its head. It holds a page of orders, and a few bytes for each number, so
// that a Pi can audit a book of any size.
func (r *Reader) Audit(ctx context.Context) (Audited, error) {
	noted, _ := ReadHead(r.path)
	a, err := r.audit(ctx, func(a *bookAuditor) error {
		for _, check := range []func(context.Context) error{a.checkAll, a.checkNotices, a.checkOtherNotices, a.checkPruned} {
			if err := check(ctx); err != nil {
				return err
			}
		}
		return a.checkWhole(ctx, noted)
	})
	if err != nil {
		return Audited{}, fmt.Errorf("audit the book: %w", err)
	}
	a.Noted = noted
	return a, nil
}

func (a *bookAuditor) checkAll(ctx context.Context) error {
	for _, check := range []func(context.Context) error{a.checkOrders, a.checkJournal, a.checkSums, a.checkBirths} {
		if err := check(ctx); err != nil {
			return err
		}
	}
	return a.checkRows(ctx, 0)
}

// checkWhole checks what no row shows: the shape of the book, and that it is not behind its head.
func (a *bookAuditor) checkWhole(ctx context.Context, noted *NotedHead) error {
	_, why, err := judgeShape(ctx, a.q)
	if err == nil && why == "" && noted != nil {
		why, err = behindHead(ctx, a.q, noted)
	}
	if why != "" {
		a.report(RuleChain, "", "%s", why)
	}
	return err
}

// checkBirths: the sequence of order numbers is never behind the orders.
func (a *bookAuditor) checkBirths(ctx context.Context) error {
	var last, births int64
	err := a.q.QueryRowContext(ctx, `SELECT ifnull((SELECT max(id) FROM orders), 0), ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'orders'), 0)`).
		Scan(&last, &births)
	if err == nil && births < last {
		a.report(RuleChain, "", "%d orders were born, and the sequence of numbers stands at %d", last, births)
	}
	return err
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

// audit runs checks in one transaction, so that they see one state of the book while a kiosk writes on.
func (r *Reader) audit(ctx context.Context, check func(*bookAuditor) error) (Audited, error) {
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return Audited{}, err
	}
	defer tx.Rollback()
	a := bookAuditor{q: tx, anchors: map[int64][]byte{}, auditor: newAuditor()}
	if err := check(&a); err != nil {
		return Audited{}, err
	}
	head, err := readHead(ctx, tx)
	return Audited{a.count, a.pruned, head, nil, a.found, a.torn}, err
}

// bookAuditor checks what one order alone does not show.
type bookAuditor struct {
	auditor
	q             queryer          // the transaction
	count, pruned int              // orders
	told          int              // lines that the orders' journals have
	keys          [3][]int64       // of order numbers, payments and refunds
	anchors       map[int64][]byte // links of pruned lines before one that stayed
	unhashed      int64            // the last line that is older than hashes
	adopts        bool             // rows without a seal, and lines after tail, are an older version's: it ran last
	tail          int64            // the newest line with a hash
	noRows        bool             // the book is older than row seals
}

const auditPage = `SELECT id, line, %s FROM orders WHERE id > ? ORDER BY id LIMIT 500`

// checkOrders checks each order, a page at a time. Numbers used twice are looked for later, by their hashed keys: the
// numbers themselves would not fit into a Pi's memory.
func (a *bookAuditor) checkOrders(ctx context.Context) error {
	for after := int64(0); ; {
		l, err := a.readOrders(ctx, fmt.Sprintf(auditPage, orderColumns), after)
		if err != nil || len(l.entries) == 0 {
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
		after = l.ids[len(l.ids)-1]
	}
}

// readOrders reads orders by a query, with their journals, and checks their digests.
func (a *bookAuditor) readOrders(ctx context.Context, query string, args ...any) (*orderList, error) {
	l, err := readOrders(ctx, a.q, query, args...)
	if err == nil {
		err = l.readJournals(ctx, a.q)
	}
	if err == nil {
		err = a.checkDigests(ctx, l)
	}
	a.count += len(l.entries)
	return l, err
}

// checkDigests compares each order with the digests in its newest and in its first line.
func (a *bookAuditor) checkDigests(ctx context.Context, l *orderList) error {
	i := 0
	return eachRow(ctx, a.q, func(scan scanFunc) error {
		var newest, eldest lineHash
		var state sale.State
		var last sale.Event
		var at time.Time
		if err := scan(newest.column(), eldest.column(), &state, &last, nullTime{&at}); err != nil {
			return err
		}
		o := &l.entries[i].Order
		i++
		if o.State != state || o.Last != last {
			a.report(RuleChain, o.No, "it is stored as %s by %q, and its newest line says %s by %q: somebody changed it", o.State, o.Last, state, last)
		}
		if (o.State == sale.Sold || o.State == sale.Refunded) && !o.Updated.Equal(at) { // no remark comes after these
			a.report(RuleChain, o.No, "it ended at %s, and its newest line says %s: somebody changed it", sale.When(o.Updated), sale.When(at))
		}
		if newest.isWhole() && !bytes.Equal(newest.orderDigest(), digestMoved(nil, o, movedValues(nil, &sale.Move{Order: *o}))) {
			a.report(RuleChain, o.No, "it is not what its newest line sealed: somebody changed it")
		}
		// A birth that is older than hashes has no digest.
		if len(eldest) == 3*hashPart && !bytes.Equal(eldest.birthDigest(), digestBorn(nil, bornValues(nil, o))) {
			a.report(RuleChain, o.No, "it is not what was born: somebody changed it")
		}
		return nil
	}, `SELECT newest.seal, eldest.seal, ifnull(newest.state, ''), ifnull(newest.event, ''), newest.at FROM json_each(?) JOIN orders ON orders.id = value
		LEFT JOIN journal AS newest ON newest.seq = line LEFT JOIN journal AS eldest ON eldest.seq = birth ORDER BY orders.id`, jsonList(l.ids))
}

// checkJournal follows the journal from its first line to its last, with all orders together.
func (a *bookAuditor) checkJournal(ctx context.Context) error {
	for k, what := range []string{"order number", "transaction id", "refund number"} {
		slices.Sort(a.keys[k])
		if twice := len(a.keys[k]) - len(slices.Compact(a.keys[k])); twice > 0 {
			a.report(RuleIdentity, "", "%d orders have the %s of another", twice, what)
		}
		a.keys[k] = nil
	}
	n, err := a.followChain(ctx, &chainCheck{link: make([]byte, hashPart)})
	if err != nil {
		return err
	}
	if n != a.told { // a line that no order's newest line leads to
		a.reportTorn(RuleMoves, "", "the journal has %d lines, and the orders lead to %d", n, a.told)
	}
	var pruned, last int64
	err = a.q.QueryRowContext(ctx, `SELECT ifnull(sum(lines), 0), (SELECT ifnull(max(seq), 0) FROM journal) FROM totals`).Scan(&pruned, &last)
	if err == nil && int64(n)+pruned != last {
		a.report(RuleChain, "", "of %d lines %d are left and %d were pruned", last, n, pruned)
	}
	return err
}

// followChain follows the lines after the one at which a check stands, and returns how many they are.
func (a *bookAuditor) followChain(ctx context.Context, c *chainCheck) (n int, err error) {
	if err := a.readAnchors(ctx); err != nil {
		return 0, err
	}
	err = eachRow(ctx, a.q, func(scan scanFunc) error {
		var l sale.Line
		var h lineHash
		if err := scan(&l.Seq, &l.No, &l.Event, &l.State, nullTime{&l.At}, &l.Trusted, h.column()); err != nil {
			return err
		}
		n++
		a.followMachine(&l)
		a.checkLine(c, &l, h)
		return nil
	}, `SELECT seq, ifnull(no, ''), event, journal.state, at, journal.sure, journal.seal
		FROM journal LEFT JOIN orders ON orders.id = ord WHERE seq > ? ORDER BY seq`, c.seq)
	return n, err
}

// readAnchors reads where the chain may have gaps: before lines that pruning left, and before the first line with a hash.
func (a *bookAuditor) readAnchors(ctx context.Context) error {
	err := a.q.QueryRowContext(ctx, `SELECT ifnull((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'unsealed'), 0)`).Scan(&a.unhashed)
	if err != nil {
		return err
	}
	return eachRow(ctx, a.q, func(scan scanFunc) error {
		var seq int64
		var h lineHash
		if err := scan(&seq, h.column()); err != nil {
			return err
		}
		if h.isWhole() {
			a.anchors[seq] = h.chainLink()
		} else {
			a.report(RuleChain, "", "the anchor at line %d is spoilt", seq)
		}
		return nil
	}, `SELECT seq, seal FROM anchors`)
}

// chainCheck is the line that was checked last, and its link.
type chainCheck struct {
	seq  int64
	link []byte
}

// checkLine checks that a line follows from the one before it. A gap needs an anchor; pruning leaves one.
func (a *bookAuditor) checkLine(c *chainCheck, l *sale.Line, h lineHash) {
	before := c.seq
	c.seq = l.Seq
	if l.Seq <= a.unhashed {
		return
	}
	if anchor, ok := a.anchors[l.Seq-1]; ok { // the line before it was pruned
		c.link = anchor
	} else if l.Seq != before+1 && l.Seq-1 != a.unhashed {
		a.report(RuleChain, l.No, "before line %d some are missing that were not pruned", l.Seq)
	}
	if !h.isWhole() && !(a.adopts && l.Seq > a.tail) {
		a.report(RuleChain, l.No, "line %d has no seal", l.Seq)
	}
	if !h.isWhole() {
		return
	}
	if want := hashLine(nil, c.link, h.orderDigest(), h.birthDigest(), l); !bytes.Equal(want, h.chainLink()) {
		a.report(RuleChain, l.No, "line %d does not follow from the line before: somebody changed one of them", l.Seq)
	}
	c.link = h.chainLink() // as written, so that one changed line is reported once
}

// checkSums compares the tallies with the orders that are left and the totals of the pruned ones.
func (a *bookAuditor) checkSums(ctx context.Context) error {
	if err := a.q.QueryRowContext(ctx, `SELECT ifnull(sum(orders), 0) FROM totals`).Scan(&a.pruned); err != nil {
		return err
	}
	return eachRow(ctx, a.q, func(scan scanFunc) error {
		var state, means string
		var n, kept int
		var f, keptf sale.Fen
		if err := scan(&state, &means, &n, &f, &kept, &keptf); err != nil {
			return err
		}
		a.report(RuleSums, "", "%s by %q: the kept sum is %d orders and %s, and there were %d and %s", state, means, kept, keptf.Yuan(), n, f.Yuan())
		return nil
	}, `SELECT state, means, sum(n), sum(f), sum(kept), sum(keptf) FROM (
			SELECT state, means, 1 AS n, paid_fen AS f, 0 AS kept, 0 AS keptf FROM orders WHERE state IN `+ends+`
			UNION ALL SELECT state, means, orders, fen, 0, 0 FROM totals
			UNION ALL SELECT state, means, 0, 0, orders, fen FROM tallies)
		GROUP BY state, means HAVING sum(n) <> sum(kept) OR sum(f) <> sum(keptf)`)
}
