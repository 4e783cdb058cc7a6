package pay

import (
	"context"
	"net"
	"sync"
	"time"
)

// When the primary has failed lasting times in a row the standby is first, and the primary is tried
// again each rest.
const (
	failuresInARow = 3
	primaryRest    = time.Minute
)

type host int

const (
	primary host = iota
	standby
)

// hosts remembers which of the two hosts to ask first.
type hosts struct {
	mu    sync.Mutex
	bad   int       // failures of the primary in a row
	until time.Time // when the primary is tried again
}

// order is the order in which to try the hosts. Only a call that may be repeated is sent to try the primary again: a charge
// that runs into its silence would leave a customer waiting.
func (h *hosts) order(now time.Time, two, probe bool) []host {
	if !two {
		return []host{primary}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.bad < failuresInARow {
		return []host{primary, standby}
	}
	if probe && !now.Before(h.until) {
		h.until = now.Add(primaryRest) // one call tries, the others stay
		return []host{primary, standby}
	}
	return []host{standby, primary}
}

// report takes down how a host did.
func (h *hosts) report(now time.Time, which host, good bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case which == primary && good, which == standby && !good:
		h.bad = 0 // a standby that fails as well is no better than the primary
	case which == primary:
		if h.bad++; h.bad == failuresInARow {
			h.until = now.Add(primaryRest)
		}
	}
}

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
	second := sync.OnceFunc(func() { go start(order[1]) })
	var failed error
	for {
		select {
		case <-head.C:
			second()
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
			second()
		case <-ctx.Done():
			return nil, "", ctx.Err()
		}
	}
}
