package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kiosk/sale"
)

// ends are the final states, as a list in SQL. SQLite uses an index of open orders only for a query that says the
// index's own condition, state NOT IN ends, word for word.
const ends = "('sold', 'refunded', 'closed')"

// endIndex names the index of the orders in a final state, by birth.
var endIndex = map[sale.State]string{sale.Sold: "orders_sold", sale.Refunded: "orders_refunded", sale.Closed: "orders_shut"}

// listQuery reads orders of a state, "" for any, newest first, without looking at any other. Its arguments are the state
// and a limit.
func listQuery(state sale.State) string {
	from := " FROM orders INDEXED BY orders_open WHERE state = ? AND state NOT IN " + ends // few are open
	if index := endIndex[state]; index != "" {
		from = " FROM orders INDEXED BY " + index + " WHERE ? <> '' AND state = '" + string(state) + "'"
	}
	if state == "" {
		from = " FROM orders WHERE ? = ''"
	}
	return "SELECT id, line, " + orderColumns + from + " ORDER BY id DESC" + limited
}

// ListOrders reads orders with their journals, newest first: those in a state, or "" for any; the first few, or 0 for all.
func (r *Reader) ListOrders(ctx context.Context, limit int, state string) ([]sale.Entry, error) {
	return r.readEntries(ctx, "list orders", listQuery(sale.State(state)), state, limit)
}

var findQuery = "SELECT " + orderColumns + " FROM orders WHERE no = ?"

// FindOrder reads the order of a number, without its journal.
func (r *Reader) FindOrder(ctx context.Context, no sale.No) (o sale.Order, found bool, err error) {
	err = eachRow(ctx, r.db, func(scan scanFunc) error {
		found = true
		return scan(orderFields(&o)...)
	}, findQuery, string(no))
	if err != nil {
		return sale.Order{}, false, fmt.Errorf("find order: %w", err)
	}
	return o, found, nil
}

var dayQuery = `SELECT id, line, ` + orderColumns + ` FROM orders WHERE id IN (
	SELECT ord FROM journal WHERE seq > ? AND seq <= ?
	UNION SELECT id FROM orders WHERE no IN (SELECT value FROM json_each(?))) ORDER BY id DESC`

// ListDay reads the orders that a day's bill may speak of: those that were paid or moved on that day or in the week after it, in
// which an unknown outcome becomes known, and those whose numbers the bill has.
func (r *Reader) ListDay(ctx context.Context, from, to time.Time, numbers []sale.No) ([]sale.Entry, error) {
	const clocks, week = time.Hour, 7 * 24 * time.Hour // the kiosk's and the gateway's clock may differ by so much
	from, to = from.Add(-clocks), to.Add(week)
	w, err := findWindow(ctx, r.db, from, to)
	if err != nil {
		return nil, fmt.Errorf("read a day: %w", err)
	}
	entries, err := r.readEntries(ctx, "read a day", dayQuery, w.first, w.last, jsonList(numbers))
	within := func(t time.Time) bool { return !t.Before(from) && t.Before(to) }
	return slices.DeleteFunc(entries, func(e sale.Entry) bool {
		return !within(e.Money.At) && !slices.Contains(numbers, e.No) &&
			!slices.ContainsFunc(e.Journal, func(l sale.Line) bool { return !l.Trusted || within(l.At) })
	}), err
}

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
	if err := l.readJournals(ctx, tx); err != nil {
		return nil, fmt.Errorf("%s: their journals: %w", what, err)
	}
	return l.entries, nil
}

// orderList is orders, with their ids and newest lines beside them.
type orderList struct {
	entries    []sale.Entry
	ids, lines []int64
}

// readOrders reads the rows of a query whose columns are id, line and orderColumns.
func readOrders(ctx context.Context, q queryer, query string, args ...any) (*orderList, error) {
	l := &orderList{entries: []sale.Entry{}}
	err := eachRow(ctx, q, func(scan scanFunc) error {
		var id, line int64
		var e sale.Entry
		err := scan(append([]any{&id, &line}, orderFields(&e.Order)...)...)
		l.entries, l.ids, l.lines = append(l.entries, e), append(l.ids, id), append(l.lines, line)
		return err
	}, query, args...)
	return l, err
}

// journalChunk is for how many orders the journals are read at a time.
const journalChunk = 500

// walkQuery goes from the newest lines of some orders back to their births: each line names the order's line before it.
const walkQuery = `WITH RECURSIVE walk (seq) AS (SELECT value FROM json_each(?)
	UNION ALL SELECT prev FROM walk JOIN journal USING (seq) WHERE prev < seq) `

const journalQuery = `SELECT seq, ord, event, state, at, sure FROM walk JOIN journal USING (seq) ORDER BY seq`

// readJournals fills in the journals of the orders.
func (l *orderList) readJournals(ctx context.Context, q queryer) error {
	at := make(map[int64]int, len(l.ids))
	for i, id := range l.ids {
		at[id] = i
	}
	for lines := range slices.Chunk(l.lines, journalChunk) {
		err := eachRow(ctx, q, func(scan scanFunc) error {
			var ord int64
			var line sale.Line
			if err := scan(&line.Seq, &ord, &line.Event, &line.State, nullTime{&line.At}, &line.Trusted); err != nil {
				return err
			}
			if i, ok := at[ord]; ok {
				line.No = l.entries[i].No
				l.entries[i].Journal = append(l.entries[i].Journal, line)
			}
			return nil
		}, walkQuery+journalQuery, jsonList(lines))
		if err != nil {
			return err
		}
	}
	return nil
}
