package web

import (
	"cmp"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// How many connections there may be. A browser takes six; an open page keeps one.
const (
	connsAll     = 128 // from everywhere but the machine itself
	connsBurst   = 512 // the same, with those younger than youngFor
	connsAddress = 16  // from one /64
	connsHere    = 64  // from the machine itself

	silentAfter = time.Second            // without a whole request
	slowAfter   = 5 * time.Second        // with a request that is still served
	youngFor    = 250 * time.Millisecond // a client that means to ask has asked by then
	crowdPause  = youngFor / connsBurst
)

// Listener bounds how many connections are open, in all and from each /64. When it is full it closes the lowest class of
// them first (see silent); of equals, one from the /64 that has most, then the oldest. A client that comes and asks is
// therefore answered, however many others only hold on.
type Listener struct {
	net.Listener
	AddrOf func(net.Addr) netip.Addr // nil: the address itself

	mu       sync.Mutex
	open     []*conn
	perAddr  map[netip.Addr]int
	trimming bool // trimLater is under way
	closed   int  // connections that had to go
}

// conn is a connection that is counted.
type conn struct {
	net.Conn
	listener *Listener
	from     netip.Addr // its /64
	since    time.Time  // when it came, began to be served, or fell idle
	active   bool       // a whole request of it is being served
}

// Accept lets the next one in, and closes those that have to go for it.
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	addr := parseAddr(c.RemoteAddr().String())
	if l.AddrOf != nil {
		addr = l.AddrOf(c.RemoteAddr())
	}
	v := &conn{Conn: c, listener: l, from: prefix64(addr), since: time.Now()}
	if v.from.IsLoopback() {
		v.from = thisMachine
	}
	gone, crowd := l.makeRoom(v)
	closeAll(gone)
	if crowd {
		time.Sleep(crowdPause) // the newest must be heard before the next ones push it out
	}
	return v, nil
}

func closeAll(gone []*conn) {
	for _, c := range gone {
		_ = c.Conn.Close()
	}
}

// thisMachine stands for every loopback address.
var thisMachine = netip.IPv6Loopback()

func isStranger(c *conn) bool { return c.from != thisMachine }

func (l *Listener) countStrangers() int { return len(l.open) - l.perAddr[thisMachine] }

// The classes of connections, in the order in which they are closed.
const (
	silent = iota // no request for a second
	slow          // its request is served for five seconds already
	mute          // no request for a quarter of a second
	young         // came or fell idle just now: its request may be on the way
	asking        // its request is being served
)

func (c *conn) closeClass(now time.Time) int {
	switch held := now.Sub(c.since); {
	case c.active && held >= slowAfter:
		return slow
	case c.active:
		return asking
	case held >= silentAfter:
		return silent
	case held >= youngFor:
		return mute
	}
	return young
}

// isYoung reports whether a connection came, began to be served or fell idle just now.
func (c *conn) isYoung(now time.Time) bool { return now.Sub(c.since) < youngFor }

// makeRoom makes room for a connection and returns those that have to go. crowd says that even a young one had to. An address
// over its own limit loses one of its own: that is no crowd, and nobody else waits for it.
func (l *Listener) makeRoom(c *conn) (gone []*conn, crowd bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	most := connsAddress
	if !isStranger(c) {
		most = connsHere
	}
	switch {
	case l.perAddr[c.from] >= most:
		own := func(o *conn) bool { return o.from == c.from }
		o := l.firstToClose(c.since, func(o *conn) bool { return own(o) && !o.isYoung(c.since) })
		gone = append(gone, l.evict(cmp.Or(o, l.firstToClose(c.since, own))))
	case isStranger(c):
		gone = l.trimStrangers(c.since, connsAll-1)
		if crowd = l.countStrangers() >= connsBurst; crowd {
			gone = append(gone, l.evict(l.firstToClose(c.since, isStranger)))
		}
		l.trimLater()
	}
	l.open = append(l.open, c)
	if l.perAddr == nil {
		l.perAddr = map[netip.Addr]int{}
	}
	l.perAddr[c.from]++
	return gone, crowd
}

// trimStrangers takes out strangers that are no longer young, until at most so many are left.
func (l *Listener) trimStrangers(now time.Time, most int) (gone []*conn) {
	for l.countStrangers() > most {
		o := l.firstToClose(now, func(o *conn) bool { return isStranger(o) && !o.isYoung(now) })
		if o == nil {
			return gone
		}
		gone = append(gone, l.evict(o))
	}
	return gone
}

// trimLater trims again when those that are young now no longer are.
func (l *Listener) trimLater() {
	if l.trimming || l.countStrangers() < connsAll {
		return
	}
	l.trimming = true
	time.AfterFunc(youngFor, func() {
		l.mu.Lock()
		gone := l.trimStrangers(time.Now(), connsAll)
		l.trimming = false
		if l.countStrangers() > connsAll {
			l.trimLater()
		}
		l.mu.Unlock()
		closeAll(gone)
	})
}

// firstToClose is the connection that goes first; nil if none fits.
func (l *Listener) firstToClose(now time.Time, among func(*conn) bool) (found *conn) {
	for _, c := range l.open {
		if among(c) && (found == nil || l.compareConns(c, found, now) < 0) {
			found = c
		}
	}
	return found
}

func (l *Listener) compareConns(a, b *conn, now time.Time) int {
	return cmp.Or(cmp.Compare(a.closeClass(now), b.closeClass(now)), cmp.Compare(l.perAddr[b.from], l.perAddr[a.from]), a.since.Compare(b.since))
}

func (l *Listener) evict(c *conn) *conn {
	l.closed++
	l.removeConn(c)
	return c
}

func (l *Listener) removeConn(c *conn) {
	i := slices.Index(l.open, c)
	if i < 0 {
		return
	}
	l.open = slices.Delete(l.open, i, i+1)
	if l.perAddr[c.from]--; l.perAddr[c.from] == 0 {
		delete(l.perAddr, c.from)
	}
}

// CountConns returns how many connections are open, and how many had to go so far.
func (l *Listener) CountConns() (open, closed int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open), l.closed
}

func (c *conn) Close() error {
	c.listener.mu.Lock()
	c.listener.removeConn(c)
	c.listener.mu.Unlock()
	return c.Conn.Close()
}

// noteConnState is the server's ConnState: it notes whether a connection is being served.
func noteConnState(c net.Conn, to http.ConnState) {
	if under, ok := c.(interface{ NetConn() net.Conn }); ok { // TLS
		c = under.NetConn()
	}
	v, ok := c.(*conn)
	if !ok {
		return
	}
	v.listener.mu.Lock()
	defer v.listener.mu.Unlock()
	v.active, v.since = to == http.StateActive, time.Now()
}
