//go:build sim

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kiosk/store"
	"kiosk/web"
)

// The head is written once the shop is idle and never while somebody buys; within a minute the book's own file has the sale.
func TestTheHeadFollowsEachSaleWhileNobodyBuys(t *testing.T) {
	onBench(t, nil, func(b *bench) {
		path := b.conf.Store.Path
		line := func() int64 {
			head, _ := store.ReadHead(path)
			return head.Line
		}
		began := line()
		no := b.showQR(1)
		time.Sleep(20 * time.Second)
		if now := line(); now != began {
			b.t.Errorf("the head was written while a customer was at the machine: line %d after %d", now, began)
		}
		b.phone("pay")
		b.untilState(no, "sold")
		time.Sleep(20 * time.Second)
		if now := line(); now != began+4 {
			b.t.Errorf("20 s after the sale the head is line %d, not %d", now, began+4)
		}
		if got := b.does("audit"); got.code != 0 || !strings.Contains(got.out, fmt.Sprintf("head: line %d, seal ", began+4)) || !strings.Contains(got.out, "noted beside the book") {
			b.t.Errorf("the audit says %+v", got)
		}
		time.Sleep(40 * time.Second)
		alone := filepath.Join(b.t.TempDir(), "kiosk.db")
		data, err := os.ReadFile(path)
		if err != nil {
			b.t.Fatal(err)
		}
		writeFile(b.t, alone, string(data), 0o600)
		r, err := store.OpenReader(alone)
		if err != nil {
			b.t.Fatal(err)
		}
		defer r.Close()
		if all, err := r.ListOrders(b.t.Context(), 0, ""); err != nil || len(all) != 1 || all[0].State != "sold" {
			b.t.Errorf("a minute after the sale the book's own file has %+v: %v", all, err)
		}
	})
}

// Somebody deletes the book under an idle kiosk: it says so within seconds, sells nothing, and has the book back, whole.
func TestABookThatIsDeletedUnderTheKioskStopsTheSaleAndComesBack(t *testing.T) {
	clear, kept := web.DrawSecret()
	onBench(t, nil, func(b *bench) {
		t := b.t
		if err := b.kiosk.page.SetPin(kept); err != nil {
			t.Fatal(err)
		}
		no := b.showQR(1)
		b.phone("pay")
		b.untilState(no, "sold")
		time.Sleep(2 * time.Minute)
		path := b.conf.Store.Path
		for _, suffix := range []string{"", "-wal"} {
			if err := os.Remove(path + suffix); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(20 * time.Second)
		if status, text := b.get("/readyz"); status != 503 || !strings.Contains(text, "damaged") {
			t.Errorf("nobody is told: %d %s", status, text)
		}
		if _, page := b.get("/"); !strings.Contains(page, "账本损坏过") {
			t.Error("the page does not say it")
		}
		if status, text := b.post("press", "slot=2"); status != 409 {
			t.Errorf("it sells on: %d %s", status, text)
		}
		if all := b.orders(); len(all) != 1 || all[0].State != "sold" {
			t.Errorf("after the book was put back there are %+v", all)
		}
		v := &visit{b: b}
		v.does(200, "ok", "sign-in", "pin", clear, "name", "Li")
		v.does(200, "ok", "accept-book")
		v.does(409, "nobody doubts the book", "accept-book")
		b.waitReady()
		next := b.showQR(2)
		b.phone("pay")
		b.untilState(next, "sold")
		if err := b.stop(); err != nil {
			t.Fatal(err)
		}
		b.start()
		b.waitReady()
		if all := b.orders(); len(all) != 2 {
			t.Errorf("after a restart there are %+v", all)
		}
	})
}
