package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kiosk/sale"
)

func TestTheHeadIsWrittenInTurnAndTheNewerCopyCounts(t *testing.T) {
	b, path := newBook(t)
	for n := 1; n <= 4; n++ {
		live(t, b, life(n, sold...)...)
		before, _ := ReadHead(path)
		if before.Line != int64(4*(n-1)) {
			t.Fatalf("a sale wrote the head itself: line %d", before.Line)
		}
		if err := b.NoteHead(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := b.NoteHead(t.Context()); err != nil { // there is nothing new to write
			t.Fatal(err)
		}
		h, _ := ReadHead(path)
		if h.Line != int64(4*n) || h.Count != before.Count+1 {
			t.Errorf("after %d sales the head is line %d, writing %d after %d", n, h.Line, h.Count, before.Count)
		}
		if whole, err := b.Audit(t.Context()); err != nil || whole.Noted.Seal != whole.Head.Seal || whole.Noted.Line != whole.Head.Line {
			t.Errorf("the head is %+v, and the book ends with %+v: %v", whole.Noted, whole.Head, err)
		}
		newest := path + headSuffixes[h.Count%2]
		was, err := os.ReadFile(newest)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(newest, was[:len(was)/2], 0o600); err != nil { // the power was cut while it was written
			t.Fatal(err)
		}
		if h, _ := ReadHead(path); h == nil || h.Line != before.Line {
			t.Errorf("with half of the newer copy the head is %+v", h)
		}
		if err := os.WriteFile(newest, was, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheHeadNamesEveryOrderThatIsNotAtAnEnd(t *testing.T) {
	b, path := newBook(t)
	live(t, b, life(1, sold...)...)
	live(t, b, life(2, sale.Misfit)...)
	live(t, b, life(3, sale.Misfit, sale.Unpayable)...)
	live(t, b, life(4, sale.Asked)...)
	b.Close()
	h, _ := ReadHead(path)
	if len(h.Open) != 3 || h.Version != len(migrations) || h.Rows.Births != 4 {
		t.Fatalf("the head says %+v", h)
	}
	o := h.Open[0]
	if o.No != born(2).Order.No || o.State != sale.Refunding || o.RefundNo != string(o.No)+"R1" || o.Fen != 350 || o.Merchant != born(2).Order.Merchant {
		t.Errorf("of a refund under way the head says %+v", o)
	}
}

// TestABookThatWentBackIsDamage: whichever way a book lost what it had, it is set aside, nothing is sold, and the orders that were
// open are asked after.
func TestABookThatWentBackIsDamage(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, b *Book, path string, older map[string][]byte){
		"an older copy takes its place": func(t *testing.T, _ *Book, path string, older map[string][]byte) {
			for _, suffix := range []string{"", "-wal"} {
				if err := os.WriteFile(path+suffix, older[suffix], 0o600); err != nil {
					t.Fatal(err)
				}
			}
		},
		"another book takes its place": func(t *testing.T, _ *Book, path string, _ map[string][]byte) {
			other, at := newBook(t)
			for n := 1; n <= 9; n++ {
				live(t, other, life(n, sale.Late, sale.Gone)...)
			}
			lives(t, other, 10, 20)
			other.Close()
			copyFile(t, at, path)
		},
		"the book is gone": func(t *testing.T, _ *Book, path string, _ map[string][]byte) {
			os.Remove(path)
			os.Remove(path + "-wal")
		},
		"the book is empty": func(t *testing.T, _ *Book, path string, _ map[string][]byte) {
			os.WriteFile(path, nil, 0o600)
			os.Remove(path + "-wal")
		},
		"the newest order and its lines are cut off": func(t *testing.T, b *Book, path string, _ map[string][]byte) {
			without(t, b, path, []string{"orders_kept", "journal_kept"},
				"DELETE FROM journal WHERE ord = (SELECT max(id) FROM orders)", "DELETE FROM orders WHERE id = (SELECT max(id) FROM orders)")
		},
		"the sequence of numbers begins anew": func(t *testing.T, _ *Book, path string, _ map[string][]byte) {
			sqlOn(t, path, "UPDATE sqlite_sequence SET seq = 0")
		},
		"the doubts are gone": func(t *testing.T, _ *Book, path string, _ map[string][]byte) { sqlOn(t, path, "DELETE FROM doubts") },
		"the technicians' lines": func(t *testing.T, _ *Book, path string, _ map[string][]byte) {
			sqlOn(t, path, "DELETE FROM alarms WHERE id > 3")
		},
		"a notice": func(t *testing.T, _ *Book, path string, _ map[string][]byte) {
			sqlOn(t, path, "DELETE FROM notices WHERE id = (SELECT max(id) FROM notices)")
		},
		"a slot": func(t *testing.T, _ *Book, path string, _ map[string][]byte) {
			sqlOn(t, path, "DELETE FROM shelves WHERE slot = 3")
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, path := newBook(t)
			lives(t, b, 1, 6)
			older := readFiles(t, path)
			lives(t, b, 6, 13)
			b = spoilt(t, b, func(path string) { spoil(t, b, path, older) })
			past := recall(t, b)
			if b.SetAside() == "" || past.Damaged != b.SetAside() || !b.BegunAnew() {
				t.Fatalf("nobody is told; %q", past.Damaged)
			}
			if len(past.Lost) != 3 || past.Lost[0].State != sale.Refunding || past.Lost[0].RefundNo == "" || past.Lost[0].Merchant.MchID != "m1" {
				t.Errorf("to be asked after: %+v", past.Lost)
			}
			if past.Next <= 12 {
				t.Errorf("numbers begin anew at %d", past.Next)
			}
			kept := filepath.Join(filepath.Dir(path), strings.SplitN(b.SetAside(), ":", 2)[0])
			if decodeHead(mustBytes(os.ReadFile(kept+headSuffixes[0]))) == nil || decodeHead(mustBytes(os.ReadFile(kept+headSuffixes[1]))) == nil {
				t.Error("the head of the lost book is not kept")
			}
			sound(t, b)
			b.Close()
			again := recall(t, openBook(t, path))
			if again.Damaged != past.Damaged || len(again.Lost) != 3 {
				t.Errorf("after a restart it sells, or forgets whom to ask after: %+v", again)
			}
		})
	}
}

func TestAnUnreadableHeadIsToldOnceAndIsNoDamage(t *testing.T) {
	b, _ := newBook(t)
	lives(t, b, 1, 4)
	garbage := func(path string) {
		for _, suffix := range headSuffixes {
			if err := os.WriteFile(path+suffix, []byte("garbage"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	b = spoilt(t, b, garbage)
	if len(b.Told()) != 1 || !strings.Contains(b.Told()[0], "head") || b.SetAside() != "" || recall(t, b).Damaged != "" {
		t.Errorf("told %q; set aside %q", b.Told(), b.SetAside())
	}
	b = spoilt(t, b, func(string) {})
	if len(b.Told()) != 0 {
		t.Errorf("it is told again: %q", b.Told())
	}
}

func TestAJournalLongerThanItsHeadIsNormal(t *testing.T) {
	b, path := newBook(t)
	lives(t, b, 1, 4)
	if err := b.NoteHead(t.Context()); err != nil {
		t.Fatal(err)
	}
	lives(t, b, 4, 9)
	files := readFiles(t, path) // the power is cut
	cut := filepath.Join(t.TempDir(), "kiosk.db")
	for suffix, data := range files {
		if err := os.WriteFile(cut+suffix, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b = openBook(t, cut)
	if len(list(t, b)) != 8 || b.SetAside() != "" || len(b.Told()) != 0 {
		t.Errorf("%d orders; set aside %q; told %q", len(list(t, b)), b.SetAside(), b.Told())
	}
}

func TestAnEmptyBookWhereAKioskRanIsALostOne(t *testing.T) {
	for name, begin := range map[string]func(path string) error{
		"no book":      func(string) error { return nil },
		"an empty one": func(path string) error { return os.WriteFile(path, nil, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "kiosk.db")
			if err := begin(path); err != nil {
				t.Fatal(err)
			}
			fresh, err := Open(path, "runs.json")
			if err != nil || fresh.SetAside() != "" {
				t.Fatalf("a new machine does not begin: %q %v", fresh.SetAside(), err)
			}
			fresh.Close()
			for _, suffix := range append(headSuffixes[:], "", "-wal") {
				_ = os.Remove(path + suffix)
			}
			if err := errors.Join(begin(path), os.WriteFile(filepath.Join(filepath.Dir(path), "runs.json"), []byte("{}"), 0o600)); err != nil {
				t.Fatal(err)
			}
			b, err := Open(path, "runs.json")
			if err != nil || !strings.Contains(b.SetAside(), "runs.json") || recall(t, b).Damaged == "" {
				t.Errorf("it sells from an empty book on a machine that has sold: %q %v", b.SetAside(), err)
			}
			b.Close()
		})
	}
}

// TestAPersonsWordAndTheGatewaysAreKept: what was said of a lost book outlives a restart.
func TestAPersonsWordAndTheGatewaysAreKept(t *testing.T) {
	b, _ := newBook(t)
	lives(t, b, 1, 13)
	b = spoilt(t, b, func(path string) { os.Remove(path); os.Remove(path + "-wal") })
	lost, none := recall(t, b).Lost, ""
	found := sale.Move{From: sale.New, Event: sale.Found, Trusted: true, Order: lost[1]}
	o := &found.Order
	o.State, o.Last, o.Updated, o.Fen = sale.Owed, sale.Found, noon, 351
	o.Money = sale.Money{Transaction: "tx", Fen: 351, Currency: "CNY", At: noon}
	o.RefundFen = 351
	if o.RefundNo == "" {
		o.RefundFen = 0
	}
	for _, p := range []sale.Batch{
		{Asked: []sale.No{lost[0].No}},
		{Moves: []sale.Move{found}, Asked: []sale.No{lost[1].No}},
		{Damaged: &none},
	} {
		if err := b.Write(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	b = spoilt(t, b, func(string) {})
	past := recall(t, b)
	if past.Damaged != "" || len(past.Lost) != 1 || past.Lost[0].No != lost[2].No || len(past.Orders) != 1 || past.Orders[0].State != sale.Owed {
		t.Errorf("it remembers %q, %+v, %+v", past.Damaged, past.Lost, past.Orders)
	}
	sound(t, b)
}

// TestABookThatIsLostTwiceForgetsNobody: the second head still names whom the first loss left open.
func TestABookThatIsLostTwiceForgetsNobody(t *testing.T) {
	b, _ := newBook(t)
	lives(t, b, 1, 13)
	lose := func(path string) { os.Remove(path); os.Remove(path + "-wal") }
	b = spoilt(t, b, lose)
	b = spoilt(t, b, lose)
	if past := recall(t, b); len(past.Lost) != 3 || past.Next < 2000 {
		t.Errorf("%d are asked after; numbers go on at %d", len(past.Lost), past.Next)
	}
}

// TestAHeadThatCannotBeOverwrittenIsReplaced: somebody put a link or another user's file in its place; the link's target stays.
func TestAHeadThatCannotBeOverwrittenIsReplaced(t *testing.T) {
	b, path := newBook(t)
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range headSuffixes {
		_ = os.Remove(path + suffix)
		if err := os.Symlink(victim, path+suffix); err != nil {
			t.Fatal(err)
		}
	}
	for n := 1; n <= 2; n++ {
		live(t, b, life(n, sold...)...)
		if err := b.NoteHead(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if h, _ := ReadHead(path); h == nil || h.Line != 8 {
		t.Errorf("the head is %+v", h)
	}
	if got := mustBytes(os.ReadFile(victim)); string(got) != "mine" {
		t.Errorf("the kiosk wrote through a link: %q", got)
	}
}
