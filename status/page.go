// Package status is the technician's web page, and what scripts read from the kiosk.
//
// The one thing to know: it only looks. What it shows it asks for at every request;
// what a technician does leaves by Serve, behind the secret, and the shop decides.
package status

import (
	"context"
	"image"
	"net/http"
	"time"

	"kiosk/sale"
)

// Page is the kiosk as its technician sees it. Look, Orders and Alive are needed; the rest may be left out.
type Page struct {
	Kiosk, Version string
	Language       string // "zh" or "en": what the page speaks unless it is asked otherwise
	Look           func() sale.Sight
	Orders         func(ctx context.Context, limit int, state string) ([]sale.Entry, error) // newest first
	Panel          func() image.Image                                                       // may return nil
	Alive          func() bool                                                              // the shop's own beat
	Board          func() map[string]any
	Notes          func() []string // one line each, for people
	Boot           time.Time       // of this process; its monotonic part counts
	Hosts          []string        // Host names allowed besides addresses, localhost, kiosk.local and <kiosk>.local
	Pin            string          // the technician's secret; "": the page is read-only
	Serve          func(sale.Input) error
}

// Handler answers every path of the page.
func (p *Page) Handler() http.Handler { return http.NotFoundHandler() }
