package daily

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/sale"
	"kiosk/store"
)

// kept runs the upkeep of a new book for half a minute after something was done to its files, and returns what it logs and what
// it tells the shop.
func kept(t *testing.T, do func(path string) error) (logged, damaged []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &store.ReopeningBook{Path: filepath.Join(t.TempDir(), "kiosk.db")}
		if _, err := r.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := do(r.Path); err != nil {
			t.Fatal(err)
		}
		u := &Upkeep{Book: r, Snapshot: func() sale.Snapshot { return sale.Snapshot{} },
			Damaged: func(why string) { damaged = append(damaged, why) }, Log: func(line string) { logged = append(logged, line) }}
		ctx, end := context.WithTimeout(t.Context(), 30*time.Second)
		defer end()
		if err := u.Checkpoint(ctx); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	})
	return logged, damaged
}

func TestALogThatAForgottenReaderLetsGrowIsToldOnce(t *testing.T) {
	logged, damaged := kept(t, func(path string) error { return os.Truncate(path+"-wal", LogWorry+1<<20) })
	if len(logged) != 1 || !strings.Contains(logged[0], "reading the book for long: close it") || len(damaged) != 0 {
		t.Errorf("logged %q; in doubt %q", logged, damaged)
	}
}

func TestABookWithoutItsNameIsInDoubtOnce(t *testing.T) {
	logged, damaged := kept(t, os.Remove)
	if len(logged) != 1 || len(damaged) != 1 || !strings.Contains(damaged[0], "deleted or replaced") {
		t.Errorf("logged %q; in doubt %q", logged, damaged)
	}
}

func TestASoundBookIsKeptInSilence(t *testing.T) {
	if logged, damaged := kept(t, func(string) error { return nil }); len(logged)+len(damaged) != 0 {
		t.Errorf("logged %q; in doubt %q", logged, damaged)
	}
}
