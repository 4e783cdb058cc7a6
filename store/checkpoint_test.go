package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"kiosk/sale"
)

// folded reads from the log's index how many of its pages are in the book already, and how many it holds.
func folded(t *testing.T, path string) (done, all uint32) {
	t.Helper()
	shm, err := os.ReadFile(path + "-shm")
	if err != nil || len(shm) < 100 {
		t.Fatal(len(shm), err)
	}
	return binary.NativeEndian.Uint32(shm[96:]), binary.NativeEndian.Uint32(shm[16:]) // nBackfill, mxFrame
}

// A sale that has to fold the log waits ten times as long as the others. Called between sales, Fold leaves none to do it.
func TestNoSaleHasToFoldTheLog(t *testing.T) {
	b, path := newBook(t)
	folds, sales := 0, 1000
	for n := range sales {
		for _, m := range life(n+1, sold...) {
			before, _ := folded(t, path)
			live(t, b, m)
			if after, all := folded(t, path); after > before {
				t.Fatalf("sale %d: %s folded %d of %d pages while the customer waited", n, m.Event, after, all)
			}
		}
		did, err := b.Checkpoint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if did {
			folds++
			// What is left is the byte with which the log was begun anew.
			if done, all := folded(t, path); done != 0 || all > 2 {
				t.Fatalf("fold %d left %d of %d pages", folds, all-done, all)
			}
		}
	}
	if want := sales * 4 / checkpointWorth; folds != want {
		t.Errorf("%d sales were folded %d times, not %d", sales, folds, want)
	}
	if s := fileSize(path + "-wal"); s > 1<<20 {
		t.Errorf("the log has grown to %d bytes", s)
	}
	sound(t, b)
}

// Where nobody folds, the log is bounded all the same.
func TestALogThatNobodyFoldsIsBounded(t *testing.T) {
	b, path := newBook(t)
	for n := range 500 {
		live(t, b, life(n+1, sold...)...)
	}
	if s := fileSize(path + "-wal"); s > 3<<20 {
		t.Errorf("the log has grown to %d bytes", s)
	}
}

