package status

import (
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
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
	for open, drops := g.CountConns(); open < 128 || drops < slowClients-128; open, drops = g.CountConns() {
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
	open, drops := g.CountConns()
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
	if open > 512+64 {
		t.Errorf("%d connections are open", open)
	}
}
