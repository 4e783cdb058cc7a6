package sim

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// What the uplink may be.
const (
	NetworkOn   = "on"
	NetworkSlow = "slow"
	NetworkOff  = "off"
)

// Network is the kiosk's uplink. The zero value is on and dials with net.Dialer.
type Network struct {
	Through func(ctx context.Context, network, addr string) (net.Conn, error) // nil: net.Dialer
	Latency time.Duration                                                     // each way when slow; 0 means 800 ms

	mu    sync.Mutex
	how   string
	conns map[*line]bool
}

// SetTrouble switches the uplink; off cuts every open connection.
func (n *Network) SetTrouble(how string) error {
	switch how {
	case NetworkOn, NetworkSlow, NetworkOff:
	default:
		return fmt.Errorf("network: no trouble named %q", how)
	}
	n.mu.Lock()
	n.how = how
	var cut []*line
	if how == NetworkOff {
		for c := range n.conns {
			cut = append(cut, c)
		}
		clear(n.conns)
	}
	n.mu.Unlock()
	for _, c := range cut {
		c.cutOff()
	}
	return nil
}

// CurrentTrouble is the present trouble.
func (n *Network) CurrentTrouble() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.how == "" {
		return NetworkOn
	}
	return n.how
}

// currentDelay is what one way takes now.
func (n *Network) currentDelay() time.Duration {
	switch {
	case n.CurrentTrouble() != NetworkSlow:
		return 0
	case n.Latency > 0:
		return n.Latency
	}
	return 800 * time.Millisecond
}

func unreachableError(op, network string) error {
	return &net.OpError{Op: op, Net: network, Err: syscall.ENETUNREACH}
}

// Dial opens a connection over the uplink; it fits http.Transport.DialContext.
func (n *Network) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if n.CurrentTrouble() == NetworkOff {
		return nil, unreachableError("dial", network)
	}
	if d := n.currentDelay(); d > 0 {
		if err := sleepContext(ctx, d); err != nil {
			return nil, &net.OpError{Op: "dial", Net: network, Err: err}
		}
	}
	dial := n.Through
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	c, err := dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	l := &line{Conn: c, net: n, over: make(chan struct{})}
	n.mu.Lock()
	off := n.how == NetworkOff
	if !off {
		if n.conns == nil {
			n.conns = map[*line]bool{}
		}
		n.conns[l] = true
	}
	n.mu.Unlock()
	if off {
		l.cutOff()
		return nil, unreachableError("dial", network)
	}
	return l, nil
}

// Over puts the uplink before a RoundTripper that needs no sockets, for tests inside a bubble.
func (n *Network) Over(rt http.RoundTripper) http.RoundTripper { return uplink{n, rt} }

type uplink struct {
	net  *Network
	next http.RoundTripper
}

// RoundTrip loses the request when the uplink is off before it, and the answer when it is off after it.
func (u uplink) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := u.passWrites(r.Context()); err != nil {
		return nil, err
	}
	a, err := u.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if err := u.passWrites(r.Context()); err != nil {
		a.Body.Close()
		return nil, err
	}
	return a, nil
}

// passWrites is one way over the uplink.
func (u uplink) passWrites(ctx context.Context) error {
	if err := sleepContext(ctx, u.net.currentDelay()); err != nil {
		return err
	}
	if u.net.CurrentTrouble() == NetworkOff {
		return unreachableError("dial", "tcp")
	}
	return nil
}

// line is one connection over the uplink: slow at each change of direction, and cut when it goes.
type line struct {
	net.Conn
	net *Network

	mu    sync.Mutex
	said  bool // written since the last byte was read
	ended bool
	torn  bool
	over  chan struct{}
}

// Write waits for the way out before the first bytes of each request.
func (l *line) Write(b []byte) (int, error) {
	l.mu.Lock()
	first := !l.said
	l.said = true
	l.mu.Unlock()
	if first {
		l.delayWrites()
	}
	n, err := l.Conn.Write(b)
	return n, l.sort(err, "write")
}

// Read waits for the way back before the first bytes of each answer.
func (l *line) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	l.mu.Lock()
	first := n > 0 && l.said
	if first {
		l.said = false
	}
	l.mu.Unlock()
	if first {
		l.delayWrites()
	}
	return n, l.sort(err, "read")
}

func (l *line) delayWrites() {
	d := l.net.currentDelay()
	if d == 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-l.over:
	}
}

// sort names a cut for what it is to the kiosk.
func (l *line) sort(err error, op string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil && l.torn {
		return &net.OpError{Op: op, Net: "tcp", Err: syscall.ECONNRESET}
	}
	return err
}

// Close ends the connection.
func (l *line) Close() error {
	l.end(false)
	l.net.mu.Lock()
	delete(l.net.conns, l)
	l.net.mu.Unlock()
	return l.Conn.Close()
}

func (l *line) cutOff() {
	l.end(true)
	l.Conn.Close()
}

func (l *line) end(torn bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ended {
		l.ended, l.torn = true, torn
		close(l.over)
	}
}
