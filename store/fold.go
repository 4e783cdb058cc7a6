package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
)

// foldWorth is how many writes make a fold worth its syncs: some twenty-five sales. A write is about five pages.
const foldWorth = 100

// Fold brings what lies in the log into the book, if it is worth it, and tells whether it did. Left alone, the move that
// fills the log would have to: ten times the wait, and the longer the larger the book. It works beside the writer, who
// waits for it only as two wait for one card; so it is called when no customer is at the machine.
func (b *Book) Fold(ctx context.Context) (bool, error) {
	n := b.unfolded.Load()
	if n < foldWorth || b.closed() {
		return false, nil
	}
	db, err := sql.Open("sqlite", folderDSN(b.path))
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
	b.unfolded.Add(-n)
	return true, nil
}

// folderDSN opens a book that is there, beside its writer.
func folderDSN(path string) string {
	return dsn(path, url.Values{
		"mode":          {"rw"},
		"_dqs":          {"0"},
		"_busy_timeout": {"5000"},
		"_synchronous":  {"FULL"},
	})
}
