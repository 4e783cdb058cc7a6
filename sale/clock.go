package sale

import (
	"sync"
	"time"
)

// clock tells a shop the time, and whether the wall may be believed: the Date of a verified answer agreed with it, and it has not
// stepped since; or the kernel says that it is synchronised, and neither the book nor such a Date contradicts that by far.
type clock struct {
	mu     sync.Mutex
	began  time.Time
	wall   func() (time.Time, bool)
	agreed bool
	offset time.Duration  // wall minus mono when it agreed
	skew   *time.Duration // the wall minus the Date of the newest verified answer
	told   time.Duration  // the time of that Date minus mono
	last   time.Time      // the newest believed time in the book
}

const (
	agreeWithin = 60 * time.Second
	contradicts = 10 * time.Minute // a wall that is called synchronised may differ so much from the gateway's
)

func (c *clock) start(wall func() (time.Time, bool)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.began, c.wall = time.Now(), wall
	if wall == nil {
		c.wall = func() (time.Time, bool) { return time.Now(), false }
	}
}

// setFloor takes the newest trusted time in the book: a wall before it is wrong even if the kernel calls it synchronised.
// Only the Date of the gateway outranks the book.
func (c *clock) setFloor(last time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = last
}

func (c *clock) mono() time.Duration { return time.Since(c.began) }

func (c *clock) instant() Instant {
	now, synced := c.wall()
	m := c.mono()
	c.mu.Lock()
	defer c.mu.Unlock()
	off := time.Duration(now.UnixNano()) - m
	if c.agreed && (off-c.offset).Abs() > agreeWithin {
		c.agreed = false
	}
	wild := c.skew != nil && (off-c.told).Abs() > contradicts
	trusted := c.agreed || synced && !wild && !now.Before(c.last.Add(-agreeWithin))
	return Instant{Mono: m, Wall: now.Round(0), Trusted: trusted}
}

// compareDate compares the wall with the Date of a verified answer.
func (c *clock) compareDate(a Answered) {
	if a.Err != "" || a.Date.IsZero() {
		return
	}
	now, _ := c.wall()
	m := c.mono()
	c.mu.Lock()
	defer c.mu.Unlock()
	skew := now.Sub(a.Date)
	c.agreed, c.skew = skew.Abs() <= agreeWithin, &skew
	c.offset = time.Duration(now.UnixNano()) - m
	c.told = c.offset - skew
}

// measuredSkew is how far the wall was from the gateway's clock when that last answered; nil: it has not yet.
func (c *clock) measuredSkew() *time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.skew
}
