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

// previousBook is what a Restore must know of the book that it replaces.
type previousBook struct {
	open []sale.Order // only their numbers and states
	next int          // the sequence of the next order number
}

// readPrevious reads the book in place, and checkpoints its log, so that one file is all of it: SQLite would play a log
// that stayed behind into the book that comes in its place.
func (r *restoring) readPrevious(ctx context.Context) error {
	fresh, _, err := findDamageOutside(r.path)
	if err == nil && !fresh {
		r.did.Why, err = findDamage(ctx, r.path)
	}
	if err != nil {
		return fmt.Errorf("restore: look at the book in place: %w", err)
	}
	if fresh || r.did.Why != "" {
		return nil // a damaged one is set aside as it is, with its log
	}
	b, err := checkpointPrevious(ctx, r.path)
	if isDamage(err) {
		r.did.Why = err.Error()
		return nil
	}
	if err != nil {
		return fmt.Errorf("restore: fold the log of the book in place: %w", err)
	}
	if _, err := os.Lstat(r.path + "-shm"); err == nil || fileSize(r.path+"-wal") > 0 {
		return errors.New("restore: something is reading the book: close it and try again")
	}
	r.previous = b
	return nil
}

// checkpointPrevious uses a connection that knows nothing of versions, so that the book in place, which is kept, is not
// migrated.
func checkpointPrevious(ctx context.Context, path string) (b *previousBook, err error) {
	db, err := sql.Open("sqlite", writerDSN(path))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	var busy, logged, copied int
	if err := db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &logged, &copied); err != nil {
		return nil, err
	}
	b = &previousBook{}
	row := db.QueryRowContext(ctx, `SELECT ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'orders'), 0) + 1`)
	if err := row.Scan(&b.next); err != nil {
		return nil, err
	}
	b.open, err = readAll(ctx, db, func(o *sale.Order) []any { return []any{&o.No, &o.State} },
		`SELECT no, state FROM orders WHERE state NOT IN `+ends+` ORDER BY id`)
	return b, err
}

// findLost names the previous book's open orders that the backup does not have, or has in another state.
func (p *previousBook) findLost(ctx context.Context, backup *Book) (lost []sale.No, err error) {
	for _, o := range p.open {
		had, found, err := backup.FindOrder(ctx, o.No)
		if err != nil {
			return nil, err
		}
		if !found || had.State != o.State {
			lost = append(lost, o.No)
		}
	}
	return lost, nil
}

// replaceBook puts the copy in the book's place. A sound book gets a second name first, and then the copy takes the first
// name by one rename: there is no moment without a book. A damaged book is set aside before.
func (r *restoring) replaceBook() error {
	switch {
	case r.did.Why != "":
		name, err := setAside(r.path, r.did.Why)
		if err != nil {
			return fmt.Errorf("restore: set the damaged book aside: %w", err)
		}
		r.did.Aside = name
	case r.previous != nil:
		name, err := unusedName(r.path+".before-", r.now)
		if err == nil {
			err = errors.Join(os.Link(r.path, name), syncDir(r.path))
		}
		if err != nil {
			return fmt.Errorf("restore: keep the book before: %w", err)
		}
		r.did.Aside = filepath.Base(name)
	}
	if err := os.Rename(r.temp, r.path); err != nil {
		return fmt.Errorf("restore: put the backup in place: %w", err)
	}
	return syncDir(r.path)
}
