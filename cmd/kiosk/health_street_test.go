//go:build sim

package main

import (
	"database/sql"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kiosk/cmd/kiosk/doctor"
)

// healthy calls kiosk health and holds what it must come to and say.
func (m *machine) healthy(code int, says []string, args ...string) spoken {
	m.t.Helper()
	got := m.does(append([]string{"health"}, args...)...)
	for _, s := range says {
		if !strings.Contains(got.out+got.err, s) {
			m.t.Errorf("health %v does not say %q", args, s)
		}
	}
	if got.code != code || m.t.Failed() {
		m.t.Errorf("health %v: exit %d, want %d\n%s%s", args, got.code, code, got.out, got.err)
	}
	return got
}

var shortly = []string{"-hold", "2s", "-wait", "60s"}

func TestHealthAndIdleAskTheRunningKiosk(t *testing.T) {
	t.Parallel()
	m := aMachine(t)
	before := filepath.Join(t.TempDir(), "before.json")
	m.healthy(0, nil, "-o", before)
	got := m.healthy(0, []string{"build " + m.build(), "without a break", "reads back", "model 05 answers", "4 outputs are off and answer", "it sells", "0 of 0 orders"},
		append(shortly, "-before", before)...)
	if n := strings.Count(got.out, "\n"); n != 7 || strings.Count("\n"+got.out, "\nok ") != 7 {
		t.Errorf("%d lines:\n%s", n, got.out)
	}
	var found []doctor.Finding
	if got := m.healthy(0, nil, append(shortly, "-json")...); json.Unmarshal([]byte(got.out), &found) != nil || len(found) != 7 || found[0].Part != "kiosk" {
		t.Errorf("%s", got.out)
	}
	if got := m.does("idle"); got.code != 0 || got.out != "nobody is served\n" {
		t.Errorf("idle: %+v", got)
	}
	no := m.showQR(1)
	m.does("idle", "-wait", "1s").oneLineOnly(t, exitFinding, "a customer is served")
	m.phone("pay")
	if got := m.does("idle", "-wait", "60s"); got.code != 0 || m.order().No != no || m.order().State != "sold" {
		t.Errorf("idle: %+v while the order is %s", got, m.order().State)
	}
	m.healthy(0, []string{"warn  before", "missing.json", "nothing is forgiven"}, append(shortly, "-before", filepath.Join(m.dir, "missing.json"))...)
	for _, wrong := range [][]string{{"health", "-hold", "9s", "-wait", "9s"}, {"health", "-hold", "-1s"}, {"health", "now"}, {"idle", "-wait", "long"}} {
		m.does(wrong...).oneLineOnly(t, exitUse, wrong[0])
	}

	m.pull()
	m.healthy(exitFinding, []string{"fail  kiosk", "connection refused", "is it running?", "ok    book"}, "-hold", "1s", "-wait", "3s")
	m.healthy(exitFinding, []string{"connection refused"}, "-o", before)
	if _, err := os.Stat(before); err == nil {
		t.Error("nobody answers, and a file of before speaks for the kiosk")
	}
	if got := m.does("idle"); got.code != 0 || !strings.Contains(got.out, "no kiosk runs") {
		t.Errorf("idle without a kiosk: %+v", got)
	}
}

// build is the program's own, as it tells it.
func (m *machine) build() string {
	m.t.Helper()
	var s struct{ Build string }
	m.read("/status.json", &s)
	if len(s.Build) != 16 {
		m.t.Fatalf("the build is %q", s.Build)
	}
	return s.Build
}

// Stamped alike, and not the same: the one that was installed is not the one that runs.
func TestHealthKnowsItsOwnProgramFromAnotherOfTheSameName(t *testing.T) {
	t.Parallel()
	m := aMachine(t)
	other := filepath.Join(t.TempDir(), "kiosk")
	// A process of its own writes it: a fork of this one might hold it open for writing, and then nobody could run it.
	copied := exec.CommandContext(t.Context(), "sh", "-c", `cat "$0" > "$1" && printf '\000' >> "$1" && chmod 755 "$1"`, program, other)
	if out, err := copied.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), other, append(m.args, "health", "-hold", "1s", "-wait", "3s")...).CombinedOutput()
	if _, failed := err.(*exec.ExitError); !failed || !strings.Contains(string(out), "fail  kiosk         another version is running: ") || !strings.Contains(string(out), m.build()) {
		t.Errorf("%v %s", err, out)
	}
}

