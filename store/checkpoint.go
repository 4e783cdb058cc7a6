package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
)

// checkpointWorth is how many writes make a checkpoint worth its syncs: some twenty-five sales. A write is about five pages.
const checkpointWorth = 100

// Checkpoint copies the write-ahead log into the book if that is worth it; done is true if it did all of it. Otherwise
// SQLite does it inside a sale: that move takes ten times as long, and longer in a larger book. It runs beside the writer;
// the two compete only for the card, so call it while no customer is at the machine.
func (b *Book) Checkpoint(ctx context.Context) (done bool, err error) {
	n := b.sinceCheckpoint.Load()
	if n < checkpointWorth || b.closed.Load() {
		return false, nil
	}
	db, err := sql.Open("sqlite", checkpointDSN(b.path))
	if err != nil {
		return false, fmt.Errorf("fold the log into the book: %w", err)
	}
	defer db.Close()
	var busy bool
	var logged, copied int
	// PASSIVE goes as far as no reader is in the way, and makes nobody wait.
	if err := db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &logged, &copied); err != nil {
		return false, fmt.Errorf("fold the log into the book: %w", err)
	}
	if busy || copied < logged {
		return false, nil // the next one goes on from there
	}
	b.sinceCheckpoint.Add(-n)
	return true, nil
}

// checkpointDSN opens a book that is there, beside its writer.
func checkpointDSN(path string) string {
	return buildDSN(path, url.Values{
		"mode":          {"rw"},
		"_dqs":          {"0"},
		"_busy_timeout": {"5000"},
		"_synchronous":  {"FULL"},
	})
}
