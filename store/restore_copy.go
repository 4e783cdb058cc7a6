package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// copyBackup begins anew with what an earlier run left.
func (r *restoring) copyBackup(ctx context.Context) error {
	if r.from.isFile(r.path) {
		return fmt.Errorf("restore: %s is the book itself: name a backup", r.from.name)
	}
	if err := r.removeCopy(); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := r.from.copyTo(ctx, r.temp); err != nil {
		return fmt.Errorf("restore: copy the backup: %w", err)
	}
	return nil
}

// removeCopy removes a copy that did not become the book, also one of an earlier run that was cut short.
func (r *restoring) removeCopy() error { return removeFiles(r.temp) }

func removeFiles(temp string) (err error) {
	for _, suffix := range suffixes {
		if e := os.Remove(temp + suffix); !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// makeOneFile folds a copy into one file, on the card: only one file can be put in place by one rename.
func makeOneFile(temp string) error {
	db, err := sql.Open("sqlite", writerDSN(temp))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	var mode string
	err = db.QueryRow(`PRAGMA journal_mode = DELETE`).Scan(&mode)
	if err = errors.Join(err, db.Close()); err != nil || mode != "delete" || fileSize(temp+"-wal") > 0 {
		return fmt.Errorf("fold the copy's log: %q: %w", mode, err)
	}
	f, err := os.OpenFile(temp, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("sync the copy: %w", err)
	}
	return nil
}
