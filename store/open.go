package store

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

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
		"_pragma":       {"page_size(1024)", "wal_autocheckpoint(2000)", "temp_store(MEMORY)", fmt.Sprintf("journal_size_limit(%d)", largestLog)},
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

// openFile opens a file without waiting and judges what it got by the descriptor: another user may write in the folder, and put
// a pipe there that nobody ends. With O_NOFOLLOW a link, which may lead anywhere, is refused too.
func openFile(path string, flags int) (*os.File, error) {
	f, err := os.OpenFile(path, flags|unix.O_NONBLOCK, 0o600)
	if errors.Is(err, unix.ELOOP) {
		return nil, fmt.Errorf("%s is a link, and no file", path)
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = notRegular(path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func notRegular(path string) error { return fmt.Errorf("%s is no regular file", path) }

// checkKinds refuses a book with a pipe, a folder or a link in the place of one of its files: SQLite would wait for ever at a pipe.
// Only the book itself may be a link, to another disk; root follows none but his own. What belongs to a user whom the folder does not
// belong to is not taken. Nothing is opened, because closing it would give up SQLite's locks on it.
func checkKinds(path string) error {
	for _, suffix := range suffixes {
		info, err := os.Lstat(path + suffix)
		if err != nil {
			continue // SQLite says it better
		}
		link := suffix == "" && info.Mode()&fs.ModeSymlink != 0
		if !isTrusted(info, filepath.Dir(path), link && os.Geteuid() == 0) {
			return fmt.Errorf("%s belongs to user %d, not to the owner of its folder: move it away", path+suffix, ownerOf(info))
		}
		if link {
			if info, err = os.Stat(path); err != nil {
				return fmt.Errorf("%s is a link that leads nowhere: %w", path, err)
			}
		}
		if !info.Mode().IsRegular() {
			return fmt.Errorf("%w: move it away", notRegular(path+suffix))
		}
	}
	return nil
}

// isTrusted is true for root's files and, unless only those count, for the files of the folder's owner and of who runs this.
func isTrusted(file fs.FileInfo, folder string, onlyRoots bool) bool {
	owner := ownerOf(file)
	if owner == 0 || onlyRoots {
		return owner == 0
	}
	of, err := os.Stat(folder)
	return owner == os.Geteuid() || err == nil && owner == ownerOf(of)
}

// deviceOf is the disk that a file is on.
func deviceOf(info fs.FileInfo) uint64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(s.Dev)
	}
	return 0
}

// ownerOf is the user whom a file belongs to.
func ownerOf(info fs.FileInfo) int {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(s.Uid)
	}
	return -1
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
