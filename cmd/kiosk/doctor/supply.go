package doctor

import (
	"context"
	"fmt"
	"sync"
	"time"

	"kiosk/hw"
	"kiosk/sale"
)

const (
	manyDips       = 3
	dipsDay        = 24 * time.Hour
	supplyInterval = 500 * time.Millisecond
)

// Supply counts the vends during which the power was too low: a motor on the board's own supply takes it away, and
// enough of that ends in a reboot with the goods half way out.
type Supply struct {
	IsLow func() bool
	Log   func(line string)

	mu   sync.Mutex
	dips []time.Time // of the last day
}

// SupplyIsLow asks the board's firmware.
func SupplyIsLow() bool {
	p := hw.ReadBoard("/").Power
	return p != nil && p.Low
}

func (s *Supply) addDip(now time.Time) (many bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dips = append(s.dips, now)
	for len(s.dips) > 0 && now.Sub(s.dips[0]) > dipsDay {
		s.dips = s.dips[1:]
	}
	return len(s.dips) >= manyDips
}

// CountDips returns how many there were lately.
func (s *Supply) CountDips() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.dips)
}

// Watch returns a dispenser that looks at the supply while a motor runs.
func (s *Supply) Watch(d sale.Dispenser) sale.Dispenser { return &watchedDispenser{d, s} }

type watchedDispenser struct {
	sale.Dispenser
	supply *Supply
}

func (d *watchedDispenser) Vend(ctx context.Context, slot int) (bool, string) {
	done, seen := make(chan struct{}), make(chan bool)
	go func() {
		low := false
		for {
			low = low || d.supply.IsLow()
			select {
			case <-done:
				seen <- low
				return
			case <-time.After(supplyInterval):
			}
		}
	}()
	dropped, fault := d.Dispenser.Vend(ctx, slot)
	close(done)
	if <-seen {
		text := fmt.Sprintf("slot %d: the supply was under 4.63 V while the motor ran", slot)
		if d.supply.addDip(time.Now()) {
			text += fmt.Sprintf(", %d times in a day: give the motors a supply of their own", manyDips)
		}
		d.supply.Log(text)
	}
	return dropped, fault
}
