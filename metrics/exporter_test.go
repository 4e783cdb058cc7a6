package metrics

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"math"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"kiosk/sale"
)

func init() {
	if flag.Lookup("update") == nil {
		flag.Bool("update", false, "write docs/metrics.md anew")
	}
}

func updating() bool { return flag.Lookup("update").Value.String() == "true" }

var noon = time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)

// house is a kiosk whose every figure a test can set.
type house struct {
	*Exporter
	sight sale.Snapshot
	alive bool
}

func newHouse() *house {
	h := &house{alive: true}
	h.sight = sale.Snapshot{
		Ready: true, Clock: true, Cloud: sale.Cloud{Reachable: true, Since: noon},
		Products: []sale.Product{
			{Slot: 1, Name: "可口可乐 330ml", NameEN: "Coke 330ml", Fen: 350, Stock: 10},
			{Slot: 2, Name: "水", Fen: 200, Stock: 0, Fault: "empty"},
			{Slot: 3, Name: "薯片", Fen: 650, Stock: 4, Fault: "jam", Aside: true},
		},
	}
	h.Exporter = &Exporter{
		Kiosk: "K0042", Version: "v1", Snapshot: func() sale.Snapshot { return h.sight }, Alive: func() bool { return h.alive }, Tally: &Tally{},
		Board: func() sale.Facts { return sale.Facts{} }, Bill: func() *sale.Reconciliation { return nil }, Now: time.Now,
	}
	return h
}

// meteredHouse is a kiosk that has something to tell under every name.
func meteredHouse() *house {
	h := newHouse()
	skew := -1500 * time.Millisecond
	h.sight.Why, h.sight.Ready = []sale.Why{{Code: "offline", Text: "x"}, {Code: "panel", Text: "y"}, {Code: "panel", Text: "z"}}, false
	h.sight.Skew, h.sight.Open, h.sight.Owed, h.sight.Alarms = &skew, 3, 2, 4
	h.sight.Doubts.Count, h.sight.Strays = 1, map[string]int{"sold paid": 2}
	h.sight.Products[2].Name = "薯片 \"大\"\\\n\xff"
	h.Notices = func() map[string]int { return map[string]int{"good": 7, "signature": 1} }
	h.Board = func() sale.Facts {
		return sale.Facts{Sparks: new(12), Celsius: new(51.5), Goods: new(4.5), BoardUptime: new(int64(90)), MemoryFree: new(uint64(300)), DiskFree: new(uint64(2)),
			DiskReadOnly: new(false), Worn: new(30), PowerLow: new(true), PowerWasLow: new(true), Throttled: new(false),
			LowVends: new(1), PowerCuts: new(5), Crashes: new(6), BootID: "b", Model: "Pi"}
	}
	h.Bill = func() *sale.Reconciliation {
		return &sale.Reconciliation{At: noon.Add(-36 * time.Hour), Findings: make([]sale.Finding, 3)}
	}
	h.Commit, h.Go, h.Certificate = "c0ffee", "go1.26", noon.Add(48*time.Hour)
	h.Now = func() time.Time { return noon }
	h.Scanner, h.Alerts = func() map[string]int { return map[string]int{"garbage": 9} }, func() map[string]int { return map[string]int{"taken": 8} }
	h.Guesses = func() map[string]int { return map[string]int{"blocked": 3} }
	h.Tally.counted = counts{
		Sales: map[sale.Means]sum{sale.Native: {Count: 2, Fen: 700}}, Refunds: map[string]sum{sale.RefundForStuck: {Count: 1, Fen: 350}},
		Settled: map[string]int{"cash": 1}, Moves: map[sale.Event]int{sale.Paid: 3},
	}
	for _, ms := range []int{900, 1000, 20_000} {
		h.Tally.Latencies.AddWait(TapToQR, time.Duration(ms)*time.Millisecond)
	}
	return h
}

func scrape(h *house) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w
}

