package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
)

// checkpointWorth is how many writes make a fold worth its syncs: some twenty-five sales. A write is about five pages.
const checkpointWorth = 100

// Checkpoint brings what lies in the log into the book, if it is worth it, and tells whether it did. Left alone, the move that
// fills the log would have to: ten times the wait, and the longer the larger the book. It works beside the writer, who
// waits for it only as two wait for one card; so it is called when no customer is at the machine.
func (b *Book) Checkpoint(ctx context.Context) (bool, error) {
	n := b.sinceCheckpoint.Load()
	if n < checkpointWorth || b.isClosed() {
		return false, nil
	}
	db, err := sql.Open("sqlite", checkpointDSN(b.path))
	if err != nil {
		return false, fmt.Errorf("fold the log into the book: %w", err)
	}
	defer db.Close()
	var busy bool
	var logged, folded int
	// PASSIVE folds as far as no reader is in the way, and makes nobody wait.
	if err := db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &logged, &folded); err != nil {
		return false, fmt.Errorf("fold the log into the book: %w", err)
	}
	if busy || folded < logged {
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
