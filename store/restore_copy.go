package store

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// copyBackup copies the backup beside the book, so that the stick may be taken out now and is never written. A book that
// was copied by hand instead of by kiosk backup comes with its log.
func (r *restoring) copyBackup() error {
	backup, err := os.Stat(r.from)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if book, err := os.Stat(r.path); err == nil && os.SameFile(book, backup) {
		return fmt.Errorf("restore: %s is the book itself: name a backup", r.from)
	}
	if backup.Size() == 0 || !backup.Mode().IsRegular() {
		return fmt.Errorf("restore: %s is no book: name a file that kiosk backup made", r.from)
	}
	if err := r.removeCopy(); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	for _, suffix := range []string{"", "-wal", "-journal"} { // not -shm: SQLite makes that anew from the log
		err := copyTo(r.temp+suffix, r.from+suffix)
		if err != nil && (suffix == "" || !errors.Is(err, fs.ErrNotExist)) {
			return fmt.Errorf("restore: copy the backup: %w", err)
		}
	}
	return nil
}

// copyTo does not sync: finishCopy does, once SQLite has made one file of the copies.
func copyTo(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// removeCopy removes a copy that did not become the book, also one of an earlier run that was cut short.
func (r *restoring) removeCopy() (err error) {
	for _, suffix := range suffixes {
		if e := os.Remove(r.temp + suffix); !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// finishCopy makes the copy one file, on the card: only one file can be put in place by one rename.
func (r *restoring) finishCopy() error {
	db, err := sql.Open("sqlite", writerDSN(r.temp))
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	db.SetMaxOpenConns(1)
	var mode string
	err = db.QueryRow(`PRAGMA journal_mode = DELETE`).Scan(&mode)
	if err = errors.Join(err, db.Close()); err != nil || mode != "delete" || fileSize(r.temp+"-wal") > 0 {
		return fmt.Errorf("restore: fold the copy's log: %q: %w", mode, err)
	}
	f, err := os.OpenFile(r.temp, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("restore: sync the copy: %w", err)
	}
	return likeFolder(r.temp)
}

// likeFolder gives a file to the owner of its folder: root restores, and the kiosk's own user must write the book.
func likeFolder(path string) error {
	info, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 {
		return nil
	}
	if err := os.Chown(path, int(owner.Uid), int(owner.Gid)); err != nil {
		return fmt.Errorf("restore: give the book to its user: %w", err)
	}
	return nil
}
