//go:build sim

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kiosk/cmd/kiosk/config"
)

// group is the owner's group with its robot, somewhere on the internet.
type group struct {
	mu    sync.Mutex
	reads []string
}

const groupPath = "/robot"

func (g *group) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var m struct{ Text struct{ Content string } }
	err := json.NewDecoder(r.Body).Decode(&m)
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil || r.URL.Query().Get("key") != "s3cret" {
		m.Text.Content = fmt.Sprintf("malformed: %v %s", err, r.URL)
	}
	g.reads = append(g.reads, m.Text.Content)
	fmt.Fprint(w, `{"errcode":0,"errmsg":"ok"}`)
}

// heard takes what was read since the last look.
func (g *group) heard() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := g.reads
	g.reads = nil
	return out
}

func (b *bench) hears(g *group, wait time.Duration, each ...string) {
	b.t.Helper()
	time.Sleep(wait)
	got := g.heard()
	if len(got) != len(each) {
		b.t.Errorf("the owner reads %d messages instead of %d: %q", len(got), len(each), got)
		return
	}
	for i, words := range each {
		if !strings.Contains(got[i], words) {
			b.t.Errorf("the owner does not read %q in %q", words, got[i])
		}
	}
}

func withRobot(conf *config.Config) {
	conf.Alert.URL = "http://127.0.0.1:8080" + groupPath + "?key=s3cret"
}

// TestTheOwnersGroupIsTold: a jam, a dead line, and a start between, each told once.
func TestTheOwnersGroupIsTold(t *testing.T) {
	g := &group{}
	onBenchWith(t, map[string]http.Handler{groupPath: g}, withRobot, func(b *bench) {
		b.hears(g, 5*time.Minute)
		b.slotTrouble(1, "jam")
		b.buy(1)
		b.hears(g, 5*time.Minute, "1 号货道停卖")
		b.trouble("network", "off")
		b.hears(g, 10*time.Minute)
		b.trouble("network", "on")
		b.hears(g, 15*time.Minute, "连不上微信支付", "又能售卖了")
		if err := b.stop(); err != nil {
			t.Error(err)
		}
		file := filepath.Join(b.dir, alertFile)
		text, err := os.ReadFile(file)
		if err != nil || string(text) != `{"slot 1":"jam"}` {
			t.Errorf("what the group knows is kept as %s, %v", text, err)
		}
		b.start()
		b.waitReady()
		b.hears(g, 10*time.Minute)
		b.counted("kiosk_alerts_total{outcome=\"taken\"}", 0)
		if page := b.page(); strings.Contains(page, "s3cret") || strings.Contains(page, groupPath) {
			t.Error("the robot's key is on show")
		}
	})
}

// page is everything that the kiosk tells of itself over HTTP.
func (b *bench) page() (all string) {
	for _, path := range []string{"/", "/status.json", "/orders.json", "/metrics", "/readyz"} {
		_, text := b.get(path)
		all += text
	}
	return all
}

// metric is one value of /metrics.
func (b *bench) metric(name string) float64 {
	b.t.Helper()
	_, text := b.get("/metrics")
	m := regexp.MustCompile("(?m)^" + regexp.QuoteMeta(name) + " (.*)$").FindStringSubmatch(text)
	if m == nil {
		b.t.Errorf("/metrics does not tell %s", name)
		return -1
	}
	v, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		b.t.Error(err)
	}
	return v
}

func (b *bench) counted(name string, want float64) {
	b.t.Helper()
	if got := b.metric(name); got != want {
		b.t.Errorf("%s is %v, and not %v", name, got, want)
	}
}

// TestWhatCustomersWaitForIsMeasured from the key to the drop, on the wires.
func TestWhatCustomersWaitForIsMeasured(t *testing.T) {
	onBench(t, nil, func(b *bench) {
		b.trouble("network", "slow")
		for range 3 {
			b.buy(2)
		}
		b.trouble("network", "on")
		b.slotTrouble(1, "jam")
		b.buy(1)
		for name, n := range map[string]float64{
			`kiosk_sales_total{means="native"}`: 3, `kiosk_sales_fen_total{means="native"}`: 3 * float64(b.conf.Slots[1].Fen), `kiosk_sales_total{means="code"}`: 0,
			`kiosk_refunds_total{why="stuck"}`: 1, `kiosk_refunds_fen_total{why="stuck"}`: float64(b.conf.Slots[0].Fen),
			`kiosk_order_events_total{event="chosen"}`: 4, `kiosk_order_events_total{event="dropped"}`: 3, `kiosk_order_events_total{event="repaid"}`: 1,
			`kiosk_slot_fault{slot="1",fault="jam"}`: 1, `kiosk_doubts`: 1, `kiosk_ready`: 1, `kiosk_orders_owed`: 0, `kiosk_orders_open`: 0,
			`kiosk_tap_to_qr_seconds_count`: 4, `kiosk_paid_to_motor_seconds_count`: 4, `kiosk_motor_to_drop_seconds_count`: 3, // the jam dropped nothing
			`kiosk_scanner_events_total{kind="vanished"}`: 0, `kiosk_notices_total{check="signature"}`: 0,
		} {
			b.counted(name, n)
		}
		for name, bound := range map[string][2]time.Duration{
			"kiosk_tap_to_qr_seconds":     {3 * 1600 * time.Millisecond, 20 * time.Second}, // a slow line takes 0.8 s each way
			"kiosk_paid_to_motor_seconds": {0, time.Second},
			"kiosk_motor_to_drop_seconds": {3 * 900 * time.Millisecond, 12 * time.Second},
		} {
			if sum := b.metric(name + "_sum"); sum < bound[0].Seconds() || sum > bound[1].Seconds() {
				t.Errorf("%s: %v s in all is no sum of what customers waited", name, sum)
			}
		}
		if b.metric("kiosk_clock_skew_seconds") > 2 || b.metric("kiosk_board_disk_free_bytes") <= 0 {
			t.Error("neither clock nor disk are told as they are")
		}
	})
}
