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
	connsAddress = 16                     // from one address
	connsHere    = 64                     // from the machine itself
	waitsLong    = time.Second            // without a whole request
	servedLong   = 5 * time.Second        // by one
	heardIn      = 250 * time.Millisecond // nobody is slower to ask who means to
	breath       = 2 * time.Millisecond   // connsAll of them are heardIn
)

// Guarded bounds how many connections are open, in all and from one address. Where it is full the one goes that has
// said nothing for long, or else is served for long, or else asks nothing, or else came first: whoever comes and asks is
// answered, however many others hold on and say nothing.
func Guarded(l net.Listener) net.Listener {
	return &gate{Listener: l, who: func(a net.Addr) netip.Addr { return address(a.String()) }}
}

type gate struct {
	net.Listener
	who   func(net.Addr) netip.Addr
	mu    sync.Mutex
	open  []*visitor
	drops int // connections that had to go
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
	gone, crowd := g.admit(v)
	if gone != nil {
		_ = gone.Conn.Close()
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
)

func (v *visitor) class(now time.Time) int {
	switch held := now.Sub(v.since); {
	case !v.works && held >= waitsLong:
		return silent
	case v.works && held >= servedLong:
		return served
	case !v.works && held >= heardIn:
		return mute
	}
	return fresh
}

// admit makes room for a visitor, and says who has to go for it; crowd: so many come from everywhere that it is somebody
// who was hardly heard. Where too many come from one address, that is its own affair, and the others do not wait for it.
func (g *gate) admit(v *visitor) (gone *visitor, crowd bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	here, strangers, houses, most := 0, 0, map[netip.Addr]int{}, 0
	for _, o := range g.open {
		if o.from.IsLoopback() {
			here++
			continue
		}
		strangers++
		houses[o.from]++
		most = max(most, houses[o.from])
	}
	var among func(*visitor) bool
	switch {
	case v.from.IsLoopback() && here >= connsHere:
		among = func(o *visitor) bool { return o.from.IsLoopback() }
	case v.from.IsLoopback():
	case houses[v.from] >= connsAddress:
		among = func(o *visitor) bool { return o.from == v.from }
	case strangers >= connsAll: // whoever takes most gives
		among = func(o *visitor) bool { return !o.from.IsLoopback() && houses[o.from] == most }
	}
	if among != nil {
		g.drops++
		gone = g.oldest(among, v.since)
		g.remove(gone)
		crowd = strangers >= connsAll && v.since.Sub(gone.since) < heardIn
	}
	g.open = append(g.open, v)
	return gone, crowd
}

// oldest is who goes first: it is never whoever has just come.
func (g *gate) oldest(among func(*visitor) bool, now time.Time) (found *visitor) {
	for _, o := range g.open {
		if !among(o) {
			continue
		}
		if found == nil || o.class(now) < found.class(now) || o.class(now) == found.class(now) && o.since.Before(found.since) {
			found = o
		}
	}
	return found
}

func (g *gate) remove(v *visitor) {
	for i, o := range g.open {
		if o == v {
			g.open = append(g.open[:i], g.open[i+1:]...)
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
