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
	connsAll     = 128 // from everywhere but the machine itself
	connsAddress = 16  // from one address
	connsHere    = 64  // from the machine itself
	connsOld     = 5 * time.Second
)

// Guarded bounds how many connections are open, in all and from one address. Where it is full the one goes that has
// held its place for longest without a whole request, or else the one whose request has been served for longest:
// whoever comes and asks is answered, however many others hold on and say nothing.
func Guarded(l net.Listener) net.Listener {
	return &gate{Listener: l, who: func(a net.Addr) netip.Addr { return address(a.String()) }}
}

type gate struct {
	net.Listener
	who   func(net.Addr) netip.Addr
	mu    sync.Mutex
	open  []*visitor
	drops int // connections that had to go, or were not let in
}

// visitor is a connection that is counted.
type visitor struct {
	net.Conn
	gate  *gate
	from  netip.Addr
	since time.Time // when it came, began to be served, or fell idle
	works bool      // a whole request of it is being served
}

// Accept lets the next one in that there is room for.
func (g *gate) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		v := &visitor{Conn: c, gate: g, from: household(g.who(c.RemoteAddr())), since: time.Now()}
		gone, ok := g.admit(v)
		if gone != nil {
			_ = gone.Conn.Close()
		}
		if ok {
			return v, nil
		}
		_ = c.Close()
	}
}

// admit makes room for a visitor, and says who has to go for it.
func (g *gate) admit(v *visitor) (gone *visitor, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	here, strangers, houses := 0, 0, map[netip.Addr]int{}
	for _, o := range g.open {
		if o.from.IsLoopback() {
			here++
		} else {
			strangers++
			houses[o.from]++
		}
	}
	var among func(*visitor) bool
	switch {
	case v.from.IsLoopback():
		if here >= connsHere {
			among = func(o *visitor) bool { return o.from.IsLoopback() }
		}
	case houses[v.from] >= connsAddress:
		among = func(o *visitor) bool { return o.from == v.from }
	case strangers >= connsAll:
		most := 0
		for _, n := range houses {
			most = max(most, n)
		}
		among = func(o *visitor) bool { return houses[o.from] == most && !o.from.IsLoopback() }
	}
	if among != nil {
		g.drops++
		if gone = g.oldest(among, v.since); gone == nil {
			return nil, false
		}
		g.remove(gone)
	}
	g.open = append(g.open, v)
	return gone, true
}

// oldest is who goes first: whoever has not asked anything, then whoever is served for a while already.
func (g *gate) oldest(among func(*visitor) bool, now time.Time) (found *visitor) {
	for _, o := range g.open {
		if !among(o) || o.works && now.Sub(o.since) < connsOld {
			continue
		}
		if found == nil || found.works && !o.works || found.works == o.works && o.since.Before(found.since) {
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
