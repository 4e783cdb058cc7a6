//go:build sim

package main

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// manager is the service manager's ear: it counts how often its watchdog is fed.
type manager struct {
	t    *testing.T
	conn *net.UnixConn
}

func listens(t *testing.T) *manager {
	t.Helper()
	dir, err := os.MkdirTemp("", "kn") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &manager{t, c}
}

func (s *manager) env() []string {
	return []string{"NOTIFY_SOCKET=" + s.conn.LocalAddr().String(), "WATCHDOG_USEC=1500000"}
}

// hears waits for a word, at most so long; "" nobody said any.
func (s *manager) hears(most time.Duration) string {
	s.t.Helper()
	word := make([]byte, 200)
	if err := s.conn.SetReadDeadline(time.Now().Add(most)); err != nil {
		s.t.Fatal(err)
	}
	n, err := s.conn.Read(word)
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		s.t.Fatal(err)
	}
	return string(word[:n])
}

// fed waits until the watchdog was fed so often.
func (s *manager) fed(times int, what string) {
	s.t.Helper()
	for n := 0; n < times; {
		switch word := s.hears(patience); word {
		case "WATCHDOG=1":
			n++
		case "":
			s.t.Fatalf("%s: the watchdog was fed %d times, and then for %v no more", what, n, patience)
		}
	}
}

// forget drops what was said until now, and at most one word that was under way.
func (s *manager) forget() {
	for s.hears(100*time.Millisecond) != "" {
	}
}

// A shop that hangs is ended by the service manager; one that only lost its network is left alone.
func TestTheWatchdogIsFedByTheShopAndByNothingElse(t *testing.T) {
	t.Parallel()
	systemd := listens(t)
	m := &machine{t: t, addr: freeAddr(t), dir: t.TempDir(), env: systemd.env()}
	m.args = []string{"-data", m.dir, "-addr", m.addr}
	m.start()
	if word := systemd.hears(patience); word != "READY=1" {
		t.Errorf("the first word is %q", word)
	}
	m.waitReady()
	m.trouble("network", "off")
	m.untilNot("offline")
	systemd.forget()
	systemd.fed(5, "the network is gone")
	if code, _ := m.get("/healthz"); code != 200 {
		t.Errorf("the network is gone, and /healthz says %d", code)
	}
	m.trouble("network", "on")
	m.waitReady()

	m.trouble("shop", "stuck")
	m.until("/healthz says that the shop hangs", func() bool { code, _ := m.get("/healthz"); return code == 503 })
	systemd.forget()
	if word := systemd.hears(5 * time.Second); word != "" {
		t.Errorf("the shop hangs, and the service manager hears %q", word)
	}
	if code, _ := m.get("/"); code != 200 {
		t.Errorf("the shop hangs, and its page with it: %d", code)
	}
	var switches []struct{ What, How string }
	m.read("/street/trouble", &switches)
	found := false
	for _, s := range switches {
		found = found || s.What == "shop" && s.How == "stuck"
	}
	if !found {
		t.Errorf("the street does not list it: %v", switches)
	}

	if err := m.cmd.Process.Kill(); err != nil { // as the watchdog would
		t.Fatal(err)
	}
	m.ended("killed, and it lives")
	m.start()
	m.waitReady()
	systemd.fed(2, "the next process")
	no := m.showQR(1)
	m.phone("pay")
	m.untilState(no, "sold")
	m.fair()
}
