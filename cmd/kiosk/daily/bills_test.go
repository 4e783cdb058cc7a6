package daily

import (
	"path/filepath"
	"testing"
	"time"

	"kiosk/sale"
	"kiosk/status"
	"kiosk/store"
)

func TestWhichDaysBillIsDue(t *testing.T) {
	at := func(text string) time.Time {
		d, err := time.ParseInLocation("01-02 15:04", text, sale.Beijing)
		if err != nil {
			t.Fatal(err)
		}
		return d.AddDate(2026, 0, 0)
	}
	for _, c := range []struct{ name, wall, next, due string }{
		{"a kiosk that never compared takes yesterday", "03-10 10:15", "", "03-09"},
		{"and waits until that is written", "03-10 10:14", "", ""},
		{"what was compared is not compared again", "03-10 23:59", "03-10", ""},
		{"yesterday's follows the day before's", "03-10 12:00", "03-09", "03-09"},
		{"a day that was missed comes first", "03-10 12:00", "03-08", "03-08"},
		{"and that one need not wait for the morning", "03-10 00:01", "03-08", "03-08"},
		{"yesterday's must", "03-10 00:01", "03-09", ""},
		{"ten days that were missed are all caught up", "03-10 12:00", "02-28", "02-28"},
		{"after a month they are given up", "03-10 12:00", "01-20", "02-07"},
		{"a clock that was ahead compares nothing twice", "03-10 12:00", "03-20", ""},
	} {
		next := time.Time{}
		if c.next != "" {
			next = at(c.next + " 00:00")
		}
		day, due := dueDay(at(c.wall).UTC(), next)
		if due != (c.due != "") || due && day.Format("01-02") != c.due {
			t.Errorf("%s: %s, %v, and not %q", c.name, day, due, c.due)
		}
	}
}

func TestABillIsSummedForOneKiosk(t *testing.T) {
	no := func(kiosk string) sale.No { return sale.Number(kiosk, 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") }
	got := AddUp("K0042", sale.Bill{Rows: []sale.BillRow{
		{State: sale.BillPaid, No: no("K0042"), Fen: 350}, {State: sale.BillPaid, No: no("K0042"), Fen: 200},
		{State: sale.BillPaid, No: no("K0043"), Fen: 9900}, {State: sale.BillRefund, No: no("K0042"), Fen: 350, RefundFen: 100},
		{State: sale.BillRevoked, No: no("K0042"), Fen: 200, RefundFen: 200}, {State: sale.BillRefund, No: no("K0043"), RefundFen: 9900},
	}})
	if want := (Sums{Rows: 6, Sales: 2, Sold: 550, Repaid: 2, Back: 300}); got != want {
		t.Errorf("the owner reads %+v and not %+v", got, want)
	}
}

// A clock that ran years ahead for a while compares days that are not here yet, and gives days up: none of it may keep the bills
// of the real days from being compared.
func TestAClockThatRanAheadStopsNoBill(t *testing.T) {
	date := func(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
	book := &store.ReopeningBook{Path: filepath.Join(t.TempDir(), "kiosk.db")}
	defer book.Close()
	open, err := book.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := &Bills{Kiosk: "K0042", Book: book, Log: func(string) {}, Snapshot: func() sale.Snapshot { return sale.Snapshot{Clock: true} }}
	look := func(now time.Time, want string) {
		t.Helper()
		b.Now = func() time.Time { return now.Add(4 * time.Hour) } // noon in Beijing
		day, due := b.findDue(t.Context())
		if got := day.In(sale.Beijing).Format(time.DateOnly); due != (want != "") || due && got != want {
			t.Errorf("on %v the bill of %s is due (%v), and not of %q", now, got, due, want)
		}
	}
	b.failed = &status.Unfetched{Day: date(2038, 1, 1)}
	look(date(2026, 3, 10), "2026-03-09")
	for _, day := range []time.Time{date(2026, 3, 9), date(2037, 12, 31)} {
		if err := open.SaveReconciliation(t.Context(), sale.Reconciliation{Day: day}); err != nil {
			t.Fatal(err)
		}
	}
	look(date(2026, 3, 11), "2026-03-10")
	look(date(2038, 1, 20), "2038-01-01")
	look(date(2038, 3, 20), "2038-02-17") // gives up what came before
	look(date(2026, 3, 11), "2026-03-10")
	look(date(2000, 1, 1), "1999-12-31")
	look(date(2026, 3, 11), "2026-03-10")
}
