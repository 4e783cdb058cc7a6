package store

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"kiosk/sale"
)

func TestListsAreNewestFirst(t *testing.T) {
	b, path := newBook(t)
	for n := 1; n <= 9; n++ {
		events := sold
		if n%3 == 0 {
			events = []sale.Event{sale.Misfit, sale.Unpayable}
		}
		live(t, b, life(n, events...)...)
	}
	live(t, b, after(life(3, sale.Misfit, sale.Unpayable)[2], sale.Retried)) // long after its birth
	r, err := OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, c := range []struct {
		limit int
		state string
		want  []int
	}{
		{0, "", []int{9, 8, 7, 6, 5, 4, 3, 2, 1}}, {2, "", []int{9, 8}}, {99, "owed", []int{9, 6}},
		{1, "owed", []int{9}}, {0, "refunding", []int{3}}, {2, "sold", []int{8, 7}}, {0, "vending", nil},
	} {
		for name, from := range map[string]lister{"the kiosk": b, "a reader": r} {
			got, err := from.ListOrders(t.Context(), c.limit, c.state)
			var ns []int
			for _, e := range got {
				ns = append(ns, numbers([]sale.Order{e.Order})...)
				if last := e.Journal[len(e.Journal)-1]; e.Journal[0].State != born(1).Order.State || last.State != e.State || last.No != e.No {
					t.Errorf("%s: order %s has the journal %v", name, e.No, e.Journal)
				}
			}
			if err != nil || got == nil || !slices.Equal(ns, c.want) {
				t.Errorf("%s lists %v of %q as %v, not %v: %v", name, c.limit, c.state, ns, c.want, err)
			}
		}
	}
}

func TestAReaderOfNoBook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kiosk.db")
	_, err := OpenReader(path)
	if err == nil || !strings.Contains(err.Error(), "no order book") || strings.Contains(err.Error(), "\n") {
		t.Errorf("the technician reads: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("reading made a book")
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("garbage ", 200)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenReader(path); err == nil {
		t.Error("garbage was read as a book")
	}
}

func TestAReaderCannotWrite(t *testing.T) {
	b, path := newBook(t)
	live(t, b, born(1))
	r, err := OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.db.ExecContext(t.Context(), "UPDATE orders SET note = 'x'"); err == nil {
		t.Error("a reader wrote")
	}
}

func TestABackupIsWholeAndOverwritesNothing(t *testing.T) {
	b, path := newBook(t)
	live(t, b, life(1, sold...)...)
	live(t, b, born(2))
	to := filepath.Join(filepath.Dir(path), "copy.db")
	if err := b.Backup(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	was, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	live(t, b, life(2, sale.Late)[1:]...)
	if err := b.Backup(t.Context(), to); err == nil {
		t.Error("a second backup overwrote the first")
	}
	if now, err := os.ReadFile(to); err != nil || !reflect.DeepEqual(was, now) {
		t.Errorf("the first backup changed: %v", err)
	}
	r, err := OpenReader(to)
	if err != nil {
		t.Fatal(err)
	}
	if got := list(t, r); len(got) != 2 || got[0].State != sale.Asking || len(got[1].Journal) != 4 {
		t.Errorf("the backup holds %+v", got)
	}
	r.Close()
	restored := openBook(t, to)
	live(t, restored, life(2, sale.Late)[1:]...)
	sound(t, restored)
}
