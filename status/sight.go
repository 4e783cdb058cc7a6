package status

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"net/http"
	"time"

	"kiosk/sale"
	"kiosk/web"
)

// beijing is where every kiosk stands; a minimal image has no zone files.
var beijing = time.FixedZone("CST", 8*3600)

// stamp is a time as JSON shows it: null where there is none.
type stamp time.Time

func (s stamp) MarshalJSON() ([]byte, error) {
	t := time.Time(s)
	if t.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(t.In(beijing).Format("2006-01-02T15:04:05.999Z07:00"))
}

type (
	// document is /status.json.
	document struct {
		Kiosk   string         `json:"kiosk"`
		Version string         `json:"version"`
		Uptime  int64          `json:"uptime_s"`
		Alive   bool           `json:"alive"`
		Ready   bool           `json:"ready"`
		Why     []sale.Why     `json:"why"`
		Cloud   cloud          `json:"cloud"`
		Clock   clock          `json:"clock"`
		Front   *sale.Front    `json:"front"`
		Open    int            `json:"open_orders"`
		Owed    int            `json:"owed_orders"`
		Slots   []slot         `json:"slots"`
		Board   sale.Facts     `json:"board"`
		Bills   *bills         `json:"bills,omitempty"`
		Notices map[string]int `json:"notices,omitempty"`
		*Self                  // only where a script asks
	}
	cloud struct {
		Reachable bool  `json:"reachable"`
		Since     stamp `json:"since"`
	}
	clock struct {
		Trusted bool   `json:"trusted"`
		Skew    *int64 `json:"skew_s,omitempty"` // our wall minus the gateway's, which is told in whole seconds
	}
	slot struct {
		Number sale.Slot `json:"number"`
		Name   string    `json:"name"`
		NameEN string    `json:"name_en,omitempty"`
		Fen    sale.Fen  `json:"fen"`
		Stock  int       `json:"stock"`
		Fault  string    `json:"fault"`          // "" sells, or would if it were filled
		Flag   string    `json:"flag,omitempty"` // something to look at that does not stop it selling
	}
)

// look sees the kiosk once, so that one answer never mixes two moments.
func (p *Page) look() (document, sale.Snapshot) {
	s := p.Look()
	d := document{
		Kiosk: p.Kiosk, Version: p.Version, Alive: p.Alive(), Ready: s.Ready, Why: append([]sale.Why{}, s.Why...),
		Cloud: cloud{s.Cloud.Reachable, stamp(s.Cloud.Since)}, Clock: clock{s.Clock, seconds(s.Skew)}, Front: s.Front,
		Open: s.Open, Owed: s.Owed, Slots: []slot{},
	}
	if !p.Boot.IsZero() {
		d.Uptime = int64(time.Since(p.Boot) / time.Second)
	}
	if !d.Alive {
		d.Ready = false // a sight of a shop that stands still says nothing about now
		d.Why = append([]sale.Why{{Code: "beat", Text: "the shop's own beat has stopped"}}, d.Why...)
	}
	for _, w := range s.Products {
		fault := w.Fault
		if fault == sale.NotReadyEmpty {
			fault = ""
		}
		d.Slots = append(d.Slots, slot{w.Slot, w.Name, w.NameEN, w.Fen, w.Stock, fault, w.Flag})
	}
	if p.Board != nil {
		d.Board = p.Board()
	}
	if p.Bills != nil {
		d.Bills = p.Bills().document()
	}
	d.Notices = p.notices()
	return d, s
}

func seconds(d *time.Duration) *int64 {
	if d == nil {
		return nil
	}
	s := int64(d.Round(time.Second) / time.Second)
	return &s
}

func (p *Page) healthz(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if !p.Alive() {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, "the shop's own beat has stopped")
		return
	}
	fmt.Fprintln(w, "alive")
}

func (p *Page) readyz(w http.ResponseWriter, r *http.Request) {
	d, _ := p.look()
	status := http.StatusOK
	if !d.Ready {
		status = http.StatusServiceUnavailable
	}
	web.WriteJSON(w, status, struct {
		Ready bool       `json:"ready"`
		Why   []sale.Why `json:"why"`
	}{d.Ready, d.Why})
}

func (p *Page) statusJSON(w http.ResponseWriter, r *http.Request) {
	d, _ := p.look()
	if p.Self != nil {
		self := p.Self()
		d.Self = &self
	}
	web.WriteJSON(w, http.StatusOK, d)
}

func (p *Page) panel(w http.ResponseWriter, r *http.Request) {
	if p.Panel == nil {
		fail(w, r, http.StatusNotFound, "no panel")
		return
	}
	img := p.Panel()
	if img == nil {
		fail(w, r, http.StatusNotFound, "no panel")
		return
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img); err != nil {
		fail(w, r, http.StatusInternalServerError, "no panel")
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Write(b.Bytes())
}
