package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// BackupFile is a backup that is to become the book. It is opened once, so that who restores may give up the right to read it
// before the book's folder is touched, and so that what was judged is what is copied.
type BackupFile struct {
	name  string
	files map[string]*os.File // by suffix
	bytes int64
	owner int
}

// OpenBackupFile opens a backup and looks at its head, which costs nothing, before gigabytes are copied. A book that was copied by
// hand instead of by kiosk backup comes with its log.
func OpenBackupFile(path string) (*BackupFile, error) {
	b := &BackupFile{name: path, files: map[string]*os.File{}}
	for _, suffix := range []string{"", "-wal", "-journal"} { // not -shm: SQLite makes that anew from the log
		if err := b.open(suffix); err != nil && (suffix == "" || !errors.Is(err, fs.ErrNotExist)) {
			return nil, errors.Join(fmt.Errorf("restore: %w: name a file that kiosk backup made", err), b.Close())
		}
	}
	if err := b.checkHead(); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (b *BackupFile) open(suffix string) error {
	f, err := openFile(b.name+suffix, os.O_RDONLY|unix.O_NOFOLLOW)
	if err != nil {
		return err
	}
	b.files[suffix] = f
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if suffix == "" {
		b.owner = ownerOf(info)
	} else if ownerOf(info) != b.owner {
		return fmt.Errorf("%s belongs to another user than %s does", f.Name(), b.name)
	}
	b.bytes += info.Size()
	return nil
}

// checkHead compares the file with its own first hundred bytes (www.sqlite.org/fileformat2.html, 1.3).
func (b *BackupFile) checkHead() error {
	head := make([]byte, 100)
	if n, err := b.files[""].ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("restore: read %s: %w", b.name, err)
	} else if n < len(head) || string(head[:len(magic)]) != magic {
		return fmt.Errorf("restore: %s is no book: name a file that kiosk backup made", b.name)
	}
	page := int64(binary.BigEndian.Uint16(head[16:]))
	if page == 1 {
		page = 65536
	}
	info, err := b.files[""].Stat()
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if pages := int64(binary.BigEndian.Uint32(head[28:])); info.Size() > page*pages {
		return fmt.Errorf("restore: %s is damaged, or no book: it has %d bytes, and %d by its head: take another backup", b.name, info.Size(), page*pages)
	}
	return nil
}

// Close closes its files.
func (b *BackupFile) Close() (err error) {
	for _, f := range b.files {
		err = errors.Join(err, f.Close())
	}
	return err
}

// isFile is true if the file at path is the backup itself.
func (b *BackupFile) isFile(path string) bool {
	own, err := b.files[""].Stat()
	other, e := os.Stat(path)
	return err == nil && e == nil && os.SameFile(own, other)
}

// copyTo copies all of it beside the book, so that the stick may be taken out now and is never written.
func (b *BackupFile) copyTo(ctx context.Context, path string) error {
	var disk unix.Statfs_t
	if err := unix.Statfs(filepath.Dir(path), &disk); err != nil {
		return fmt.Errorf("look for room: %w", err)
	}
	if free := int64(disk.Bavail) * int64(disk.Bsize); free < b.bytes { // Bsize has 32 bits on some boards
		return fmt.Errorf("it needs %d MiB, and %d MiB are free: make room", b.bytes>>20, free>>20)
	}
	for suffix, from := range b.files {
		if err := copyFileTo(ctx, path+suffix, from); err != nil {
			return err
		}
	}
	return nil
}

// copyFileTo does not sync: finishCopy does, once SQLite has made one file of the copies.
func copyFileTo(ctx context.Context, path string, from *os.File) error {
	info, err := from.Stat()
	if err != nil {
		return err
	}
	to, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, untilDone{ctx, io.NewSectionReader(from, 0, info.Size())})
	return errors.Join(err, to.Close())
}

// untilDone reads until somebody has enough of it: a copy from a stick takes minutes.
type untilDone struct {
	ctx  context.Context
	from io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, context.Cause(u.ctx)
	}
	return u.from.Read(p)
}
