package status

import (
	"encoding/json"
	"sync"
	"time"

	"kiosk/sale"
)

// sharedSnapshot is what all watchers see for a while: the machine is looked at for all of them at once.
type sharedSnapshot struct {
	at                  time.Time
	doc, essence, board []byte
}

// sharedSnapshots keeps the newest one. Sixteen watchers cost the shop no more than one.
type sharedSnapshots struct {
	mu   sync.Mutex
	last sharedSnapshot
}

func (g *sharedSnapshots) current(look func() (statusDocument, sale.Snapshot)) sharedSnapshot {
	g.mu.Lock()
	defer g.mu.Unlock()
	if time.Since(g.last.at) < watchEvery/2 {
		return g.last
	}
	d, _ := look()
	g.last.at = time.Now()
	g.last.doc, _ = json.Marshal(d) // nil, if ever, ends the watch
	g.last.essence, g.last.board = splitDocument(d)
	return g.last
}

const (
	watchEvery      = 500 * time.Millisecond // how often a watcher's connection looks at the shop
	heartbeat       = 15 * time.Second       // how often it says something at least
	sendTime        = 10 * time.Second       // a watcher that takes nothing for so long is gone
	maxWatchers     = 16                     // the rest fall back to asking now and then
	watchersAddress = 4                      // live pages from one address
)
