// Package alert tells the owner's group of what has changed, one message per change, as WeCom's group robots take it.
//
// The one thing to know: nobody waits for it. It looks by itself, and a message that cannot be delivered waits in a short
// queue, from which the oldest gives way.
package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"kiosk/sale"
)

const (
	lookEvery = 5 * time.Second
	queueMost = 32 // messages that wait
)

// Watcher looks at the kiosk, and tells the group. Run must run for any of it; every field but Board and Transport is needed.
type Watcher struct {
	URL             string // where the robot listens. It holds the robot's key: it stands in no log and no answer
	Kiosk, Language string // "zh" or "en"
	Look            func() sale.Snapshot
	Alive           func() bool                                // the shop's own beat
	Board           func() sale.Facts                          // nil: nothing is known of the board
	Reason          func(code string) (what, remedy sale.Text) // words for a code of /readyz; nothing for an unknown one
	Fault           func(fault string) sale.Text               // words for a slot's fault
	Now             func() time.Time                           // the wall
	Transport       http.RoundTripper                          // nil: the standard one
	Log             func(line string)
	File            string // what the group was told, so that a start tells only what has changed

	told  map[string]string // what the group knows, by condition
	marks map[string]*debouncer
	queue []message
	lost  int // messages that did not get through since the robot last took one

	nextTry time.Time
	backoff time.Duration
	sent    []time.Time // in the last hour
	failing bool

	taken, refused, dropped atomic.Int64 // all else belongs to Run alone
}

// message is what is told at once.
type message struct {
	text   string
	states map[string]string // what the group knows when it has been taken, by condition
}

// Run watches and delivers until ctx ends.
func (w *Watcher) Run(ctx context.Context) error {
	w.told, w.marks = w.readTold(), map[string]*debouncer{}
	for {
		w.lookOnce(time.Now())
		w.deliverQueue(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(lookEvery):
		}
	}
}

// lookOnce looks once, and queues what is to be told.
func (w *Watcher) lookOnce(now time.Time) {
	s := w.Look()
	m := message{states: map[string]string{}}
	for _, c := range w.readConditions(s) {
		d := w.marks[c.key]
		if d == nil {
			d = &debouncer{told: w.told[c.key], since: now}
			w.marks[c.key] = d
		}
		if news, changes := d.noteState(c.state, now); news {
			m.states[c.key] = d.told
			m.text += "\n" + w.reportCondition(c, d.told, changes)
		}
	}
	if m.text == "" {
		return
	}
	m.text = w.heading(s) + m.text
	if w.queue = append(w.queue, m); len(w.queue) > queueMost {
		w.takeOldest(dropped)
	}
}

// takeOldest takes the oldest message out of the queue, and counts what became of it.
func (w *Watcher) takeOldest(how outcome) {
	w.queue = w.queue[1:]
	if w.lost++; how == taken {
		w.lost = 0
	}
	switch how {
	case taken:
		w.taken.Add(1)
	case refused:
		w.refused.Add(1)
	default:
		w.dropped.Add(1)
	}
}

// Counts returns how many messages the robot took and refused, and how many were dropped while it could not be reached.
func (w *Watcher) Counts() map[string]int {
	return map[string]int{"taken": int(w.taken.Load()), "refused": int(w.refused.Load()), "dropped": int(w.dropped.Load())}
}

// readTold is what the group knows. A file that cannot be read is begun anew, and what is amiss is told again.
func (w *Watcher) readTold() map[string]string {
	told := map[string]string{}
	if text, err := os.ReadFile(w.File); err == nil && json.Unmarshal(text, &told) != nil || told == nil {
		return map[string]string{}
	}
	return told
}

// keepTold replaces the file whole: a power cut leaves the old one or the new one.
func (w *Watcher) keepTold() error {
	text, err := json.Marshal(w.told)
	if err != nil {
		return err
	}
	next := w.File + ".new"
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err == nil {
		_, err = f.Write(text)
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err == nil {
		err = os.Rename(next, w.File)
	}
	if err != nil {
		return fmt.Errorf("keeping what the owner was told: %w", err)
	}
	return nil
}
