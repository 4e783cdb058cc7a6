package status

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/sale"
)

const slowClients = 1_000

// slow holds a connection as long as it is let, in one of four ways, and comes back when it is thrown out.
func slow(i int, addr string, done <-chan struct{}) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+i%250))}, Timeout: 5 * time.Second}
	for {
		if c, err := d.Dial("tcp", addr); err == nil {
			hold(i, c, done)
			_ = c.Close()
		}
		select {
		case <-done:
			return
		case <-time.After(3*time.Second + time.Duration(i)*3*time.Millisecond): // not all at once again
		}
	}
}

func hold(i int, c net.Conn, done <-chan struct{}) {
	_ = c.(*net.TCPConn).SetReadBuffer(1 << 10)
	gone := make(chan struct{})
	say := []string{
		"GET / HTTP/1.1\r\nHost: kiosk.local\r\nX: ", // and never ends
		"POST /service/clear HTTP/1.1\r\nHost: kiosk.local\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 4000\r\n\r\npin=",
		"GET /orders.json?limit=1000 HTTP/1.1\r\nHost: kiosk.local\r\n\r\n", // and reads nothing
		"GET /events HTTP/1.1\r\nHost: kiosk.local\r\n\r\n",
	}[i%4]
	if _, err := io.WriteString(c, say); err != nil {
		return
	}
	go func() {
		defer close(gone)
		for i%4 != 2 {
			if i%4 < 2 {
				if _, err := c.Write([]byte("x")); err != nil {
					return
				}
				time.Sleep(time.Second)
				continue
			}
			if _, err := io.Copy(io.Discard, c); true || err != nil {
				return
			}
		}
		<-done
	}()
	select {
	case <-done:
	case <-gone:
	}
}

// TestAThousandSlowClientsHoldNobodyUp: header drips, bodies that never come, answers that are not read, live pages.
// Two equal kiosks are asked by turns, one of them under attack: what the machine itself is slowed by slows both.
func TestAThousandSlowClientsHoldNobodyUp(t *testing.T) {
	h, calm := newHouse(), newHouse()
	for range 1000 {
		h.entries = append(h.entries, order1(sale.Sold))
	}
	addr, g := wired(t, h)
	calmAddr, _ := wired(t, calm)
	done := make(chan struct{})
	var all sync.WaitGroup
	for i := range slowClients {
		all.Go(func() { slow(i, addr, done) })
	}
	defer all.Wait()
	defer close(done)
	full := time.Now()
	for open, drops := g.count(); open < connsAll || drops < slowClients-connsAll; open, drops = g.count() {
		if time.Since(full) > time.Minute {
			t.Fatalf("only %d connections are held and %d were thrown out: this proves nothing", open, drops)
		}
		time.Sleep(20 * time.Millisecond)
	}
	ask := func(from, addr string) time.Duration {
		began := time.Now()
		client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
			DisableKeepAlives: true, DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).DialContext}}
		r, _ := http.NewRequest("POST", "http://"+addr+"/service/clear", strings.NewReader("pin="+secret))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := client.Do(r)
		if err != nil {
			t.Fatalf("from %s: %v", from, err)
		}
		defer resp.Body.Close()
		if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != 200 {
			t.Fatalf("from %s: %d %v", from, resp.StatusCode, err)
		}
		return time.Since(began)
	}
	took := map[string][]time.Duration{}
	for range 200 {
		time.Sleep(30 * time.Millisecond) // over the time in which those who were thrown out come back
		took["calm"] = append(took["calm"], ask("127.0.200.1", calmAddr))
		took["a phone"] = append(took["a phone"], ask("127.0.200.1", addr))
		took["the console"] = append(took["the console"], ask("127.0.0.1", addr))
		took["the attacker's own address"] = append(took["the attacker's own address"], ask("127.0.1.1", addr))
	}
	open, drops := g.count()
	p := func(who string, of int) time.Duration {
		slices.Sort(took[who])
		return took[who][len(took[who])*of/100].Round(10 * time.Microsecond)
	}
	for _, who := range []string{"calm", "a phone", "the console", "the attacker's own address"} {
		t.Logf("%-27s p50 %8v  p99 %8v", who, p(who, 50), p(who, 99))
		if p(who, 50) > 2*p("calm", 50)+20*time.Millisecond {
			t.Errorf("%s waits %v instead of %v", who, p(who, 50), p("calm", 50))
		}
	}
	t.Logf("%d slow clients: %d connections open at the end, %d thrown out", slowClients, open, drops)
	if open > connsBurst+connsHere {
		t.Errorf("%d connections are open", open)
	}
}

