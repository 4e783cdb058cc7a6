package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
func isDamage(err error) bool { return hasCode(err, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) }

// isMisfit is true if SQLite cannot make sense of our own SQL, or a stored value is of another kind than we store: the book is
// not made like one of ours. It is for errors of reading the book, which has no other that are not SQLite's.
func isMisfit(err error) bool {
	var e *sqlite.Error
	return err != nil && !errors.As(err, &e) && !errors.Is(err, errForeign) && !errors.Is(err, ErrNewer) || hasCode(err, sqlite3.SQLITE_ERROR)
}

func hasCode(err error, codes ...int) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && slices.Contains(codes, e.Code()&0xff)
}

// surroundings are what lies beside a book and says what it must be.
type surroundings struct {
	head       *NotedHead // nil: there is none that can be read
	ran        string     // what says that a kiosk ran here; "" nothing does
	unreadable bool       // there is a head, and it cannot be read
}

// lookAround reads the head beside a book. Traces are names of other files that only a kiosk that ran leaves.
func lookAround(path string, traces []string) (s surroundings) {
	there := false
	if s.head, there = ReadHead(path); there {
		s.ran, s.unreadable = "its head", s.head == nil
	}
	for _, name := range traces {
		if _, err := os.Lstat(filepath.Join(filepath.Dir(path), name)); err == nil && s.ran == "" {
			s.ran = name
		}
	}
	return s
}

// findDamage returns why the file at path is damaged; "" if it is sound, or not there on a machine where none was. It
// changes nothing in it.
func findDamage(ctx context.Context, path string, around surroundings) (why string, err error) {
	if err := checkKinds(path); err != nil {
		return "", err
	}
	fresh, why, err := findDamageOutside(path) // first, because opening alone may change the files
	if fresh && around.ran != "" {
		return "the book is gone or empty, and " + around.ran + " says that a kiosk ran here", nil
	}
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
	why, err = findDamageInside(ctx, db, around)
	if isDamage(err) || isMisfit(err) {
		return oneLine(err), nil
	}
	return why, err
}

// findDamageOutside looks at the files without SQLite, which takes an emptied book for a new one, drops its log, and reads
// the log only up to the first bad frame. It finds that a book is fresh if there is nothing yet, or nothing in it.
func findDamageOutside(path string) (fresh bool, why string, err error) {
	head, n := make([]byte, fileHeader), 0
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
	case string(head[:min(n, len(magic))]) != magic:
		return false, "the file does not begin like an SQLite database", nil
	case n == fileHeader && !isOurs(head):
		return false, "the first bytes of the file are not as a kiosk writes them", nil
	}
	frame, err := findRot(path + "-wal")
	if err == nil && frame >= 0 {
		why = fmt.Sprintf("its log is spoilt in frame %d, and sound behind it: moves that were written are lost", frame)
	}
	return false, why, err
}

// fileHeader is how long the head of an SQLite database is.
const fileHeader = 100

// isOurs looks at what never changes in the head of a book, and what SQLite takes as it is: the size of a page, the log, the
// fractions, the format of the schema, no vacuum, UTF-8, nobody's id.
func isOurs(head []byte) bool {
	logged := head[18] == 2 && head[19] == 2 || head[18] == 1 && head[19] == 1 // 1: as restore leaves it
	return logged && bytes.Equal(head[16:18], []byte{4, 0}) && bytes.Equal(head[20:24], []byte{0, 64, 32, 32}) &&
		binary.BigEndian.Uint32(head[44:]) <= 4 && isZero(head[52:56]) && binary.BigEndian.Uint32(head[56:]) <= 1 && isZero(head[64:92])
}

// findDamageInside asks SQLite, compares the book's shape, its seals and its head, of which SQLite cannot know.
func findDamageInside(ctx context.Context, db *sql.DB, around surroundings) (why string, err error) {
	v, why, err := judgeShape(ctx, db)
	if err != nil || why != "" {
		return why, err
	}
	if v == 0 && around.ran != "" {
		return "nothing is in the book, and " + around.ran + " says that a kiosk ran here", nil
	}
	if why, err := askSQLite(ctx, db); why != "" || err != nil {
		return why, err
	}
	if noted := around.head; noted != nil {
		if v < noted.Version {
			return fmt.Sprintf("it is behind its head: it is of version %d, and was of %d", v, noted.Version), nil
		}
		if why, err := behindHead(ctx, db, noted); why != "" || err != nil {
			return why, err
		}
	}
	return judgeSeals(ctx, db, v)
}

// wholeCheck is how large a file may be that SQLite compares with its indexes, too: a start must not take minutes.
const wholeCheck = 64 << 20

// askSQLite lets SQLite check the book.
func askSQLite(ctx context.Context, db *sql.DB) (why string, err error) {
	var pages int64
	err = db.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages)
	check := "integrity_check"
	if pages*1024 > wholeCheck {
		check = "quick_check"
	}
	if err == nil {
		err = db.QueryRowContext(ctx, "PRAGMA "+check+"(1)").Scan(&why)
	}
	if err != nil {
		return "", fmt.Errorf("check the book: %w", err)
	}
	if why != "ok" {
		return check + ": " + strings.Join(strings.Fields(why), " "), nil
	}
	return "", nil
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
	if err := keepHeads(path, name); err != nil {
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
		for _, suffix := range slices.Concat(suffixes, headSuffixes[:], []string{".reason.txt"}) {
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
