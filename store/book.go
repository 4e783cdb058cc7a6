// Package store is the order book, in SQLite.
//
// The one thing to know: what Write was given is on the card when it returns nil.
// One connection writes, with one statement and one sync for a move. A trigger appends
// the move to the journal, and each line of the journal has a hash of all before it.
// A damaged file is set aside under another name and never written again.
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
	*Reader         // for the page: a connection of its own, so that a slow read holds up no sale
	lookups *Reader // for notices: a gateway waits for the answer, so it must not wait for the page

	path  string
	lock  *os.File
	pool  *sql.DB
	conn  *sql.Conn // of the pool: the one connection that writes
	st    statements
	args  []any // of the statement that is being filled in
	chain chainWriter
	aside string

	writing         chan struct{} // holds a token while the writer's connection is in use
	closed          atomic.Bool
	sinceCheckpoint atomic.Int64 // statements written
}

// Open opens the book at path, or begins one, and migrates it to this version. The folder must be there:
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

// openLocked looks for damage before anything is written to the file: a write could overwrite what is left to save. With
// a damaged book set aside, the kiosk goes on selling with a new one.
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
	name, err := setAside(path, why)
	if err != nil {
		return nil, fmt.Errorf("set the damaged book aside: %w", err)
	}
	b, err := connectBook(ctx, path)
	if err != nil {
		return nil, err
	}
	b.aside = name + ": " + why
	if _, err := b.conn.ExecContext(ctx, `INSERT OR REPLACE INTO meta (key, value) VALUES ('aside', ?)`, b.aside); err != nil {
		return nil, errors.Join(fmt.Errorf("note what was set aside: %w", err), b.Close())
	}
	return b, nil
}

// connectBook opens the writer's connection and the readers' beside it.
func connectBook(ctx context.Context, path string) (*Book, error) {
	pool, err := sql.Open("sqlite", writerDSN(path))
	if err != nil {
		return nil, err
	}
	b := &Book{path: path, pool: pool, writing: make(chan struct{}, 1)}
	if err := b.prepareWriter(ctx); err != nil {
		return nil, errors.Join(err, b.closeAll())
	}
	return b, nil
}

// prepareWriter begins with the writer: it creates and migrates the file that the readers want to find.
func (b *Book) prepareWriter(ctx context.Context) (err error) {
	b.pool.SetMaxOpenConns(1)
	if b.conn, err = b.pool.Conn(ctx); err != nil {
		return err
	}
	// The log's blocks are allocated once: a log that is deleted at every stop would be grown anew at every start.
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
	b.chain = chainWriter{conn: b.conn, scratch: make([]byte, 0, 1024)}
	if err := b.chain.hashTail(ctx); err != nil {
		return err
	}
	if err := b.conn.QueryRowContext(ctx, `SELECT ifnull((SELECT value FROM meta WHERE key = 'aside'), '')`).Scan(&b.aside); err != nil {
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

// SetAside names the damaged book that was set aside when this one began, and says why; "" if none was.
func (b *Book) SetAside() string { return b.aside }

// FindOrder is Reader.FindOrder, on the connection for notices.
func (b *Book) FindOrder(ctx context.Context, no sale.No) (sale.Order, bool, error) {
	return b.lookups.FindOrder(ctx, no)
}

// WasPruned is Reader.WasPruned, on the connection for notices.
func (b *Book) WasPruned(ctx context.Context, no sale.No) (bool, error) {
	return b.lookups.WasPruned(ctx, no)
}

// lockWriter waits for the writer's connection. It uses a channel because a wait for a mutex ends with no context, and
// because synctest does not count it as idle.
func (b *Book) lockWriter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case b.writing <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if b.closed.Load() {
		b.unlockWriter()
		return errors.New("the order book is closed")
	}
	return nil
}

func (b *Book) unlockWriter() { <-b.writing }

// Close waits for a write under way, checkpoints the log and lets the next writer in. Closing a closed book does nothing.
func (b *Book) Close() error {
	if err := b.lockWriter(context.Background()); err != nil {
		return nil
	}
	b.closed.Store(true)
	b.unlockWriter() // whoever waits learns now that it is closed
	if err := b.closeAll(); err != nil {
		return fmt.Errorf("close order book: %w", err)
	}
	return nil
}

// closeAll closes what is open. The readers go first, because the last connection to close checkpoints the log, and only
// a writer can. The statements go before their connection, which they would keep open.
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
	errs = append(errs, b.pool.Close())
	if b.lock != nil {
		errs = append(errs, b.lock.Close())
	}
	return errors.Join(errs...)
}
