package status

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"net/http"
	"strconv"
	"time"

	"kiosk/sale"
	"kiosk/web"
)

// bookTime bounds one look into the order book.
const bookTime = 5 * time.Second

const (
	fewOrders  = 50
	mostOrders = 1000
)

// serveOrders answers /orders.json: the newest orders with their journals. Equal questions that come together are answered by
// one reading of the book.
func (p *Page) serveOrders(w http.ResponseWriter, r *http.Request) {
	limit, state := fewOrders, r.URL.Query().Get("state")
	if s := r.URL.Query().Get("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > mostOrders {
			p.writeError(w, r, http.StatusBadRequest, "limit")
			return
		}
		limit = n
	}
	if s := sale.State(state); state != "" && (s == sale.New || !s.Known()) {
		p.writeError(w, r, http.StatusBadRequest, "state")
		return
	}
	full := p.seesAll(r)
	if !full {
		limit = min(limit, recentOrders) // a list of all orders would be the takings
	}
	lane := &p.shortLists // a long list must not hold up a short one
	if limit > fewOrders {
		lane = &p.longLists
	}
	body, err := lane.Do(r.Context(), fmt.Sprint(limit, state, full), &p.limiter, func(ctx context.Context) ([]byte, error) {
		ctx, cancel := context.WithTimeout(ctx, bookTime)
		defer cancel()
		entries, err := readOrdersFor(p, ctx, full, limit, state)
		if err != nil {
			return nil, err
		}
		return OrdersJSON(entries)
	})
	if err != nil {
		p.writeError(w, r, http.StatusServiceUnavailable, "book")
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Write(body)
}

// serveHealth answers /healthz from the shop's own beat. The gateway, the panel and the book have no say in it: a health check
// that fails because a cloud is away would restart machines that are well.
func (p *Page) serveHealth(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if !p.Alive() {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, "the shop's own beat has stopped")
		return
	}
	fmt.Fprintln(w, "alive")
}

// serveReady answers /readyz: can it sell now, and if not, every reason with its code.
func (p *Page) serveReady(w http.ResponseWriter, r *http.Request) {
	d, _ := readDocumentFor(p, p.seesAll(r))
	status := http.StatusOK
	if !d.Ready {
		status = http.StatusServiceUnavailable
	}
	web.WriteJSON(w, status, struct {
		Ready bool       `json:"ready"`
		Why   []sale.Why `json:"why"`
	}{d.Ready, d.Why})
}

// serveStatus answers /status.json, for scripts and for the process that tries a new version.
func (p *Page) serveStatus(w http.ResponseWriter, r *http.Request) {
	d, _ := readDocumentFor(p, p.seesAll(r))
	if p.Self != nil {
		self := p.Self()
		d.Self = &self
	}
	web.WriteJSON(w, http.StatusOK, d)
}

// servePanel answers /panel.png: what the driver believes is on the panel, for strangers without code and numbers. The PNG is
// packed fast rather than small.
func (p *Page) servePanel(w http.ResponseWriter, r *http.Request) {
	draw := p.PanelMasked
	if p.seesAll(r) {
		draw = p.Panel
	}
	if draw == nil {
		p.writeError(w, r, http.StatusNotFound, "no panel")
		return
	}
	img := draw()
	if img == nil {
		p.writeError(w, r, http.StatusNotFound, "no panel")
		return
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img); err != nil {
		p.writeError(w, r, http.StatusInternalServerError, "no panel")
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Write(b.Bytes())
}
