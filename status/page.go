// Package status is the technician's web page, and what scripts read from the kiosk.
//
// The one thing to know: it only looks. What it shows it asks for at every request;
// what a technician does leaves by Do, behind the secret, and the shop decides.
package status

import (
	"context"
	"embed"
	"image"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"kiosk/sale"
	"kiosk/web"
)

// Note is a line about what wants looking after, in the two languages of the page; where ZH is empty, EN is shown.
type Note struct{ ZH, EN string }

// Page is the kiosk as its technician sees it. Look, Orders and Alive are needed; the rest may be left out.
type Page struct {
	Kiosk, Version string
	Language       string // "zh" or "en": what the page speaks unless it is asked otherwise
	Look           func() sale.Snapshot
	Orders         func(ctx context.Context, limit int, state string) ([]sale.Entry, error) // newest first
	Panel          func() image.Image                                                       // may return nil
	Alive          func() bool                                                              // the shop's own beat
	Board          func() sale.Facts
	Notes          func() []Note // one line each, for people
	Boot           time.Time     // of this process; its monotonic part counts
	Hosts          []string      // Host names allowed besides addresses, localhost, kiosk.local and <kiosk>.local
	Password       web.Password  // the technician's; without one the page is read-only
	// Do hands a technician's command to the shop and brings back its answer; nil: the page is read-only.
	Do        func(context.Context, sale.Command) (sale.Reply, error)
	NotifyV2  http.Handler // takes the gateway's notices at /notify/v2; nil: there is no such path
	NotifyV3  http.Handler
	Notices   func() map[string]int // what the readers behind those doors made of them, by check; nil: nobody counts
	Bills     func() Bills          // nil: nobody compares any
	Readings  func() Readings       // what /metrics tells beside all this; nil: nobody counts
	Tools     Tools                 // what a technician may do beside
	Latencies *Latencies            // how long customers waited; nil: nobody measures
	Parts     []string              // what hangs on the board, by the codes of its faults: "panel", "scanner", "door" …
	Network   func() []NetworkFact  // nil: nobody looks
	Installed time.Time             // when this version was put here; zero: not known
	Self      func() Self           // what /status.json tells of this process; nil: nothing
	Now       func() time.Time      // the wall; nil: time.Now
	// Sales adds up what was sold and given back, in buckets, empty ones too; nil: nobody does.
	Sales func(ctx context.Context, from, to time.Time, bucket time.Duration) ([]sale.SalesBucket, error)
	// Deeds are the newest alarms, and what technicians did; nil: they cannot be read.
	Deeds func(ctx context.Context, limit int) ([]sale.Alarm, error)

	sessions web.Sessions
	limiter  web.Limiter
	files    web.Files
	history  history
	counted  counted
	dropping sync.Mutex
	drops    drops // nil: not read yet
	watchers atomic.Int32
	watching web.AddressLimiter
	glimpses glimpses
	few      web.Shared // of /orders.json
	many     web.Shared
	bench    sync.Mutex // one thing at a time is done to motors, panel and scan module
	desk     sync.Mutex // and to the book
}

//go:embed *.html page.css page.js icon.svg
var files embed.FS

// Handler answers every path of the page.
func (p *Page) Handler() http.Handler {
	p.sessions.Cookie = "kiosk"
	p.limiter.Paths, p.limiter.Refuse = toil, fail
	p.files.FS, p.files.Refuse = files, fail
	p.watching.Most = watchersAddress
	mux := http.NewServeMux()
	for path, h := range p.reads() {
		mux.HandleFunc(path, web.AllowMethod(http.MethodGet, h, fail))
	}
	for path, h := range p.services() {
		mux.HandleFunc(path, web.AllowMethod(http.MethodPost, h, fail))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, r, http.StatusNotFound, "nothing here")
	})
	return p.besides(p.guard().Wrap(p.limiter.Wrap(mux)))
}

// besides lets the gateway's notices in past the guard: they come under another name than the page, from no
// browser, and prove themselves by their signature.
func (p *Page) besides(page http.Handler) http.Handler {
	doors := map[string]http.Handler{"/notify/v2": p.NotifyV2, "/notify/v3": p.NotifyV3}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		door := doors[r.URL.Path]
		if door == nil {
			page.ServeHTTP(w, r)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		door.ServeHTTP(w, r)
	})
}

// reads are the paths that only look; a test walks them all.
func (p *Page) reads() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"/{$}":         p.home,
		"/page.css":    p.files.Serve("text/css; charset=utf-8"),
		"/page.js":     p.files.Serve("text/javascript; charset=utf-8"),
		"/icon.svg":    p.files.Serve("image/svg+xml"),
		"/healthz":     p.healthz,
		"/readyz":      p.readyz,
		"/status.json": p.statusJSON,
		"/orders.json": p.ordersJSON,
		"/panel.png":   p.panel,
		"/events":      p.watch(p.events),
		"/metrics":     p.metrics,
	}
}

// writable tells whether a technician may change anything from here.
func (p *Page) writable() bool { return p.Do != nil && p.Password.Exists() }
