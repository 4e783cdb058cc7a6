package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kiosk/sale"
)

func setAsideNames(t *testing.T, path string) []string {
	t.Helper()
	names, err := filepath.Glob(path + ".damaged-*")
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestADamagedBookIsSetAside spoils a book in each way, and looks for every byte of it afterwards.
func TestADamagedBookIsSetAside(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, path string, db []byte) []byte{
		"cut short":       func(_ *testing.T, _ string, db []byte) []byte { return db[:len(db)/2] },
		"cut to a page":   func(_ *testing.T, _ string, db []byte) []byte { return db[:1024] },
		"cut to a word":   func(_ *testing.T, _ string, db []byte) []byte { return db[:7] },
		"cut to nothing":  func(_ *testing.T, _ string, db []byte) []byte { return db[:0] },
		"a garbage head":  func(_ *testing.T, _ string, db []byte) []byte { return append([]byte("garbage garbage "), db[16:]...) },
		"another file":    func(_ *testing.T, _ string, db []byte) []byte { return bytes.Repeat([]byte{0}, len(db)) },
		"flipped pages":   func(_ *testing.T, _ string, db []byte) []byte { return flip(db, 1024, len(db)) },
		"a flipped page":  func(_ *testing.T, _ string, db []byte) []byte { return flip(db, 2048, 3072) },
		"a flipped table": func(_ *testing.T, _ string, db []byte) []byte { return flip(db, 100, 1024) },
		"no journal any more": func(t *testing.T, path string, _ []byte) []byte {
			b, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.conn.ExecContext(t.Context(), "DROP TRIGGER orders_moved"); err != nil {
				t.Fatal(err)
			}
			b.Close()
			db, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			return db
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, path := newBook(t)
			for n := 1; n <= 40; n++ {
				live(t, b, life(n, sold...)...)
			}
			fold(t, b)
			b.Close()
			db, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			spoilt := spoil(t, path, db)
			if err := os.WriteFile(path, spoilt, 0o600); err != nil {
				t.Fatal(err)
			}
			log, err := os.ReadFile(path + "-wal")
			if err != nil {
				t.Fatal(err)
			}

			b = openBook(t, path)
			told := b.SetAside()
			at, why, _ := strings.Cut(told, ": ")
			at = filepath.Join(filepath.Dir(path), at)
			for file, want := range map[string][]byte{at: spoilt, at + "-wal": log, at + ".reason.txt": []byte(why + "\n")} {
				if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s is not as it was found: %v", file, err)
				}
			}
			if why == "" || strings.Contains(told, "\n") {
				t.Errorf("the page says %q", told)
			}
			if n := len(list(t, b)); n != 0 {
				t.Errorf("the new book begins with %d orders", n)
			}
			live(t, b, life(41, sold...)...)
			sound(t, b)
			b.Close()
			b = openBook(t, path)
			if b.SetAside() != told || len(list(t, b)) != 1 {
				t.Errorf("after a restart the page says %q", b.SetAside())
			}
		})
	}
}

// fold empties the log into the book, so that no page can be healed from it.
func fold(t *testing.T, b *Book) {
	t.Helper()
	if _, err := b.conn.ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	if err := b.CheckWritable(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func flip(db []byte, from, to int) []byte {
	db = bytes.Clone(db)
	for i := from; i < to; i++ {
		db[i] ^= 0xa5
	}
	return db
}

func TestASecondDamagedBookOverwritesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kiosk.db")
	for n := 1; n <= 3; n++ {
		if err := os.WriteFile(path, bytes.Repeat([]byte{byte(n)}, 4096), 0o600); err != nil {
			t.Fatal(err)
		}
		openBook(t, path).Close()
	}
	kept := map[byte]bool{}
	for _, name := range setAsideNames(t, path) {
		if data, err := os.ReadFile(name); err == nil && len(data) == 4096 {
			kept[data[0]] = true
		}
	}
	if len(kept) != 3 {
		t.Errorf("of three damaged books %d are left", len(kept))
	}
}

func TestALogWithoutItsBookIsKept(t *testing.T) {
	b, path := newBook(t)
	live(t, b, born(1))
	b.Close()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	b = openBook(t, path)
	if at, _, _ := strings.Cut(b.SetAside(), ": "); at == "" || fileSize(filepath.Join(filepath.Dir(path), at+"-wal")) == 0 {
		t.Errorf("the log of a lost book is gone: %q", b.SetAside())
	}
}

func TestWhatCannotBeOpenedIsNotDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kiosk.db")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("a folder was opened as a book: %v", err)
	}
	if names := setAsideNames(t, path); len(names) != 0 {
		t.Errorf("it was set aside: %v", names)
	}
	for _, err := range []error{nil, os.ErrPermission, sale.ErrRefused, errors.New("disk full")} {
		if isDamage(err) {
			t.Errorf("%v counts as damage", err)
		}
	}
}

func TestASoundBookIsNotSetAside(t *testing.T) {
	b, path := newBook(t)
	for n := 1; n <= 5; n++ {
		live(t, b, life(n, sold...)...)
		b.Close()
		b = openBook(t, path)
	}
	if b.SetAside() != "" || len(list(t, b)) != 5 || len(setAsideNames(t, path)) != 0 {
		t.Errorf("a sound book was set aside: %q", b.SetAside())
	}
}
