//go:build sim

package main

import (
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestTheCommandsWorkWhileTheKioskRunsAndAfterItDied(t *testing.T) {
	t.Parallel()
	m := aMachine(t)
	no := m.showQR(1)
	m.phone("pay")
	m.untilState(no, "sold")
	m.showQR(2)
	m.must("scan", "ask=none")
	m.until("two orders are sold", func() bool {
		n := 0
		for _, o := range m.orders() {
			if o.State == "sold" {
				n++
			}
		}
		return n == 2
	})
	for _, when := range []string{"while it runs", "after it was killed"} {
		if when == "after it was killed" {
			m.pull()
		}
		m.looksInto(t, when, no)
	}
	m.start()
	m.fair()
}

// looksInto calls every command that reads the book.
func (m *machine) looksInto(t *testing.T, when, no string) {
	t.Helper()
	got := m.does("orders", "-json")
	var told []bought
	if err := json.Unmarshal([]byte(got.out), &told); err != nil || got.code != 0 || len(told) != 3 {
		t.Fatalf("%s, orders -json: %+v", when, got)
	}
	if when == "while it runs" {
		if _, page := m.get("/orders.json"); strings.TrimSpace(page) != strings.TrimSpace(got.out) {
			t.Errorf("orders -json says %s\nand /orders.json %s", got.out, page)
		}
	}
	for args, n := range map[string]int{"-state sold": 2, "-state closing": 1, "-state owed": 0, "-limit 1": 1, "-state sold -limit 1": 1} {
		got := m.does(append([]string{"orders"}, strings.Fields(args)...)...)
		if got.code != 0 || strings.Count(got.out, "\n") != n {
			t.Errorf("%s, orders %s: %+v", when, args, got)
		}
	}
	if got := m.does("orders"); !strings.Contains(got.out, no) || strings.Count(got.out, "\n") != 3 {
		t.Errorf("%s, orders: %+v", when, got)
	}
	var audit struct {
		Orders     *int
		Violations []struct{ Rule, No, Text string }
	}
	got = m.does("audit", "-json")
	if err := json.Unmarshal([]byte(got.out), &audit); err != nil || got.code != 0 || audit.Orders == nil || *audit.Orders != 3 ||
		audit.Violations == nil || len(audit.Violations) != 0 {
		t.Errorf("%s, audit -json: %+v", when, got)
	}
	copied := filepath.Join(t.TempDir(), "copy", "kiosk.db")
	if err := os.MkdirAll(filepath.Dir(copied), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := m.does("backup", "-o", copied); got.code != 0 || got.err != "" {
		t.Fatalf("%s, backup: %+v", when, got)
	}
	if got := kioskDoes(t, "-data", filepath.Dir(copied), "orders", "-json"); got.out != m.does("orders", "-json").out {
		t.Errorf("%s, the copy says %+v", when, got)
	}
	if got := kioskDoes(t, "-data", filepath.Dir(copied), "audit"); got.code != 0 {
		t.Errorf("%s, the copy does not hold: %+v", when, got)
	}
	if got := m.does("backup", "-o", filepath.Join(m.dir, "no", "such", "folder", "x")); got.code != exitFinding || strings.Count(got.err, "\n") != 1 {
		t.Errorf("%s, a copy to nowhere: %+v", when, got)
	}
}

func TestAKioskStartsFromItsCopy(t *testing.T) {
	t.Parallel()
	m := aMachine(t)
	no := m.showQR(1)
	m.phone("pay")
	m.untilState(no, "sold")
	dir := t.TempDir()
	if got := m.does("backup", "-o", filepath.Join(dir, "kiosk.db")); got.code != 0 {
		t.Fatalf("backup: %+v", got)
	}
	other := &machine{t: t, addr: freeAddr(t), dir: dir}
	other.args = []string{"-data", dir, "-addr", other.addr}
	other.start()
	other.waitReady()
	next := other.showQR(1)
	if next == no {
		t.Errorf("a restored book repeats the number %s", no)
	}
	other.phone("pay")
	other.untilState(next, "sold")
	if other.stocked(1) != 8 {
		t.Errorf("%d left in slot 1 after two sales", other.stocked(1))
	}
}

func TestVersionAndOffAreSaid(t *testing.T) {
	t.Parallel()
	var v map[string]string
	if got := kioskDoes(t, "version", "-json"); json.Unmarshal([]byte(got.out), &v) != nil || v["version"] == "" || v["go"] == "" || v["wires"] != "street" {
		t.Errorf("version -json: %+v", got)
	}
	// A machine without pins has nothing to take away, and says so: one line at most.
	if got := kioskDoes(t, "-data", t.TempDir(), "off"); strings.Count(got.err, "\n") > 1 || got.code == exitUse {
		t.Errorf("off: %+v", got)
	}
	kioskDoes(t, "-data", t.TempDir(), "sell").oneLineOnly(t, exitUse, "sell")
}

func TestEveryScreenIsDrawnInBothLanguages(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "folder")
	if got := kioskDoes(t, "screens", "-o", dir); got.code != 0 || got.err != "" {
		t.Fatalf("screens: %+v", got)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.png"))
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[string][2]int{"240x240": {240, 240}, "240x320": {240, 320}, "320x240": {320, 240}}
	screens := strings.Fields("idle asking qr charging password vending thanks sorry refunding offline closed maintenance slip-key slip-secret slip-hotspot")
	for size, wh := range sizes {
		for _, lang := range []string{"zh", "en"} {
			for _, s := range screens {
				has := func(f string) bool {
					name := filepath.Base(f)
					return strings.HasPrefix(name, s) && strings.Contains(name, size) && strings.Contains(name, lang)
				}
				if !slices.ContainsFunc(files, has) {
					t.Errorf("no picture of %s at %s in %s", s, size, lang)
				}
			}
		}
		for _, f := range files {
			if !strings.Contains(f, size) {
				continue
			}
			r, err := os.Open(f)
			if err != nil {
				t.Fatal(err)
			}
			img, err := png.Decode(r)
			r.Close()
			if err != nil || img.Bounds().Dx() != wh[0] || img.Bounds().Dy() != wh[1] {
				t.Errorf("%s is no picture of %s: %v", filepath.Base(f), size, err)
			}
		}
	}
	one := t.TempDir()
	if got := kioskDoes(t, "screens", "-o", one, "-size", "240x240"); got.code != 0 {
		t.Errorf("screens -size: %+v", got)
	}
	if few, _ := filepath.Glob(filepath.Join(one, "*.png")); len(few)*3 != len(files) {
		t.Errorf("one size has %d screens, three have %d", len(few), len(files))
	}
}
