package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// suffixes are the files that make up a book.
var suffixes = []string{"", "-wal", "-shm", "-journal"}

const magic = "SQLite format 3\x00"

// isDamage tells a spoilt file from one that merely cannot be opened or written now.
func isDamage(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	code := e.Code() & 0xff
	return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
}

// findDamage tells why the file at path is damaged, "" if it is sound or not there. It changes nothing in it.
func findDamage(ctx context.Context, path string) (why string, err error) {
	fresh, why, err := findDamageOutside(path)
	if fresh || why != "" || err != nil {
		return why, err
	}
	mode := "ro"
	if fileSize(path+"-journal") > 0 {
		mode = "rw" // a cut during the very first write: SQLite must undo that before anything can be read
	}
	db, err := sql.Open("sqlite", readerDSN(path, mode))
	if err != nil {
		return "", err
	}
	defer func() { err = cmp.Or(err, db.Close()) }()
	why, err = findDamageInside(ctx, db)
	if isDamage(err) {
		return err.Error(), nil
	}
	return why, err
}

// findDamageOutside looks at the file from outside: SQLite would take an emptied book for a new one and drop its log.
func findDamageOutside(path string) (fresh bool, why string, err error) {
	logged := fileSize(path+"-wal") > 0
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		if logged {
			return false, "its log is here, but the book itself is gone", nil
		}
		return true, "", nil
	}
	if err != nil {
		return false, "", err
	}
	defer f.Close()
	head := make([]byte, len(magic))
	n, err := io.ReadFull(f, head)
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		if logged {
			return false, "the file is empty, but its log is not", nil
		}
		return true, "", nil
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return false, "", err
	case string(head[:n]) != magic:
		return false, "the file does not begin like an SQLite database", nil
	}
	return false, "", nil
}

func findDamageInside(ctx context.Context, db *sql.DB) (why string, err error) {
	v, err := readVersion(ctx, db)
	if err != nil {
		return "", err
	}
	found, err := listParts(ctx, db)
	if err != nil {
		return "", err
	}
	if v == 0 && len(found) > 0 {
		return "", errors.New("this database is no order book: name another file")
	}
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&why); err != nil {
		return "", fmt.Errorf("check the book: %w", err)
	}
	if why != "ok" {
		return "quick_check: " + strings.Join(strings.Fields(why), " "), nil
	}
	name, err := missingPart(ctx, v, found)
	if err != nil || name == "" {
		return "", err
	}
	return fmt.Sprintf("a book of version %d lacks its %s", v, name), nil
}

func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// setAside renames the book's files to a name that nothing has yet, writes the reason beside them
// and tells both in one line.
func setAside(path, why string) (told string, err error) {
	name, err := unusedName(path+".damaged-", time.Now())
	if err != nil {
		return "", err
	}
	if err := writeReason(name+".reason.txt", why); err != nil {
		return "", err
	}
	// The book goes before its log: a cut in between leaves a log without a book, which is damage again,
	// and never a book that silently lost its last moves.
	for _, suffix := range suffixes {
		if err := os.Rename(path+suffix, name+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	if err := syncDir(path); err != nil {
		return "", err
	}
	return filepath.Base(name) + ": " + why, nil
}

// unusedName finds a dated name for a book that overwrites nothing, however often the clock starts anew.
func unusedName(base string, now time.Time) (string, error) {
	base += now.UTC().Format("20060102T150405Z")
	for n := 1; ; n++ {
		name := base
		if n > 1 {
			name = fmt.Sprintf("%s-%d", base, n)
		}
		taken := false
		for _, suffix := range append(suffixes, ".reason.txt") {
			_, err := os.Lstat(name + suffix)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return "", err
			}
			taken = taken || err == nil
		}
		if !taken {
			return name, nil
		}
	}
}

func writeReason(path, why string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, why)
	return errors.Join(err, f.Sync(), f.Close())
}
