package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"kiosk/sale"
)

const (
	keptFor    = 400 * 24 * time.Hour // past the year in which the gateway refunds a payment
	pruneBatch = 20                   // orders deleted at a time: a sale that begins meanwhile waits that long at most
	pruneLook  = 500                  // orders looked at for them
)

// Pruning is how far Prune has gone through the oldest orders. The zero value begins anew.
type Pruning struct {
	Pruned int  // orders deleted so far
	Busy   bool // a customer was at the machine: nothing was done, try again
	Done   bool // there is nothing more for today
	after  int64
	limit  int64     // the newest line that is old; 0: not looked for yet
	recent time.Time // a notice from then on may be news
}

// Prune deletes a batch of orders that came to an end more than 400 days ago, with their lines. Their sums stay, and that
// their numbers were this book's. It never deletes an open or owed order, nor one of which a notice of the last week
// speaks. Call it with what it returned until Done. While a customer is at the machine it does nothing.
//
// As in Load, the journal's order and the steps of its trusted times say what is old. One time stamp adds a month at most, and
// leaves every order its year.
func (b *Book) Prune(ctx context.Context, p Pruning) (Pruning, error) {
	if err := findOld(b, ctx, &p); err != nil {
		return p, fmt.Errorf("prune the book: %w", err)
	}
	if err := b.lockWriter(ctx); err != nil {
		return p, fmt.Errorf("prune the book: %w", err)
	}
	defer b.unlockWriter()
	p, err := b.pruneLocked(context.WithoutCancel(ctx), p)
	if err != nil {
		return p, fmt.Errorf("prune the book: %w", err)
	}
	return p, nil
}

// findOld finds out once a day what is old. It may read a year of the journal, so it has a connection of its own.
func findOld(b *Book, ctx context.Context, p *Pruning) error {
	if p.limit != 0 {
		return nil
	}
	r, err := openReader(ctx, b.path)
	if err != nil {
		return err
	}
	p.limit, err = lineOlder(ctx, r.db, keptFor, wildStep)
	if err == nil {
		err = r.db.QueryRowContext(ctx, `SELECT `+bookTime).Scan(nullTime{&p.recent})
		p.recent = p.recent.Add(-closedFor)
	}
	return errors.Join(err, r.Close())
}

