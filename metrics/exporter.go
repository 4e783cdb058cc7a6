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
	// What became of notices, of the scan module's text, of messages to the owner, of guesses at the secret; may be nil.
	Notices, Scanner, Alerts, Guesses func() map[string]int
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

// ServeHTTP answers a scrape with everything.
func (e *Exporter) ServeHTTP(w http.ResponseWriter, _ *http.Request) { e.writeTo(w, true) }

// Handler answers scrapes, those of strangers without the sums of money.
func (e *Exporter) Handler(sums bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { e.writeTo(w, sums) })
}

// writeTo asks for nothing that a sale waits for: the snapshot and the counts are copies.
func (e *Exporter) writeTo(w http.ResponseWriter, sums bool) {
	r := reading{e, e.Snapshot(), e.Tally.copyCounts(), e.Alive(), e.Board(), e.Bill(), e.Now()}
	var out writer
	for i := range families {
		if !sums && families[i].isSum() {
			continue
		}
		out.family, out.begun = &families[i], false
		families[i].read(&r, &out)
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Write(out.Bytes())
}
