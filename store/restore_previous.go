package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"kiosk/sale"
)

// previousBook is what a Restore must know of the book that it replaces.
type previousBook struct {
	open []sale.Order     // only their numbers and states
	next int              // the sequence of the next order number
	sold map[sale.No]bool // the orders that the backup left open, and whose goods fell
}

// readPrevious reads the book in place, and checkpoints its log, so that one file is all of it: SQLite would play a log
// that stayed behind into the book that comes in its place.
func (r *restoring) readPrevious(ctx context.Context) (err error) {
	r.around = lookAround(r.path, nil)
	fresh, _, err := findDamageOutside(r.path)
	if err == nil && !fresh {
		r.did.Why, err = findDamage(ctx, r.path, r.around)
	}
	if err != nil {
		return fmt.Errorf("restore: look at the book in place: %w", err)
	}
	if fresh || r.did.Why != "" {
		return nil // a damaged one is set aside as it is, with its log
	}
	b, err := checkpointPrevious(ctx, r.path, r.open)
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
func checkpointPrevious(ctx context.Context, path string, left []sale.No) (b *previousBook, err error) {
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
	b = &previousBook{sold: map[sale.No]bool{}}
	row := db.QueryRowContext(ctx, `SELECT ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'orders'), 0) + 1`)
	if err := row.Scan(&b.next); err != nil {
		return nil, err
	}
	b.open, err = readAll(ctx, db, func(o *sale.Order) []any { return []any{&o.No, &o.State} },
		`SELECT no, state FROM orders WHERE state NOT IN `+ends+` ORDER BY id`)
	if err != nil {
		return nil, err
	}
	given, err := readAll(ctx, db, func(no *sale.No) []any { return []any{no} },
		`SELECT no FROM json_each(?) JOIN orders ON no = value WHERE state = 'sold'`, jsonList(left))
	for _, no := range given {
		b.sold[no] = true
	}
	return b, err
}

// findLost names orders that were open and that the backup does not have, or has in another state.
func findLost(ctx context.Context, open []sale.Order, backup *Book) (lost []sale.No, err error) {
	for _, o := range open {
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

// keepLost lets the kiosk ask after the orders that the head in place names as open, whether or not its book could be read,
// and that the backup does not know. It notes the head, too: a restoring that is cut before the new one is written leaves a
// book that is behind it, and that is no damage.
func (r *restoring) keepLost(ctx context.Context, q queryer) (list []statement, err error) {
	head := r.around.head
	if head == nil {
		return nil, nil
	}
	list = append(list, statement{`INSERT OR REPLACE INTO meta (key, value) VALUES ('restored_over', ?)`, []any{head.name()}})
	for i := range head.Open {
		known := false
		n := &head.Open[i]
		if err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM orders WHERE no = ?)`, string(n.No)).Scan(&known); err != nil {
			return nil, err
		}
		if known {
			continue
		}
		s, err := lostStatement(n)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
		if r.previous == nil {
			r.did.Lost = append(r.did.Lost, n.No)
		}
	}
	return list, nil
}

// noteRestored writes the head of a restored book, in both copies, so that neither is of the book before.
func noteRestored(ctx context.Context, path string, before *NotedHead) error {
	r, err := openReader(ctx, path)
	if err != nil {
		return err
	}
	h, err := takeHead(ctx, r.db)
	if err = errors.Join(err, r.Close()); err != nil {
		return fmt.Errorf("note the book's head: %w", err)
	}
	if h.At = time.Now().Round(0); before != nil {
		h.Count = before.Count
	}
	for range headSuffixes {
		h.Count++
		err = errors.Join(err, writeHead(path, &h))
	}
	return err
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
