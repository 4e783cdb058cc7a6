package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"kiosk/sale"
)

// Reader reads a book that another process may be writing, or died writing. It never waits for the writer,
// nor the writer for it.
type Reader struct{ db *sql.DB }

// OpenReader opens the book at path without the right to write.
func OpenReader(path string) (*Reader, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no order book at %s: run the kiosk once, or name another", path)
	}
	r, err := openReader(context.Background(), path)
	if err != nil {
		return nil, fmt.Errorf("read order book %s: %w", path, err)
	}
	return r, nil
}

func openReader(ctx context.Context, path string) (*Reader, error) {
	db, err := sql.Open("sqlite", readerDSN(path, "ro"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	v, err := version(ctx, db)
	if err == nil && v < len(migrations) {
		err = fmt.Errorf("the book is of version %d and this kiosk reads %d: run the kiosk once, it brings the book up", v, len(migrations))
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Reader{db: db}, nil
}

// Close lets the book go.
func (r *Reader) Close() error { return r.db.Close() }

// List reads orders with their journals, newest first: those in a state, or "" for any; the first few, or 0 for all.
func (r *Reader) List(ctx context.Context, limit int, state string) ([]sale.Entry, error) {
	// One transaction, so that no order is newer than its journal.
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("list orders: %w", err)
	}
	defer tx.Rollback()
	l := listing{entries: []sale.Entry{}, at: map[int64]int{}}
	if err := l.readOrders(ctx, tx, limit, state); err != nil {
		return nil, fmt.Errorf("list orders: %w", err)
	}
	if err := l.readJournal(ctx, tx); err != nil {
		return nil, fmt.Errorf("list journals: %w", err)
	}
	return l.entries, nil
}

type listing struct {
	entries     []sale.Entry
	at          map[int64]int // the place of an order among them, by id
	first, last int64         // the lines between which their journals lie
}

func (l *listing) readOrders(ctx context.Context, tx *sql.Tx, limit int, state string) error {
	if limit <= 0 {
		limit = -1
	}
	rows, err := tx.QueryContext(ctx, `SELECT id, birth, line, `+orderColumns+` FROM orders
		WHERE ? IN ('', state) ORDER BY id DESC LIMIT ?`, state, limit)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, birth, line int64
		var e sale.Entry
		if err := rows.Scan(append([]any{&id, &birth, &line}, orderFields(&e.Order)...)...); err != nil {
			return err
		}
		if len(l.entries) == 0 {
			l.first = birth
		}
		l.first, l.last = min(l.first, birth), max(l.last, line)
		l.at[id] = len(l.entries)
		l.entries = append(l.entries, e)
	}
	return rows.Err()
}

func (l *listing) readJournal(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT seq, ord, event, state, at, sure FROM journal
		WHERE seq BETWEEN ? AND ? ORDER BY seq`, l.first, l.last)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var ord int64
		var line sale.Line
		if err := rows.Scan(&line.Seq, &ord, &line.Event, &line.State, moment{&line.At}, &line.Trusted); err != nil {
			return err
		}
		if i, ok := l.at[ord]; ok {
			line.No = l.entries[i].No
			l.entries[i].Journal = append(l.entries[i].Journal, line)
		}
	}
	return rows.Err()
}

// Alarms reads what a person should see, newest first; limit 0 reads all that are kept.
func (r *Reader) Alarms(ctx context.Context, limit int) ([]sale.Alarm, error) {
	if limit <= 0 {
		limit = -1
	}
	rows, err := r.db.QueryContext(ctx, `SELECT at, slot, no, kind, text FROM alarms ORDER BY id DESC LIMIT ?`, limit)
	if err != nil {
		return nil, fmt.Errorf("list alarms: %w", err)
	}
	defer rows.Close()
	alarms := []sale.Alarm{}
	for rows.Next() {
		var a sale.Alarm
		if err := rows.Scan(moment{&a.At}, &a.Slot, &a.No, &a.Kind, &a.Text); err != nil {
			return nil, fmt.Errorf("list alarms: %w", err)
		}
		alarms = append(alarms, a)
	}
	return alarms, rows.Err()
}

// Backup writes a consistent copy of the book to a file that must not be there yet.
func (r *Reader) Backup(ctx context.Context, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("back up the book: %w", err)
	}
	// The name is taken first; SQLite fills an empty file and refuses any other.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("back up the book: %w", err)
	}
	_, err = r.db.ExecContext(ctx, `VACUUM INTO ?`, path)
	if err == nil {
		err = errors.Join(f.Sync(), syncDir(path))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("back up the book: %w", err), os.Remove(path))
	}
	return nil
}

// List reads on a connection of its own: a page that is slow to draw holds up no sale. See Reader.List.
func (b *Book) List(ctx context.Context, limit int, state string) ([]sale.Entry, error) {
	return b.reader.List(ctx, limit, state)
}

// Alarms is Reader.Alarms.
func (b *Book) Alarms(ctx context.Context, limit int) ([]sale.Alarm, error) {
	return b.reader.Alarms(ctx, limit)
}

// Backup is Reader.Backup.
func (b *Book) Backup(ctx context.Context, path string) error { return b.reader.Backup(ctx, path) }
