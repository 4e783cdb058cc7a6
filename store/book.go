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
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"kiosk/sale"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

var _ sale.Book = (*Book)(nil)

// Book is the order book of one kiosk, open for writing. Only one process may have it so.
type Book struct {
	*Reader         // for the page: a connection of its own, so that a slow read holds up no sale
	lookups *Reader // for notices: a gateway waits for the answer, so it must not wait for the page

	path  string
	lock  *bookLock
	files fileIDs // those that the names led to when it was opened
	pool  *sql.DB
	conn  *sql.Conn // of the pool: the one connection that writes
	st    statements
	args  []any // of the statement that is being filled in
	chain chainWriter
	aside string
	told  []string // what opening found that a person should read once
	anew  bool     // it was begun in place of a damaged one just now

	writing         chan struct{} // holds a token while the writer's connection is in use
	closed          atomic.Bool
	sinceCheckpoint atomic.Int64 // statements written
	lastWrite       atomic.Int64 // when, in nanoseconds
	reserved        atomic.Int64 // how long the log was when blocks were allocated behind it
	written         atomic.Int64 // transactions, for the head

	headMu  sync.Mutex
	noted   *NotedHead // beside the book; nil: none that can be read
	notedAt int64      // how many transactions there were then
}

// Open opens the book at path, or begins one, and migrates it to this version. The folder must be there:
// a missing mount must not become a book on the wrong card. Traces are names of files beside the book that only a kiosk
// that ran leaves: there an empty book is a lost one.
func Open(path string, traces ...string) (*Book, error) {
	lock, err := lockBook(path)
	if err != nil {
		return nil, err
	}
	b, err := openLocked(context.Background(), realPath(path), traces)
	if err == nil {
		b.lock, b.files = lock, identifyFiles(b.path)
		if err = lock.lockFile(b.path); err != nil {
			return nil, errors.Join(fmt.Errorf("open order book %s: %w", path, err), b.Close())
		}
		return b, nil
	}
	return nil, errors.Join(fmt.Errorf("open order book %s: %w", path, err), lock.Close())
}

// realPath is where a link in the book's place leads to: beside that lie its log and its head.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// openLocked looks for damage before anything is written to the file: a write could overwrite what is left to save. A
// damaged book is set aside, and a new one begins.
func openLocked(ctx context.Context, path string, traces []string) (*Book, error) {
	if err := finishWriteBack(path); err != nil {
		return nil, err
	}
	around := lookAround(path, traces)
	why, err := findDamage(ctx, path, around)
	if err != nil {
		return nil, err
	}
	var b *Book
	if why == "" {
		if b, why, err = tryBook(ctx, path); err != nil {
			return nil, err
		}
	}
	if why != "" {
		b, err = beginAnew(ctx, path, why, around.head)
	} else {
		b.noted = around.head
		err = noteOpened(b, ctx, around.unreadable)
	}
	if err != nil && b != nil {
		return nil, errors.Join(err, b.closeAll())
	}
	return b, err
}

// noteOpened notes the head of a book that goes on. If it cannot be written the kiosk sells all the same: the book is whole.
func noteOpened(b *Book, ctx context.Context, unreadable bool) error {
	if err := tellOfBook(b, ctx, unreadable); err != nil {
		return err
	}
	if err := b.NoteHead(ctx); err != nil {
		b.told = append(b.told, oneLine(err))
	}
	return nil
}

// tryBook connects to a book in which no damage was found, and asks of it what a waking shop will ask. It returns why SQLite
// cannot answer.
func tryBook(ctx context.Context, path string) (b *Book, why string, err error) {
	if b, err = connectBook(ctx, path); isDamage(err) || hasCode(err, sqlite3.SQLITE_ERROR) {
		return nil, oneLine(err), nil
	}
	if err != nil {
		return nil, "", err
	}
	if _, err := b.Load(ctx); err != nil {
		closed := b.closeAll()
		if isDamage(err) || isMisfit(err) {
			return nil, oneLine(err), closed
		}
		return nil, "", errors.Join(err, closed)
	}
	return b, "", nil
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// connectBook opens the writer's connection and the readers' beside it.
func connectBook(ctx context.Context, path string) (*Book, error) {
	pool, err := sql.Open("sqlite", writerDSN(path))
	if err != nil {
		return nil, err
	}
	b := &Book{path: path, pool: pool, writing: make(chan struct{}, 1)}
	if err := prepareWriter(b, ctx); err != nil {
		return nil, errors.Join(err, b.closeAll())
	}
	return b, nil
}

// prepareWriter begins with the writer: it creates and migrates the file that the readers want to find.
func prepareWriter(b *Book, ctx context.Context) (err error) {
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
	if err := adoptOlder(b, ctx); err != nil {
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

// adoptOlder takes over what an older version wrote after this one, and tells of it once.
func adoptOlder(b *Book, ctx context.Context) error {
	lines, err := b.chain.hashTail(ctx)
	if err != nil {
		return err
	}
	rows, err := adoptUnsealed(ctx, b.conn)
	if err == nil && lines+rows > 0 {
		b.told = append(b.told, fmt.Sprintf("an older kiosk wrote here: %d lines and %d rows had no seal", lines, rows))
	}
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

// Close waits for a write under way, notes the head, checkpoints the log and lets the next writer in. Closing a closed book
// does nothing.
func (b *Book) Close() error {
	ctx := context.Background()
	if err := b.lockWriter(ctx); err != nil {
		return nil
	}
	b.closed.Store(true)
	b.unlockWriter() // whoever waits learns now that it is closed
	var err error
	if b.lock != nil { // a copy that becomes the book later has no head of its own
		err = b.NoteHead(ctx)
	}
	if err := errors.Join(err, b.closeAll()); err != nil {
		return fmt.Errorf("close order book: %w", err)
	}
	return nil
}

// closeAll closes what is open. The readers go first, because the checkpoint waits for them. The statements go before their
// connection, which they would keep open.
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
	folded := false
	if b.conn != nil {
		folded = checkpointAll(b)
		errs = append(errs, b.conn.Close())
	}
	errs = append(errs, b.pool.Close())
	if folded && b.CheckFiles() == nil {
		errs = append(errs, emptyLog(b.path))
	}
	if b.lock != nil {
		errs = append(errs, b.lock.Close())
	}
	return errors.Join(errs...)
}
