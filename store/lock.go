package store

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// bookLock keeps a second writer out. The kernel frees it when the process dies, also by a power cut, so that nobody has to
// remove a stale one. The lock file alone would not do: somebody may remove it, and the next kiosk makes another. So the
// book's own file is locked, too, which nobody can have under two locks.
type bookLock struct {
	name *os.File // path.lock: is there before the book is
	book *os.File // nil: there is no book yet
}

// lockBook takes both locks, or says that another kiosk has one.
func lockBook(path string) (*bookLock, error) {
	f, err := openFile(path+".lock", os.O_CREATE|os.O_RDWR|unix.O_NOFOLLOW)
	if err != nil {
		return nil, fmt.Errorf("lock order book %s: %w", path, err)
	}
	l := &bookLock{name: f}
	err = takeLock(f)
	if err == nil {
		err = l.lockFile(path)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock order book %s: %w", path, err), l.Close())
	}
	return l, nil
}

// lockFile locks the file that is the book now, in place of one that was set aside. SQLite loses its own locks on a file when
// the process closes any descriptor of it, so this one stays open until SQLite has closed the book.
func (l *bookLock) lockFile(path string) error {
	if l.book != nil {
		is, err := os.Stat(path)
		locked, other := l.book.Stat()
		if err == nil && other == nil && os.SameFile(is, locked) {
			return nil
		}
		_ = l.book.Close() // the book that was set aside
		l.book = nil
	}
	f, err := openFile(path, os.O_RDONLY)
	if err != nil {
		return nil // there is none yet, or opening it says better what is wrong
	}
	l.book = f
	return takeLock(f)
}

func takeLock(f *os.File) error {
	err := error(unix.EINTR)
	for errors.Is(err, unix.EINTR) {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		return ErrInUse
	}
	return err
}

// Close lets the next writer in.
func (l *bookLock) Close() error {
	err := l.name.Close()
	if l.book != nil {
		err = errors.Join(err, l.book.Close())
	}
	return err
}

// InUse is true if a kiosk has the book open for writing. It keeps no lock and creates no file.
func InUse(path string) bool {
	f, err := openFile(path+".lock", os.O_RDONLY|unix.O_NOFOLLOW)
	if err != nil {
		return false // no kiosk ever opened it, or only its owner may read the lock
	}
	defer f.Close()
	return errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
}
