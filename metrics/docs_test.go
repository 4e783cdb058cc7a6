package metrics

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	metricName  = regexp.MustCompile(`\bkiosk_[a-z_]+\b`)
	labelLists  = regexp.MustCompile(`\b(?:by|on|group_left) \(([^)]*)\)`)
	labelTests  = regexp.MustCompile(`([a-z_]+)(?:=~|!~|!=|=)"`)
	labelPlaces = regexp.MustCompile(`\{\{ *(?:\$labels\.)?([a-z_]+)`)
	elsewhere   = []string{"instance", "job", "le"} // labels that the scrape or a histogram adds
)

// asks fails where an expression asks for a metric or a label that nobody tells, and gives the metrics.
func asks(t *testing.T, where, expr, shown string) (names []string) {
	t.Helper()
	labels := slices.Clone(elsewhere)
	for _, name := range metricName.FindAllString(expr, -1) {
		i := slices.IndexFunc(families, func(f family) bool {
			if f.kind == kindHistogram {
				return slices.Contains([]string{f.name + "_bucket", f.name + "_sum", f.name + "_count"}, name)
			}
			return f.name == name
		})
		if i < 0 {
			t.Errorf("%s asks for %s, which nobody tells", where, name)
			continue
		}
		labels, names = append(labels, families[i].labels...), append(names, families[i].name)
	}
	var used []string
	for _, m := range labelLists.FindAllStringSubmatch(expr, -1) {
		used = append(used, strings.Split(m[1], ",")...)
	}
	for _, m := range append(labelTests.FindAllStringSubmatch(expr, -1), labelPlaces.FindAllStringSubmatch(shown, -1)...) {
		used = append(used, m[1])
	}
	for _, l := range used {
		if l = strings.TrimSpace(l); !slices.Contains(labels, l) {
			t.Errorf("%s uses a label %q that %v do not have", where, l, names)
		}
	}
	return names
}

