package pay

import (
	"context"
	"net"
	"sync"
	"time"
)

const (
	ipv6HeadStart = 300 * time.Millisecond // how long IPv6 has for itself
	ipv6Rest      = 10 * time.Minute       // how long IPv4 is first after IPv6 did not serve
)

// dualStackDialer dials by IPv6 first and by IPv4 a moment later, and keeps the one that serves (RFC 8305). Broken IPv6
// shows as silence more often than as an error. IPv4 is first for a while then: no sale waits for IPv6 each time.
type dualStackDialer struct {
	dial func(ctx context.Context, network, addr string) (net.Conn, error)

	mu    sync.Mutex
	until time.Time // IPv4 is first until then
}

// dialContext dials both families for a name, and as asked for an address.
func (f *dualStackDialer) dialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if network != "tcp" || err != nil || net.ParseIP(host) != nil {
		return f.dial(ctx, network, addr)
	}
	f.mu.Lock()
	four := time.Now().Before(f.until)
	f.mu.Unlock()
	order := [2]string{"tcp6", "tcp4"}
	if four {
		order = [2]string{"tcp4", "tcp6"}
	}
	c, which, err := f.raceDials(ctx, order, addr)
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case err == nil && which == "tcp6":
		f.until = time.Time{}
	case err == nil && !four:
		f.until = time.Now().Add(ipv6Rest)
	}
	return c, err
}

type dialed struct {
	conn  net.Conn
	which string
	err   error
}

// raceDials starts the second when the first has failed or had its head start; the loser is hung up.
func (f *dualStackDialer) raceDials(ctx context.Context, order [2]string, addr string) (net.Conn, string, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan dialed) // unbuffered: a late winner has no reader, and hangs up
	start := func(which string) {
		c, err := f.dial(ctx, which, addr)
		select {
		case done <- dialed{c, which, err}:
		case <-ctx.Done():
			if c != nil {
				c.Close()
			}
		}
	}
	go start(order[0])
	head := time.NewTimer(ipv6HeadStart)
	defer head.Stop()
	var failed error
	for second := false; ; {
		select {
		case <-head.C:
			if !second {
				second = true
				go start(order[1])
			}
		case d := <-done:
			switch {
			case d.err == nil:
				return d.conn, d.which, nil
			case failed != nil && d.which == "tcp6":
				return nil, "", failed // IPv4's error is the better one: many a host has no IPv6 at all
			case failed != nil:
				return nil, "", d.err
			}
			failed = d.err
			if !second {
				second = true
				go start(order[1])
			}
		case <-ctx.Done():
			return nil, "", ctx.Err()
		}
	}
}
