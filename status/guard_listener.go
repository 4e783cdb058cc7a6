package status

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// How many connections there may be. A browser takes six; a page that is open keeps one.
const (
	connsAll     = 128                    // from everywhere but the machine itself
	connsBurst   = 512                    // together with those who have hardly come
	connsAddress = 16                     // from one address
	connsHere    = 64                     // from the machine itself
	waitsLong    = time.Second            // without a whole request
	servedLong   = 5 * time.Second        // by one
	heardIn      = 250 * time.Millisecond // nobody is slower to ask who means to
	breath       = heardIn / connsBurst
)

// Guarded bounds how many connections are open, in all and from one address. Where it is full the one goes that has
// said nothing for long, or else is served for long, or else asks nothing, and of equals one of the house that has most:
// whoever comes and asks is answered, however many others hold on and say nothing.
func Guarded(l net.Listener) net.Listener {
	return &gate{Listener: l, who: func(a net.Addr) netip.Addr { return address(a.String()) }}
}

type gate struct {
	net.Listener
	who      func(net.Addr) netip.Addr
	mu       sync.Mutex
	open     []*visitor
	houses   map[netip.Addr]int // how many of them are from where
	trimming bool
	drops    int // connections that had to go
}

// visitor is a connection that is counted.
type visitor struct {
	net.Conn
	gate  *gate
	from  netip.Addr
	since time.Time // when it came, began to be served, or fell idle
	works bool      // a whole request of it is being served
}

// Accept lets the next one in, and throws out whoever has to go for it.
func (g *gate) Accept() (net.Conn, error) {
	c, err := g.Listener.Accept()
	if err != nil {
		return nil, err
	}
	v := &visitor{Conn: c, gate: g, from: household(g.who(c.RemoteAddr())), since: time.Now()}
	if v.from.IsLoopback() {
		v.from = here
	}
	gone, crowd := g.admit(v)
	for _, o := range gone {
		_ = o.Conn.Close()
	}
	if crowd {
		time.Sleep(breath) // whoever has just come in must be heard before the next ones push it out
	}
	return v, nil
}

// How a connection stands, worst first.
const (
	silent = iota
	served
	mute
	fresh
	asking
)

func (v *visitor) class(now time.Time) int {
	switch held := now.Sub(v.since); {
	case !v.works && held >= waitsLong:
		return silent
	case v.works && held >= servedLong:
		return served
	case !v.works && held >= heardIn:
		return mute
	case !v.works:
		return fresh
	}
	return asking
}

// young tells whether it may still be on its way to say what it wants.
func (v *visitor) young(now time.Time) bool { return now.Sub(v.since) < heardIn }

// here is the machine itself, by whichever of its own names.
var here = netip.IPv6Loopback()

func stranger(o *visitor) bool { return o.from != here }

func (g *gate) strangers() int { return len(g.open) - g.houses[here] }

// admit makes room for a visitor, and says who has to go for it; crowd: so many come from everywhere that it is somebody
// who was hardly heard. Where too many come from one address, that is its own affair, and the others do not wait for it.
func (g *gate) admit(v *visitor) (gone []*visitor, crowd bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	own := func(o *visitor) bool { return o.from == v.from }
	switch most := g.houses[v.from]; {
	case v.from == here && most >= connsHere, v.from != here && most >= connsAddress:
		o := g.worst(func(o *visitor) bool { return own(o) && !o.young(v.since) }, v.since)
		if o == nil {
			o = g.worst(own, v.since)
		}
		g.drop(o)
		gone = append(gone, o)
	case v.from == here:
	default:
		gone = g.trim(v.since, connsAll-1)
		if g.strangers() >= connsBurst {
			o := g.worst(stranger, v.since)
			g.drop(o)
			gone, crowd = append(gone, o), true
		}
		g.trimLater()
	}
	g.open = append(g.open, v)
	if g.houses == nil {
		g.houses = map[netip.Addr]int{}
	}
	g.houses[v.from]++
	return gone, crowd
}

// trim takes out strangers until no more than so many are left, but none that is young.
func (g *gate) trim(now time.Time, most int) (gone []*visitor) {
	for g.strangers() > most {
		o := g.worst(func(o *visitor) bool { return stranger(o) && !o.young(now) }, now)
		if o == nil {
			return gone
		}
		g.drop(o)
		gone = append(gone, o)
	}
	return gone
}

// trimLater lets those who were too many and young come of age.
func (g *gate) trimLater() {
	if g.trimming || g.strangers() < connsAll {
		return
	}
	g.trimming = true
	time.AfterFunc(heardIn, func() {
		g.mu.Lock()
		gone := g.trim(time.Now(), connsAll)
		g.trimming = false
		if g.strangers() > connsAll {
			g.trimLater()
		}
		g.mu.Unlock()
		for _, o := range gone {
			_ = o.Conn.Close()
		}
	})
}

// worst is who goes first.
func (g *gate) worst(among func(*visitor) bool, now time.Time) (found *visitor) {
	for _, o := range g.open {
		if among(o) && (found == nil || g.before(o, found, now)) {
			found = o
		}
	}
	return found
}

func (g *gate) before(a, b *visitor, now time.Time) bool {
	if x, y := a.class(now), b.class(now); x != y {
		return x < y
	}
	if x, y := g.houses[a.from], g.houses[b.from]; x != y {
		return x > y
	}
	return a.since.Before(b.since)
}

func (g *gate) drop(v *visitor) {
	g.drops++
	g.remove(v)
}

func (g *gate) remove(v *visitor) {
	for i, o := range g.open {
		if o == v {
			g.open = append(g.open[:i], g.open[i+1:]...)
			if g.houses[v.from]--; g.houses[v.from] == 0 {
				delete(g.houses, v.from)
			}
			return
		}
	}
}

// count is how many are inside, and how many did not stay.
func (g *gate) count() (open, drops int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.open), g.drops
}

func (v *visitor) Close() error {
	v.gate.mu.Lock()
	v.gate.remove(v)
	v.gate.mu.Unlock()
	return v.Conn.Close()
}

// turned is told by the server what a connection does now.
func turned(c net.Conn, to http.ConnState) {
	if under, ok := c.(interface{ NetConn() net.Conn }); ok { // TLS
		c = under.NetConn()
	}
	v, ok := c.(*visitor)
	if !ok {
		return
	}
	v.gate.mu.Lock()
	defer v.gate.mu.Unlock()
	v.works, v.since = to == http.StateActive, time.Now()
}
