//go:build sim

package main

import (
	"testing"
	"testing/synctest"
	"time"

	"kiosk/cmd/kiosk/daily"
	"kiosk/sale"
)

// TestWhatWasPrunedIsNoStranger: after 401 days a sale is forgotten, and a word about it later begins nothing. A kiosk that sold
// nothing in between would not believe that so much time has gone by.
func TestWhatWasPrunedIsNoStranger(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, dir, nowhere) // a notice would keep it
		sell := func(slot int) string {
			no := b.showQR(slot)
			b.phone("pay")
			b.untilState(no, "sold")
			return no
		}
		b.start()
		b.waitReady()
		old := sell(1)
		if err := b.stop(); err != nil {
			t.Fatal(err)
		}
		young := ""
		for i := range 14 {
			time.Sleep(29 * 24 * time.Hour)
			b.start()
			b.waitReady()
			young = sell(1 + i%3)
			if err := b.stop(); err != nil {
				t.Fatal(err)
			}
		}
		b.start()
		b.waitReady()
		sold := b.orders()
		time.Sleep(daily.FirstPruning + time.Minute)
		if all := b.orders(); len(sold) != 15 || len(all) != 14 || all[0].No != young || all[13].No == old {
			t.Fatalf("of %d orders the book has %+v", len(sold), all)
		}
		if !b.kiosk.wasPruned(t.Context(), sale.No(old)) {
			t.Fatal("the number is unknown now")
		}
		queries := func() (n int) {
			for _, c := range b.gate.Log() {
				if c.No == old {
					n++
				}
			}
			return n
		}
		before := queries()
		b.kiosk.nudge(t.Context(), sale.No(old), "")
		b.kiosk.bills.AddPending([]sale.Finding{{Kind: sale.FindPaidUnknown, No: sale.No(old)}})
		b.kiosk.bills.AskPending(t.Context())
		time.Sleep(time.Minute)
		if n := queries(); n != before || len(b.orders()) != 14 || len(b.kiosk.bills.ListPending()) != 0 {
			t.Errorf("asked after %d times, and the book has %+v", n-before, b.orders())
		}
		b.end()
	})
}
