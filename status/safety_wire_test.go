package status

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"kiosk/web"
)

// wired serves a house on a real socket, as cmd does. Who is believed to call is told by the address it calls from.
func wired(t *testing.T, h *house) (addr string, g *web.Listener) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g = &web.Listener{Listener: l}
	g.AddrOf = func(a net.Addr) netip.Addr { // 127.0.x.y plays a stranger at 10.0.x.y; 127.0.0.1 is the machine itself
		b := netip.MustParseAddrPort(a.String()).Addr().Unmap().As4()
		if b == [4]byte{127, 0, 0, 1} {
			return netip.AddrFrom4(b)
		}
		return netip.AddrFrom4([4]byte{10, b[1], b[2], b[3]})
	}
	srv := web.NewServer(h.h)
	done := make(chan error, 1)
	go func() { done <- srv.Serve(g) }()
	t.Cleanup(func() {
		_ = srv.Close()
		if err := <-done; err != http.ErrServerClosed {
			t.Errorf("the page ended: %v", err)
		}
	})
	return l.Addr().String(), g
}

// raw says bytes and hears all that comes back until the other side is done, or nothing comes for a while.
func raw(t *testing.T, addr, text string) string {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.WriteString(c, text); err == nil {
		_ = c.(*net.TCPConn).CloseWrite()
	}
	b, _ := io.ReadAll(c)
	return string(b)
}

