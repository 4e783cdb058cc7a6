package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

func TestSalesAreCountedWhereTheyEnded(t *testing.T) {
	b, _ := newBook(t)
	for n, c := range []struct {
		hours  float64
		events []sale.Event
	}{
		{-0.1, sold}, {0, sold}, {0.5, sold}, {0.6, []sale.Event{sale.Late, sale.Gone}}, {2.9, []sale.Event{sale.Misfit, sale.Repaid}},
		{2.95, sold}, {3, sold}, {2.5, []sale.Event{sale.Misfit, sale.Unpayable}},
	} {
		live(t, b, on(c.hours/24, true, life(n+1, c.events...))...)
	}
	from := noon
	got, err := b.CountSales(t.Context(), from, from.Add(3*time.Hour), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for i, s := range got {
		if want := from.Add(time.Duration(i) * time.Hour); !s.From.Equal(want.Truncate(time.Millisecond)) {
			t.Errorf("bucket %d begins at %v", i, s.From)
		}
		said = append(said, fmt.Sprint(s.Sold, s.SoldFen, s.Returned, s.BackFen))
	}
	if fmt.Sprint(said) != "[2 700 0 0 0 0 0 0 1 350 1 351]" {
		t.Errorf("hour by hour: %v", said)
	}
	if got, err := b.CountSales(t.Context(), from, from, time.Hour); err != nil || got == nil || len(got) != 0 {
		t.Errorf("of no time: %v %v", got, err)
	}
	for _, bucket := range []time.Duration{0, -time.Hour, time.Millisecond} {
		if _, err := b.CountSales(t.Context(), from, from.Add(1000*time.Hour), bucket); err == nil {
			t.Errorf("buckets of %v were filled", bucket)
		}
	}
	// A length that is no whole number of milliseconds, and an end within a bucket.
	if got, err := b.CountSales(t.Context(), from, from.Add(3*time.Hour+time.Nanosecond), time.Hour+time.Microsecond); err != nil || len(got) != 3 {
		t.Errorf("%v %v", got, err)
	}
}

func TestADaysBillIsHeldAgainstThatDay(t *testing.T) {
	b, _ := newBook(t)
	for n := 1; n <= 30; n++ {
		live(t, b, on(float64(n), true, life(n, sold...))...)
	}
	for _, c := range []struct {
		day   int
		named []sale.No
		want  string
	}{
		{10, nil, "[10 11 12 13 14 15 16 17]"}, {28, nil, "[28 29 30]"}, {10, []sale.No{born(2).Order.No, born(12).Order.No, "nobody's"}, "[2 10 11 12 13 14 15 16 17]"},
		{60, nil, "[]"}, {-60, nil, "[]"},
	} {
		from := noon.Add(time.Duration(c.day)*day - time.Minute)
		got, err := b.ListDay(t.Context(), from, from.Add(day), c.named)
		var orders []sale.Order
		for _, e := range got {
			if orders = append(orders, e.Order); len(e.Journal) != 4 {
				t.Errorf("order %s comes with %d lines", e.No, len(e.Journal))
			}
		}
		if err != nil || fmt.Sprint(numbers(orders)) != c.want {
			t.Errorf("for day %d the bill is held against %v, not %s: %v", c.day, numbers(orders), c.want, err)
		}
	}
}

// plan is how SQLite answers a query, with the word BAD before a step that looks at every row or sorts.
func plan(t *testing.T, b *Book, query string, args ...any) (steps []string) {
	t.Helper()
	rows, err := b.conn.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var text string
		if err := rows.Scan(&id, &parent, &unused, &text); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, text)
	}
	return steps
}

// TestThePageIsAnsweredFromIndexes: what it asks of the book must not take longer the more was ever sold.
func TestThePageIsAnsweredFromIndexes(t *testing.T) {
	b, _ := newBook(t)
	type question struct {
		query string
		args  []any
		may   []string // steps that are bounded by the open orders, or by the limit
	}
	open := []string{"SCAN orders USING INDEX orders_open", "USE TEMP B-TREE"}
	questions := map[string]question{
		"the newest":         {listQuery(""), []any{"", 50}, []string{"SCAN orders"}}, // backwards by birth, up to the limit
		"an order":           {findQuery, []any{"x"}, nil},
		"the sums":           {sumQuery, nil, append(open, "SCAN tallies", "COMPOUND QUERY", "LEFT-MOST SUBQUERY", "UNION ALL")},
		"what was sold":      {soldQuery, []any{0, 1, 1}, []string{"USE TEMP B-TREE FOR GROUP BY"}}, // of what the range holds
		"what went back":     {returnedQuery, []any{0, 1, 1}, []string{"USE TEMP B-TREE FOR GROUP BY"}},
		"the pruned":         {prunedQuery, []any{1}, []string{"SCAN CONSTANT ROW", "SCALAR SUBQUERY"}},
		"the journal's head": {headQueries[0], nil, []string{"SCALAR SUBQUERY"}},
		"an older head":      {headQueries[1], nil, []string{"SCAN anchors"}},
		"journals":           {walkQuery + journalQuery, []any{"[1]"}, []string{"MATERIALIZE", "SETUP", "SCAN json_each", "RECURSIVE STEP", "SCAN walk", "CO-ROUTINE", "USE TEMP B-TREE FOR ORDER BY"}},
		"a notice's order":   {oldestQuery, []any{0, 0, 1}, []string{"CORRELATED SCALAR SUBQUERY"}},
	}
	for _, s := range sale.States[1:] {
		q := question{listQuery(s), []any{string(s), 50}, open}
		if s.Over() {
			q.may = []string{"SCAN orders USING INDEX " + endIndex[s]} // by birth, up to the limit
		}
		questions["the newest "+string(s)] = q
	}
	for name, q := range questions {
		steps := plan(t, b, q.query, q.args...)
		if len(steps) == 0 {
			t.Errorf("%s: no plan", name)
		}
		for _, step := range steps {
			fine := strings.HasPrefix(step, "SEARCH ")
			for _, may := range q.may {
				fine = fine || strings.HasPrefix(step, may) && (may != "SCAN orders" || step == may)
			}
			if !fine {
				t.Errorf("%s: %s", name, step)
			}
		}
	}
}
