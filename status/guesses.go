package status

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	guessesMinute  = 10  // wrong secrets from one address, a minute
	guessesAddress = 30  // and an hour: one neighbour alone cannot shut the door for all
	guessesHour    = 100 // from everybody but the machine itself, an hour
)

// guesses remembers the wrong secrets of the last hour, never more than the hour allows, and those from the machine
// itself apart: strangers' guesses do not count against whoever sits at it.
type guesses struct {
	mu    sync.Mutex
	wrong []guess // oldest first
	here  []guess
	last  uint64
}

type guess struct {
	from netip.Addr
	at   time.Time
	id   uint64
}

// take lets one guess in, and counts it as wrong until it is given back: so many at once are no more than one after
// another. A guess that is not let in is not looked at, be it right or wrong, so that the refusal tells nothing.
func (g *guesses) take(from netip.Addr) (guess, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.wrong, g.here = since(g.wrong, now.Add(-time.Hour)), since(g.here, now.Add(-time.Minute))
	g.last++
	one := guess{from, now, g.last}
	if from.IsLoopback() {
		if len(g.here) >= guessesMinute {
			return one, false
		}
		g.here = append(g.here, one)
		return one, true
	}
	hour, minute := 0, 0
	for _, w := range g.wrong {
		if w.from == from {
			hour++
			if now.Sub(w.at) < time.Minute {
				minute++
			}
		}
	}
	if minute >= guessesMinute || hour >= guessesAddress || len(g.wrong) >= guessesHour {
		return one, false
	}
	g.wrong = append(g.wrong, one)
	return one, true
}

// giveBack takes a guess out of the count: it was right, or it was not looked at.
func (g *guesses) giveBack(one guess) {
	g.mu.Lock()
	defer g.mu.Unlock()
	is := func(o guess) bool { return o.id == one.id }
	g.wrong, g.here = slices.DeleteFunc(g.wrong, is), slices.DeleteFunc(g.here, is)
}

func (g *guesses) forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.wrong, g.here = nil, nil
}

func since(all []guess, from time.Time) []guess {
	for len(all) > 0 && !all[0].at.After(from) {
		all = all[1:]
	}
	return all
}

type verdict int

const (
	right verdict = iota
	wrong
	tooMany // wrong ones, lately
	tooBusy
)

// knock holds a secret that somebody said against ours.
func (p *Page) knock(said string, from netip.Addr) verdict {
	k := p.key()
	if k == nil {
		return wrong
	}
	one, ok := p.guesses.take(household(from))
	if !ok {
		return tooMany
	}
	fits, busy := p.lock.opens(k, said)
	switch {
	case busy:
		p.guesses.giveBack(one)
		return tooBusy
	case fits:
		p.guesses.giveBack(one)
		return right
	}
	return wrong
}

// caller is who is at the other end of the wire; headers that claim another address are not believed.
func caller(r *http.Request) netip.Addr { return address(r.RemoteAddr) }

func address(text string) netip.Addr {
	host, _, err := net.SplitHostPort(text)
	if err != nil {
		host = text
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

// household is who is counted: behind a /64 is one house, with as many addresses as it likes.
func household(a netip.Addr) netip.Addr {
	if a.Is6() && !a.IsLoopback() {
		if net64, err := a.Prefix(64); err == nil {
			return net64.Addr()
		}
	}
	return a
}