// TestWhatAServerMayBeMadeToMisread says one thing that could be read as two, or as something else.
func TestWhatAServerMayBeMadeToMisread(t *testing.T) {
	h := newHouse()
	addr, _ := wired(t, h)
	evil := "POST /service/maintenance HTTP/1.1\r\nHost: kiosk.local\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 32\r\n\r\npin=" + secret + "&on=1"
	if n := len("pin=" + secret + "&on=1"); !strings.Contains(evil, fmt.Sprintf("Content-Length: %d", n)) {
		evil = strings.Replace(evil, "Content-Length: 32", fmt.Sprintf("Content-Length: %d", n), 1)
	}
	head := "POST /service/clear HTTP/1.1\r\nHost: kiosk.local\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	for _, c := range []struct {
		name, text string
		answers    int    // at most
		first      string // status of the first
	}{
		{"CL.TE", head + fmt.Sprintf("Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n%s", 5+len(evil), evil), 1, "415"},
		{"TE.CL", head + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(evil), evil), 1, "415"},
		{"TE.TE", head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + evil, 1, "501"},
		{"TE unknown", head + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + evil, 1, "501"},
		{"duplicate Content-Length", head + fmt.Sprintf("Content-Length: 0\r\nContent-Length: %d\r\n\r\n%s", len(evil), evil), 1, "400"},
		{"Content-Length list", head + "Content-Length: 0, 32\r\n\r\n" + evil, 1, "400"},
		{"Content-Length with a sign", head + "Content-Length: +0\r\n\r\n" + evil, 1, "400"},
		{"a body on GET", fmt.Sprintf("GET /healthz HTTP/1.1\r\nHost: kiosk.local\r\nContent-Length: %d\r\n\r\n%s", len(evil), evil), 1, "400"},
		{"chunked GET", "GET /healthz HTTP/1.1\r\nHost: kiosk.local\r\nTransfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(evil), evil), 1, "400"},
		{"space before the colon", "GET / HTTP/1.1\r\nHost : kiosk.local\r\n\r\n", 1, "400"},
		{"two Hosts", "GET / HTTP/1.1\r\nHost: kiosk.local\r\nHost: evil.example\r\n\r\n", 1, "400"},
		{"no Host", "GET / HTTP/1.1\r\n\r\n", 1, "400"},
		{"a folded Host", "GET / HTTP/1.1\r\nHost: kiosk.local\r\n evil.example\r\n\r\n", 1, "4"},
		{"a Host in the request line", "GET http://evil.example/ HTTP/1.1\r\nHost: kiosk.local\r\n\r\n", 1, "421"},
		{"bare line feeds", "GET / HTTP/1.1\nHost: evil.example\n\n", 1, "421"},
		{"NUL in a header", "GET / HTTP/1.1\r\nHost: kiosk.local\r\nX: a\x00b\r\n\r\n", 1, "400"},
		{"a line end in the path", "GET /%0d%0aSet-Cookie:x HTTP/1.1\r\nHost: kiosk.local\r\n\r\n", 1, "404"},
		{"no such version", "GET / HTTP/9.9\r\nHost: kiosk.local\r\n\r\n", 1, "505"},
		{"HTTP/2 by prior knowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 1, "4"},
		{"a header of 16 KiB and a byte", "GET / HTTP/1.1\r\nHost: kiosk.local\r\nX: " + strings.Repeat("x", 16<<10+1) + "\r\n\r\n", 1, "431"},
		{"10,000 headers", "GET / HTTP/1.1\r\nHost: kiosk.local\r\n" + strings.Repeat("X: y\r\n", 10_000) + "\r\n", 1, "431"},
		{"endless chunks", head + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1\r\nx\r\n", 10_000), 1, "415"},
		{"TLS at the plain door", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 1, "400"},
		{"a body that is shorter than said", head + "Content-Length: 4000\r\n\r\npin=x", 1, "400"},
	} {
		got := raw(t, addr, c.text)
		n := strings.Count(got, "HTTP/1.1 ") + strings.Count(got, "HTTP/1.0 ")
		status := "nothing"
		if n > 0 {
			status = strings.Fields(got)[1]
		}
		if n > c.answers || !strings.HasPrefix(status, c.first) && status != "nothing" {
			t.Errorf("%s: %d answers, the first %s: %.200q", c.name, n, status, got)
		}
		if len(h.taken) > 0 {
			t.Fatalf("%s: the machine did %v", c.name, h.taken)
		}
		t.Logf("%-34s %d answer, %s", c.name, n, status)
	}
	if got := raw(t, addr, evil); !strings.Contains(got, " 200 ") || len(h.taken) != 1 {
		t.Fatalf("the smuggled request would not have done anything by itself, so this proves nothing: %s", got)
	}
}

// TestEventsCannotBeExhausted: a neighbour that opens every live page it can leaves places for the technician.
func TestEventsCannotBeExhausted(t *testing.T) {
	h := newHouse()
	addr, _ := wired(t, h)
	watch := func(from string) (status string, c net.Conn) {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		c, err := d.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		_ = c.SetDeadline(time.Now().Add(30 * time.Second))
		fmt.Fprint(c, "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
		line, _ := bufio.NewReader(c).ReadString('\n')
		return strings.TrimSpace(line), c
	}
	for i := range 12 {
		want := "200"
		if i >= watchersAddress {
			want = "503"
		}
		if got, _ := watch("127.0.9.9"); !strings.Contains(got, want) {
			t.Errorf("watcher %d of one neighbour: %q", i, got)
		}
	}
	if got, _ := watch("127.0.9.8"); !strings.Contains(got, "200") {
		t.Errorf("the technician has no live page: %q", got)
	}
}

// TestAWatcherOutlivesTheLimitOfARequest: the limits that stop slow clients must not end a page that is watched.
func TestAWatcherOutlivesTheLimitOfARequest(t *testing.T) {
	h := newHouse()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := web.NewServer(h.h)
	srv.ReadTimeout, srv.WriteTimeout = 200*time.Millisecond, 200*time.Millisecond
	go srv.Serve(&web.Listener{Listener: l})
	defer srv.Close()
	resp, err := http.Get("http://" + l.Addr().String() + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	in := bufio.NewReader(resp.Body)
	for i := range 3 {
		time.Sleep(300 * time.Millisecond) // longer than a request may take
		h.turn(func() { h.sight.Open = i + 1 })
		for {
			line, err := in.ReadBytes('\n')
			if err != nil {
				t.Fatalf("the live page ends after change %d: %v", i, err)
			}
			if bytes.Contains(line, fmt.Appendf(nil, `"open_orders":%d`, i+1)) {
				break
			}
		}
	}
}
