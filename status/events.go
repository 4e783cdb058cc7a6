package status

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"kiosk/sale"
)

const (
	glance          = 500 * time.Millisecond // how often a watcher's connection looks at the shop
	heartbeat       = 15 * time.Second       // how often it says something at least
	sendTime        = 10 * time.Second       // a watcher that takes nothing for so long is gone
	maxWatchers     = 16                     // the rest fall back to asking now and then
	watchersAddress = 4                      // live pages from one address
)

// watch lets a watcher stay for as long as it likes, and one neighbour not take every place.
func (p *Page) watch(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		leave, ok := p.watching.Enter(r)
		if !ok {
			w.Header().Set("Retry-After", "30")
			fail(w, r, http.StatusServiceUnavailable, "watchers")
			return
		}
		defer leave()
		_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // otherwise the request's own limit ends it
		h(w, r)
	}
}

// events sends a status document when it changed: server-sent events, until the watcher leaves.
func (p *Page) events(w http.ResponseWriter, r *http.Request) {
	if p.watchers.Add(1) > maxWatchers {
		p.watchers.Add(-1)
		w.Header().Set("Retry-After", "30")
		fail(w, r, http.StatusServiceUnavailable, "watchers")
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
	ticks := time.NewTicker(glance)
	defer ticks.Stop()
	var last, board []byte
	var spoke time.Time
	for {
		g := p.glimpses.now(p)
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

// glimpse is what all watchers see for a while: the machine is looked at for all of them at once.
type glimpse struct {
	at                  time.Time
	doc, essence, board []byte
}

type glimpses struct {
	mu   sync.Mutex
	last glimpse
}

func (g *glimpses) now(p *Page) glimpse {
	g.mu.Lock()
	defer g.mu.Unlock()
	if time.Since(g.last.at) < glance/2 {
		return g.last
	}
	d, _ := p.look()
	g.last.at = time.Now()
	g.last.doc, _ = json.Marshal(d) // nil, if ever, ends the watch
	g.last.essence, g.last.board = essence(d)
	return g.last
}

// essence is what makes two documents differ: all but the uptime, with the board and the clocks apart.
func essence(d document) (doc, board []byte) {
	board, _ = json.Marshal([]any{d.Board, d.Clock.Skew})
	d.Uptime, d.Board, d.Clock.Skew = 0, sale.Facts{}, nil
	doc, _ = json.Marshal(d)
	return doc, board
}
