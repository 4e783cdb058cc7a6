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

// suffixes are those of the files that make up a book.
var suffixes = []string{"", "-wal", "-shm", "-journal"}

// magic is what an SQLite database begins with (www.sqlite.org/fileformat2.html, 1.3).
const magic = "SQLite format 3\x00"

// isDamage is true for a file that SQLite finds damaged, and false for one that cannot be opened or written now.
func isDamage(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	code := e.Code() & 0xff
	return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
}

// findDamage returns why the file at path is damaged; "" if it is sound or not there. It changes nothing in it.
func findDamage(ctx context.Context, path string) (why string, err error) {
	if err := checkKinds(path); err != nil {
		return "", err
	}
	fresh, why, err := findDamageOutside(path) // first, because opening alone may change the files
	if fresh || why != "" || err != nil {
		return why, err
	}
	mode := "ro"
	if fileSize(path+"-journal") > 0 {
		mode = "rw" // the power was cut in the very first write; SQLite must undo it before anything can be read
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

// findDamageOutside looks at the files without SQLite, which takes an emptied book for a new one and drops its log.
// It finds that a book is fresh if there is nothing yet, or nothing in it.
func findDamageOutside(path string) (fresh bool, why string, err error) {
	head, n := make([]byte, len(magic)), 0
	f, err := os.Open(path)
	if err == nil {
		defer f.Close()
		n, err = io.ReadFull(f, head)
	}
	gone, empty, logged := errors.Is(err, fs.ErrNotExist), errors.Is(err, io.EOF), fileSize(path+"-wal") > 0
	switch {
	case gone && logged:
		return false, "its log is here, but the book itself is gone", nil
	case empty && logged:
		return false, "the file is empty, but its log is not", nil
	case gone || empty:
		return true, "", nil
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF): // a file shorter than its head was read to its end
		return false, "", err
	case string(head[:n]) != magic:
		return false, "the file does not begin like an SQLite database", nil
	}
	return false, "", nil
}

// findDamageInside asks SQLite, and looks for missing tables, indexes and triggers, of which SQLite cannot know.
func findDamageInside(ctx context.Context, db *sql.DB) (why string, err error) {
	v, err := readVersion(ctx, db)
	if err != nil {
		return "", err
	}
	found, err := listParts(ctx, db)
	if err != nil {
		return "", err
	}
	if v == 0 && len(found) > 0 { // is somebody else's: it must not be set aside
		return "", errors.New("this database is no order book: name another file")
	}
	// Unlike integrity_check it does not compare indexes with their tables: a start must not take minutes.
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

// fileSize is 0 for a file that is not there.
func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// setAside renames the book's files to an unused name, which it returns, and writes the reason beside them.
func setAside(path, why string) (base string, err error) {
	name, err := unusedName(path+".damaged-", time.Now())
	if err != nil {
		return "", err
	}
	if err := writeReason(name+".reason.txt", why); err != nil {
		return "", err
	}
	// The book goes before its log. A power cut in between leaves a log without a book, which is damage again; in the other
	// order it would leave a book that has lost its last moves without a trace.
	for _, suffix := range suffixes {
		if err := os.Rename(path+suffix, name+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return filepath.Base(name), syncDir(path)
}

// unusedName is a dated name at which nothing is yet. The date alone is not enough: without a clock every start is in 1970.
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

// writeReason comes before the renames: a book must not lie aside without its reason.
func writeReason(path, why string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, why)
	return errors.Join(err, f.Sync(), f.Close())
}
