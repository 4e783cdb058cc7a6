package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Reader reads a book that another process may be writing, or died writing. Reader and writer never wait for each other.
// It has one connection, so a long read holds up the next one.
type Reader struct {
	db   *sql.DB
	path string
}

// OpenReader opens the book at path without the right to write.
func OpenReader(path string) (*Reader, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no order book at %s: run the kiosk once, or name another", path)
	}
	err := checkKinds(path)
	if err != nil {
		return nil, err
	}
	r, err := openReader(context.Background(), path)
	if err != nil {
		return nil, fmt.Errorf("read order book %s: %w", path, err)
	}
	return r, nil
}

// openReader does not migrate, because it may not write; so it refuses an older book, whose columns it does not find.
func openReader(ctx context.Context, path string) (*Reader, error) {
	db, err := sql.Open("sqlite", readerDSN(path, "ro"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	v, err := readVersion(ctx, db)
	if err == nil && v < len(migrations) {
		err = fmt.Errorf("the book is of version %d and this kiosk reads %d: run the kiosk once, it brings the book up", v, len(migrations))
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Reader{db, realPath(path)}, nil
}

// Close closes the connection.
func (r *Reader) Close() error { return r.db.Close() }

// Backup writes a consistent copy of the book, in one file, under a name that must not be there yet.
func (r *Reader) Backup(ctx context.Context, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("back up the book: %w", err)
	}
	// The name is taken here, because SQLite would fill any empty file that is there.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("back up the book: %w", err)
	}
	_, err = r.db.ExecContext(ctx, `VACUUM INTO ?`, path)
	if err == nil {
		err = errors.Join(checkSame(f, path), f.Sync(), syncDir(path))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("back up the book: %w", err), os.Remove(path))
	}
	return nil
}

// checkSame finds that SQLite, which opens by name, has written to the very file that was made for it.
func checkSame(f *os.File, path string) error {
	made, err := f.Stat()
	if err != nil {
		return err
	}
	if is, err := os.Lstat(path); err != nil || !os.SameFile(made, is) {
		return errors.New("somebody replaced the file meanwhile: name another folder")
	}
	return nil
}

// Backup is Reader.Backup, on a connection of its own: a large book takes a while, and the page must not wait for it.
func (b *Book) Backup(ctx context.Context, path string) error {
	r, err := openReader(ctx, b.path)
	if err != nil {
		return fmt.Errorf("back up the book: %w", err)
	}
	return errors.Join(r.Backup(ctx, path), r.Close())
}
