package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/display"
	"kiosk/hw"
)

const (
	hotspotFor   = 30 * time.Minute
	hotspotSorry = 30 * time.Second // why there is none stays on the panel
	hotspotClose = 5 * time.Second  // to close it in, also where the service is ending
)

// hotspot is the way to the page where there is no network: a Wi-Fi of the machine's own, for a while. It has nothing
// to do with the shop.
type hotspot struct {
	radio  hw.Hotspot
	name   string
	screen *display.Screen
	page   func(address string) string // where a browser finds the page at an address of ours; "": not there

	mu   sync.Mutex
	end  context.CancelFunc // of the newest opening; nil: there was none
	busy chan struct{}      // held from the opening until it is closed
	over bool               // its time ran out; whoever works by it may want another
}

// open opens it, and closes it when its time is over, when it is told to, or with ctx. It returns only then.
func (h *hotspot) open(ctx context.Context) {
	ctx, busy := h.newest(ctx)
	select {
	case busy <- struct{}{}: // the one before is closed
		defer func() { <-busy }()
	case <-ctx.Done():
		return
	}
	if h.page("10.42.0.1") == "" {
		h.sorry(errors.New("the page listens on this machine alone: set listen = \":80\" under [status]"))
		return
	}
	secret := wifiSecret()
	h.screen.Hand(display.Slip{Kind: display.SlipHotspot, Name: h.name})
	address, err := h.radio.Open(ctx, h.name, secret)
	switch {
	case ctx.Err() != nil && err != nil:
		h.screen.Take(display.SlipHotspot)
		return
	case err != nil:
		h.sorry(err)
		return
	}
	say(fmt.Sprintf("the hotspot %s is open for %v, the page is at %s", h.name, hotspotFor, h.page(address)))
	h.screen.Hand(display.Slip{Kind: display.SlipHotspot, Name: h.name, Secret: secret, Address: h.page(address), Left: hotspotFor})
	select {
	case <-ctx.Done():
	case <-time.After(hotspotFor):
		h.outlast(ctx)
	}
	h.screen.Take(display.SlipHotspot)
	say("the hotspot closes")
	h.clean()
}

// newest is the life of one opening; a later one ends it.
func (h *hotspot) newest(ctx context.Context) (context.Context, chan struct{}) {
	ctx, end := context.WithCancel(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.end != nil {
		h.end()
	}
	h.over = false
	if h.end = end; h.busy == nil {
		h.busy = make(chan struct{}, 1)
	}
	return ctx, h.busy
}

// outlast notes that its time ran out, unless a later one is open already.
func (h *hotspot) outlast(ctx context.Context) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.over = ctx.Err() == nil
}

// ran tells whether the newest one is gone because its time was over.
func (h *hotspot) ran() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.over
}

// shut ends what is open or opening.
func (h *hotspot) shut() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.over = false
	if h.end != nil {
		h.end()
	}
}

// clean takes away what is there: at the end, and what a former life left.
func (h *hotspot) clean() {
	ctx, cancel := context.WithTimeout(context.Background(), hotspotClose)
	defer cancel()
	if err := h.radio.Close(ctx); err != nil && !errors.Is(err, hw.ErrNoManager) && !errors.Is(err, hw.ErrManagerOff) {
		say(config.OneLine(err))
	}
}

func (h *hotspot) sorry(err error) {
	say("no hotspot: " + config.OneLine(err))
	h.screen.Hand(display.Slip{Kind: display.SlipHotspot, Text: config.OneLine(err), Left: hotspotSorry})
}

// A secret that a thumb types, of 49 bits: no capital, nothing that is taken for another letter.
const (
	wifiLetters = "23456789abcdefghjkmnpqrstuvwxyz"
	wifiLength  = 10
)

// wifiSecret draws one. Of hexadecimal digits alone, some telephones would take it for a key instead.
func wifiSecret() string {
	for {
		var b strings.Builder
		for b.Len() < wifiLength {
			var one [1]byte
			rand.Read(one[:])
			if n := len(wifiLetters); int(one[0]) < 256/n*n { // the first letters would come more often
				b.WriteByte(wifiLetters[int(one[0])%n])
			}
		}
		if strings.ContainsAny(b.String(), "ghjkmnpqrstuvwxyz") {
			return b.String()
		}
	}
}
