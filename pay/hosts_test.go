package pay

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/sale"
)

func TestABlackHoleIsLeftInTimeForTheStandby(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, b := meet(t)
		dial := func(ctx context.Context, _, addr string) (net.Conn, error) {
			if strings.HasPrefix(addr, "primary") {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			near, far := net.Pipe()
			srv := &http.Server{Handler: b}
			go srv.Serve(&once{conn: far})
			return near, nil
		}
		way := Transport(Wire{Dial: dial})
		g.URL, g.StandbyURL, g.Plain = "http://primary", "http://standby", &http.Client{Transport: way}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		said, err := g.Charge(ctx, anOrder(sale.Code), aCode)
		if took := time.Since(start); err != nil || said.Outcome != sale.OutcomePaid || took != dialWait {
			t.Errorf("%+v, %v after %v", said, err, took)
		}
		way.CloseIdleConnections()
	})
}

// once is a listener with one connection.
type once struct{ conn net.Conn }

func (o *once) Accept() (net.Conn, error) {
	if c := o.conn; c != nil {
		o.conn = nil
		return c, nil
	}
	return nil, net.ErrClosed
}
func (o *once) Close() error   { return nil }
func (o *once) Addr() net.Addr { return &net.TCPAddr{} }

func TestLastingTroubleMakesTheStandbyFirst(t *testing.T) {
	var h hosts
	now := time.Now()
	first := func(probe bool) host { return h.order(now, true, probe)[0] }
	for range failuresInARow {
		if first(true) != primary {
			t.Fatal("the primary is given up too soon")
		}
		h.report(now, primary, false)
		h.report(now, standby, true)
	}
	if first(true) != standby || first(false) != standby {
		t.Fatal("every sale waits for a primary that is away")
	}
	now = now.Add(primaryRest)
	if first(false) != standby {
		t.Error("a charge was sent to try the primary")
	}
	if first(true) != primary || first(true) != standby {
		t.Error("after a minute exactly one call tries the primary")
	}
	h.report(now, primary, false)
	if first(true) != standby {
		t.Error("a primary that failed again is first")
	}
	h.report(now, standby, false)
	if first(true) != primary {
		t.Error("a standby that fails as well stays first")
	}
	for range failuresInARow {
		h.report(now, primary, false)
	}
	now = now.Add(primaryRest)
	first(true)
	h.report(now, primary, true)
	if first(false) != primary {
		t.Error("a primary that is back is not first")
	}
	if got := h.order(now, false, true); len(got) != 1 || got[0] != primary {
		t.Errorf("without a standby: %v", got)
	}
}
