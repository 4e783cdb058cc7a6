package store

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// writerDSN: FULL, because with NORMAL a power cut loses acknowledged moves; small pages, because a
// move touches a few hundred bytes and the card wears by what is written. The log is folded between sales (Fold);
// where that never comes, a move does it, after four times as many pages.
func writerDSN(path string) string {
	return buildDSN(path, url.Values{
		"mode":          {"rwc"},
		"_dqs":          {"0"},
		"_defensive":    {"1"},
		"_busy_timeout": {"5000"},
		"_foreign_keys": {"1"},
		// The driver sorts the pragmas and says the journal mode after them: the page size must come before it.
		"_pragma":       {"page_size(1024)", "wal_autocheckpoint(2000)", "temp_store(MEMORY)"},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
	})
}

// readerDSN opens without the right to write. Mode is "ro", or "rw" where a rollback journal must be played back.
func readerDSN(path, mode string) string {
	return buildDSN(path, url.Values{
		"mode":          {mode},
		"_dqs":          {"0"},
		"_busy_timeout": {"5000"},
		"_pragma":       {"temp_store(MEMORY)"},
	})
}

func buildDSN(path string, q url.Values) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	q.Set("_error_rc", "1")
	u := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}
	return u.String()
}

// lockBook keeps a second writer out for as long as the file is open. The kernel lets go when the process dies.
func lockBook(path string) (*os.File, error) {
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock order book %s: %w", path, err)
	}
	for {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err == nil {
		return f, nil
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = ErrInUse
	}
	return nil, errors.Join(fmt.Errorf("lock order book %s: %w", path, err), f.Close())
}

// InUse tells whether a kiosk has the book open for writing. It takes nothing and makes nothing.
func InUse(path string) bool {
	f, err := os.Open(path + ".lock")
	if err != nil {
		return false // nobody ever opened it, or only its owner may know
	}
	defer f.Close()
	return errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
}

// What no waiting mends when a book is opened.
var (
	ErrInUse = errors.New("another kiosk is using it: stop that one first")
	ErrNewer = errors.New("install the newer kiosk again, or name another book")
)

// syncDir makes names in the book's folder outlast a power cut.
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
