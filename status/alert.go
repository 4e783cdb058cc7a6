package status

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"kiosk/sale"
)

// Alert tells the owner's group of what has changed, one message per change, as WeCom's group robots take it. Nobody
// waits for it: it looks by itself, and what it cannot deliver waits in a short line. Run must run for any of it.
type Alert struct {
	URL             string // where the robot listens. A secret, for it holds the robot's key: it is never told to anybody
	Kiosk, Language string // "zh" or "en"
	Look            func() sale.Snapshot
	Alive           func() bool       // the shop's own beat
	Board           func() sale.Facts // as Page.Board; nil: nothing is known of the board
	Now             func() time.Time  // the wall; nil: the system's
	Transport       http.RoundTripper // nil: the standard one
	Log             func(line string) // nil: nothing is logged

	Told map[string]string            // what the group was told in an earlier run, as Keep was given it
	Keep func(told map[string]string) // called from Run whenever the robot has taken a message; nil: it is told again after a start

	mu     sync.Mutex
	line   []*message
	counts map[string]int
	lost   int // dropped since the robot last took one
	ring   chan struct{}

	marks  map[string]*mark // only the watch touches them
	failed bool             // only the delivery touches these
	sent   []time.Time
	kept   map[string]string
}

const (
	alertEvery = 5 * time.Second
	alertLast  = time.Minute // a state must last so long before it is told
	alertLine  = 32          // messages that wait

	waverMany  = 6                // changes without standing still
	waverFor   = 10 * time.Minute // after so long of that the group is told so
	waverAgain = time.Hour        // and again
	wavering   = "~"

	hotFrom  = 80.0 // °C: the firmware slows the processor down from here on
	hotUntil = 75.0
	sagsMany = 3 // vends of a day with too little power
)

// message is what is told at once.
type message struct {
	text   string
	states map[string]string // what the group knows when it has been taken, by condition
	lost   int               // how many others it says were lost
}

// condition is one thing that may change: how it stands, and what is said of that.
type condition struct {
	key, state string // "": as it should be
	name, text string // what it is about; how it stands, in one line or more
}

// Run watches and delivers until ctx ends.
func (a *Alert) Run(ctx context.Context) error {
	a.mu.Lock()
	a.ring = make(chan struct{}, 1)
	a.mu.Unlock()
	a.marks, a.kept = map[string]*mark{}, map[string]string{}
	maps.Copy(a.kept, a.Told)
	var both sync.WaitGroup
	both.Go(func() { a.deliver(ctx) })
	defer both.Wait()
	for {
		a.watch(time.Now())
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(alertEvery):
		}
	}
}

// Counts tells what became of the messages: taken, refused by the robot, dropped while it could not be reached; and
// how many wait.
func (a *Alert) Counts() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := map[string]int{"taken": 0, "refused": 0, "dropped": 0}
	maps.Copy(out, a.counts)
	return out
}

// watch looks once, and puts what is to be told in the line.
func (a *Alert) watch(now time.Time) {
	s := a.Look()
	m := message{states: map[string]string{}}
	for _, c := range a.conditions(s) {
		k := a.marks[c.key]
		if k == nil {
			k = &mark{told: a.Told[c.key], since: now}
			a.marks[c.key] = k
		}
		news, flips := k.see(c.state, now)
		if news {
			m.states[c.key] = k.told
			m.text += "\n" + a.say(c, k.told, flips)
		}
	}
	if m.text == "" {
		return
	}
	m.text = a.heading(s) + m.text
	a.put(&m)
}

// put lines a message up; the oldest gives way where there is no room.
func (a *Alert) put(m *message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.line = append(a.line, m); len(a.line) > alertLine {
		a.drop(a.line[0], "dropped")
	}
	select {
	case a.ring <- struct{}{}:
	default:
	}
}

// drop takes a message out of the line, and counts why. Under a.mu.
func (a *Alert) drop(m *message, why string) {
	i := slices.Index(a.line, m)
	if i < 0 {
		return
	}
	a.line = slices.Delete(a.line, i, i+1)
	if a.counts == nil {
		a.counts = map[string]int{}
	}
	a.counts[why]++
	if why != "taken" {
		a.lost++
	}
}

// mark is what is remembered of a condition.
type mark struct {
	told  string // what the group knows, or will when the line is delivered
	now   string
	since time.Time
	flips int // changes since it last stood still
	first time.Time
}

// see takes note of how a condition stands, and tells whether that is news: it has lasted, or it will not stand still.
func (m *mark) see(state string, now time.Time) (news bool, flips int) {
	if state != m.now {
		if m.flips == 0 {
			m.first = now
		}
		m.now, m.since, m.flips = state, now, m.flips+1
	}
	still, limit := now.Sub(m.since) >= alertLast, waverFor
	if m.told == wavering {
		limit = waverAgain
	}
	flips = m.flips
	switch {
	case still && m.now != m.told:
		m.told, m.flips = m.now, 0
		return true, flips
	case still:
		m.flips = 0
	case flips >= waverMany && now.Sub(m.first) >= limit:
		m.told, m.flips = wavering, 0
		return true, flips
	}
	return false, flips
}

// conditions is how everything stands that the group is told of. What is not known now is left out.
func (a *Alert) conditions(s sale.Snapshot) []condition {
	why := slices.Clone(s.Why)
	if !a.Alive() {
		why = append(why, sale.Why{Code: "beat"})
	}
	out := []condition{a.sells(why)}
	if !slices.ContainsFunc(why, func(w sale.Why) bool { return w.Code == "book" || w.Code == sale.NotReadyStarting }) {
		out = append(out, a.owes(s.Owed))
		for _, w := range s.Products {
			out = append(out, a.slot(w))
		}
	}
	if s.Clock && s.Skew != nil {
		out = append(out, a.apart(*s.Skew))
	}
	if a.Board != nil {
		out = append(out, a.board(a.Board())...)
	}
	return out
}

func (a *Alert) board(b sale.Facts) (out []condition) {
	sags := 0
	if b.LowVends != nil {
		sags = *b.LowVends
	}
	c := condition{key: "power", name: a.T("power"), text: a.T("power+")}
	switch {
	case b.PowerLow != nil && *b.PowerLow:
		c.state, c.text = "low", a.T("power-")
	case sags >= sagsMany:
		c.state, c.text = "sags", a.T("sags", strconv.Itoa(sags))
	}
	if b.PowerLow != nil || sags > 0 {
		out = append(out, c)
	}
	if b.Celsius != nil {
		hot := *b.Celsius
		c := condition{key: "heat", name: a.T("heat"), text: a.T("heat+")}
		was := a.marks[c.key]
		if hot >= hotFrom || hot > hotUntil && was != nil && was.now != "" {
			c.state, c.text = "hot", a.T("heat-", strconv.Itoa(int(hot)))
		}
		out = append(out, c)
	}
	return out
}
