package status

import (
	"encoding/json"
	"sync"
	"time"
)

// glimpse is what all watchers see for a while: the machine is looked at for all of them at once.
type glimpse struct {
	at                  time.Time
	doc, essence, board []byte
}

type glimpses struct {
	mu   sync.Mutex
	last glimpse
}

func (g *glimpses) now(look func() (document, sale.Snapshot)) glimpse {
	g.mu.Lock()
	defer g.mu.Unlock()
	if time.Since(g.last.at) < glance/2 {
		return g.last
	}
	d, _ := look()
	g.last.at = time.Now()
	g.last.doc, _ = json.Marshal(d) // nil, if ever, ends the watch
	g.last.essence, g.last.board = essence(d)
	return g.last
}

const (
	glance          = 500 * time.Millisecond // how often a watcher's connection looks at the shop
	heartbeat       = 15 * time.Second       // how often it says something at least
	sendTime        = 10 * time.Second       // a watcher that takes nothing for so long is gone
	maxWatchers     = 16                     // the rest fall back to asking now and then
	watchersAddress = 4                      // live pages from one address
)
