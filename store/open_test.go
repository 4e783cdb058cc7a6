package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/sale"
)

func TestTheWriterIsSetForMoney(t *testing.T) {
	b, path := newBook(t)
	for range 2 { // a new book, and the same one opened again
		for pragma, want := range map[string]string{
			"journal_mode": "wal", "synchronous": "2", "page_size": "1024", "wal_autocheckpoint": "2000",
			"busy_timeout": "5000", "foreign_keys": "1", "user_version": "3",
		} {
			var got string
			if err := b.conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s is %s, not %s: %v", pragma, got, want, err)
			}
		}
		b.Close()
		b = openBook(t, path)
	}
}

func TestTheLogOutlastsAStop(t *testing.T) {
	b, path := newBook(t)
	live(t, b, life(1, sold...)...)
	was := fileSize(path + "-wal")
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if now := fileSize(path + "-wal"); now != was || was == 0 {
		t.Errorf("the log had %d bytes and has %d after the stop: it must be grown anew at each start", was, now)
	}
	b = openBook(t, path)
	live(t, b, life(2, sold...)...)
	if n := len(list(t, b)); n != 2 {
		t.Errorf("%d orders after the restart", n)
	}
	if small := fileSize(path); small < 2048 {
		t.Errorf("the log was not folded into the book at the stop: %d bytes", small)
	}
	if err := b.Close(); err != nil || b.Close() != nil {
		t.Errorf("closing twice: %v", err)
	}
}

func TestOnlyOneKioskWrites(t *testing.T) {
	b, path := newBook(t)
	live(t, b, born(1))
	second, err := Open(path)
	if err == nil {
		second.Close()
		t.Fatal("two lives write one book: both would turn motors")
	}
	if strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "another kiosk") {
		t.Errorf("the technician reads %q", err)
	}
	b.Close()
	if n := len(list(t, openBook(t, path))); n != 1 {
		t.Errorf("%d orders", n)
	}
}

func TestANewerBookIsLeftAlone(t *testing.T) {
	b, path := newBook(t)
	live(t, b, born(1))
	for _, text := range []string{fmt.Sprintf("PRAGMA user_version = %d", len(migrations)+1), "CREATE TABLE later (n)"} {
		if _, err := b.conn.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	b.Close()
	was, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(path)
	_, readErr := OpenReader(path)
	for _, err := range []error{err, readErr} {
		if err == nil || !strings.Contains(err.Error(), "install the newer kiosk") || strings.Contains(err.Error(), "\n") {
			t.Errorf("an older kiosk says %v", err)
		}
	}
	now, err := os.ReadFile(path)
	if err != nil || string(now) != string(was) {
		t.Errorf("an older kiosk changed the newer book: %v", err)
	}
	if names := setAsideNames(t, path); len(names) != 0 {
		t.Errorf("a newer book counts as damaged: %v", names)
	}
}

func TestAForeignDatabaseIsLeftAlone(t *testing.T) {
	b, path := newBook(t)
	for _, text := range []string{"PRAGMA user_version = 0", "DROP TABLE shelves"} {
		if _, err := b.conn.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	b.Close()
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "no order book") {
		t.Errorf("%v", err)
	}
}

func TestMigrationsAreNumbered(t *testing.T) {
	names, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(names) == 0 || len(names) != len(migrations) {
		t.Fatalf("%d files, %d steps: %v", len(names), len(migrations), err)
	}
	for i, name := range names {
		if !strings.HasPrefix(filepath.Base(name), fmt.Sprintf("%04d_", i+1)) {
			t.Errorf("%s is step %d", name, i+1)
		}
	}
}

func TestACutWhileTheBookIsBegun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kiosk.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b := openBook(t, path)
	if b.SetAside() != "" {
		t.Errorf("an empty file without a log counts as a damaged book: %s", b.SetAside())
	}
	live(t, b, life(1, sold...)...)
}

// TestTheBookInABubble: no goroutine may outlive Close, and waiting for the connection must not stop virtual time.
func TestTheBookInABubble(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kiosk.db")
	for n := range 3 {
		synctest.Test(t, func(t *testing.T) {
			b, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			r, err := OpenReader(path)
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan error)
			moves := life(n+1, sold...)
			go func() {
				for _, m := range moves {
					time.Sleep(time.Second)
					if err := b.Write(t.Context(), sale.Batch{Moves: []sale.Move{m}}); err != nil {
						done <- err
						return
					}
				}
				done <- nil
			}()
			for range 8 {
				time.Sleep(time.Second / 2)
				if err := b.CheckWritable(t.Context()); err != nil {
					t.Error(err)
				}
				list(t, b)
				recall(t, b)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
			if got := list(t, r); len(got) != n+1 || len(got[0].Journal) != 4 {
				t.Errorf("after sale %d the page shows %d orders", n+1, len(got))
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestNothingStaysOpen: a kiosk that begins a new life after every failed write must not run out of files.
func TestNothingStaysOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kiosk.db")
	opened := func() (names []string) {
		links, err := filepath.Glob("/proc/self/fd/*")
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range links {
			if name, err := os.Readlink(link); err == nil && strings.HasPrefix(name, filepath.Dir(path)) {
				names = append(names, name)
			}
		}
		return names
	}
	for n := 1; n <= 3; n++ {
		b, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		live(t, b, life(n, sold...)...)
		list(t, b)
		recall(t, b)
		if len(opened()) < 3 {
			t.Fatal("the test does not see the open book")
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if left := opened(); len(left) > 0 {
			t.Fatalf("life %d leaves open: %v", n, left)
		}
	}
}

// TestALinkInTheLocksPlaceIsRefused: whoever opens the book as root would make, and lock, the file that it leads to.
func TestALinkInTheLocksPlaceIsRefused(t *testing.T) {
	path, elsewhere := filepath.Join(t.TempDir(), "kiosk.db"), filepath.Join(t.TempDir(), "root's")
	if err := os.Symlink(elsewhere, path+".lock"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "is a link") {
		t.Errorf("the lock's link is followed: %v", err)
	}
	if _, err := os.Lstat(elsewhere); err == nil {
		t.Error("a file was made where the link leads")
	}
}