func TestHealthFindsAShopThatHangsAndIdleDoesNotWaitForIt(t *testing.T) {
	t.Parallel()
	m := aMachine(t)
	m.trouble("shop", "stuck")
	m.until("/healthz says that the shop hangs", func() bool { code, _ := m.get("/healthz"); return code == 503 })
	m.healthy(exitFinding, []string{"fail  beat", "has stopped", "ok    pins", "ok    book"}, "-hold", "1s", "-wait", "3s")
	if got := m.does("idle", "-wait", "5s"); got.code != 0 || !strings.Contains(got.out, "has stopped") {
		t.Errorf("%+v", got)
	}
}

func TestHealthFindsABookThatSomebodyChanged(t *testing.T) {
	t.Parallel()
	m := aMachine(t)
	no := m.showQR(1)
	m.phone("pay")
	m.untilState(no, "sold")
	db, err := sql.Open("sqlite", filepath.Join(m.dir, "kiosk.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, do := range []string{"PRAGMA busy_timeout = 20000", "DROP TRIGGER orders_kept", "UPDATE orders SET name = 'gold'"} {
		if _, err := db.ExecContext(t.Context(), do); err != nil {
			t.Fatal(err)
		}
	}
	before := filepath.Join(t.TempDir(), "before.json")
	m.healthy(exitFinding, []string{"fail  book", "J1", no, "run kiosk audit", "ok    beat"}, shortly...)
	m.healthy(0, nil, "-o", before)
	m.healthy(0, []string{"warn  book", "J1", "as before"}, append(shortly, "-before", before)...)
}

func TestHealthWaitsForTheNextStartAndCountsIt(t *testing.T) {
	t.Parallel()
	m := aMachine(t)
	said := make(chan spoken, 1)
	go func() { said <- m.does("health", "-hold", "8s", "-wait", "80s") }()
	time.Sleep(2 * time.Second) // into the hold
	m.pull()
	m.start()
	began := time.Now()
	got := <-said
	if took := time.Since(began); got.code != 0 || took < 6*time.Second || !strings.Contains(got.out, "well for 8s without a break") {
		t.Errorf("%v after the restart: %+v", took, got)
	}
}

// Wherever the page listens, and under TLS, it is found; a neighbour's kiosk is not taken for ours.
func TestHealthFindsThePageWhereverItListens(t *testing.T) {
	t.Parallel()
	cert, key := merchantOfItsOwn(t) // a pair is a pair
	for name, c := range map[string]struct {
		listen func(port string) string
		tls    bool
	}{
		"everywhere":  {func(port string) string { return ":" + port }, false},
		"all of IPv4": {func(port string) string { return "0.0.0.0:" + port }, false},
		"all of IPv6": {func(port string) string { return "[::]:" + port }, false},
		"by name":     {func(port string) string { return "localhost:" + port }, false},
		"under TLS":   {func(port string) string { return ":" + port }, true},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			addr, dir := freeAddr(t), t.TempDir()
			_, port, err := net.SplitHostPort(addr)
			if err != nil {
				t.Fatal(err)
			}
			file := aConfig(t, dir, c.listen(port), "http://127.0.0.1:9", streetKey, func(text string) string {
				if !c.tls {
					return text + "\n"
				}
				return strings.Replace(text, "[status]\n", "[status]\ncert_file = \"page.pem\"\nkey_file = \"page-key.pem\"\n", 1)
			})
			writeFile(t, filepath.Join(dir, "page.pem"), string(cert), 0o644)
			writeFile(t, filepath.Join(dir, "page-key.pem"), string(key), 0o600)
			m := &machine{t: t, addr: addr, dir: dir, args: []string{"-config", file}}
			m.startUnasked()
			m.healthy(0, []string{"at http", ":" + port, "warn  ready", "which no version brings"}, shortly...)
			if got := m.does("idle", "-wait", "60s"); got.code != 0 {
				t.Errorf("%+v", got)
			}
			other := aConfig(t, t.TempDir(), c.listen(port), "http://127.0.0.1:9", streetKey, func(text string) string {
				if c.tls {
					text = strings.Replace(text, "[status]\n", "[status]\ncert_file = \"page.pem\"\nkey_file = \"page-key.pem\"\n", 1)
				}
				return strings.Replace(text, "T0001", "T0002", 1)
			})
			if got := kioskDoes(t, "-config", other, "health", "-hold", "1s", "-wait", "3s"); got.code != exitFinding || !strings.Contains(got.out, "is not kiosk T0002") {
				t.Errorf("%+v", got)
			}
		})
	}
}
