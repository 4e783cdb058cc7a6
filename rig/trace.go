package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// change is one pin's new level, at a time of the guest's own monotonic clock.
type change struct {
	boot  int
	at    time.Duration
	pin   int
	level int
}

func (c change) String() string {
	return fmt.Sprintf("boot %d %10.3f s  GPIO%d %s", c.boot, c.at.Seconds(), c.pin, []string{"low", "high"}[c.level&1])
}

// drop is a piece that fell through the light.
type drop struct {
	boot int
	at   time.Duration
	slot int
}

// trace is what was seen on the watched pins, in order, over every boot.
type trace struct {
	mu      sync.Mutex
	boot    int
	changes []change
	drops   []drop
}

func (t *trace) power() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.boot++
}

// take keeps an event of the agent.
func (t *trace) take(m message) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := m.at()
	switch m.Event {
	case "pin":
		t.changes = append(t.changes, change{t.boot, at, m.Pin, m.Level})
	case "drop":
		t.drops = append(t.drops, drop{t.boot, at, m.Level})
	}
}

// level is how a pin stood last in this boot.
func (t *trace) level(pin int) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := len(t.changes) - 1; i >= 0; i-- {
		if c := t.changes[i]; c.pin == pin && c.boot == t.boot {
			return c.level
		}
	}
	return 0
}

// starts counts how often a pin went high.
func (t *trace) starts(pin int) int {
	n := 0
	for _, c := range t.all() {
		if c.pin == pin && c.level == 1 {
			n++
		}
	}
	return n
}

// fell counts the drops of a slot.
func (t *trace) fell(slot int) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for _, d := range t.drops {
		if d.slot == slot {
			n++
		}
	}
	return n
}

func (t *trace) all() []change {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]change(nil), t.changes...)
}

// turn is one time a pin was on. open tells that its end was not seen: the power went.
type turn struct {
	pin, boot int
	from, on  time.Duration
	open      bool
}

// turns pairs every rise with its fall.
func (t *trace) turns() []turn {
	var all []turn
	up := map[int]change{}
	for _, c := range t.all() {
		was, on := up[c.pin]
		switch {
		case c.level == 1:
			if on {
				all = append(all, turn{pin: was.pin, boot: was.boot, from: was.at, open: true})
			}
			up[c.pin] = c
		case on:
			delete(up, c.pin)
			all = append(all, turn{pin: c.pin, boot: was.boot, from: was.at, on: c.at - was.at, open: was.boot != c.boot})
		}
	}
	for _, c := range up {
		all = append(all, turn{pin: c.pin, boot: c.boot, from: c.at, open: true})
	}
	return all
}

// save keeps what was seen as lines of text, drops after levels.
func (t *trace) save(file string) error {
	var b strings.Builder
	for _, c := range t.all() {
		fmt.Fprintln(&b, c)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, d := range t.drops {
		fmt.Fprintf(&b, "boot %d %10.3f s  a piece of slot %d falls\n", d.boot, d.at.Seconds(), d.slot)
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}
