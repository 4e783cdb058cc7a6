package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

func anyKiosk(string, sale.History) error { return nil }

// backedUp is a book with a backup of it beside it: order 1 sold, 2 owed, 3 waiting for its customer.
func backedUp(t *testing.T) (b *Book, path, backup string) {
	t.Helper()
	b, path = newBook(t)
	live(t, b, life(1, sold...)...)
	live(t, b, life(2, sale.Misfit, sale.Unpayable)...)
	live(t, b, life(3, sale.Asked)...)
	err := b.Write(t.Context(), sale.Batch{Slots: []sale.SlotState{{Slot: 1, Name: "a", Stock: 9}, {Slot: 2, Name: "b", Stock: 7, Fault: "jam"}}})
	if err != nil {
		t.Fatal(err)
	}
	backup = filepath.Join(t.TempDir(), "backup.db")
	if err := b.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	return b, path, backup
}

// restore does what kiosk restore does.
func restore(t *testing.T, path, backup string, fits func(string, sale.History) error) (did Restored, err error) {
	t.Helper()
	from, err := OpenBackupFile(backup)
	if err != nil {
		return did, err
	}
	defer from.Close()
	return Restore(t.Context(), path, from, noon, fits)
}

func asides(t *testing.T, path string) []string {
	t.Helper()
	names, err := filepath.Glob(path + ".before-*")
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestABackupTakesTheBooksPlace(t *testing.T) {
	b, path, backup := backedUp(t)
	live(t, b, life(3, sale.Asked, sale.Paid, sale.Dropped)[2:]...) // after the backup
	live(t, b, life(4, sold...)...)
	live(t, b, life(5, sale.Misfit)...)
	b.Close()
	was, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	did, err := restore(t, path, backup, func(kiosk string, past sale.History) error {
		if kiosk != "K0042" || len(past.Orders) != 2 {
			t.Errorf("asked whether the book of %s with %d orders open fits", kiosk, len(past.Orders))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Restored{Orders: 3, Last: noon.Add(3 * time.Second), Open: 1, Owed: 1, Next: 6, Slots: 2,
		Aside: "kiosk.db.before-20251009T085320Z", Sold: []sale.No{born(3).Order.No}, Lost: []sale.No{born(5).Order.No}}
	if fmt.Sprint(did) != fmt.Sprint(want) {
		t.Errorf("the owner reads\n%+v, not\n%+v", did, want)
	}
	if now, err := os.ReadFile(backup); err != nil || !bytes.Equal(was, now) {
		t.Errorf("the backup changed: %v", err)
	}
	b = openBook(t, path)
	sound(t, b)
	past := recall(t, b)
	if len(past.Orders) != 2 || past.Orders[1].State != sale.Waiting || past.Next != 6 {
		t.Errorf("the kiosk wakes with %d and %+v", past.Next, past.Orders)
	}
	for _, s := range past.Slots {
		if s.Flag != sale.FlagRestored || s.Stock == 0 || (s.Slot == 2) != (s.Fault == "jam") {
			t.Errorf("slot %d: %+v", s.Slot, s)
		}
	}
	if alarms, err := b.ListAlarms(t.Context(), 1); err != nil || len(alarms) != 1 || alarms[0].Kind != sale.AlarmService || !strings.Contains(alarms[0].Text, "backup.db") ||
		alarms[0].Act != "restored" || alarms[0].Old != "backup.db" {
		t.Errorf("the page says nothing of it: %v %v", alarms, err)
	}
	if alarms, err := b.ListAlarms(t.Context(), 2); err != nil || len(alarms) != 2 || alarms[1].Kind != "restored, sold" || alarms[1].No != born(3).Order.No {
		t.Errorf("nobody learns whose goods and money will both be out: %v %v", alarms, err)
	}
	// What waking does: the order at the machine is given up, and the next one has a number of its own.
	o := past.Orders[1]
	live(t, b, after(sale.Move{Order: o, Trusted: true}, sale.Woke))
	live(t, b, life(6, sold...)...)
	sound(t, b)
	if names, err := filepath.Glob(path + ".restoring*"); err != nil || len(names) > 0 {
		t.Errorf("left behind: %v %v", names, err)
	}
	kept, err := OpenReader(filepath.Join(filepath.Dir(path), did.Aside))
	if err != nil {
		t.Fatalf("the book before cannot be read: %v", err)
	}
	defer kept.Close()
	if got := list(t, kept); len(got) != 5 || got[0].State != sale.Refunding {
		t.Errorf("of the book before this is kept: %+v", got)
	}
}

func TestOneBackupCanBeRestoredTwice(t *testing.T) {
	b, path, backup := backedUp(t)
	b.Close()
	for n := range 3 {
		if _, err := restore(t, path, backup, anyKiosk); err != nil {
			t.Fatal(err)
		}
		if got := len(asides(t, path)); got != n+1 {
			t.Errorf("after restoring %d times %d books are kept", n+1, got)
		}
	}
}

func TestABackupOfAnEarlierVersionIsRestored(t *testing.T) {
	for v := 1; v <= 3; v++ {
		backup := filepath.Join(t.TempDir(), "old.db")
		k, err := openOlder(t, backup, v)
		if err != nil {
			t.Fatal(err)
		}
		k.live(t, life(1, sold...)...)
		k.live(t, life(2, sale.Misfit)...)
		k.close(t)
		path := filepath.Join(t.TempDir(), "kiosk.db")
		did, err := restore(t, path, backup, anyKiosk)
		if err != nil || did.Orders != 2 || did.Open != 1 || did.Aside != "" || did.Next != 3+unknownNumbers {
			t.Errorf("version %d: %+v %v", v, did, err)
		}
		sound(t, openBook(t, path))
	}
}

// TestABookCopiedByHandIsRestoredWithItsLog: what a person saves from a dying card.
func TestABookCopiedByHandIsRestoredWithItsLog(t *testing.T) {
	b, path, _ := backedUp(t)
	copied := filepath.Join(t.TempDir(), "saved.db")
	copyFile(t, path, copied)
	copyFile(t, path+"-wal", copied+"-wal")
	b.Close()
	other := filepath.Join(t.TempDir(), "kiosk.db")
	if did, err := restore(t, other, copied, anyKiosk); err != nil || did.Orders != 3 {
		t.Errorf("%+v %v", did, err)
	}
	sound(t, openBook(t, other))
}

func TestADamagedBookMakesRoomForItsBackup(t *testing.T) {
	b, path, backup := backedUp(t)
	fold(t, b)
	b.Close()
	db, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, flip(db, 1024, len(db)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+"-wal", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	did, err := restore(t, path, backup, anyKiosk)
	if err != nil || did.Why == "" || did.Next != 4+unknownNumbers {
		t.Fatalf("%+v %v", did, err)
	}
	if kept, err := os.ReadFile(filepath.Join(filepath.Dir(path), did.Aside)); err != nil || !bytes.Equal(kept, flip(db, 1024, len(db))) {
		t.Errorf("the damaged book is not kept as it was: %v", err)
	}
	b = openBook(t, path)
	sound(t, b)
	if len(list(t, b)) != 3 || b.SetAside() != "" {
		t.Errorf("restored: %d orders, %q", len(list(t, b)), b.SetAside())
	}
}

// TestARestoringThatWasCutIsDoneAgain: at each moment at which the power may go, a kiosk that starts has a whole book,
// and the owner may say it once more.
func TestARestoringThatWasCutIsDoneAgain(t *testing.T) {
	cut := map[string]func(t *testing.T, path, backup string){
		"while it is copied": func(t *testing.T, path, backup string) {
			if err := os.WriteFile(path+".restoring", []byte("half"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"while the copy is made ready": func(t *testing.T, path, backup string) {
			copyFile(t, backup, path+".restoring")
			copyFile(t, backup, path+".restoring-wal")
			copyFile(t, backup, path+".restoring-journal")
		},
		"when the book before has two names": func(t *testing.T, path, backup string) {
			copyFile(t, backup, path+".restoring")
			if err := os.Link(path, path+".before-20251009T085320Z"); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, leave := range cut {
		t.Run(name, func(t *testing.T) {
			b, path, backup := backedUp(t)
			live(t, b, life(3, sale.Asked, sale.Late)[2:]...)
			live(t, b, life(4, sold...)...)
			b.Close()
			leave(t, path, backup)
			b = openBook(t, path)
			sound(t, b)
			if n := len(list(t, b)); n != 4 || b.SetAside() != "" {
				t.Errorf("the kiosk starts with %d orders; %q", n, b.SetAside())
			}
			b.Close()
			if did, err := restore(t, path, backup, anyKiosk); err != nil || did.Orders != 3 {
				t.Fatalf("said once more: %+v %v", did, err)
			}
			b = openBook(t, path)
			sound(t, b)
			if left, err := filepath.Glob(path + ".restoring*"); err != nil || len(left) > 0 || len(list(t, b)) != 3 {
				t.Errorf("%d orders; left behind %v %v", len(list(t, b)), left, err)
			}
		})
	}
}

// TestWhatMustNotBecomeTheBook: whatever is refused, the book in place is as it was, and nothing is left behind.
func TestWhatMustNotBecomeTheBook(t *testing.T) {
	spoilt := func(t *testing.T, backup string, spoil func([]byte) []byte) {
		db, err := os.ReadFile(backup)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(backup, spoil(db), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		says  string
		spoil func(t *testing.T, path, backup string) string
	}{
		"nothing":       {"no such file", func(t *testing.T, path, backup string) string { return backup + "x" }},
		"an empty file": {"no book", func(t *testing.T, _, b string) string { spoilt(t, b, func([]byte) []byte { return nil }); return b }},
		"a folder":      {"no regular file", func(t *testing.T, _, b string) string { return filepath.Dir(b) }},
		"a letter": {"no book", func(t *testing.T, _, b string) string {
			spoilt(t, b, func([]byte) []byte { return []byte("Dear kiosk,") })
			return b
		}},
		"half a backup": {"damaged", func(t *testing.T, _, b string) string {
			spoilt(t, b, func(db []byte) []byte { return db[:len(db)/2] })
			return b
		}},
		"a flipped page": {"damaged", func(t *testing.T, _, b string) string {
			spoilt(t, b, func(db []byte) []byte { return flip(db, 2048, 3072) })
			return b
		}},
		"the book itself": {"the book itself", func(t *testing.T, path, _ string) string { return path }},
		"somebody's photos": {"no order book", func(t *testing.T, _, b string) string {
			inside(t, b, "PRAGMA user_version = 0", "DROP TABLE shelves")
			return b
		}},
		"a newer kiosk's": {"install the newer kiosk", func(t *testing.T, _, b string) string {
			inside(t, b, "PRAGMA user_version = 99", "CREATE TABLE later (n)")
			return b
		}},
		"a lost part": {"lacks its trigger", func(t *testing.T, _, b string) string { inside(t, b, "DROP TRIGGER orders_moved"); return b }},
		"a lost index entry": {"damaged", func(t *testing.T, _, b string) string {
			inside(t, b, "PRAGMA writable_schema = 1", "UPDATE sqlite_schema SET sql = replace(sql, '= ''closed''', '= ''sold''') WHERE name = 'orders_shut'")
			return b
		}},
		"a changed order": {RuleChain, func(t *testing.T, _, b string) string {
			inside(t, b, "UPDATE orders SET fen = 1 WHERE id = 2")
			return b
		}},
		"a changed sum":   {RuleSums, func(t *testing.T, _, b string) string { inside(t, b, "UPDATE tallies SET fen = 1"); return b }},
		"another kiosk's": {"not mine", func(t *testing.T, _, b string) string { return b }},
	} {
		t.Run(name, func(t *testing.T) {
			b, path, backup := backedUp(t)
			b.Close()
			was, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			backup = c.spoil(t, path, backup)
			_, err = restore(t, path, backup, func(string, sale.History) error { return errors.New("not mine") })
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("the owner reads %v", err)
			}
			if now, err := os.ReadFile(path); err != nil || !bytes.Equal(was, now) {
				t.Errorf("the book in place was touched: %v", err)
			}
			names, err := filepath.Glob(path + ".*")
			if err != nil || len(names) != 3 { // the lock and the head, in two copies
				t.Errorf("left behind: %v %v", names, err)
			}
		})
	}
}

// inside does something to a database that is nobody's book any more.
func inside(t *testing.T, path string, does ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, do := range does {
		if _, err := db.ExecContext(t.Context(), do); err != nil {
			t.Fatalf("%s: %v", do, err)
		}
	}
}

func TestNoRestoringWhileTheKioskRuns(t *testing.T) {
	b, path, backup := backedUp(t)
	if _, err := restore(t, path, backup, anyKiosk); !errors.Is(err, ErrInUse) {
		t.Errorf("the book was taken from under a running kiosk: %v", err)
	}
	live(t, b, life(3, sale.Asked, sale.Late)[2:]...)
	sound(t, b)
	b.Close()
	r, err := OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	list(t, r)
	if _, err := restore(t, path, backup, anyKiosk); err == nil || !strings.Contains(err.Error(), "reading the book") {
		t.Errorf("the book was taken from under a reader: %v", err)
	}
	r.Close()
	if _, err := restore(t, path, backup, anyKiosk); err != nil {
		t.Error(err)
	}
}

// TestABackupIsJudgedByItsHeadBeforeItIsCopied: a file of 20 GB would take minutes on a Pi's card, and fill it.
func TestABackupIsJudgedByItsHeadBeforeItIsCopied(t *testing.T) {
	b, path, backup := backedUp(t)
	b.Close()
	if err := os.Truncate(backup, 20<<30); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenBackupFile(backup); err == nil || !strings.Contains(err.Error(), "by its head") {
		t.Errorf("20 GB that are no book are opened: %v", err)
	}
	large := BackupFile{name: "large", bytes: 1 << 60}
	if err := large.copyTo(t.Context(), path+".restoring"); err == nil || !strings.Contains(err.Error(), "make room") {
		t.Errorf("a backup that has no room is copied: %v", err)
	}
}

func TestRestoringCanBeInterrupted(t *testing.T) {
	b, path, backup := backedUp(t)
	b.Close()
	was, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	from, err := OpenBackupFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Restore(ctx, path, from, noon, anyKiosk); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "copy the backup") {
		t.Errorf("it goes on copying after ctrl-C: %v", err)
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(was, now) {
		t.Errorf("the book in place was touched: %v", err)
	}
	if left, err := filepath.Glob(path + ".restoring*"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestARestoringNotesTheHead: the book that it puts in place is behind the head of the one before, and that is no damage, wherever
// the restoring is cut. What the head names and the backup does not know is asked after.
func TestARestoringNotesTheHead(t *testing.T) {
	for _, cut := range []bool{false, true} {
		b, path, backup := backedUp(t)
		live(t, b, life(3, sale.Asked, sale.Late, sale.Gone)[2:]...)
		lives(t, b, 4, 13) // after the backup
		b.Close()
		heads := readFiles(t, path)
		if _, err := restore(t, path, backup, anyKiosk); err != nil {
			t.Fatal(err)
		}
		if h, _ := ReadHead(path); h == nil || h.Line >= 40 {
			t.Errorf("the head is not the restored book's: %+v", h)
		}
		if cut { // before the head was written
			for _, suffix := range headSuffixes {
				if err := os.WriteFile(path+suffix, heads[suffix], 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		b = openBook(t, path)
		past := recall(t, b)
		if b.SetAside() != "" || past.Damaged != "" || len(list(t, b)) != 3 {
			t.Errorf("cut %v: the restored book is called damaged: %q", cut, b.SetAside())
		}
		if len(past.Lost) != 3 {
			t.Errorf("cut %v: asked after are %+v", cut, past.Lost)
		}
		sound(t, b)
	}
}
