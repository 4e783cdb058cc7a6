package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"kiosk/sale"
)

// readPrevious reads what matters of the book in place, and folds its log into it, so that one file is all of it:
// a log that stayed behind would be played into the book that comes in its place.
func (r *restoring) readPrevious(ctx context.Context) error {
	fresh, _, err := findDamageOutside(r.path)
	if err != nil {
		return fmt.Errorf("restore: look at the book in place: %w", err)
	}
	if fresh {
		return nil
	}
	if r.did.Why, err = findDamage(ctx, r.path); err != nil {
		return fmt.Errorf("restore: look at the book in place: %w", err)
	}
	if r.did.Why != "" {
		return nil // it is set aside as it is, log and all
	}
	b, err := r.checkpointPrevious(ctx)
	if isDamage(err) {
		r.did.Why = err.Error()
		return nil
	}
	if err != nil {
		return fmt.Errorf("restore: fold the log of the book in place: %w", err)
	}
	if fileSize(r.path+"-wal") > 0 || fileExists(r.path+"-shm") {
		return errors.New("restore: something is reading the book: close it and try again")
	}
	r.previous = b
	return nil
}

func fileExists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// checkpointPrevious is done on a connection that knows nothing of versions: the book in place is changed by nothing else.
func (r *restoring) checkpointPrevious(ctx context.Context) (b *previousBook, err error) {
	db, err := sql.Open("sqlite", writerDSN(r.path))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	var busy, logged, folded int
	if err := db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &logged, &folded); err != nil {
		return nil, err
	}
	b = &previousBook{}
	row := db.QueryRowContext(ctx, `SELECT ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'orders'), 0) + 1`)
	if err := row.Scan(&b.next); err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, `SELECT no, state FROM orders WHERE state NOT IN `+ends+` ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var o sale.Order
		if err := rows.Scan(&o.No, &o.State); err != nil {
			return nil, err
		}
		b.open = append(b.open, o)
	}
	return b, rows.Err()
}

// finishCopy makes the copy one file, on the card.
func (r *restoring) finishCopy() error {
	db, err := sql.Open("sqlite", writerDSN(r.temp))
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	db.SetMaxOpenConns(1)
	var mode string
	err = db.QueryRow(`PRAGMA journal_mode = DELETE`).Scan(&mode)
	if err = errors.Join(err, db.Close()); err != nil || mode != "delete" || fileSize(r.temp+"-wal") > 0 {
		return fmt.Errorf("restore: fold the copy's log: %q: %w", mode, err)
	}
	f, err := os.OpenFile(r.temp, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("restore: sync the copy: %w", err)
	}
	return likeFolder(r.temp)
}

// replaceBook puts the copy in the book's place. A book that can be read gets its second name first, and then the copy
// takes the first one over at once: there is no moment without a book.
func (r *restoring) replaceBook() error {
	switch {
	case r.did.Why != "":
		told, err := setAside(r.path, r.did.Why)
		if err != nil {
			return fmt.Errorf("restore: set the damaged book aside: %w", err)
		}
		r.did.Aside = told[:len(told)-len(": "+r.did.Why)]
	case r.previous != nil:
		name, err := unusedName(r.path+".before-", r.now)
		if err != nil {
			return fmt.Errorf("restore: keep the book before: %w", err)
		}
		if err := errors.Join(os.Link(r.path, name), syncDir(r.path)); err != nil {
			return fmt.Errorf("restore: keep the book before: %w", err)
		}
		r.did.Aside = filepath.Base(name)
	}
	if err := os.Rename(r.temp, r.path); err != nil {
		return fmt.Errorf("restore: put the backup in place: %w", err)
	}
	return syncDir(r.path)
}
