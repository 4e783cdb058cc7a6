package onsite

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/display"
	"kiosk/hw"
	"kiosk/web"
)

const (
	// HotspotTime is how long one stays open: a visit. Nobody forgets to close it.
	HotspotTime = 30 * time.Minute

	hotspotClosing = 5 * time.Second // to close it in, also when the service ends
	hotspotAddress = "10.42.0.1"     // NetworkManager gives a shared connection this one
)

// Hotspot is the way to the page without a network: a Wi-Fi of the machine's own, for a while. The shop knows nothing of it.
type Hotspot struct {
	Radio   hw.Hotspot
	Name    string
	Panel   Panel
	Address *Address
	Log     func(line string)

	mu      sync.Mutex
	end     context.CancelFunc // ends the newest opening; nil: there was none
	busy    chan struct{}      // held from an opening until it is closed
	expired bool               // the newest one's time ran out
}

// Open opens it, and closes it when its time is over, by Close, or with ctx. It returns only then.
func (h *Hotspot) Open(ctx context.Context) {
	ctx, busy := h.replaceOpening(ctx)
	select {
	case busy <- struct{}{}: // the one before is closed
		defer func() { <-busy }()
	case <-ctx.Done():
		return
	}
	if h.Address.spellAddress(hotspotAddress) == "" {
		h.explainFailure(errOwnPage)
		return
	}
	secret := drawWiFiSecret()
	h.Panel.Hand(display.Slip{Kind: display.SlipHotspot, Name: h.Name})
	address, err := h.Radio.Open(ctx, h.Name, secret)
	switch {
	case ctx.Err() != nil && err != nil:
		h.Panel.Take(display.SlipHotspot)
		return
	case err != nil:
		h.explainFailure(err)
		return
	}
	page := h.Address.spellAddress(address)
	h.Log(fmt.Sprintf("the hotspot %s is open for %v, the page is at %s", h.Name, HotspotTime, page))
	h.Panel.Hand(display.Slip{Kind: display.SlipHotspot, Name: h.Name, Secret: secret, Address: page, Left: HotspotTime})
	select {
	case <-ctx.Done():
	case <-time.After(HotspotTime):
		h.noteExpiry(ctx)
	}
	h.Panel.Take(display.SlipHotspot)
	h.Log("the hotspot closes")
	h.CloseLeftover()
}

// replaceOpening begins the life of one opening, and ends the one before.
func (h *Hotspot) replaceOpening(ctx context.Context) (context.Context, chan struct{}) {
	ctx, end := context.WithCancel(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.end != nil {
		h.end()
	}
	h.expired = false
	if h.end = end; h.busy == nil {
		h.busy = make(chan struct{}, 1)
	}
	return ctx, h.busy
}

// noteExpiry notes that its time ran out, unless a later one is open already.
func (h *Hotspot) noteExpiry(ctx context.Context) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.expired = ctx.Err() == nil
}

// HasExpired reports whether the newest one is gone because its time was over.
func (h *Hotspot) HasExpired() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.expired
}

// Close ends what is open or opening.
func (h *Hotspot) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.expired = false
	if h.end != nil {
		h.end()
	}
}

// CloseLeftover takes the profile away: at the end, and at the start what a former life left. It has a deadline of its own,
// because the service's context has ended by then.
func (h *Hotspot) CloseLeftover() {
	ctx, cancel := context.WithTimeout(context.Background(), hotspotClosing)
	defer cancel()
	if err := h.Radio.Close(ctx); err != nil && !errors.Is(err, hw.ErrNoManager) && !errors.Is(err, hw.ErrManagerOff) {
		h.Log(config.OneLine(err))
	}
}

// explainFailure says on the panel why there is none: nobody there has a log.
func (h *Hotspot) explainFailure(err error) {
	h.Log("no hotspot: " + config.OneLine(err))
	h.Panel.Hand(display.Slip{Kind: display.SlipHotspot, Trouble: hotspotTrouble(err), Text: config.OneLine(err), Left: ExplanationTime})
}

var errOwnPage = errors.New("the page listens on this machine alone: set listen = \":80\" under [status]")

// hotspotTrouble names why there is no hotspot.
func hotspotTrouble(err error) display.Trouble {
	for known, name := range map[error]display.Trouble{
		errOwnPage: display.TroubleOwnPage, hw.ErrNoManager: display.TroubleNoManager, hw.ErrManagerOff: display.TroubleManagerOff,
		hw.ErrNoWiFi: display.TroubleNoWiFi, hw.ErrWiFiOff: display.TroubleWiFiOff, hw.ErrForbidden: display.TroubleForbidden,
	} {
		if errors.Is(err, known) {
			return name
		}
	}
	return display.TroubleRadio
}

// drawWiFiSecret draws a secret that a thumb types. Some phones take hexadecimal digits alone for a key instead of a
// passphrase, so one that has nothing else is drawn again.
func drawWiFiSecret() string {
	for {
		if secret := web.DrawLetters(); strings.ContainsAny(secret, "ghjkmnpqrstuvwxyz") {
			return secret
		}
	}
}
