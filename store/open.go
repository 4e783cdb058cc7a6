package store

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// writerDSN opens for writing. Synchronous is FULL, because with NORMAL a power cut loses acknowledged moves. Pages are
// small, because a move changes a few hundred bytes and the card wears by the pages written. Checkpoint copies the log
// between sales; only if it is not called for four times as many pages, a move has to do it.
func writerDSN(path string) string {
	return buildDSN(path, url.Values{
		"mode":          {"rwc"},
		"_dqs":          {"0"},
		"_defensive":    {"1"},
		"_busy_timeout": {"5000"},
		"_foreign_keys": {"1"},
		// The driver sets the pragmas in this order and the journal mode after them; the page size must come before that.
		"_pragma":       {"page_size(1024)", "wal_autocheckpoint(2000)", "temp_store(MEMORY)"},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
	})
}

// readerDSN opens for reading. Mode is "ro", or "rw" if SQLite must roll back a journal before anything can be read.
func readerDSN(path, mode string) string {
	return buildDSN(path, url.Values{
		"mode":          {mode},
		"_dqs":          {"0"},
		"_busy_timeout": {"5000"},
		"_pragma":       {"temp_store(MEMORY)"},
	})
}

// buildDSN makes the driver's URL, in which a path may have any character. With _error_rc the text of an error is that of its own code.
func buildDSN(path string, q url.Values) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	q.Set("_error_rc", "1")
	u := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}
	return u.String()
}

// lockBook keeps a second writer out for as long as the lock file is open. The kernel frees the lock when the process
// dies, also by a power cut, so that nobody has to remove a stale one.
func lockBook(path string) (*os.File, error) {
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock order book %s: %w", path, err)
	}
	err = unix.EINTR
	for errors.Is(err, unix.EINTR) {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	}
	if err == nil {
		return f, nil
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = ErrInUse
	}
	return nil, errors.Join(fmt.Errorf("lock order book %s: %w", path, err), f.Close())
}

// InUse is true if a kiosk has the book open for writing. It keeps no lock and creates no file.
func InUse(path string) bool {
	f, err := os.Open(path + ".lock")
	if err != nil {
		return false // no kiosk ever opened it, or only its owner may read the lock
	}
	defer f.Close()
	return errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
}

// These errors of opening do not go away by waiting: a person must act.
var (
	ErrInUse = errors.New("another kiosk is using it: stop that one first")
	ErrNewer = errors.New("install the newer kiosk again, or name another book")
)

// syncDir makes new names in the book's folder last over a power cut. Syncing a file does not sync its name.
func syncDir(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("open the book's folder: %w", err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("sync the book's folder: %w", err)
	}
	return nil
}
