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

// Page is the kiosk as its technician sees it. Look, Orders and Alive are needed; the rest may be left out.
type Page struct {
	Kiosk, Version string
	Built          string // the commit, and what compiled it; "": not known
	Language       string // "zh" or "en": what the page speaks unless it is asked otherwise
	Snapshot       func() sale.Snapshot
	Orders         func(ctx context.Context, limit int, state string) ([]sale.Entry, error) // newest first
	Panel          func() image.Image                                                       // may return nil
	PanelMasked    func() image.Image                                                       // the same without code and numbers, for strangers
	Alive          func() bool                                                              // the shop's own beat
	Board          func() sale.Facts
	Notes          func() []Note // one line each, for people
	Boot           time.Time     // of this process; its monotonic part counts
	Hosts          []string      // Host names allowed besides addresses, localhost, kiosk.local and <kiosk>.local
	Password       web.Password  // the technician's; without one the page is read-only
	Token          web.Bearer    // of scripts and scrapers, who read everything and change nothing
	// Do hands a technician's command to the shop and brings back its answer; nil: the page is read-only.
	Do          func(context.Context, sale.Command) (sale.Reply, error)
	NotifyV2    http.Handler // takes the gateway's notices at /notify/v2; nil: there is no such path
	NotifyV3    http.Handler
	NotifyApart bool                         // the notices come in by NoticeHandler alone
	Notices     func() map[string]int        // what the readers behind those doors made of them, by check; nil: nobody counts
	Bills       func() Bills                 // nil: nobody compares any
	Metrics     func(sums bool) http.Handler // answers /metrics, for strangers without sums; nil: there is no such path
	Tools       Tools                        // what a technician may do beside
	Waits       func() []Wait                // how long customers waited lately; nil: nobody measures
	Parts       []string                     // what hangs on the board, by the codes of its faults: "panel", "scanner", "door" …
	Network     func() []NetworkFact         // nil: nobody looks
	Head        func() *BookHead             // nil: there is none
	Installed   time.Time                    // when this version was put here; zero: not known
	Self        func() Self                  // what /status.json tells of this process; nil: nothing
	Now         func() time.Time             // the wall; nil: time.Now
	// Sales adds up what was sold and given back, in buckets, empty ones too; nil: nobody does.
	Sales func(ctx context.Context, from, to time.Time, bucket time.Duration) ([]sale.SalesBucket, error)
	// Acts are the newest alarms, and what technicians did; nil: they cannot be read.
	Acts func(ctx context.Context, limit int) ([]sale.Alarm, error)

	// FindOrder finds an order by its number; nil: nobody does.
	FindOrder func(ctx context.Context, no sale.No) (o sale.Order, found bool, err error)

	run          string // another one at each start
	sessions     web.Sessions
	limiter      web.Limiter
	files        web.Files
	boardHistory boardHistory
	salesCache   salesCache
	dropsMu      sync.Mutex
	lastDrops    dropTimes // nil: not read yet
	watchers     atomic.Int32
	watching     web.AddressLimiter
	shared       sharedSnapshots // what everybody sees who is no stranger
	sharedMasked sharedSnapshots // what strangers see
	shortLists   web.Shared      // of /orders.json
	longLists    web.Shared
	atMachine    sync.Mutex // one thing at a time is done to motors, panel and scan module
	withBook     sync.Mutex // and to the book
}

//go:embed *.html page.css page.js icon.svg
var files embed.FS

// writable tells whether a technician may change anything from here.
func (p *Page) writable() bool { return p.Do != nil && p.Password.Exists() }

func (p *Page) wallTime() time.Time {
	if p.Now != nil {
		return p.Now()
	}
	return time.Now()
}

// readDocument sees the kiosk once, so that one answer never mixes two moments.
func (p *Page) readDocument() (statusDocument, sale.Snapshot) {
	s := p.Snapshot()
	d := statusDocument{
		Kiosk: p.Kiosk, Version: p.Version, Alive: p.Alive(), Ready: s.Ready, Why: append([]sale.Why{}, s.Why...),
		Cloud: cloud{s.Cloud.Reachable, jsonTime(s.Cloud.Since)}, Clock: clock{s.Clock, wholeSeconds(s.Skew)}, Front: s.Front,
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
	if p.Head != nil {
		if h := p.Head(); h != nil {
			d.Head = &head{h.Line, h.Seal, jsonTime(h.At)}
		}
	}
	if p.Bills != nil {
		d.Bills = p.Bills().billDocument()
	}
	d.Notices = countNotices(p)
	return d, s
}

// countNotices are all that came, by what became of it; nil if none can come.
func countNotices(p *Page) map[string]int {
	if p.Notices == nil {
		return nil
	}
	return p.Notices()
}

// signedIn is who reads the page; "" is anybody. Looking keeps no session alive.
func (p *Page) signedIn(r *http.Request) string { return p.sessions.SignedIn(r, false) }
