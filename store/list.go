package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"kiosk/sale"
)

// ends is how a query must say it to be answered from the indexes of open orders; they leave out what is at an end.
const ends = "('sold', 'refunded', 'closed')"

// endIndex names the index that holds the orders of an end, by birth.
var endIndex = map[sale.State]string{sale.Sold: "orders_sold", sale.Refunded: "orders_refunded", sale.Closed: "orders_shut"}

// listQuery reads orders of a state, "" for any, newest first, without looking at any other.
func listQuery(state sale.State) string {
	const columns = "SELECT id, line, "
	switch index := endIndex[state]; {
	case state == "":
		return columns + orderColumns + " FROM orders WHERE ? = '' ORDER BY id DESC LIMIT ?"
	case index != "":
		return columns + orderColumns + " FROM orders INDEXED BY " + index + " WHERE ? <> '' AND state = '" + string(state) + "' ORDER BY id DESC LIMIT ?"
	default: // few are open
		return columns + orderColumns + " FROM orders INDEXED BY orders_open WHERE state = ? AND state NOT IN " + ends + " ORDER BY id DESC LIMIT ?"
	}
}

// ListOrders reads orders with their journals, newest first: those in a state, or "" for any; the first few, or 0 for all.
func (r *Reader) ListOrders(ctx context.Context, limit int, state string) ([]sale.Entry, error) {
	if limit <= 0 {
		limit = -1
	}
	return r.readEntries(ctx, "list orders", listQuery(sale.State(state)), state, limit)
}

// ListDay reads the orders that a day's bill may speak of: those that moved on that day or within the week after it,
// when what was not known then was found out, and those whose numbers the bill has.
func (r *Reader) ListDay(ctx context.Context, from, to time.Time, numbers []sale.No) ([]sale.Entry, error) {
	const clocks, week = time.Hour, 7 * 24 * time.Hour
	first, err := lineBefore(ctx, r.db, from.Add(-clocks))
	if err != nil {
		return nil, fmt.Errorf("read a day: %w", err)
	}
	var last, later int64
	if last, err = lineBefore(ctx, r.db, to.Add(week)); err != nil {
		return nil, fmt.Errorf("read a day: %w", err)
	}
	if err := r.db.QueryRowContext(ctx, dayEnd, last, unixMillis(to.Add(week))).Scan(&later); err != nil {
		return nil, fmt.Errorf("read a day: %w", err)
	}
	text, err := json.Marshal(numbers)
	if err != nil {
		return nil, fmt.Errorf("read a day: %w", err)
	}
	return r.readEntries(ctx, "read a day", dayOrders, first, max(last, later), string(text))
}

// Lines after the last trusted one of a day belong to it as long as no clock says otherwise.
const dayEnd = `SELECT ifnull((SELECT seq - 1 FROM journal WHERE seq > ? AND sure AND peak >= ? ORDER BY seq LIMIT 1),
	(SELECT ifnull(max(seq), 0) FROM journal))`

var dayOrders = `SELECT id, line, ` + orderColumns + ` FROM orders WHERE id IN (
	SELECT ord FROM journal WHERE seq > ? AND seq <= ?
	UNION SELECT id FROM orders WHERE no IN (SELECT value FROM json_each(?))) ORDER BY id DESC`

// readEntries reads orders and then their journals, in one transaction, so that no order is newer than its journal.
func (r *Reader) readEntries(ctx context.Context, what, query string, args ...any) ([]sale.Entry, error) {
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	defer tx.Rollback()
	l, err := readOrders(ctx, tx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	for from := 0; from < len(l.entries); from += listPage {
		if err := l.readJournals(ctx, tx, from, min(from+listPage, len(l.entries))); err != nil {
			return nil, fmt.Errorf("%s: their journals: %w", what, err)
		}
	}
	return l.entries, nil
}

// listPage is for how many orders the journals are read at a time.
const listPage = 500

// orderList is orders, with their ids and newest lines beside them.
type orderList struct {
	entries    []sale.Entry
	ids, lines []int64
}

func readOrders(ctx context.Context, q queryer, query string, args ...any) (*orderList, error) {
	l := &orderList{entries: []sale.Entry{}}
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, line int64
		var e sale.Entry
		if err := rows.Scan(append([]any{&id, &line}, orderFields(&e.Order)...)...); err != nil {
			return nil, err
		}
		l.entries, l.ids, l.lines = append(l.entries, e), append(l.ids, id), append(l.lines, line)
	}
	return l, rows.Err()
}

// walkQuery goes from the newest lines of some orders back to their births.
const walkQuery = `WITH RECURSIVE walk (seq) AS (SELECT value FROM json_each(?)
	UNION ALL SELECT prev FROM walk JOIN journal USING (seq) WHERE prev < seq) `

const journalQuery = `SELECT seq, ord, event, state, at, sure FROM walk JOIN journal USING (seq) ORDER BY seq`

func (l *orderList) readJournals(ctx context.Context, q queryer, from, to int) error {
	at := map[int64]int{}
	for i := from; i < to; i++ {
		at[l.ids[i]] = i
	}
	text, err := json.Marshal(l.lines[from:to])
	if err != nil {
		return err
	}
	rows, err := q.QueryContext(ctx, walkQuery+journalQuery, string(text))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var ord int64
		var line sale.Line
		if err := rows.Scan(&line.Seq, &ord, &line.Event, &line.State, nullTime{&line.At}, &line.Trusted); err != nil {
			return err
		}
		if i, ok := at[ord]; ok {
			line.No = l.entries[i].No
			l.entries[i].Journal = append(l.entries[i].Journal, line)
		}
	}
	return rows.Err()
}
