// Package metrics answers Prometheus.
//
// The one thing to know: the names, types and labels are public. The table of families in table.go has them all;
// docs/metrics.md, the dashboard and the alert rules are tested against it.
package metrics

import (
	"net/http"
	"time"

	"kiosk/sale"
)

// Exporter is the kiosk as Prometheus sees it. What may be nil has nothing to tell.
type Exporter struct {
	Kiosk, Version, Commit, Go string // what it is called, what it was built from, and with
	Began                      time.Time
	Certificate                time.Time // when the merchant's ends; zero: there is none
	Snapshot                   func() sale.Snapshot
	Alive                      func() bool // the shop's own beat
	Board                      func() sale.Facts
	Bill                       func() *sale.Reconciliation // the newest that was compared; may return nil
	Now                        func() time.Time            // the wall
	Tally                      *Tally
	Notices, Scanner, Alerts   func() map[string]int // what became of notices, of the scan module's text, of messages to the owner; may be nil
}

// reading is the kiosk at one moment: an answer never mixes two.
type reading struct {
	*Exporter
	sale.Snapshot
	counts
	alive bool
	board sale.Facts
	bill  *sale.Reconciliation
	now   time.Time
}

// ServeHTTP answers a scrape. It asks for nothing that a sale waits for: the snapshot and the counts are copies.
func (e *Exporter) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	r := reading{e, e.Snapshot(), e.Tally.copyCounts(), e.Alive(), e.Board(), e.Bill(), e.Now()}
	var out writer
	for i := range families {
		out.family, out.begun = &families[i], false
		families[i].read(&r, &out)
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Write(out.Bytes())
}
