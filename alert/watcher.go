// Package alert tells the owner's group of what has changed, one message per change, as WeCom's group robots take it.
//
// The one thing to know: nobody waits for it. It looks by itself, and a message that cannot be delivered waits in a short
// queue, from which the oldest gives way.
package alert

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"kiosk/sale"
)

// Watcher looks at the kiosk, and tells the group. Run must run for any of it; every field is needed.
type Watcher struct {
	URL             string // where the robot listens. It holds the robot's key: it stands in no log and no answer
	Kiosk, Language string // "zh" or "en"
	Look            func() sale.Snapshot
	Alive           func() bool                                // the shop's own beat
	Board           func() sale.Facts                          // what the board measured last
	Reason          func(code string) (what, remedy sale.Text) // words for a code of /readyz; nothing for an unknown one
	Refused         func(r sale.OrderRefusal) sale.Text        // words for what orders are refused with
	Fault           func(fault string) sale.Text               // words for a slot's fault
	Stall           func(why string) sale.Text                 // words for why an order wants a look
	Guessed         func() bool                                // the wrong secrets of an hour are used up: somebody guesses
	Bill            func() *sale.Reconciliation                // the newest day that was compared; nil: none yet
	Certificates    func() map[string]time.Time                // when each ends: "merchant", "page"; one that is not used is left out
	WarmFrom        float64                                    // °C from which the goods are too warm; 0: nobody is told
	Now             func() time.Time                           // the wall
	Transport       http.RoundTripper
	Log             func(line string)
	File            string // what the group was told, so that a start tells only what has changed

	ends     map[string]time.Time // of Certificates
	endsRead time.Time

	told  map[string]string // what the group knows, by condition
	marks map[string]*debouncer
	queue []message
	lost  int // messages that did not get through since the robot last took one

	nextTry time.Time
	backoff time.Duration
	sent    []time.Time // in the last hour
	failing bool

	counts struct{ taken, refused, dropped atomic.Int64 } // all else belongs to Run alone
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
		case <-time.After(5 * time.Second):
		}
	}
}

// lookOnce looks once, and queues what is to be told.
func (w *Watcher) lookOnce(now time.Time) {
	s := w.Look()
	m := message{states: map[string]string{}}
	for _, c := range w.readConditions(s) {
		d := cmp.Or(w.marks[c.key], &debouncer{told: w.told[c.key], since: now})
		w.marks[c.key] = d
		if news, changes := d.noteState(c.state, now); news {
			m.states[c.key] = d.told
			m.text += "\n" + w.reportCondition(c, d.told, changes)
		}
	}
	if m.text == "" {
		return
	}
	head := w.fillIn(words.Header, "{kiosk}", w.Kiosk)
	if s.Clock { // a wall that nobody trusts would only mislead
		head += " " + sale.When(w.Now())
	}
	m.text = head + m.text
	if w.queue = append(w.queue, m); len(w.queue) > 32 {
		w.takeOldest(&w.counts.dropped)
	}
}

// reportCondition is one condition's part of a message.
func (w *Watcher) reportCondition(c condition, told string, changes int) string {
	n := strconv.Itoa(changes)
	if told == wavering {
		return w.fillIn(words.Wavers, "{name}", c.name, "{n}", n)
	}
	if changes <= 2 {
		return c.text
	}
	first := strings.IndexByte(c.text+"\n", '\n')
	return c.text[:first] + w.fillIn(words.Changed, "{n}", n) + c.text[first:]
}

// takeOldest takes the oldest message out of the queue, and counts what became of it.
func (w *Watcher) takeOldest(count *atomic.Int64) {
	w.queue = w.queue[1:]
	w.lost++
	count.Add(1)
}

// Counts returns how many messages the robot took and refused, and how many were dropped while it could not be reached.
func (w *Watcher) Counts() map[string]int {
	c := &w.counts
	return map[string]int{"taken": int(c.taken.Load()), "refused": int(c.refused.Load()), "dropped": int(c.dropped.Load())}
}

// readTold is what the group knows. A file that cannot be read is begun anew, and what is amiss is told again.
func (w *Watcher) readTold() map[string]string {
	told := map[string]string{}
	if text, err := os.ReadFile(w.File); err == nil && json.Unmarshal(text, &told) != nil || told == nil {
		return map[string]string{}
	}
	return told
}

// keepTold writes down what the group knows and is not as it should be. It replaces the file whole: a power cut leaves the old one or the new one.
func (w *Watcher) keepTold() error {
	maps.DeleteFunc(w.told, func(_, state string) bool { return state == "" })
	text, _ := json.Marshal(w.told) // strings always marshal
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

// debouncer decides when a condition's state is news: when it has lasted a minute, or when it keeps changing. Without it a
// loose cable would send a message every few seconds, and a group that reads too many reads none.
type debouncer struct {
	told    string // what the group knows, or will when the queue is delivered
	now     string
	since   time.Time
	changes int // since it last stood still
	first   time.Time
}

const wavering = "~" // the state of what keeps changing

// noteState takes note of a state, and reports whether it is news. Six changes in ten minutes are told as wavering, and
// after that once an hour at the most.
func (d *debouncer) noteState(state string, now time.Time) (news bool, changes int) {
	if state != d.now {
		if d.changes == 0 {
			d.first = now
		}
		d.now, d.since, d.changes = state, now, d.changes+1
	}
	limit := 10 * time.Minute
	if d.told == wavering {
		limit = time.Hour
	}
	was := d.told
	switch still := now.Sub(d.since) >= time.Minute; {
	case still:
		d.told = d.now
	case d.changes >= 6 && now.Sub(d.first) >= limit:
		d.told, was = wavering, ""
	default:
		return false, d.changes
	}
	changes, d.changes = d.changes, 0
	return d.told != was, changes
}
