//go:build sim

package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kiosk/store"
)

// aBookOf makes a book of n orders in a folder of its own, as if the street's kiosk had sold for 400 days up to now.
func aBookOf(tb testing.TB, n int) (dir string) {
	tb.Helper()
	dir = tb.TempDir()
	path := filepath.Join(dir, "kiosk.db")
	b, err := store.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	if err := b.Close(); err != nil {
		tb.Fatal(err)
	}
	text, err := os.ReadFile("../../store/testdata/fill.sql")
	if err != nil {
		tb.Fatal(err)
	}
	fill := strings.NewReplacer("{N}", fmt.Sprint(n), "{END}", fmt.Sprint(time.Now().Add(-time.Minute).UnixMilli()),
		"wx1234567890abcdef", "wx8888888888888888", "1600000001", "1900000109").Replace(string(text))
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-65536)")
	if err != nil {
		tb.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	do := []string{"BEGIN"}
	away, back := triggers(tb, db)
	for _, text := range append(append(append(do, away...), fill), append(back, "COMMIT")...) {
		if _, err := db.ExecContext(context.Background(), text); err != nil {
			tb.Fatalf("filling the book: %.80s: %v", text, err)
		}
	}
	if err := db.Close(); err != nil {
		tb.Fatal(err)
	}
	return dir
}

// triggers are how to take the book's guards away, and how to put them back.
func triggers(tb testing.TB, db *sql.DB) (away, back []string) {
	tb.Helper()
	rows, err := db.Query(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN ('orders', 'journal')`)
	if err != nil {
		tb.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			tb.Fatal(err)
		}
		away, back = append(away, "DROP TRIGGER "+name), append(back, text)
	}
	if len(back) == 0 {
		tb.Fatal("the book has no triggers")
	}
	return away, back
}
