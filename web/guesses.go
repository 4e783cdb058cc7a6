package web

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	reportEvery  = time.Hour // at most one report in that time, however many guess
	reportedMost = 8         // addresses that a report names
)

// GuessReport is what was guessed since the report before: wrong secrets, those that were turned away unheard, and from where.
type GuessReport struct {
	Wrong, Blocked int
	From           []netip.Addr // the first few
	More           bool         // there were others
}

// GuessLog counts what became of guesses: an attack that leaves no trace is noticed by nobody.
type GuessLog struct {
	mu       sync.Mutex
	counts   map[Verdict]int
	pending  GuessReport
	reported time.Time
}

// NoteGuess counts one guess, and remembers a bad one for the next report.
func (g *GuessLog) NoteGuess(v Verdict, from netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.counts == nil {
		g.counts = map[Verdict]int{}
	}
	g.counts[v]++
	switch v {
	case Wrong:
		g.pending.Wrong++
	case TooMany, Busy:
		g.pending.Blocked++
	default:
		return
	}
	g.pending.addAddress(from)
}

func (r *GuessReport) addAddress(from netip.Addr) {
	switch {
	case slices.Contains(r.From, from):
	case len(r.From) < reportedMost:
		r.From = append(r.From, from)
	default:
		r.More = true
	}
}

// Counts returns how many guesses there were so far, by what became of them.
func (g *GuessLog) Counts() map[string]int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return map[string]int{"right": g.counts[Right], "wrong": g.counts[Wrong], "blocked": g.counts[TooMany], "busy": g.counts[Busy]}
}

// SendReport hands the bad guesses to write, at most once an hour and only if there were any. What write did not take is
// kept for the next time.
func (g *GuessLog) SendReport(now time.Time, write func(GuessReport) error) {
	g.mu.Lock()
	r := g.pending
	if r.Wrong+r.Blocked == 0 || !g.reported.IsZero() && now.Sub(g.reported) < reportEvery {
		g.mu.Unlock()
		return
	}
	g.pending = GuessReport{}
	g.mu.Unlock()
	err := write(r)
	g.mu.Lock()
	defer g.mu.Unlock()
	if err == nil {
		g.reported = now
		return
	}
	later := g.pending
	g.pending = r
	g.pending.Wrong, g.pending.Blocked = r.Wrong+later.Wrong, r.Blocked+later.Blocked
	g.pending.More = r.More || later.More
	for _, from := range later.From {
		g.pending.addAddress(from)
	}
}