// seat is a connection that only has an address.
type seat struct {
	net.Conn
	left bool
}

func (s *seat) Close() error { s.left = true; return nil }

func TestWhoGoesWhenItIsFull(t *testing.T) {
	now := time.Now()
	come := func(g *gate, from string, ago time.Duration, works bool) (v, gone *visitor) {
		v = &visitor{Conn: &seat{}, gate: g, from: netip.MustParseAddr(from), since: now.Add(-ago), works: works}
		if v.from.IsLoopback() {
			v.from = here
		}
		all, _ := g.admit(v)
		if len(all) > 1 {
			t.Errorf("%d go for one who comes", len(all))
		}
		if len(all) > 0 {
			gone = all[0]
		}
		return v, gone
	}
	t.Run("one address holds more than its share", func(t *testing.T) {
		g := &gate{}
		var first *visitor
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
		g := &gate{}
		for i := range connsAll - 1 {
			come(g, fmt.Sprintf("10.0.%d.1", i/2), time.Minute, i%2 == 0)
		}
		lone, _ := come(g, "10.9.9.9", time.Hour, false)
		_, gone := come(g, "10.8.8.8", 0, false)
		if gone == nil || gone == lone || gone.works {
			t.Errorf("who goes: %+v; a technician with one connection pays for houses with two, or a request that is served for one that is not", gone)
		}
		if _, gone := come(g, "127.0.0.1", 0, false); gone != nil {
			t.Error("strangers fill the machine's own places")
		}
	})
	t.Run("a technician's browser has two, each of the crowd one", func(t *testing.T) {
		g := &gate{}
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
		g := &gate{}
		asks, _ := come(g, "10.0.0.1", 900*time.Millisecond, true)
		for range connsAddress - 1 {
			come(g, "10.0.0.1", 300*time.Millisecond, false)
		}
		if _, gone := come(g, "10.0.0.1", 0, false); gone == nil || gone == asks {
			t.Errorf("who asked and waits for the answer pays for those who only came: %+v", gone)
		}
	})
	t.Run("all are being served just now", func(t *testing.T) {
		g := &gate{}
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
		if open, drops := g.count(); open != connsAddress || drops != 2 {
			t.Errorf("%d open, %d dropped", open, drops)
		}
	})
}

// A thousand who come at once are let in as far as the machine bears, so that nobody waits behind them unheard; a quarter
// of a second later no more are left than may stay.
func TestABurstIsLetInAndThenThinnedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{}
		crowded := 0
		come := func(from string, works bool) (*visitor, *seat) {
			s := &seat{}
			v := &visitor{Conn: s, gate: g, from: netip.MustParseAddr(from), since: time.Now(), works: works}
			gone, crowd := g.admit(v)
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
		if open, drops := g.count(); open != 301 || drops > 0 || crowded > 0 {
			t.Errorf("of 301 who come at once %d are in, %d were thrown out unheard, %d made the next one wait", open, drops, crowded)
		}
		for i := range 700 {
			come(fmt.Sprintf("10.1.%d.%d", i%250, i/250), false)
			if open, _ := g.count(); open > connsBurst {
				t.Fatalf("%d are in", open)
			}
		}
		if crowded != 1001-connsBurst {
			t.Errorf("%d of 1001 made the next one wait", crowded)
		}
		time.Sleep(2 * heardIn)
		if open, _ := g.count(); open != connsAll || technician.left {
			t.Errorf("after %v %d are left; the one who asks was thrown out: %v", 2*heardIn, open, technician.left)
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
		if open, _ := g.count(); open > connsAll {
			t.Errorf("%d are left for good", open)
		}
	})
}
