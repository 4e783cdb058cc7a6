package pay

import (
	"sync"
	"time"
)

// When the primary has failed lasting times in a row the standby is first, and the primary is tried
// again each rest.
const (
	failuresInARow = 3
	primaryRest    = time.Minute
)

type host int

const (
	primary host = iota
	standby
)

// hosts remembers which of the two hosts to ask first.
type hosts struct {
	mu    sync.Mutex
	bad   int       // failures of the primary in a row
	until time.Time // when the primary is tried again
}

// order is the order in which to try the hosts. Only a call that may be repeated is sent to try the primary again: a charge
// that runs into its silence would leave a customer waiting.
func (h *hosts) order(now time.Time, two, probe bool) []host {
	if !two {
		return []host{primary}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.bad < failuresInARow {
		return []host{primary, standby}
	}
	if probe && !now.Before(h.until) {
		h.until = now.Add(primaryRest) // one call tries, the others stay
		return []host{primary, standby}
	}
	return []host{standby, primary}
}

// report takes down how a host did.
func (h *hosts) report(now time.Time, which host, good bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case which == primary && good, which == standby && !good:
		h.bad = 0 // a standby that fails as well is no better than the primary
	case which == primary:
		if h.bad++; h.bad == failuresInARow {
			h.until = now.Add(primaryRest)
		}
	}
}
