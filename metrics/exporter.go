// Package metrics answers Prometheus.
//
// The one thing to know: the names, types and labels are public. The table of families is all there is; docs/metrics.md,
// the dashboard and the rules are tested against it.
package metrics

import (
	"net/http"
	"slices"
	"time"

	"kiosk/sale"
)

// Exporter is the kiosk as Prometheus sees it. Snapshot, Alive and Tally are needed; a function that is left out has nothing to tell.
type Exporter struct {
	Kiosk, Version, Commit, Go string // what it is called, what it was built from, and with
	Began                      time.Time
	Certificate                time.Time // when the merchant's ends; zero: there is none
	Snapshot                   func() sale.Snapshot
	Alive                      func() bool // the shop's own beat
	Board                      func() sale.Facts
	Bill                       func() *sale.Reconciliation // the newest that was compared; nil: none yet
	Notices, Scanner, Alerts   func() map[string]int       // what became of notices, of the scan module's text, of messages to the owner
	Now                        func() time.Time            // the wall; nil: the system's
	Tally                      *Tally
}

// reading is the kiosk at one moment: one answer never mixes two.
type reading struct {
	*Exporter
	sale.Snapshot
	counts
	ready                    bool
	board                    sale.Facts
	bill                     *sale.Reconciliation
	notices, scanner, alerts map[string]int
	now                      time.Time
}

func (e *Exporter) read() *reading {
	r := &reading{Exporter: e, Snapshot: e.Snapshot(), counts: e.Tally.counts(), now: time.Now(),
		notices: orNone(e.Notices), scanner: orNone(e.Scanner), alerts: orNone(e.Alerts)}
	r.ready = r.Ready && e.Alive() // a snapshot of a shop that stands still says nothing about now
	if !e.Alive() {
		r.Why = append(slices.Clone(r.Why), sale.Why{Code: "beat"})
	}
	if e.Board != nil {
		r.board = e.Board()
	}
	if e.Bill != nil {
		r.bill = e.Bill()
	}
	if e.Now != nil {
		r.now = e.Now()
	}
	return r
}

func orNone(counts func() map[string]int) map[string]int {
	if counts == nil {
		return nil
	}
	return counts()
}

// ServeHTTP answers a scrape. It asks for nothing that a sale waits for.
func (e *Exporter) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	r, out := e.read(), writer{}
	for i := range families {
		out.family, out.begun = &families[i], false
		families[i].read(r, &out)
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Write(out.Bytes())
}
