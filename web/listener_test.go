package web

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// seat is a connection that only has an address.
type seat struct {
	net.Conn
	left bool
}

func (s *seat) Close() error { s.left = true; return nil }

func TestWhoGoesWhenItIsFull(t *testing.T) {
	now := time.Now()
	come := func(g *Listener, from string, ago time.Duration, works bool) (v, gone *conn) {
		v = &conn{Conn: &seat{}, listener: g, from: netip.MustParseAddr(from), since: now.Add(-ago), active: works}
		if v.from.IsLoopback() {
			v.from = thisMachine
		}
		all, _ := g.makeRoom(v)
		if len(all) > 1 {
			t.Errorf("%d go for one who comes", len(all))
		}
		if len(all) > 0 {
			gone = all[0]
		}
		return v, gone
	}
	t.Run("one address holds more than its share", func(t *testing.T) {
		g := &Listener{}
		var first *conn
		for i := range connsAddress {
			v, _ := come(g, "10.0.0.1", time.Duration(100-i)*time.Second, false)
			if i == 0 {
				first = v
			}
		}
		if _, gone := come(g, "10.0.0.2", 0, false); gone != nil {
			t.Error("a neighbour pays for it")
		}
		if _, gone := come(g, "10.0.0.1", 0, false); gone != first {
			t.Errorf("the one that waited longest stays: %+v", gone)
		}
	})
	t.Run("all places are taken", func(t *testing.T) {
		g := &Listener{}
		for i := range connsAll - 1 {
			come(g, fmt.Sprintf("10.0.%d.1", i/2), time.Minute, i%2 == 0)
		}
		lone, _ := come(g, "10.9.9.9", time.Hour, false)
		_, gone := come(g, "10.8.8.8", 0, false)
		if gone == nil || gone == lone || gone.active {
			t.Errorf("who goes: %+v; a technician with one connection pays for houses with two, or a request that is served for one that is not", gone)
		}
		if _, gone := come(g, "127.0.0.1", 0, false); gone != nil {
			t.Error("strangers fill the machine's own places")
		}
	})
	t.Run("a technician's browser has two, each of the crowd one", func(t *testing.T) {
		g := &Listener{}
		for i := range connsAll - 2 {
			come(g, fmt.Sprintf("10.0.%d.1", i), 2*time.Second, false)
		}
		come(g, "10.9.9.9", 300*time.Millisecond, true)
		come(g, "10.9.9.9", 100*time.Millisecond, false)
		if _, gone := come(g, "10.8.8.8", 0, false); gone == nil || gone.from == netip.MustParseAddr("10.9.9.9") {
			t.Errorf("who asks pays for those who hold on and say nothing: %+v", gone)
		}
	})
	t.Run("one asks, the others say nothing", func(t *testing.T) {
		g := &Listener{}
		asks, _ := come(g, "10.0.0.1", 900*time.Millisecond, true)
		for range connsAddress - 1 {
			come(g, "10.0.0.1", 300*time.Millisecond, false)
		}
		if _, gone := come(g, "10.0.0.1", 0, false); gone == nil || gone == asks {
			t.Errorf("who asked and waits for the answer pays for those who only came: %+v", gone)
		}
	})
	t.Run("all are being served just now", func(t *testing.T) {
		g := &Listener{}
		first, _ := come(g, "10.0.0.1", 900*time.Millisecond, true)
		for range connsAddress - 1 {
			come(g, "10.0.0.1", 500*time.Millisecond, true)
		}
		v, gone := come(g, "10.0.0.1", 0, false)
		if gone != first {
			t.Errorf("who came first does not go first: %+v", gone)
		}
		if _, gone := come(g, "10.0.0.1", 0, false); gone == v {
			t.Error("whoever has just come is thrown out before it can ask")
		}
		if open, drops := g.CountConns(); open != connsAddress || drops != 2 {
			t.Errorf("%d open, %d dropped", open, drops)
		}
	})
}

// A thousand who come at once are let in as far as the machine bears, so that nobody waits behind them unheard; a quarter
// of a second later no more are left than may stay.
func TestABurstIsLetInAndThenThinnedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &Listener{}
		crowded := 0
		come := func(from string, works bool) (*conn, *seat) {
			s := &seat{}
			v := &conn{Conn: s, listener: g, from: netip.MustParseAddr(from), since: time.Now(), active: works}
			gone, crowd := g.makeRoom(v)
			for _, o := range gone {
				_ = o.Conn.Close()
			}
			if crowd {
				crowded++
			}
			return v, s
		}
		for i := range 300 {
			come(fmt.Sprintf("10.0.%d.%d", i%250, i/250), false)
		}
		_, technician := come("10.9.9.9", true)
		if open, drops := g.CountConns(); open != 301 || drops > 0 || crowded > 0 {
			t.Errorf("of 301 who come at once %d are in, %d were thrown out unheard, %d made the next one wait", open, drops, crowded)
		}
		for i := range 700 {
			come(fmt.Sprintf("10.1.%d.%d", i%250, i/250), false)
			if open, _ := g.CountConns(); open > connsBurst {
				t.Fatalf("%d are in", open)
			}
		}
		if crowded != 1001-connsBurst {
			t.Errorf("%d of 1001 made the next one wait", crowded)
		}
		time.Sleep(2 * youngFor)
		if open, _ := g.CountConns(); open != connsAll || technician.left {
			t.Errorf("after %v %d are left; the one who asks was thrown out: %v", 2*youngFor, open, technician.left)
		}
		was := crowded
		for i := range 500 { // they come again, by and by
			time.Sleep(4 * time.Millisecond)
			come(fmt.Sprintf("10.2.%d.1", i%250), false)
		}
		if crowded > was {
			t.Errorf("%d who came one by one made the next one wait", crowded-was)
		}
		for range 1000 {
			come("10.7.7.7", false)
		}
		if crowded > was {
			t.Error("a burst from one address makes the others wait")
		}
		time.Sleep(time.Minute)
		if open, _ := g.CountConns(); open > connsAll {
			t.Errorf("%d are left for good", open)
		}
	})
}