func TestAStrangersScrapeHasNoSums(t *testing.T) {
	h := newHouse()
	w := httptest.NewRecorder()
	h.Handler(false).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if all := scrape(h).Body.String(); !strings.Contains(all, "kiosk_sales_fen_total") || !strings.Contains(all, "kiosk_refunds_fen_total") {
		t.Fatalf("nobody reads the sums:\n%s", all)
	}
	if body := w.Body.String(); strings.Contains(body, "_fen_total") || !strings.Contains(body, "kiosk_sales_total") || !strings.Contains(body, "kiosk_ready") {
		t.Errorf("a stranger reads\n%s", body)
	}
}

// scraped is what Prometheus makes of /metrics: values by name and labels. Its own parser refuses what is malformed.
func scraped(t *testing.T, h *house) map[string]float64 {
	t.Helper()
	w := scrape(h)
	if kind := w.Header().Get("Content-Type"); kind != "text/plain; version=0.0.4; charset=utf-8" {
		t.Errorf("Prometheus is told that it reads %q", kind)
	}
	p := expfmt.NewTextParser(model.LegacyValidation)
	parsed, err := p.TextToMetricFamilies(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Fatalf("Prometheus cannot read it: %v\n%s", err, w.Body)
	}
	out := map[string]float64{}
	for name, f := range parsed {
		for _, m := range f.Metric {
			var labels []string
			for _, l := range m.Label {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			key := strings.TrimSuffix(name+"{"+strings.Join(labels, ",")+"}", "{}")
			switch {
			case m.Gauge != nil:
				out[key] = m.Gauge.GetValue()
			case m.Counter != nil:
				out[key] = m.Counter.GetValue()
			case m.Histogram != nil:
				out[key+" count"], out[key+" sum"] = float64(m.Histogram.GetSampleCount()), m.Histogram.GetSampleSum()
				for _, b := range m.Histogram.Bucket {
					out[fmt.Sprint(key, " ", b.GetUpperBound())] = float64(b.GetCumulativeCount())
				}
			}
		}
	}
	return out
}

func TestPrometheusReadsEverything(t *testing.T) {
	got := scraped(t, meteredHouse())
	for key, v := range map[string]float64{
		"kiosk_build_info{kiosk=K0042,version=v1,commit=c0ffee,go=go1.26}": 1,
		"kiosk_alive": 1, "kiosk_ready": 0, "kiosk_why{code=offline}": 1, "kiosk_why{code=panel}": 1, "kiosk_maintenance": 0,
		"kiosk_cloud_reachable": 1, "kiosk_clock_trusted": 1, "kiosk_clock_skew_seconds": -1.5,
		"kiosk_orders_open": 3, "kiosk_orders_owed": 2, "kiosk_order_events_total{event=paid}": 3, "kiosk_order_events_total{event=stuck}": 0,
		"kiosk_sales_total{means=native}": 2, "kiosk_sales_fen_total{means=native}": 700, "kiosk_sales_total{means=code}": 0,
		"kiosk_refunds_total{why=stuck}": 1, "kiosk_refunds_fen_total{why=stuck}": 350, "kiosk_refunds_total{why=late}": 0,
		"kiosk_settled_total{how=cash}": 1, "kiosk_settled_total{how=never paid}": 0,
		"kiosk_reconciliation_age_seconds": 36 * 3600, "kiosk_reconciliation_findings": 3, "kiosk_certificate_left_seconds": 48 * 3600,
		"kiosk_tap_to_qr_seconds count": 3, "kiosk_tap_to_qr_seconds sum": 21.9, "kiosk_tap_to_qr_seconds 0.5": 0,
		"kiosk_tap_to_qr_seconds 1": 2, "kiosk_tap_to_qr_seconds 15": 2, "kiosk_tap_to_qr_seconds +Inf": 3,
		"kiosk_paid_to_motor_seconds count": 0, "kiosk_motor_to_drop_seconds +Inf": 0,
		"kiosk_slot_stock{slot=1}": 10, "kiosk_slot_price_fen{slot=1}": 350, "kiosk_slot_fault{slot=3,fault=jam}": 1,
		"kiosk_slot_info{slot=3,name=薯片 \"大\"\\\n\uFFFD}": 1,
		"kiosk_doubts": 1, "kiosk_alarms_total": 4, "kiosk_strays_total{kind=sold paid}": 2,
		"kiosk_beam_sparks_total": 12, "kiosk_notices_total{check=good}": 7, "kiosk_scanner_events_total{kind=garbage}": 9, "kiosk_alerts_total{outcome=taken}": 8, "kiosk_guesses_total{outcome=blocked}": 3,
		"kiosk_board_temperature_celsius": 51.5, "kiosk_goods_temperature_celsius": 4.5, "kiosk_board_uptime_seconds": 90,
		"kiosk_board_memory_free_bytes": 300 << 20, "kiosk_board_disk_free_bytes": 2 << 20, "kiosk_board_disk_read_only": 0,
		"kiosk_board_storage_worn_ratio": 0.3, "kiosk_board_power_low": 1, "kiosk_board_power_was_low": 1, "kiosk_board_throttled": 0,
		"kiosk_low_voltage_vends": 1, "kiosk_power_cuts_total": 5, "kiosk_crashes_total": 6,
	} {
		if is, there := got[key]; !there || math.Abs(is-v) > 1e-9 {
			t.Errorf("%s is %v (%v), and not %v", key, is, there, v)
		}
	}
	for key := range got {
		if strings.HasPrefix(key, "kiosk_slot_fault{slot=2") {
			t.Error("a slot that is only sold out counts as broken")
		}
	}
	for _, f := range families {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(got)), func(key string) bool { return belongs(key, f.name) }) {
			t.Errorf("nothing is ever told under %s", f.name)
		}
	}
}

