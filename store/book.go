// Package store is the order book, in SQLite.
//
// The one thing to know: what Write was given is on the card when it returns nil.
// One connection writes, one statement to a move, one sync to a statement; a trigger
// appends the journal, so that no move can go unwritten. A damaged file is set aside
// under a name of its own and never written again.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"kiosk/sale"

	"modernc.org/sqlite"
)

var _ sale.Book = (*Book)(nil)

// Book is the order book of one kiosk, open for writing. Only one process may have it so.
type Book struct {
	*Reader    // the page reads on a connection of its own, so that a slow one holds up no sale
	path       string
	lock       *os.File
	db         *sql.DB
	conn       *sql.Conn // the one connection that writes
	st         statements
	args       []any
	scratch    []byte        // what is being hashed
	head       []byte        // the chain's half of the newest line's seal; nil: the book is asked
	writerFree chan struct{} // holds a token while the connection is free; Close keeps it
	closing    chan struct{}
	lookups    *Reader
	aside      string

	sinceCheckpoint atomic.Int64 // statements since the last fold
}

// Open opens the book at path, or begins one, and brings it to this version. The folder must be there:
// a missing mount must not become a book on the wrong card.
func Open(path string) (*Book, error) {
	lock, err := lockBook(path)
	if err != nil {
		return nil, err
	}
	b, err := openLocked(path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open order book %s: %w", path, err), lock.Close())
	}
	b.lock = lock
	return b, nil
}

// openLocked judges the file before anything is written to it.
func openLocked(path string) (*Book, error) {
	ctx := context.Background()
	why, err := findDamage(ctx, path)
	if err != nil {
		return nil, err
	}
	if why == "" {
		b, err := connectBook(ctx, path)
		if !isDamage(err) {
			return b, err
		}
		why = err.Error()
	}
	told, err := setAside(path, why)
	if err != nil {
		return nil, fmt.Errorf("set the damaged book aside: %w", err)
	}
	b, err := connectBook(ctx, path)
	if err != nil {
		return nil, err
	}
	if _, err := b.conn.ExecContext(ctx, `INSERT OR REPLACE INTO meta (key, value) VALUES ('aside', ?)`, told); err != nil {
		return nil, errors.Join(fmt.Errorf("note what was set aside: %w", err), b.Close())
	}
	b.aside = told
	return b, nil
}

// connectBook opens the writer's connection and the readers' beside it.
func connectBook(ctx context.Context, path string) (*Book, error) {
	db, err := sql.Open("sqlite", writerDSN(path))
	if err != nil {
		return nil, err
	}
	b := &Book{path: path, db: db, writerFree: make(chan struct{}, 1), closing: make(chan struct{}),
		scratch: make([]byte, 0, 1024)}
	if err := b.prepareWriter(ctx); err != nil {
		return nil, errors.Join(err, b.closeAll())
	}
	b.writerFree <- struct{}{}
	return b, nil
}

func (b *Book) prepareWriter(ctx context.Context) (err error) {
	b.db.SetMaxOpenConns(1)
	if b.conn, err = b.db.Conn(ctx); err != nil {
		return err
	}
	// The log's blocks are paid for once: a log deleted at every stop would be grown anew at every start.
	err = b.conn.Raw(func(c any) error {
		_, err := c.(sqlite.FileControl).FileControlPersistWAL("main", 1)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep the log over a stop: %w", err)
	}
	if err := migrateBook(ctx, b.conn, len(migrations)); err != nil {
		return err
	}
	if err := b.st.prepareAll(ctx, b.conn); err != nil {
		return fmt.Errorf("prepare statements: %w", err)
	}
	if err := b.hashTail(ctx); err != nil {
		return err
	}
	row := b.conn.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'aside'`)
	if err := row.Scan(&b.aside); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read what was set aside: %w", err)
	}
	if err := syncDir(b.path); err != nil {
		return err
	}
	if b.Reader, err = openReader(ctx, b.path); err != nil {
		return err
	}
	b.lookups, err = openReader(ctx, b.path)
	return err
}

// SetAside tells which damaged book was set aside when this one began, and why; "" if none was.
func (b *Book) SetAside() string { return b.aside }

// lockWriter waits for the connection. A channel and not a mutex: waiting for it is idle time also in a bubble.
func (b *Book) lockWriter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if b.isClosed() {
		return errClosed
	}
	select {
	case <-b.writerFree:
		return nil
	case <-b.closing:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *Book) isClosed() bool {
	select {
	case <-b.closing:
		return true
	default:
		return false
	}
}

func (b *Book) unlockWriter() { b.writerFree <- struct{}{} }

var errClosed = errors.New("the order book is closed")

// Close waits for a write under way, folds the log into the book and lets the next writer in.
func (b *Book) Close() error {
	if err := b.lockWriter(context.Background()); err != nil {
		return nil // closed already
	}
	close(b.closing)
	if err := b.closeAll(); err != nil {
		return fmt.Errorf("close order book: %w", err)
	}
	return nil
}

// closeAll closes what is open. The readers go first: the last connection to leave folds the log into
// the book, and only a writer can. A statement left open would keep the connection open behind our back.
func (b *Book) closeAll() error {
	var errs []error
	for _, r := range []*Reader{b.Reader, b.lookups} {
		if r != nil {
			errs = append(errs, r.Close())
		}
	}
	for _, stmt := range b.st.all {
		errs = append(errs, stmt.Close())
	}
	if b.conn != nil {
		errs = append(errs, b.conn.Close())
	}
	errs = append(errs, b.db.Close())
	if b.lock != nil {
		errs = append(errs, b.lock.Close())
	}
	return errors.Join(errs...)
}
