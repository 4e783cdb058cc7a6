package status

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"kiosk/sale"
)

// dropTimes remembers when goods last fell in each slot. Whoever reads the newest orders tells it.
type dropTimes map[sale.Slot]time.Time

// learnFrom reads the drops out of journals. Older ones never take the place of newer ones.
func (d dropTimes) learnFrom(entries []sale.Entry) {
	for _, e := range entries {
		for _, j := range e.Journal {
			if j.Event == sale.Dropped && j.At.After(d[e.Slot]) {
				d[e.Slot] = j.At
			}
		}
	}
}

const weekDays = 7 // of the second chart

// salesFresh is how old the sums may be: the book is not added up more often, however many look.
const salesFresh = 5 * time.Second

// salesCache is the newest look at what was sold.
type salesCache struct {
	mu          sync.Mutex
	at          time.Time
	today, week []sale.SalesBucket
}

func (c *salesCache) read(ctx context.Context, sales func(context.Context, time.Time, time.Time, time.Duration) ([]sale.SalesBucket, error), now time.Time) (today, week []sale.SalesBucket, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now = now.In(beijing)
	morning := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, beijing)
	if d := now.Sub(c.at); d >= 0 && d < salesFresh && c.at.After(morning) {
		return c.today, c.week, nil
	}
	night := morning.AddDate(0, 0, 1)
	if today, err = sales(ctx, morning, night, time.Hour); err != nil {
		return nil, nil, fmt.Errorf("add up today: %w", err)
	}
	if week, err = sales(ctx, morning.AddDate(0, 0, 1-weekDays), night, 24*time.Hour); err != nil {
		return nil, nil, fmt.Errorf("add up the week: %w", err)
	}
	c.at, c.today, c.week = now, today, week
	return today, week, nil
}

const (
	watchEvery      = 500 * time.Millisecond // how often a watcher's connection looks at the shop
	heartbeat       = 15 * time.Second       // how often it says something at least
	sendTime        = 10 * time.Second       // a watcher that takes nothing for so long is gone
	maxWatchers     = 16                     // the rest fall back to asking now and then
	watchersAddress = 4                      // live pages from one address
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
