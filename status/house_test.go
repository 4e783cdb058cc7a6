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
	masked  image.Image    // what strangers see of it
	taken   []sale.Command // what the shop did as it was told
	notes   []sale.NoteAct
	refuse  error
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
		Kiosk: "K0042", Version: "v1", Password: web.Password{Kept: secret}, Token: web.NewBearer(scriptToken),
		Snapshot: func() sale.Snapshot {
			h.turning.Lock()
			defer h.turning.Unlock()
			return h.sight
		},
		Alive: func() bool { return h.alive },
		Panel: func() image.Image { return h.panel }, PanelMasked: func() image.Image { return h.masked },
		Metrics: func(sums bool) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/plain; charset=utf-8")
				if sums {
					fmt.Fprintf(w, "%+v\n", h.Page.Snapshot())
				}
			})
		},
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
		Do: func(_ context.Context, cmd sale.Command) (sale.Reply, error) {
			h.turning.Lock()
			defer h.turning.Unlock()
			if h.refuse != nil {
				return sale.Reply{}, h.refuse
			}
			note, _ := cmd.(sale.NoteAct)
			if note.Act != "" {
				h.notes = append(h.notes, note)
				return sale.Reply{}, nil
			}
			reply := h.heed(cmd)
			if reply.Refusal == "" {
				h.taken = append(h.taken, cmd)
			}
			return reply, nil
		},
	}
	h.h = h.Handler()
	return h
}

// heed is what the shop makes of a technician's command.
func (h *house) heed(cmd sale.Command) (r sale.Reply) {
	h.sight.Products = slices.Clone(h.sight.Products)
	slot := func(n sale.Slot, do func(*sale.Product) sale.Refusal) sale.Reply {
		i := slices.IndexFunc(h.sight.Products, func(w sale.Product) bool { return w.Slot == n })
		switch {
		case i < 0:
			return sale.Reply{Refusal: sale.RefusedSlot}
		case h.sight.Selling == n:
			return sale.Reply{Refusal: sale.RefusedSelling, Product: h.sight.Products[i]}
		}
		no := do(&h.sight.Products[i])
		return sale.Reply{Refusal: no, Product: h.sight.Products[i]}
	}
	kept := func(w *sale.Product) string { // the fault that the book keeps; a blocked beam is none
		if w.Aside {
			return w.Fault
		}
		return ""
	}
	switch in := cmd.(type) {
	case sale.ClearSlot:
		return slot(in.Slot, func(w *sale.Product) sale.Refusal {
			off := kept(w) == sale.FaultOffSale
			switch {
			case kept(w) != in.Fault || w.Flag != in.Flag:
				return sale.RefusedOther
			case off && w.Flag == "":
				return sale.RefusedOff
			}
			if w.Flag = ""; w.Aside && !off {
				w.Fault, w.Aside = "", false
			}
			return ""
		})
	case sale.SetOnSale:
		return slot(in.Slot, func(w *sale.Product) sale.Refusal {
			switch off := w.Fault == sale.FaultOffSale; {
			case in.On && !off:
				return sale.RefusedOnAlready
			case !in.On && off:
				return sale.RefusedOffAlready
			case !in.On && w.Aside:
				return sale.RefusedAside
			}
			if w.Fault, w.Aside = "", !in.On; !in.On {
				w.Fault = sale.FaultOffSale
			}
			return ""
		})
	case sale.CountStock:
		return slot(in.Slot, func(w *sale.Product) sale.Refusal {
			if w.Stock != in.Was {
				return sale.RefusedMoved
			}
			w.Stock = in.Stock
			return ""
		})
	case sale.EditProduct:
		return slot(in.Slot, func(w *sale.Product) sale.Refusal {
			switch {
			case in.WasFen != 0 && w.Fen != in.WasFen, in.WasName != "" && w.Name != in.WasName, in.WasNameEN != "" && w.NameEN != in.WasNameEN:
				return sale.RefusedEdited
			case in.Stock >= 0 && w.Stock != in.Was:
				return sale.RefusedMoved
			}
			if w.Name, w.NameEN, w.Fen = in.Name, in.NameEN, in.Fen; in.Stock >= 0 {
				w.Stock = in.Stock
			}
			return ""
		})
	case sale.ClearStop:
		h.sight.Doubts = sale.Doubts{}
	case sale.AcceptBook:
		h.sight.Why = slices.DeleteFunc(h.sight.Why, func(w sale.Why) bool { return w.Code == sale.NotReadyDamaged })
	case sale.SetMaintenance:
		switch is := h.sight.Maintenance != ""; {
		case in.On && is:
			r.Refusal = sale.RefusedOutAlready
		case !in.On && !is:
			r.Refusal = sale.RefusedInAlready
		case h.sight.Testing != 0:
			r.Refusal = sale.RefusedTurning
		case in.On:
			h.sight.Maintenance = sale.FullName(in.By, in.From)
		default:
			h.sight.Maintenance = ""
		}
	case sale.DecideOrder:
		r.Refusal = sale.RefusedSettled
		for i, e := range h.entries {
			to, ok := sale.Next(e.State, in.Event)
			switch {
			case !ok || e.No != in.No:
			case in.Event == sale.Handed && !slices.Contains(h.sight.Foreign, e.No):
				r.Refusal = sale.RefusedOurs
			case in.Event != sale.Handed && e.State == sale.Closing && !slices.Contains(h.sight.Settleable, e.No):
				r.Refusal = sale.RefusedEarly
			default:
				h.entries[i].State, r.Refusal = to, ""
			}
		}
	}
	return r
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

// ask is a request of somebody who may see everything: a script with the token.
func ask(method, path string) *http.Request {
	r := askAsStranger(method, path)
	r.Header.Set("Authorization", "Bearer "+scriptToken)
	return r
}

func askAsStranger(method, path string) *http.Request {
	r := httptest.NewRequest(method, path, nil)
	r.Host, r.RemoteAddr = "192.168.1.20:8080", "192.168.1.7:40000"
	return r
}

// scriptToken is that of scripts.
const scriptToken = "a-token-of-the-tests-1234567"

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
