package pay

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// cables dial as a network does whose two families behave in some way.
type cables struct {
	six, four func(ctx context.Context) error

	mu    sync.Mutex
	asked []string
	open  int
}

func (l *cables) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	l.mu.Lock()
	l.asked = append(l.asked, network)
	l.mu.Unlock()
	way := map[string]func(context.Context) error{"tcp6": l.six, "tcp4": l.four}[network]
	if way == nil {
		return nil, errors.New("no such network")
	}
	if err := way(ctx); err != nil {
		return nil, err
	}
	near, _ := net.Pipe()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open++
	return &counted{near, l}, nil
}

// take gives what was dialled since it was last asked.
func (l *cables) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	got := l.asked
	l.asked = nil
	return got
}

func (l *cables) live() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open
}

type counted struct {
	net.Conn
	of *cables
}

func (c *counted) Close() error {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	c.of.open--
	return c.Conn.Close()
}

func good(context.Context) error       { return nil }
func broke(context.Context) error      { return &net.OpError{Op: "dial", Err: errors.New("unreachable")} }
func silent(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
func slow(ctx context.Context) error {
	select {
	case <-time.After(2 * time.Second):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stubborn connects although nobody waits any more.
func stubborn(context.Context) error { time.Sleep(2 * time.Second); return nil }

func TestBrokenIPv6CostsOneSaleAMomentAndNoMore(t *testing.T) {
	for what, c := range map[string]struct {
		six, four   func(context.Context) error
		took, again time.Duration
		first, then []string
	}{
		"both work":         {good, good, 0, 0, []string{"tcp6"}, []string{"tcp6"}},
		"IPv6 is silent":    {silent, good, ipv6HeadStart, 0, []string{"tcp6", "tcp4"}, []string{"tcp4"}},
		"IPv6 is stubborn":  {stubborn, good, ipv6HeadStart, 0, []string{"tcp6", "tcp4"}, []string{"tcp4"}},
		"IPv6 fails":        {broke, good, 0, 0, []string{"tcp6", "tcp4"}, []string{"tcp4"}},
		"IPv6 is slow":      {slow, good, ipv6HeadStart, 0, []string{"tcp6", "tcp4"}, []string{"tcp4"}},
		"there is no IPv4":  {good, broke, 0, 0, []string{"tcp6"}, []string{"tcp6"}},
		"slow, and no IPv4": {slow, broke, 2 * time.Second, 2 * time.Second, []string{"tcp6", "tcp4"}, []string{"tcp6", "tcp4"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := &cables{six: c.six, four: c.four}
			f := &dualStackDialer{dial: l.dial}
			for n, want := range []struct {
				took  time.Duration
				asked []string
			}{{c.took, c.first}, {c.again, c.then}} {
				l.take()
				start := time.Now()
				conn, err := f.dialContext(t.Context(), "tcp", "gateway:443")
				if took, asked := time.Since(start), l.take(); err != nil || took != want.took || !slices.Equal(asked, want.asked) {
					t.Errorf("%s, dial %d: %v after %v by %v", what, n, err, took, asked)
				}
				time.Sleep(time.Minute)
				if open := l.live(); open != n+1 {
					t.Errorf("%s: %d connections are open, not %d", what, open, n+1)
				}
				_ = conn
			}
			time.Sleep(ipv6Rest)
			if l.take(); c.again == 0 {
				f.dialContext(t.Context(), "tcp", "gateway:443")
				if asked := l.take(); asked[0] != "tcp6" {
					t.Errorf("%s: IPv6 is never tried again: %v", what, asked)
				}
			}
			time.Sleep(time.Minute)
		})
	}
}

func TestADeadLineIsToldAndALiteralAddressIsDialledAsItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &cables{six: broke, four: broke}
		f := &dualStackDialer{dial: l.dial}
		if _, err := f.dialContext(t.Context(), "tcp", "gateway:443"); err == nil || !failedToDial(err) {
			t.Errorf("%v", err)
		}
		l = &cables{six: silent, four: silent}
		f.dial = l.dial
		ctx, cancel := context.WithTimeout(t.Context(), dialWait)
		defer cancel()
		if _, err := f.dialContext(ctx, "tcp", "gateway:443"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		l.take()
		for _, addr := range []string{"127.0.0.1:1", "[::1]:1"} {
			f.dialContext(t.Context(), "tcp", addr)
		}
		if asked := l.take(); !slices.Equal(asked, []string{"tcp", "tcp"}) {
			t.Errorf("dialled %v", asked)
		}
	})
}
