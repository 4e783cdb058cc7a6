package status

import (
	"context"
	"time"

	"kiosk/sale"
)

// The shop takes an input on its own time, and may drop it: a technician is told that it is done when it shows.
const (
	seenFor   = 2 * time.Second
	seenEvery = 25 * time.Millisecond
)

// until waits until it is so, for a technician's patience.
func until(ctx context.Context, so func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, seenFor)
	defer cancel()
	for tick := time.NewTicker(seenEvery); ; {
		if so() {
			tick.Stop()
			return true
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			return so()
		case <-tick.C:
		}
	}
}

// shows waits until a slot looks as it should.
func (p *Page) shows(ctx context.Context, n sale.Slot, so func(sale.Product) bool) (now sale.Product, ok bool) {
	ok = until(ctx, func() bool {
		for _, w := range p.Look().Products {
			if w.Slot == n && so(w) {
				now = w
				return true
			}
		}
		return false
	})
	return now, ok
}
