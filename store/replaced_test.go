package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kiosk/sale"
)

// TestABookWhoseFileIsTakenAwayLosesNothing: somebody deletes or replaces a file under a running kiosk. No sale begins, what was
// under way is written back whole, and nothing is sold until a person says so.
func TestABookWhoseFileIsTakenAwayLosesNothing(t *testing.T) {
	for name, take := range map[string]func(t *testing.T, path string){
		"deleted":       func(t *testing.T, path string) { os.Remove(path) },
		"all deleted":   func(t *testing.T, path string) { os.Remove(path); os.Remove(path + "-wal"); os.Remove(path + "-shm") },
		"its log alone": func(t *testing.T, path string) { os.Remove(path + "-wal") },
		"renamed":       func(t *testing.T, path string) { os.Rename(path, path+".mine") },
		"replaced by an older copy": func(t *testing.T, path string) {
			copyFile(t, path, path+".copy")
			if err := os.Rename(path+".copy", path); err != nil {
				t.Fatal(err)
			}
		},
		"replaced by another book": func(t *testing.T, path string) {
			other, at := newBook(t)
			lives(t, other, 50, 60)
			other.Close()
			copyFile(t, at, path+".copy")
			if err := os.Rename(path+".copy", path); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "kiosk.db")
			r := &ReopeningBook{Path: path}
			t.Cleanup(func() { r.Close() })
			b, err := r.Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			lives(t, b, 1, 9)
			under := life(9, sold...) // a sale that has begun is brought to its end: the file is there, only its name is not
			live(t, b, under[0])
			if err := b.CheckFiles(); err != nil {
				t.Fatal(err)
			}
			take(t, path)
			live(t, b, under[1:]...)
			why := "it is not noticed that"
			if err := r.Write(t.Context(), sale.Batch{Moves: []sale.Move{born(10)}}); !errors.Is(err, ErrReplaced) {
				t.Fatalf("a sale begins in a file without a name: %v", err)
			}
			if err := r.Write(t.Context(), sale.Batch{Damaged: &why}); !errors.Is(err, ErrReplaced) {
				t.Fatalf("the doubt is written into a file without a name: %v", err)
			}
			if err := r.CheckWritable(t.Context()); err != nil {
				t.Fatalf("it cannot be put back: %v", err)
			}
			b, err = r.Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if n := len(list(t, b)); n != 9 || b.SetAside() != "" {
				t.Errorf("%d orders of 9 are left; %q", n, b.SetAside())
			}
			if past := recall(t, b); !strings.Contains(past.Damaged, "deleted or replaced") {
				t.Errorf("it sells on as if nothing were: %q", past.Damaged)
			}
			sound(t, b)
			live(t, b, life(11, sold...)...)
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			again := openBook(t, path)
			if n := len(list(t, again)); n != 10 || again.SetAside() != "" {
				t.Errorf("after a restart %d orders of 10 are left; %q", n, again.SetAside())
			}
			sound(t, again)
		})
	}
}

// TestAStopSavesABookWithoutAName: who deletes the book and restarts the kiosk at once loses nothing, too.
func TestAStopSavesABookWithoutAName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kiosk.db")
	r := &ReopeningBook{Path: path}
	b, err := r.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lives(t, b, 1, 9)
	os.Remove(path)
	os.Remove(path + "-wal")
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	b = openBook(t, path)
	if n := len(list(t, b)); n != 8 || recall(t, b).Damaged == "" {
		t.Errorf("%d orders of 8", n)
	}
}

// TestAWriteBackThatWasCutIsFinished: the power goes when the copy is whole and the book's place is empty.
func TestAWriteBackThatWasCutIsFinished(t *testing.T) {
	b, path := newBook(t)
	lives(t, b, 1, 9)
	if err := copyOut(b, t.Context(), path+backSuffix, "somebody deleted it"); err != nil {
		t.Fatal(err)
	}
	b = spoilt(t, b, func(path string) { os.Remove(path); os.Remove(path + "-wal") })
	if n := len(list(t, b)); n != 8 || b.SetAside() != "" || recall(t, b).Damaged == "" {
		t.Errorf("%d orders of 8; %q", n, b.SetAside())
	}
}

// TestRemovingTheLockLetsNoSecondKioskIn: the book's own file is locked, too.
func TestRemovingTheLockLetsNoSecondKioskIn(t *testing.T) {
	b, path := newBook(t)
	live(t, b, born(1))
	if err := os.Remove(path + ".lock"); err != nil {
		t.Fatal(err)
	}
	if second, err := Open(path); !errors.Is(err, ErrInUse) {
		t.Fatalf("two kiosks write one book: %v %v", second, err)
	}
	backup := filepath.Join(t.TempDir(), "backup.db")
	if err := b.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	if _, err := restore(t, path, backup, anyKiosk); !errors.Is(err, ErrInUse) {
		t.Errorf("the book is taken from under a running kiosk: %v", err)
	}
	live(t, b, life(1, sold...)[1:]...)
	sound(t, b)
	b.Close()
	sound(t, openBook(t, path))
}
