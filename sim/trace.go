package sim

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// Trace is what a recorder on the outputs' wires has drawn: every change of level, as it happened and in order.
// The zero value is ready.
type Trace struct {
	mu      sync.Mutex
	began   time.Time
	changes []Change
	high    map[string]time.Time // since when
	longest map[string]time.Duration
	most    int
}

// Change is one edge of one wire.
type Change struct {
	At   time.Duration // since the recorder was clipped on
	Pin  string
	High bool
}

// Watch clips the recorder to wires. One that is high already counts from now.
func (t *Trace) Watch(pins ...*Pin) {
	for _, p := range pins {
		p.mu.Lock()
		t.recordChange(p.name, p.level())
		p.traces = append(p.traces, t)
		p.mu.Unlock()
	}
}

// recordChange is called with the wire's lock, so that no change is lost or told out of order.
func (t *Trace) recordChange(name string, l gpio.Level) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if t.high == nil {
		t.began, t.high, t.longest = now, map[string]time.Time{}, map[string]time.Duration{}
	}
	t.changes = append(t.changes, Change{now.Sub(t.began), name, bool(l)})
	if l {
		t.high[name] = now
		t.most = max(t.most, len(t.high))
		return
	}
	if since, was := t.high[name]; was {
		t.longest[name] = max(t.longest[name], now.Sub(since))
		delete(t.high, name)
	}
}

// Changes is the whole drawing.
func (t *Trace) Changes() []Change {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.changes)
}

// Longest is how long a wire was high at a stretch; a stretch that goes on counts until now.
func (t *Trace) Longest(name string) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	longest := t.longest[name]
	if since, is := t.high[name]; is {
		longest = max(longest, time.Since(since))
	}
	return longest
}

// Together is how many of the wires were high at once, at most.
func (t *Trace) Together() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.most
}

// High lists the wires that are high now.
func (t *Trace) High() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var names []string
	for name := range t.high {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// String is the drawing in words, one change on a line.
func (t *Trace) String() string {
	var b strings.Builder
	for _, c := range t.Changes() {
		level := "low"
		if c.High {
			level = "high"
		}
		fmt.Fprintf(&b, "%9.3fs %s %s\n", c.At.Seconds(), c.Pin, level)
	}
	return b.String()
}
