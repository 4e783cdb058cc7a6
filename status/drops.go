package status

import (
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
