package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// checkpointWorth is how many writes make a checkpoint worth its syncs: some twenty-five sales. A write is about five pages.
	checkpointWorth = 100
	// checkpointQuiet is how long nothing was written when fewer are worth it: what is in the book's own file cannot be
	// lost with the log.
	checkpointQuiet = 30 * time.Second
	// largestLog is where the log's file is cut to when it is begun anew: twice what the writer itself lets it grow to. A
	// reader that stays lets it grow further.
	largestLog = 4 << 20
)

// countWrite counts statements, and when they were written.
func (b *Book) countWrite(n int) {
	b.sinceCheckpoint.Add(int64(n))
	b.written.Add(1)
	b.lastWrite.Store(time.Now().UnixNano())
}

// Checkpoint copies the write-ahead log into the book if that is worth it; done is true if it did all of it. Otherwise
// SQLite does it inside a sale: that move takes ten times as long, and longer in a larger book. It runs beside the writer;
// the two compete only for the card, so call it while no customer is at the machine.
func (b *Book) Checkpoint(ctx context.Context) (done bool, err error) {
	reserveLog(b)
	n := b.sinceCheckpoint.Load()
	quiet := time.Since(time.Unix(0, b.lastWrite.Load())) >= checkpointQuiet
	if n == 0 || n < checkpointWorth && !quiet || b.closed.Load() {
		return false, nil
	}
	db, err := sql.Open("sqlite", checkpointDSN(b.path))
	if err != nil {
		return false, fmt.Errorf("fold the log into the book: %w", err)
	}
	defer db.Close()
	// PASSIVE goes as far as no reader is in the way, and makes nobody wait.
	if all, err := checkpoint(ctx, db, "PASSIVE"); err != nil || !all {
		return false, err // the next one goes on from there
	}
	b.sinceCheckpoint.Add(-n)
	return true, beginLog(b, ctx)
}

// checkpoint reports whether all of the log is in the book.
func checkpoint(ctx context.Context, q queryer, mode string) (all bool, err error) {
	var busy bool
	var logged, copied int
	if err := q.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &logged, &copied); err != nil {
		return false, fmt.Errorf("fold the log into the book: %w", err)
	}
	return !busy && copied == logged, nil
}

// beginLog writes a byte, with which SQLite begins the log anew: after a power cut it would lay an old log over the book
// again, and a bit that has rotted in it would spoil what is whole.
func beginLog(b *Book, ctx context.Context) error {
	if err := b.lockWriter(ctx); err != nil {
		return fmt.Errorf("begin the log anew: %w", err)
	}
	defer b.unlockWriter()
	if _, err := b.st.flipProof.ExecContext(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("begin the log anew: %w", err)
	}
	return nil
}

// logReserve is what a vend writes from its payment to its end, several times over.
const logReserve = 256 << 10

// reserveLog allocates blocks behind the end of the log, without making it longer: on a card that fills up while a motor
// turns, what came of the vend still has room. A file system that cannot do so, or a card that is full, goes without.
func reserveLog(b *Book) {
	size := b.LogSize()
	if b.closed.Load() || b.reserved.Swap(size) == size {
		return
	}
	f, err := openFile(b.path+"-wal", os.O_RDWR|unix.O_NOFOLLOW)
	if err != nil {
		return
	}
	defer f.Close()
	_ = unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, size, logReserve)
}

// LogSize is how many bytes the log takes. One that is much larger than it should be has a reader in its way.
func (b *Book) LogSize() int64 { return fileSize(b.path + "-wal") }

// checkpointAll is for a stop: it waits for readers, and reports whether the book's own file holds everything.
func checkpointAll(b *Book) bool {
	ctx := context.Background()
	all, err := checkpoint(ctx, b.conn, "RESTART")
	if err == nil { // else SQLite would cut the file to nothing
		_, err = b.conn.ExecContext(ctx, "PRAGMA journal_size_limit = -1")
	}
	return err == nil && all
}

// emptyLog overwrites the header of a log that is all in the book, so that nothing can be laid over it any more. The blocks
// stay, so that the next start need not allocate them.
func emptyLog(path string) error {
	f, err := openFile(path+"-wal", os.O_RDWR|unix.O_NOFOLLOW)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("empty the log: %w", err)
	}
	_, err = f.WriteAt(make([]byte, walHeader), 0)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("empty the log: %w", err)
	}
	return nil
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