func belongs(key, name string) bool {
	rest, ok := strings.CutPrefix(key, name)
	return ok && (rest == "" || rest[0] == '{' || rest[0] == ' ')
}

func TestAKioskThatKnowsNothingTellsNoLies(t *testing.T) {
	h := newHouse()
	h.sight = sale.Snapshot{Why: []sale.Why{{Code: "starting"}}}
	h.alive = false
	h.Certificate = noon
	got := scraped(t, h)
	for key, v := range map[string]float64{"kiosk_alive": 0, "kiosk_ready": 0, "kiosk_why{code=beat}": 1, "kiosk_sales_total{means=code}": 0, "kiosk_clock_trusted": 0} {
		if is, there := got[key]; !there || is != v {
			t.Errorf("%s is %v (%v), and not %v", key, is, there, v)
		}
	}
	for _, name := range []string{"kiosk_clock_skew_seconds", "kiosk_certificate_left_seconds", "kiosk_reconciliation_age_seconds", "kiosk_board_temperature_celsius", "kiosk_notices_total"} {
		for key := range got {
			if belongs(key, name) {
				t.Errorf("%s is told as %v, and nobody knows it", key, got[key])
			}
		}
	}
}

func TestMetricsHoldNothingThatGrowsOrIsSecret(t *testing.T) {
	h := meteredHouse()
	no := sale.Number("K0042", 7, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	h.sight.Front = &sale.Front{Screen: "qr", No: no, Slot: 1, Fen: 350}
	h.sight.Why[0].Text = "the text of an error, 4200001"
	text := scrape(h).Body.String()
	for _, never := range []string{string(no), "4200001", "error"} {
		if strings.Contains(text, never) {
			t.Errorf("%q is on show", never)
		}
	}
	if n := strings.Count(text, "\n"); n > 250 {
		t.Errorf("%d lines for three slots", n)
	}
	for _, f := range families {
		for _, l := range f.labels {
			if !slices.Contains([]string{"kiosk", "version", "commit", "go", "code", "event", "means", "why", "how", "slot", "name", "fault", "kind", "check", "outcome"}, l) {
				t.Errorf("%s has a label %s: does it grow?", f.name, l)
			}
		}
	}
}

func TestMetricsAreNamedAsPrometheusWants(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range families {
		if seen[f.name] || !regexp.MustCompile(`^kiosk_[a-z][a-z_]*[a-z]$`).MatchString(f.name) {
			t.Errorf("%s: a name of its own, in small letters", f.name)
		}
		seen[f.name] = true
		if (f.kind == kindCounter) != strings.HasSuffix(f.name, "_total") || f.kind == kindHistogram && !strings.HasSuffix(f.name, "_seconds") {
			t.Errorf("%s is a %s: its name says something else", f.name, f.kind)
		}
		if f.help == "" || strings.ContainsAny(f.help, "\\\n") || !strings.HasSuffix(f.help, ".") {
			t.Errorf("%s does not say in a sentence what it is: %q", f.name, f.help)
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d metrics", len(seen))
	}
}

func TestTheListOfMetricsIsTheTable(t *testing.T) {
	const file = "../docs/metrics.md"
	var b strings.Builder
	b.WriteString(metricsHead)
	for _, f := range families {
		labels := strings.Join(f.labels, "`, `")
		if labels != "" {
			labels = "`" + labels + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.name, f.kind, labels, f.help)
	}
	if updating() {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil || string(text) != b.String() {
		t.Errorf("docs/metrics.md is not what /metrics tells (%v): go test ./metrics -run TheListOfMetrics -update", err)
	}
}

const metricsHead = `# What /metrics holds

` + "`GET /metrics`" + ` answers in Prometheus' text format, to everybody who reaches the page; it needs no secret and holds none. Scrape
it every 15 s or slower. ` + "`docs/alerts.yml`" + ` are rules for Prometheus over it, ` + "`docs/grafana.json`" + ` is a dashboard (Dashboards, Import).

` + "```yaml" + `
scrape_configs:
  - job_name: kiosk
    scrape_interval: 30s
    static_configs:
      - targets: ["192.168.1.20:8080"]
` + "```" + `

Counters count since the process began; power cuts and crashes are counted over all runs. Money is in fen. An unknown value is
absent, never 0. No label holds an order number, an address or the text of an error. Histograms have the usual
` + "`_bucket`, `_sum` and `_count`" + `, in seconds. ` + "`kiosk_paid_to_motor_seconds`" + ` begins when the payment is known here, which is within one
beat of the gateway knowing it.

| name | type | labels | what it is |
|---|---|---|---|
`

func TestLatelyIsOfTheNewest(t *testing.T) {
	l := &Latencies{}
	if got := l.RecentWaits(TapToQR); got != (Recent{}) {
		t.Errorf("nothing was measured, and it is %v", got)
	}
	l.AddWait(TapToQR, 3*time.Second)
	if got := l.RecentWaits(TapToQR); got != (Recent{1, 3 * time.Second, 3 * time.Second}) {
		t.Errorf("one wait of 3 s is %v", got)
	}
	for range 50 {
		l.AddWait(TapToQR, time.Hour) // long ago
	}
	for i := range recentMost {
		l.AddWait(TapToQR, time.Duration(i+1)*time.Millisecond)
	}
	if got := l.RecentWaits(TapToQR); got != (Recent{151, 50 * time.Millisecond, 95 * time.Millisecond}) {
		t.Errorf("of 1 to 100 ms: %v", got)
	}
	if got := l.RecentWaits(MotorToDrop); got.Count != 0 {
		t.Errorf("one kind's waits are another's: %v", got)
	}
	for kind, bounds := range bucketBounds {
		if len(bounds) == 0 || !slices.IsSorted(bounds) || len(bounds) > 12 {
			t.Errorf("the buckets of %d: %v", kind, bounds)
		}
	}
}
