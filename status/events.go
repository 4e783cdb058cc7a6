package status

import (
	"bytes"
	"fmt"
	"net/http"
	"time"

	"kiosk/sale"
)

// limitWatchers lets a watcher stay for as long as it likes, and one neighbour not take every place.
func limitWatchers(p *Page, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		leave, ok := p.watching.EnterFrom(r)
		if !ok {
			w.Header().Set("Retry-After", "30")
			p.writeError(w, r, http.StatusServiceUnavailable, "watchers")
			return
		}
		defer leave()
		_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // otherwise the request's own limit ends it
		h(w, r)
	}
}

// currentSnapshot is what a watcher sees now.
func currentSnapshot(p *Page, full bool) sharedSnapshot {
	shared := &p.sharedMasked
	if full {
		shared = &p.shared
	}
	return shared.current(func() (statusDocument, sale.Snapshot) { return readDocumentFor(p, full) })
}

// serveEvents sends a status document when it changed: server-sent events, until the watcher leaves.
func (p *Page) serveEvents(w http.ResponseWriter, r *http.Request) {
	if p.watchers.Add(1) > maxWatchers {
		p.watchers.Add(-1)
		w.Header().Set("Retry-After", "30")
		p.writeError(w, r, http.StatusServiceUnavailable, "watchers")
		return
	}
	defer p.watchers.Add(-1)
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	if r.Method == http.MethodHead {
		return
	}
	out := http.NewResponseController(w)
	send := func(text string) bool {
		_ = out.SetWriteDeadline(time.Now().Add(sendTime)) // not every connection has one
		if _, err := fmt.Fprint(w, text); err != nil {
			return false
		}
		return out.Flush() == nil
	}
	ticks := time.NewTicker(watchEvery)
	defer ticks.Stop()
	var last, board []byte
	var spoke time.Time
	for {
		g := currentSnapshot(p, p.seesAll(r)) // a session may end while its page is open
		quiet := time.Since(spoke) >= heartbeat
		// The board's figures and the clocks' difference never stand still: alone they are worth no more than the heartbeat.
		switch fresh := !bytes.Equal(g.essence, last) || quiet && !bytes.Equal(g.board, board); {
		case fresh:
			if g.doc == nil || !send(fmt.Sprintf("data: %s\n\n", g.doc)) {
				return
			}
			last, board, spoke = g.essence, g.board, time.Now()
		case quiet:
			if !send(": still here\n\n") {
				return
			}
			spoke = time.Now()
		}
		select {
		case <-r.Context().Done():
			return
		case <-ticks.C:
		}
	}
}