// A reader that stays in the way leaves the rest for the next fold, and keeps seeing the book as it was; a sale goes on.
func TestAFoldWaitsForNobodyAndNobodyForIt(t *testing.T) {
	b, path := newBook(t)
	sell := func(from, to int) {
		for n := from; n < to; n++ {
			live(t, b, life(n, sold...)...)
		}
	}
	sell(1, 10)
	r, err := OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	look, err := r.db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	count := func(q queryer) (n int) {
		if err := q.QueryRowContext(t.Context(), "SELECT count(*) FROM orders").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	was := count(look)
	sell(10, 50)
	if err := b.lockWriter(t.Context()); err != nil { // a write is under way, and takes long
		t.Fatal(err)
	}
	did, err := b.Checkpoint(t.Context())
	b.unlockWriter()
	if err != nil || did {
		t.Fatalf("with a reader in the way it is said to be folded: %v %v", did, err)
	}
	sell(50, 60)
	if now := count(look); now != was {
		t.Errorf("somebody who looks at %d orders suddenly sees %d", was, now)
	}
	if err := look.Rollback(); err != nil {
		t.Fatal(err)
	}
	if did, err := b.Checkpoint(t.Context()); err != nil || !did {
		t.Errorf("once the reader has gone the log is not folded: %v %v", did, err)
	}
	if did, err := b.Checkpoint(t.Context()); err != nil || did {
		t.Errorf("a fold that nothing calls for is paid for: %v %v", did, err)
	}
	sound(t, b)
}

// A notice moves a sale on: what it asks of the book is answered while a page reads a thousand orders, or hangs.
func TestANoticeNeverWaitsBehindAPage(t *testing.T) {
	b, _ := newBook(t)
	o := live(t, b, life(1, sale.Asked)...)
	page, err := b.Reader.db.BeginTx(t.Context(), nil) // a page that does not come to its end
	if err != nil {
		t.Fatal(err)
	}
	defer page.Rollback()
	if _, found, err := b.FindOrder(t.Context(), o.No); err != nil || !found {
		t.Errorf("the notice waits: %v %v", found, err)
	}
	if was, err := b.WasPruned(t.Context(), o.No); err != nil || was {
		t.Errorf("it is taken for an old one: %v %v", was, err)
	}
}

// What was folded is as durable as what was not: the book is copied, with or without its log, as a power cut leaves it.
func TestAPowerCutAfterAFoldLosesNothing(t *testing.T) {
	b, path := newBook(t)
	for n := range 30 {
		live(t, b, life(n+1, sold...)...)
	}
	if did, err := b.Checkpoint(t.Context()); err != nil || !did {
		t.Fatal(did, err)
	}
	whole := moves(list(t, b))
	alone := path + ".alone"
	copyFile(t, path, alone)
	if got := moves(list(t, openBook(t, alone))); len(got) != len(whole) {
		t.Errorf("without its log %d of %d moves are there", len(got), len(whole))
	}
	more := sale.Batch{Moves: []sale.Move{born(31)}}
	if err := b.Write(context.Background(), more); err != nil {
		t.Fatal(err)
	}
	both := path + ".both"
	copyFile(t, path, both)
	copyFile(t, path+"-wal", both+"-wal")
	if got := moves(list(t, openBook(t, both))); len(got) != len(whole)+1 {
		t.Errorf("with its log %d of %d moves are there", len(got), len(whole)+1)
	}
	fmt.Fprintf(t.Output(), "%d moves folded, one after\n", len(whole))
}

// A card that fills up while a motor turns has room for what came of the vend: blocks behind the log are its already.
func TestTheLogHasRoomForAVendOnAFullCard(t *testing.T) {
	b, path := newBook(t)
	for range 3 {
		live(t, b, life(int(b.written.Load())+1, sold...)...)
		if _, err := b.Checkpoint(t.Context()); err != nil {
			t.Fatal(err)
		}
		var stat unix.Stat_t
		if err := unix.Stat(path+"-wal", &stat); err != nil {
			t.Fatal(err)
		}
		if room := stat.Blocks*512 - stat.Size; room < logReserve {
			t.Errorf("behind %d bytes of the log only %d are allocated, want %d", stat.Size, room, logReserve)
		}
	}
	sound(t, b)
}
func TestWhatIsWrittenReachesTheBooksOwnFileWithinAMinuteOfIdleness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, path := newBook(t)
		defer b.Close()
		live(t, b, life(1, sold...)...)
		for wait := 0 * time.Second; ; wait += 5 * time.Second {
			if wait > time.Minute {
				t.Fatal("after a minute the sale is in the log alone")
			}
			time.Sleep(5 * time.Second) // as the kiosk's beat calls it
			if did, err := b.Checkpoint(t.Context()); err != nil {
				t.Fatal(err)
			} else if did {
				break
			}
		}
		alone := filepath.Join(t.TempDir(), "kiosk.db")
		copyFile(t, path, alone)
		c := openBook(t, alone)
		defer c.Close()
		if n := len(list(t, c)); n != 1 {
			t.Errorf("the book's own file has %d orders", n)
		}
		time.Sleep(time.Hour)
		if did, err := b.Checkpoint(t.Context()); did || err != nil {
			t.Errorf("an idle kiosk wears its card: %v %v", did, err)
		}
	})
}

// TestNothingIsLaidOverTheBookAfterAStop: the log of a stop is there, and SQLite reads nothing from it.
func TestNothingIsLaidOverTheBookAfterAStop(t *testing.T) {
	b, path := newBook(t)
	lives(t, b, 1, 30)
	was := len(list(t, b))
	b.Close()
	log := mustBytes(os.ReadFile(path + "-wal"))
	if len(log) < 100_000 || !isZero(log[:walHeader]) || isZero(log[walHeader:]) {
		t.Fatalf("a log of %d bytes, which begins with % x", len(log), log[:8])
	}
	if err := os.WriteFile(path+"-wal", flip(log, walHeader, len(log)), 0o600); err != nil {
		t.Fatal(err)
	}
	b = openBook(t, path)
	if n := len(list(t, b)); n != was || b.SetAside() != "" {
		t.Errorf("%d of %d orders; %q", n, was, b.SetAside())
	}
	sound(t, b)
}

// TestTheLogShrinksOnceAForgottenReaderHasGone: a technician's open shell lets the log grow; it does not stay so large.
func TestTheLogShrinksOnceAForgottenReaderHasGone(t *testing.T) {
	b, path := newBook(t)
	r, err := OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := r.db.BeginTx(t.Context(), nil)
	if err == nil {
		err = tx.QueryRowContext(t.Context(), "SELECT count(*) FROM orders").Scan(new(int))
	}
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; b.LogSize() < 2*largestLog; n++ {
		live(t, b, life(n+1, sold...)...)
	}
	if err := errors.Join(tx.Rollback(), r.Close()); err != nil {
		t.Fatal(err)
	}
	if did, err := b.Checkpoint(t.Context()); err != nil || !did {
		t.Fatal(did, err)
	}
	live(t, b, life(n+1, sold...)...)
	if size := b.LogSize(); size > largestLog {
		t.Errorf("the log still takes %d bytes", size)
	}
}
