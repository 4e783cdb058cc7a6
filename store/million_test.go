package store

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

//go:embed testdata/fill.sql
var fillSQL string

// fill makes a book of n orders at path, the newest at noon: as if a kiosk had sold for 400 days.
func fill(t testing.TB, path string, n int) {
	t.Helper()
	openBook(t, path).Close()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-65536)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	ctx := context.Background()
	var triggers []string
	rows, err := db.QueryContext(ctx, `SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN ('orders', 'journal')`)
	if err != nil {
		t.Fatal(err)
	}
	do := []string{"BEGIN"}
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			t.Fatal(err)
		}
		do, triggers = append(do, "DROP TRIGGER "+name), append(triggers, text)
	}
	if err := rows.Close(); err != nil || len(triggers) == 0 {
		t.Fatal(len(triggers), err)
	}
	do = append(do, strings.NewReplacer("{N}", fmt.Sprint(n), "{END}", fmt.Sprint(noon.UnixMilli())).Replace(fillSQL))
	for _, text := range append(append(do, triggers...), "COMMIT") {
		if _, err := db.ExecContext(ctx, text); err != nil {
			t.Fatalf("filling the book: %.80s: %v", text, err)
		}
	}
}

func TestAFilledBookIsLikeOneThatLived(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kiosk.db")
	fill(t, path, 2000)
	b := openBook(t, path)
	sound(t, b)
	live(t, b, on(1, true, life(2001, sold...))...)
	sound(t, b)
	if past := recall(t, b); past.Next != 2002 || len(past.Orders) < 20 {
		t.Errorf("it wakes with %d and %d orders", past.Next, len(past.Orders))
	}
	live(t, b, on(40, true, life(2002, sold...))...)
	if p := pruneAll(t, b); p.Pruned < 150 {
		t.Errorf("after forty days %d orders were pruned", p.Pruned)
	}
	sound(t, b)
}

// BenchmarkAMillion sells and looks at the page with a thousand orders in the book and with a million, in turns. Its
// promises: a page question within 100 ms at the 99th percentile, and a move within 1.2 times.
func BenchmarkAMillion(b *testing.B) {
	books := map[int]*Book{}
	for _, n := range []int{1000, 1_000_000} {
		path := filepath.Join(b.TempDir(), "kiosk.db")
		began := time.Now()
		fill(b, path, n)
		b.Logf("%d orders: %d MiB, filled in %v", n, size(path)>>20, time.Since(began).Round(time.Millisecond))
		books[n] = openBook(b, path)
	}
	b.Run("move", func(b *testing.B) { sellInTurns(b, books[1000], books[1_000_000]) })
	book, ctx := books[1_000_000], context.Background()
	ask := map[string]func() error{
		"newest 50":  func() error { _, err := book.List(ctx, 50, ""); return err },
		"refunded":   func() error { _, err := book.List(ctx, 50, "refunded"); return err },
		"closed":     func() error { _, err := book.List(ctx, 50, "closed"); return err },
		"owed":       func() error { _, err := book.List(ctx, 50, "owed"); return err },
		"sums":       func() error { _, err := book.Sums(ctx); return err },
		"today":      func() error { _, err := book.Sales(ctx, noon.Add(-day), noon, time.Hour); return err },
		"seven days": func() error { _, err := book.Sales(ctx, noon.Add(-7*day), noon, time.Hour); return err },
		"find":       func() error { _, _, err := book.Find(ctx, "K0042-123456000000000000123456"); return err },
		"recall":     func() error { _, err := book.Recall(ctx); return err },
		"prune":      func() error { _, err := book.Prune(ctx, Pruning{}); return err },
	}
	for name, do := range ask {
		b.Run(name, func(b *testing.B) { percentiles(b, do) })
	}
}

func percentiles(b *testing.B, do func() error) {
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		if err := do(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

var benched = 0

// sellInTurns times the same moves in a small and a large book, one after the other, and reports the ratio of medians.
func sellInTurns(b *testing.B, books ...*Book) {
	took := make([][]time.Duration, len(books))
	for b.Loop() {
		benched++
		moves := on(1, true, life(1_000_000+benched, sold...))
		for _, m := range moves {
			for i, book := range books {
				began := time.Now()
				if err := book.Write(context.Background(), sale.Page{Moves: []sale.Move{m}}); err != nil {
					b.Fatal(err)
				}
				took[i] = append(took[i], time.Since(began))
			}
		}
	}
	var medians, tails []float64
	for _, t := range took {
		slices.Sort(t)
		medians, tails = append(medians, float64(t[len(t)/2])), append(tails, float64(t[len(t)*99/100]))
	}
	b.ReportMetric(medians[1]/medians[0], "x-at-a-million")
	b.ReportMetric(tails[1]/tails[0], "x-p99-at-a-million")
	b.ReportMetric(medians[1]/1000, "median-µs")
}
