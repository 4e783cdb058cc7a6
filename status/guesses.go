package status

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

const (
	guessesMinute = 10  // wrong secrets from one address
	guessesHour   = 100 // wrong secrets from everybody
)

// guesses remembers the wrong secrets of the last hour, never more than the hour allows.
type guesses struct {
	mu    sync.Mutex
	wrong []guess // oldest first
}

type guess struct {
	from netip.Addr
	at   time.Time
}

type verdict int

const (
	right verdict = iota
	wrong
	tooMany
)

// try compares a secret in constant time. Too many wrong ones close the door to that address, or to all:
// then even the right one is not looked at, so that a refusal tells nothing. The door from the machine
// itself stays open to the right secret, so that strangers cannot lock the technician out.
func (g *guesses) try(secret, said string, from netip.Addr) verdict {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	for len(g.wrong) > 0 && now.Sub(g.wrong[0].at) >= time.Hour {
		g.wrong = g.wrong[1:]
	}
	near := 0
	for _, w := range g.wrong {
		if w.from == from && now.Sub(w.at) < time.Minute {
			near++
		}
	}
	full := len(g.wrong) >= guessesHour
	shut := near >= guessesMinute || full
	if shut && !from.IsLoopback() {
		return tooMany
	}
	a, b := sha256.Sum256([]byte(secret)), sha256.Sum256([]byte(said))
	if subtle.ConstantTimeCompare(a[:], b[:]) == 1 {
		return right
	}
	if !full {
		g.wrong = append(g.wrong, guess{from, now})
	}
	if shut {
		return tooMany
	}
	return wrong
}

// caller is who is at the other end of the wire; headers that claim another address are not believed.
func caller(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	a = a.Unmap().WithZone("")
	if a.Is6() && !a.IsLoopback() {
		if net64, err := a.Prefix(64); err == nil {
			a = net64.Addr() // one house, as many addresses as it likes
		}
	}
	return a
}