// TestTheDashboardShowsWhatIsTold: it is imported as it is, into any Grafana, over any data source.
func TestTheDashboardShowsWhatIsTold(t *testing.T) {
	text, err := os.ReadFile("../docs/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	type source struct{ Type, UID string }
	var board struct {
		ID         any
		UID, Title string
		Panels     []struct {
			ID         int
			Type       string
			Title      string
			Datasource *source
			GridPos    struct{ X, Y, W, H int }
			Targets    []struct {
				Expr, LegendFormat, RefID string
				Datasource                source
			}
		}
		Templating struct {
			List []struct {
				Name, Type, Definition string
				Query                  any
			}
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatalf("Grafana cannot read it: %v", err)
	}
	if board.ID != nil || board.UID == "" || board.Title == "" {
		t.Error("it claims a place that another dashboard may have")
	}
	if v := board.Templating.List; len(v) < 3 || v[0].Name != "datasource" || v[0].Type != "datasource" || v[0].Query != "prometheus" {
		t.Error("nobody can choose where the data come from")
	}
	for _, v := range board.Templating.List[1:] {
		asks(t, "variable "+v.Name, v.Definition, "")
	}
	var rows, shown []string
	ids := map[int]bool{}
	for _, p := range board.Panels {
		if ids[p.ID] {
			t.Errorf("two panels are %d", p.ID)
		}
		if ids[p.ID] = true; p.Type == "row" {
			rows = append(rows, p.Title)
			continue
		}
		if p.Title == "" || len(p.Targets) == 0 || p.Datasource == nil || p.Datasource.UID != "${datasource}" || p.GridPos.X+p.GridPos.W > 24 || p.GridPos.H == 0 {
			t.Errorf("panel %q shows nothing, or not where it should", p.Title)
		}
		for _, q := range p.Targets {
			if q.Datasource.UID != "${datasource}" || q.RefID == "" || !strings.Contains(q.Expr, `instance=~"$instance"`) {
				t.Errorf("panel %q asks somebody else: %s", p.Title, q.Expr)
			}
			shown = append(shown, asks(t, "panel "+p.Title, q.Expr, q.LegendFormat)...)
		}
	}
	for _, row := range []string{"Can it sell", "Money", "How long customers wait", "Slots", "Board"} {
		if !slices.ContainsFunc(rows, func(r string) bool { return strings.HasSuffix(r, row) }) {
			t.Errorf("there is no row %q", row)
		}
	}
	for _, f := range families {
		quiet := []string{"kiosk_goroutines", "kiosk_guesses_total", "kiosk_board_uptime_seconds", "kiosk_slot_price_fen", "kiosk_settled_total", "kiosk_maintenance",
			"kiosk_board_power_was_low", "kiosk_board_storage_worn_ratio", "kiosk_low_voltage_vends", "kiosk_beam_sparks_total"}
		if slices.Contains(shown, f.name) == slices.Contains(quiet, f.name) {
			t.Errorf("%s: shown, and listed as not shown, or neither", f.name)
		}
	}
}

// ruleLines is all the YAML that the rules may be written in: whoever reads them reads the same as this test.
var ruleLines = []struct {
	key   string
	shape *regexp.Regexp
}{
	{"groups", regexp.MustCompile(`^groups:$`)},
	{"group", regexp.MustCompile(`^  - name: [a-z]+$`)},
	{"rules", regexp.MustCompile(`^    rules:$`)},
	{"alert", regexp.MustCompile(`^      - alert: ([A-Z][A-Za-z]+)$`)},
	{"expr", regexp.MustCompile(`^        expr: ([^#:&*!|>'"%@\x60{\[ -][^#]*)$`)},
	{"for", regexp.MustCompile(`^        for: ([1-9][0-9]*[mh])$`)},
	{"labels", regexp.MustCompile(`^        labels: \{severity: (page|warn)\}$`)},
	{"annotations", regexp.MustCompile(`^        annotations:$`)},
	{"summary", regexp.MustCompile(`^          summary: "([^"\\]+)"$`)},
	{"description", regexp.MustCompile(`^          description: "([^"\\]+)"$`)},
}

func readRules(t *testing.T) (rules []map[string]string) {
	t.Helper()
	text, err := os.ReadFile("../docs/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		if line == "" || strings.HasPrefix(line, "# ") {
			continue
		}
		known := false
		for _, l := range ruleLines {
			m := l.shape.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			known = true
			if l.key == "alert" {
				rules = append(rules, map[string]string{})
			}
			if len(m) > 1 {
				if _, twice := rules[len(rules)-1][l.key]; twice {
					t.Errorf("line %d: %s is said twice", i+1, l.key)
				}
				rules[len(rules)-1][l.key] = m[1]
			}
		}
		if !known || strings.Contains(line, ": ") && strings.Contains(line[strings.Index(line, ": ")+2:], ": ") && !strings.Contains(line, `"`) && !strings.Contains(line, "{severity") {
			t.Errorf("line %d is no YAML of ours: %s", i+1, line)
		}
	}
	return rules
}

func TestTheRulesAskForWhatIsTold(t *testing.T) {
	needed := map[string]string{ // what each rule must be about
		"KioskGone": "absent(kiosk_alive)", "KioskOwesMoney": "kiosk_orders_owed > 0", "KioskNotSelling": "kiosk_ready == 0",
		"KioskClockUntrusted": "kiosk_clock_trusted == 0", "KioskSlotSetAside": `kiosk_slot_fault{fault!="off sale"} == 1`, "KioskUndervoltage": "kiosk_board_power_low",
		"KioskCertificateEnds": "kiosk_certificate_left_seconds < 30 * 86400", "KioskNotReconciled": "kiosk_reconciliation_age_seconds > 2 * 86400",
	}
	waits := map[string]string{"KioskNotSelling": "10m"}
	seen := map[string]bool{}
	for _, r := range readRules(t) {
		name := r["alert"]
		if seen[name] {
			t.Errorf("%s is there twice", name)
		}
		seen[name] = true
		for _, key := range []string{"expr", "labels", "summary", "description"} {
			if r[key] == "" {
				t.Errorf("%s has no %s: whoever is woken does not know what to do", name, key)
			}
		}
		if len(asks(t, name, r["expr"], r["summary"]+r["description"])) == 0 {
			t.Errorf("%s asks nothing of a kiosk", name)
		}
		if !strings.Contains(r["expr"], needed[name]) || waits[name] != "" && r["for"] != waits[name] {
			t.Errorf("%s is not about %s: %s for %s", name, needed[name], r["expr"], r["for"])
		}
		for a, b := range map[string]string{"(": ")", "[": "]", "{": "}"} {
			if strings.Count(r["expr"], a) != strings.Count(r["expr"], b) {
				t.Errorf("%s: unbalanced %s%s", name, a, b)
			}
		}
	}
	for name := range needed {
		if !seen[name] {
			t.Errorf("no rule %s", name)
		}
	}
}
