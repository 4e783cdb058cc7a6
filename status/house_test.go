package status

import (
	"context"
	"errors"
	"fmt"
	"image"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kiosk/sale"
	"kiosk/web"
)

const secret = "correct-horse-battery"

// house is a kiosk whose every part a test can turn by hand.
type house struct {
	*Page
	turning sync.Mutex
	sight   sale.Snapshot
	entries []sale.Entry
	asked   []string // "limit state" of each look into the book
	summed  int      // looks at the sales
	alive   bool
	damaged bool
	panel   image.Image
	taken   []sale.Input
	refuse  error
	deaf    bool // takes a word, and does nothing
	h       http.Handler
}

var noon = time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC) // in Beijing

func newHouse() *house {
	h := &house{alive: true, panel: image.NewRGBA(image.Rect(0, 0, 24, 32))}
	h.sight = sale.Snapshot{
		Ready: true, Clock: true, Cloud: sale.Cloud{Reachable: true, Since: noon},
		Products: []sale.Product{
			{Slot: 1, Name: "可口可乐 330ml", NameEN: "Coke 330ml", Fen: 350, Stock: 10},
			{Slot: 2, Name: "水", Fen: 200, Stock: 0, Fault: "empty"},
			{Slot: 3, Name: "薯片", Fen: 650, Stock: 4, Fault: "jam", Aside: true},
		},
	}
	h.Page = &Page{
		Kiosk: "K0042", Version: "v1", Password: web.Password{Kept: secret},
		Look: func() sale.Snapshot {
			h.turning.Lock()
			defer h.turning.Unlock()
			return h.sight
		},
		Alive: func() bool { return h.alive },
		Panel: func() image.Image { return h.panel },
		Orders: func(_ context.Context, limit int, state string) (out []sale.Entry, err error) {
			if h.damaged {
				return nil, errors.New("read the book: malformed")
			}
			h.turning.Lock()
			defer h.turning.Unlock()
			for _, e := range h.entries {
				if (state == "" || string(e.State) == state) && len(out) < limit {
					out = append(out, e)
				}
			}
			h.asked = append(h.asked, fmt.Sprintf("%d %s", limit, state))
			return out, nil
		},
		Serve: func(in sale.Input) error {
			h.turning.Lock()
			defer h.turning.Unlock()
			if h.refuse == nil {
				h.taken = append(h.taken, in)
				h.heed(in)
			}
			return h.refuse
		},
	}
	h.h = h.Handler()
	return h
}

// heed is what the shop makes of a technician's word, unless it is deaf.
func (h *house) heed(in sale.Input) {
	if h.deaf {
		return
	}
	h.sight.Products = slices.Clone(h.sight.Products)
	at := func(n sale.Slot, do func(*sale.Product)) {
		for i := range h.sight.Products {
			if h.sight.Products[i].Slot == n {
				do(&h.sight.Products[i])
			}
		}
	}
	switch in := in.(type) {
	case sale.Served:
		at(in.Slot, func(w *sale.Product) {
			if w.Flag = ""; w.Fault != sale.FaultOffSale {
				w.Fault, w.Aside = "", false
			}
		})
	case sale.Offered:
		at(in.Slot, func(w *sale.Product) {
			if w.Fault, w.Aside = "", !in.On; !in.On {
				w.Fault = sale.FaultOffSale
			}
		})
	case sale.Stocked:
		at(in.Slot, func(w *sale.Product) { w.Stock = in.Stock })
	case sale.Changed:
		at(in.Slot, func(w *sale.Product) {
			if w.Name, w.NameEN, w.Fen = in.Name, in.NameEN, in.Fen; in.Stock >= 0 {
				w.Stock = in.Stock
			}
		})
	case sale.Cleared:
		h.sight.Doubts = sale.Doubts{}
	case sale.Maintained:
		if h.sight.Maintenance = ""; in.On {
			h.sight.Maintenance = in.By
		}
	case sale.Decided:
		for i, e := range h.entries {
			if to, ok := sale.Next(e.State, in.Event); ok && e.No == in.No && (e.State != sale.Closing || e.Reason == sale.ReasonSilent) {
				h.entries[i].State = to
			}
		}
	}
}

func order1(state sale.State) sale.Entry {
	no := sale.Number("K0042", 7, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	return sale.Entry{
		Order: sale.Order{
			No: no, State: state, Means: sale.Native, Slot: 3, Name: "薯片", Fen: 650,
			Created: noon, Updated: noon.Add(90 * time.Second), Money: sale.Money{Transaction: "4200001"},
		},
		Journal: []sale.Line{
			{Event: sale.Chosen, State: sale.Asking, At: noon, Trusted: true},
			{Event: sale.Asked, State: sale.Waiting, At: noon.Add(time.Second), Trusted: true},
			{Event: sale.Paid, State: sale.Vending, At: noon.Add(90 * time.Second), Trusted: true},
		},
	}
}

// turn changes the kiosk while somebody watches.
func (h *house) turn(change func()) {
	h.turning.Lock()
	defer h.turning.Unlock()
	change()
}

func (h *house) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.h.ServeHTTP(w, r)
	return w
}

func ask(method, path string) *http.Request {
	r := httptest.NewRequest(method, path, nil)
	r.Host, r.RemoteAddr = "192.168.1.20:8080", "192.168.1.7:40000"
	return r
}

func (h *house) get(path string) *httptest.ResponseRecorder { return h.do(ask("GET", path)) }

func form(path string, pairs ...string) *http.Request {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest("POST", path, strings.NewReader(v.Encode()))
	r.Host, r.RemoteAddr = "192.168.1.20:8080", "192.168.1.7:40000"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func must(t *testing.T, w *httptest.ResponseRecorder, status int, body string) {
	t.Helper()
	if w.Code != status {
		t.Errorf("answered %d instead of %d: %s", w.Code, status, w.Body)
	}
	if got := w.Body.String(); body != "" && got != body {
		t.Errorf("whoever reads this by script breaks\n got %s\nwant %s", got, body)
	}
}
