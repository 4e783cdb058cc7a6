//go:build sim

package main

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// restarted changes the config and the gateway while the kiosk is off.
func (m *machine) restarted(g *other, appid, key string) {
	m.t.Helper()
	m.stop()
	conf := filepath.Join(m.dir, "kiosk.toml")
	text, err := os.ReadFile(conf)
	if err != nil {
		m.t.Fatal(err)
	}
	g.mu.Lock()
	was := g.appid
	g.appid, g.key = appid, key
	g.mu.Unlock()
	writeFile(m.t, conf, strings.Replace(string(text), was, appid, 1), 0o644)
	writeFile(m.t, filepath.Join(m.dir, "apikey"), key+"\n", 0o600)
	m.start()
}

// service posts a technician's form.
func (m *machine) service(path string, pairs ...string) (int, string) {
	form := url.Values{"pin": {newKeyPin}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return spoke(browser.PostForm("http://"+m.addr+"/service/"+path, form))
}

const newKeyPin = "2468-1357"

// A merchant who sets a new key has no old one any more. What is open goes on under the new one, and what comes late goes back.
// Another appid is another matter: the kiosk says which orders it cannot ask about, and sells once a person has them.
func TestANewKeyGoesOnAndAnotherAppidWaitsForAPerson(t *testing.T) {
	t.Parallel()
	g := newOther(t)
	addr, dir := freeAddr(t), t.TempDir()
	writeFile(t, filepath.Join(dir, "pin"), newKeyPin+"\n", 0o600)
	conf := aConfig(t, dir, addr, g.base, otherKey, func(s string) string { return strings.Replace(s, "[pay]", "pin_file = \"pin\"\n[pay]", 1) })
	m := withConfig(t, addr, dir, conf)
	m.waitReady()

	closing := m.showQR(1)
	code := m.readsGlass()
	m.must("press", "slot=1") // gives it up
	m.untilState(closing, "closing")
	m.restarted(g, g.appid, "another-gateway-another-key-0002")
	m.waitReady()
	g.paidBy(code)
	m.untilState(closing, "refunded")
	if b := g.bill(closing); b.back != 350 {
		t.Errorf("the key is new, and %d of 350 went back", b.back)
	}

	closing = m.showQR(2)
	m.must("press", "slot=2")
	m.untilState(closing, "closing")
	m.restarted(g, "wx00000000000000b2", "another-gateway-another-key-0002")
	m.until("it says why it does not sell", func() bool {
		status, why := m.get("/readyz")
		return status == 503 && strings.Contains(why, `"code":"merchant"`) && strings.Contains(why, closing[len(closing)-4:])
	})
	if said := m.said.String(); !strings.Contains(said, "nothing is sold: ") || !strings.Contains(said, closing) {
		t.Errorf("the log does not name the order: %s", said)
	}
	if status, _ := m.post("press", "slot=1"); status != 409 {
		t.Errorf("a press was answered %d: it sells while somebody may have paid, and nobody can ask", status)
	}
	if status, text := m.service("order", "no", closing, "event", "settled", "how", "never paid", "note", "x"); status != 409 {
		t.Errorf("settled before it was handed over: %d %s", status, text)
	}
	if status, text := m.service("order", "no", closing, "event", "handed", "note", "anna asks there"); status != 200 {
		t.Fatalf("handed over: %d %s", status, text)
	}
	m.waitReady()
	m.untilState(closing, "owed")
	for word, pairs := range map[string][]string{
		"another merchant": {"no", closing, "event", "retried"},
		"may still be":     {"no", closing, "event", "settled", "how", "never paid", "note", "x"},
	} {
		if status, text := m.service("order", pairs...); status != 409 || !strings.Contains(text, word) {
			t.Errorf("%v: %d %s", pairs, status, text)
		}
	}
	next := m.showQR(1)
	g.paidBy(m.readsGlass())
	m.untilState(next, "sold")
	if got := m.does("audit"); got.code != 0 {
		t.Errorf("audit: %+v", got)
	}
}