func (b *Book) pruneLocked(ctx context.Context, p Pruning) (Pruning, error) {
	err := b.conn.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM orders INDEXED BY orders_open
		WHERE state IN ('asking', 'waiting', 'vending') AND state NOT IN `+ends+`)`).Scan(&p.Busy)
	if err != nil || p.Busy {
		return p, err
	}
	old, err := pickBatch(b, ctx, &p)
	if err != nil || len(old.ids) == 0 {
		return p, err
	}
	if err := b.deleteBatch(ctx, old, p.limit); err != nil {
		return p, err
	}
	p.Pruned += len(old.ids)
	b.countWrite(len(old.ids))
	return p, nil
}

// pruneList is orders to delete: their ids, their newest lines and the keys of their numbers.
type pruneList struct{ ids, lines, keys []int64 }

const oldestQuery = `SELECT id, no, birth, line,
		state IN ` + ends + ` AND NOT EXISTS (SELECT 1 FROM notices WHERE notices.no = orders.no AND ifnull(at >= ?, 1))
	FROM orders WHERE id > ? ORDER BY id LIMIT ?`

// pickBatch picks the next orders whose lines all stand before a limit. Lines follow births, so the first order that was
// born after the limit ends the search.
func pickBatch(b *Book, ctx context.Context, p *Pruning) (old pruneList, err error) {
	rows, err := b.conn.QueryContext(ctx, oldestQuery, unixMillis(p.recent), p.after, pruneLook)
	if err != nil {
		return old, err
	}
	defer rows.Close()
	seen := 0
	for ; len(old.ids) < pruneBatch && rows.Next(); seen++ {
		var id, birth, line int64
		var no sale.No
		var over bool
		if err := rows.Scan(&id, &no, &birth, &line, &over); err != nil {
			return old, err
		}
		if birth > p.limit {
			p.Done = true
			return old, nil
		}
		if p.after = id; over && line <= p.limit {
			old.ids, old.lines, old.keys = append(old.ids, id), append(old.lines, line), append(old.keys, hashKey(no))
		}
	}
	p.Done = len(old.ids) < pruneBatch && seen < pruneLook
	return old, rows.Err()
}

// hashKey stands for a number that was pruned: eight bytes instead of thirty, for ever.
func hashKey(no sale.No) int64 {
	sum := sha256.Sum256([]byte(no))
	return int64(binary.BigEndian.Uint64(sum[:]) >> 1)
}

// month is that of an order's end, in Beijing.
const month = `ifnull(strftime('%Y-%m', updated / 1000 + 28800, 'unixepoch'), '')`

// deleteBatch deletes orders in one transaction. The triggers that keep orders and journal let it pass, because they
// allow what is not after the line in meta. Where lines go, the hash before a line that stays becomes its anchor.
func (b *Book) deleteBatch(ctx context.Context, old pruneList, limit int64) (err error) {
	// To check the journal's reference SQLite would search every line there is for each order.
	if _, err := b.conn.ExecContext(ctx, `PRAGMA foreign_keys = 0`); err != nil {
		return err
	}
	defer func() {
		_, on := b.conn.ExecContext(ctx, `PRAGMA foreign_keys = 1`)
		err = errors.Join(err, on)
	}()
	lines, counts, err := readLines(b, ctx, jsonList(old.lines))
	if err != nil {
		return err
	}
	return execAll(ctx, b.conn, []statement{
		{`INSERT OR REPLACE INTO meta (key, value) VALUES ('pruning', ?)`, []any{fmt.Sprint(limit)}},
		{`INSERT INTO totals SELECT ` + month + `, state, means, count(*), sum(paid_fen), sum(json_extract(value, '$[1]'))
			FROM json_each(?) JOIN orders ON orders.id = json_extract(value, '$[0]') GROUP BY 1, 2, 3
			ON CONFLICT DO UPDATE SET orders = orders + excluded.orders, fen = fen + excluded.fen, lines = lines + excluded.lines`, []any{counts}},
		{`INSERT OR IGNORE INTO pruned SELECT value FROM json_each(?)`, []any{jsonList(old.keys)}},
		{`INSERT OR REPLACE INTO anchors SELECT seq, seal FROM journal WHERE seq IN (SELECT value FROM json_each(?1)) AND seal IS NOT NULL
			AND seq + 1 NOT IN (SELECT value FROM json_each(?1)) AND EXISTS (SELECT 1 FROM journal AS after WHERE after.seq = journal.seq + 1)`, []any{lines}},
		{`DELETE FROM journal WHERE seq IN (SELECT value FROM json_each(?))`, []any{lines}},
		{`DELETE FROM anchors WHERE NOT EXISTS (SELECT 1 FROM journal WHERE journal.seq = anchors.seq + 1)`, nil},
		{`DELETE FROM orders WHERE id IN (SELECT value FROM json_each(?))`, []any{jsonList(old.ids)}},
		{`DELETE FROM meta WHERE key = 'pruning'`, nil},
	})
}

// readLines lists all lines of some orders, found by their newest ones, and beside them [order, number of lines].
func readLines(b *Book, ctx context.Context, newest string) (lines, counts string, err error) {
	var all []int64
	var each [][2]int64
	err = eachRow(ctx, b.conn, func(scan scanFunc) error {
		var seq, ord int64
		if err := scan(&seq, &ord); err != nil {
			return err
		}
		if all = append(all, seq); len(each) == 0 || each[len(each)-1][0] != ord {
			each = append(each, [2]int64{ord, 0})
		}
		each[len(each)-1][1]++
		return nil
	}, walkQuery+`SELECT seq, ord FROM walk JOIN journal USING (seq) ORDER BY ord, seq`, newest)
	return jsonList(all), jsonList(each), err
}

const prunedQuery = `SELECT EXISTS (SELECT 1 FROM pruned WHERE key = ?)`

// WasPruned is true for a number of this book whose order was pruned: it came to an end more than 400 days ago, and
// nothing that a notice or a bill says of it is news.
func (r *Reader) WasPruned(ctx context.Context, no sale.No) (was bool, err error) {
	if err := r.db.QueryRowContext(ctx, prunedQuery, hashKey(no)).Scan(&was); err != nil {
		return false, fmt.Errorf("look for a pruned order: %w", err)
	}
	return was, nil
}
