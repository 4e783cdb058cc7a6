package street

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// Change is one pin's new level, at a time of the guest's own monotonic clock.
type Change struct {
	Boot  int
	At    time.Duration
	Pin   int
	Level int
}

func (c Change) String() string {
	return fmt.Sprintf("boot %d %10.3f s  GPIO%d %s", c.Boot, c.At.Seconds(), c.Pin, []string{"low", "high"}[c.Level&1])
}

// drop is a piece that fell through the light.
type drop struct {
	boot int
	at   time.Duration
	slot int
}

// Trace is what was seen on the watched pins, in order, over every boot.
type Trace struct {
	mu      sync.Mutex
	boot    int // the last one
	changes []Change
	drops   []drop
}

// Power begins a boot.
func (t *Trace) Power() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.boot++
}

// Take keeps an event of the agent.
func (t *Trace) Take(m Message) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := m.At()
	switch m.Event {
	case "pin":
		t.changes = append(t.changes, Change{t.boot, at, m.Pin, m.Level})
	case "drop":
		t.drops = append(t.drops, drop{t.boot, at, m.Level})
	}
}

// Level is how a pin stood last in this boot.
func (t *Trace) Level(pin int) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := len(t.changes) - 1; i >= 0; i-- {
		if c := t.changes[i]; c.Pin == pin && c.Boot == t.boot {
			return c.Level
		}
	}
	return 0
}

// Starts counts how often a pin went high.
func (t *Trace) Starts(pin int) int {
	n := 0
	for _, c := range t.All() {
		if c.Pin == pin && c.Level == 1 {
			n++
		}
	}
	return n
}

// Boot numbers the last one.
func (t *Trace) Boot() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.boot
}

// Fell counts the drops of a slot.
func (t *Trace) Fell(slot int) int {
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

// All is every change so far.
func (t *Trace) All() []Change {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Change(nil), t.changes...)
}

// Turn is one time a pin was on. Open tells that its end was not seen: the power went.
type Turn struct {
	Pin, Boot int
	From, On  time.Duration
	Open      bool
}

// Turns pairs every rise with its fall.
func (t *Trace) Turns() []Turn {
	var all []Turn
	up := map[int]Change{}
	for _, c := range t.All() {
		was, on := up[c.Pin]
		switch {
		case c.Level == 1:
			if on {
				all = append(all, Turn{Pin: was.Pin, Boot: was.Boot, From: was.At, Open: true})
			}
			up[c.Pin] = c
		case on:
			delete(up, c.Pin)
			all = append(all, Turn{Pin: c.Pin, Boot: was.Boot, From: was.At, On: c.At - was.At, Open: was.Boot != c.Boot})
		}
	}
	for _, c := range up {
		all = append(all, Turn{Pin: c.Pin, Boot: c.Boot, From: c.At, Open: true})
	}
	return all
}

// Save keeps what was seen as lines of text, drops after levels.
func (t *Trace) Save(file string) error {
	var b strings.Builder
	for _, c := range t.All() {
		fmt.Fprintln(&b, c)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, d := range t.drops {
		fmt.Fprintf(&b, "boot %d %10.3f s  a piece of slot %d falls\n", d.boot, d.at.Seconds(), d.slot)
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}
