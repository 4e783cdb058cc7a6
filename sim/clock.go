package sim

import (
	"fmt"
	"sync"
	"time"
)

// What the board's clock may be.
const (
	ClockOK   = "ok"
	Clock1970 = "1970" // counts from 1970 since it had power; nobody has set it
)

// Clock is the board's wall clock and the kernel's word on it. The zero value is right.
type Clock struct {
	mu    sync.Mutex
	wrong bool
	born  time.Time
}

// SetTrouble sets the clock wrong or right.
func (c *Clock) SetTrouble(how string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch how {
	case ClockOK:
		c.wrong = false
	case Clock1970:
		c.wrong = true
	default:
		return fmt.Errorf("clock: no trouble named %q", how)
	}
	c.powerOn()
	return nil
}

// CurrentTrouble is the present trouble.
func (c *Clock) CurrentTrouble() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.wrong {
		return Clock1970
	}
	return ClockOK
}

// Wall is the time of day as the board has it.
func (c *Clock) Wall() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.powerOn()
	if c.wrong {
		return time.Unix(0, 0).Add(time.Since(c.born))
	}
	return time.Now()
}

// Synced is whether the kernel says that somebody set the clock.
func (c *Clock) Synced() bool { return c.CurrentTrouble() == ClockOK }

// powerOn remembers when the clock was first looked at: the board's power-on.
func (c *Clock) powerOn() {
	if c.born.IsZero() {
		c.born = time.Now()
	}
}
