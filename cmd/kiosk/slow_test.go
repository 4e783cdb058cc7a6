//go:build sim

package main

import (
	"fmt"
	"io"
	"testing"
)

// A thousand hang at the page's door, in every way there is. The customer at the machine is served from the key to the
// goods, and so is the technician with a telephone; no more connections are held than may be.
func TestASaleIsFinishedWhileAThousandHang(t *testing.T) {
	s := aStand(t, t.TempDir(), false)
	crowd := aCrowd(t, s.addr)
	crowd.full()
	const sales = 2
	for n := range sales {
		s.sell()
		for _, path := range []string{"/", "/status.json", "/orders.json", "/readyz"} {
			r, err := phone.Get("http://" + s.addr + path)
			if err != nil {
				t.Fatalf("sale %d, the technician's %s: %v", n, path, err)
			}
			if _, err := io.Copy(io.Discard, r.Body); err != nil || r.StatusCode != 200 {
				t.Errorf("sale %d, the technician's %s: %d %v", n, path, r.StatusCode, err)
			}
			_ = r.Body.Close()
		}
		if held, _, _ := s.door.held(); held < 64 {
			t.Fatalf("sale %d: only %d connections are held: this proves nothing", n, held)
		}
	}
	if done := s.metal.Slot(1).Done(); done.Turned != sales || done.Dropped != sales {
		t.Errorf("for %d sales %d turns, %d dropped", sales, done.Turned, done.Dropped)
	}
	entries, err := s.kiosk.book.ListOrders(t.Context(), 0, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.State != "sold" || len(e.Journal) != 4 {
			t.Errorf("%s is %s after %d lines", e.No, e.State, len(e.Journal))
		}
	}
	_, lost, asked := crowd.is("")
	_, most, one := s.door.held()
	fmt.Fprintf(t.Output(), "%d slow clients (heads and forms at a byte in %v, answers of a thousand orders unread, live pages) came %d times and were thrown out %d times; at most %d connections at once, %d from one address\n",
		slowClients, slowByte, asked, lost, most, one)
	if len(entries) != sales || most < 128 || most > 512+32 || one < 16 || one > 16+8 { // whoever is thrown out is counted until its handler has let go
		t.Errorf("%d sales, %d connections at once, %d from one address", len(entries), most, one)
	}
}
