package status

import (
	"net/http"
	"time"

	"kiosk/sale"
)

// Readings is what the kiosk counts and measures beyond what its shop shows. All of it is since this process began,
// unless it says otherwise.
type Readings struct {
	Commit, Go  string // what it was built from, and with
	Wall        time.Time
	Certificate time.Time          // when the merchant's certificate ends; zero: there is none
	Sales       map[sale.Means]Sum // goods that fell, at what they cost
	Refunds     map[string]Sum     // money that went back, by why: sale.WhyStuck …
	Settled     map[string]int     // owed orders that a person settled, by how
	Moves       map[sale.Event]int // of all orders
	Scanner     map[string]int     // what the scan module's text was dropped for; nil: there is none
	Alerts      map[string]int     // what became of the messages to the owner; nil: nobody is told
}

// Sum is how often, and how much in all.
type Sum struct {
	Count int
	Fen   sale.Fen
}

// metered is the kiosk at one moment.
type metered struct {
	statusDocument
	sight sale.Snapshot
	Readings
	latencies  *Latencies
	reconciled *sale.Reconciliation
}

func (p *Page) measure() *metered {
	d, s := p.readDocument()
	n := &metered{statusDocument: d, sight: s, latencies: p.Latencies}
	if p.Readings != nil {
		n.Readings = p.Readings()
	}
	if n.Wall.IsZero() {
		n.Wall = time.Now()
	}
	if p.Bills != nil {
		n.reconciled = p.Bills().Last
	}
	return n
}

// metrics answers Prometheus. It asks for nothing that a sale waits for.
func (p *Page) metrics(w http.ResponseWriter, r *http.Request) {
	n, out := p.measure(), pen{}
	for i := range families {
		out.family, out.begun = &families[i], false
		families[i].read(n, &out)
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Write(out.Bytes())
}
