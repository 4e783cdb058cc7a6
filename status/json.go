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

func (p *Page) serveOrders(w http.ResponseWriter, r *http.Request) {
	limit, state := fewOrders, r.URL.Query().Get("state")
	if s := r.URL.Query().Get("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > mostOrders {
			writeError(w, r, http.StatusBadRequest, "limit")
			return
		}
		limit = n
	}
	if s := sale.State(state); state != "" && (s == sale.New || !s.Known()) {
		writeError(w, r, http.StatusBadRequest, "state")
		return
	}
	lane := &p.shortLists // a long list must not hold up a short one
	if limit > fewOrders {
		lane = &p.longLists
	}
	body, err := lane.Do(r.Context(), fmt.Sprint(limit, state), &p.limiter, func(ctx context.Context) ([]byte, error) {
		ctx, cancel := context.WithTimeout(ctx, bookTime)
		defer cancel()
		entries, err := p.Orders(ctx, limit, state)
		if err != nil {
			return nil, err
		}
		return OrdersJSON(entries)
	})
	if err != nil {
		writeError(w, r, http.StatusServiceUnavailable, "book")
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Write(body)
}

func (p *Page) serveHealth(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if !p.Alive() {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, "the shop's own beat has stopped")
		return
	}
	fmt.Fprintln(w, "alive")
}

func (p *Page) serveReady(w http.ResponseWriter, r *http.Request) {
	d, _ := p.readDocument()
	status := http.StatusOK
	if !d.Ready {
		status = http.StatusServiceUnavailable
	}
	web.WriteJSON(w, status, struct {
		Ready bool       `json:"ready"`
		Why   []sale.Why `json:"why"`
	}{d.Ready, d.Why})
}

func (p *Page) serveStatus(w http.ResponseWriter, r *http.Request) {
	d, _ := p.readDocument()
	if p.Self != nil {
		self := p.Self()
		d.Self = &self
	}
	web.WriteJSON(w, http.StatusOK, d)
}

func (p *Page) servePanel(w http.ResponseWriter, r *http.Request) {
	if p.Panel == nil {
		writeError(w, r, http.StatusNotFound, "no panel")
		return
	}
	img := p.Panel()
	if img == nil {
		writeError(w, r, http.StatusNotFound, "no panel")
		return
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img); err != nil {
		writeError(w, r, http.StatusInternalServerError, "no panel")
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Write(b.Bytes())
}
