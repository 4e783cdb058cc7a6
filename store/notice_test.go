package store

import (
	"context"
	"database/sql"
	"path/filepath"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kiosk/sale"
)

func aNotice(id string) sale.Notice {
	return sale.Notice{ID: id, API: "v3", Kind: sale.NoticeRefund, No: born(1).Order.No, Transaction: "4200", RefundNo: "R1",
		Fen: 350, Currency: "CNY", State: "SUCCESS", At: noon}
}

func TestANoticeIsOnTheCardWhenItIsAcknowledged(t *testing.T) {
	b, path := newBook(t)
	if fresh, err := b.KeepNotice(t.Context(), aNotice("a")); err != nil || !fresh {
		t.Fatalf("fresh %v, %v", fresh, err)
	}
	// The power goes: what is on the card is what is in the files, nothing is tidied.
	copied := filepath.Join(t.TempDir(), "kiosk.db")
	copyFile(t, path, copied)
	copyFile(t, path+"-wal", copied+"-wal")
	got, err := openBook(t, copied).ListNotices(t.Context(), 0)
	if err != nil || !reflect.DeepEqual(got, []sale.Notice{aNotice("a")}) {
		t.Errorf("the bank was told that we have it, and we have %+v, %v", got, err)
	}
}

func TestANoticeThatComesAgainIsNotFresh(t *testing.T) {
	b, _ := newBook(t)
	var fresh atomic.Int32
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if first, err := b.KeepNotice(context.Background(), aNotice("same")); err != nil {
				t.Error(err)
			} else if first {
				fresh.Add(1)
			}
		})
	}
	all.Wait()
	other := aNotice("same")
	other.API = "v2"
	if first, err := b.KeepNotice(t.Context(), other); err != nil || !first {
		t.Errorf("another interface's notice counts as seen: %v", err)
	}
	got, err := b.ListNotices(t.Context(), 0)
	if err != nil || fresh.Load() != 1 || len(got) != 2 {
		t.Errorf("%d of 16 copies were fresh, %d rows, %v", fresh.Load(), len(got), err)
	}
}

func TestNoticesDoNotFillTheCard(t *testing.T) {
	b, _ := newBook(t)
	if _, err := b.KeepNotice(t.Context(), aNotice("first")); err != nil {
		t.Fatal(err)
	}
	if _, err := b.conn.ExecContext(t.Context(), `UPDATE notices SET id = 1 WHERE notice = 'first'`); err != nil {
		t.Fatal(err)
	}
	if _, err := b.conn.ExecContext(t.Context(), `INSERT INTO notices SELECT 100000, 'old', api, kind, no, transaction_id,
		refund_no, fen, currency, state, at, NULL FROM notices WHERE id = 1`); err != nil {
		t.Fatal(err)
	}
	if _, err := b.KeepNotice(t.Context(), aNotice("new")); err != nil {
		t.Fatal(err)
	}
	got, err := b.ListNotices(t.Context(), 0)
	if err != nil || len(got) != 2 || got[0].ID != "new" || got[1].ID != "old" {
		t.Errorf("kept %d notices, %v", len(got), err)
	}
	few, err := b.ListNotices(t.Context(), 1)
	if err != nil || len(few) != 1 || few[0].ID != "new" {
		t.Errorf("the newest of them is %+v, %v", few, err)
	}
}

func TestANoticeIsNotAcknowledgedWhenTheBookIsShut(t *testing.T) {
	b, _ := newBook(t)
	b.Close()
	if fresh, err := b.KeepNotice(t.Context(), aNotice("a")); err == nil || fresh {
		t.Error("a notice that is stored nowhere would never come again")
	}
}

func TestAnOlderBookLearnsToKeepNotices(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kiosk.db")
	db, err := sql.Open("sqlite", writerDSN(path))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := migrateBook(t.Context(), conn, 1); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	db.Close()
	b := openBook(t, path)
	if b.SetAside() != "" {
		t.Fatalf("an older book counts as damaged: %s", b.SetAside())
	}
	live(t, b, born(1))
	if fresh, err := b.KeepNotice(t.Context(), aNotice("a")); err != nil || !fresh {
		t.Errorf("fresh %v, %v", fresh, err)
	}
	sound(t, b)
}

func TestAnOrderIsFoundByItsNumber(t *testing.T) {
	b, _ := newBook(t)
	want := live(t, b, born(1))
	for no, there := range map[sale.No]bool{want.No: true, "K0042-000002ABCDEFGHIJKLMNOPQR": false, "": false, "' OR 1=1 --": false} {
		o, found, err := b.FindOrder(t.Context(), no)
		if err != nil || found != there || found && o.No != no {
			t.Errorf("%q: found %v as %s, %v", no, found, o.No, err)
		}
	}
}

func TestADayThatWasComparedIsRemembered(t *testing.T) {
	b, _ := newBook(t)
	if _, found, err := b.LastReconciliation(t.Context(), noon.AddDate(10, 0, 0)); err != nil || found {
		t.Fatalf("a new book was compared: %v", err)
	}
	day := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	want := sale.Reconciliation{Day: day, At: noon, Rows: 12, Sales: 9, Sold: 3150, Repaid: 1, Back: 350, Findings: []sale.Finding{
		{Kind: sale.FindPaidUnknown, No: "K0042-000001ABCDEFGHIJKLMNOPQR", Transaction: "4200", Fen: 350, Text: "3.50"}}}
	first := want
	first.Rows, first.Findings = 1, nil
	older := sale.Reconciliation{Day: day.AddDate(0, 0, -1), At: noon.Add(time.Hour)}
	ahead := sale.Reconciliation{Day: day.AddDate(12, 0, 0), At: noon} // by a clock that ran wild
	for _, r := range []sale.Reconciliation{first, want, older, ahead} {
		if err := b.SaveReconciliation(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	got, found, err := b.LastReconciliation(t.Context(), day.AddDate(1, 0, 0))
	if err != nil || !found || !reflect.DeepEqual(got, want) {
		t.Errorf("the owner reads %+v, %v, %v", got, found, err)
	}
}
