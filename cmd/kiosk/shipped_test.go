//go:build !sim

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWithoutPinsTheShippedKioskSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	if chips, _ := filepath.Glob("/dev/gpiochip*"); len(chips) > 0 {
		t.Fatalf("this machine has pins, %v: run these tests on one without", chips)
	}
	dir := t.TempDir()
	conf := aConfig(t, dir, freeAddr(t), "http://127.0.0.1:9", "k", nil)
	kioskDoes(t, "-config", conf, "run").oneLineOnly(t, exitFinding, "kiosk: ", "GPIO")
	if left, _ := filepath.Glob(filepath.Join(dir, "kiosk.db*")); len(left) > 0 {
		t.Errorf("a kiosk that cannot run left %v behind", left)
	}
	kioskDoes(t, "-config", conf, "off").oneLineOnly(t, exitFinding, "kiosk: ", "GPIO")
}

// A slip of the pen in the config, saved just before a crash with a motor on.
func TestOffFindsTheMotorsOfAConfigThatCannotBeRead(t *testing.T) {
	t.Parallel()
	conf := aConfig(t, t.TempDir(), "127.0.0.1:1", "http://127.0.0.1:9", "k", swap("fen = 350", "fen = 350 oops"))
	kioskDoes(t, "-config", conf, "off").oneLineOnly(t, exitUse, "line", "GPIO16, GPIO17", "no GPIO chip")
}

func TestWrongUseIsToldInOneLine(t *testing.T) {
	t.Parallel()
	conf := aConfig(t, t.TempDir(), "127.0.0.1:1", "http://127.0.0.1:9", "k", nil)
	for _, c := range []struct{ args, names string }{
		{"", "run"},
		{"sell", "sell"},
		{"-colour run", "colour"},
		{"-data x run", "data"},
		{"-config", "config"},
		{"run fast", "fast"},
		{"orders -limit x", "limit"},
		{"orders -limit 0", "limit"},
		{"orders -state lost", "lost"},
		{"orders -state new", "new"},
		{"orders all", "all"},
		{"audit -html", "html"},
		{"audit now", "now"},
		{"screens", "-o"},
		{"screens -o " + filepath.Join(t.TempDir(), "s") + " -size 1x1", "1x1"},
		{"backup", "-o"},
		{"off now", "now"},
		{"version -xml", "xml"},
	} {
		args := strings.Fields(c.args)
		if c.args != "-config" {
			args = append([]string{"-config", conf}, args...)
		}
		t.Run(c.args, func(t *testing.T) { kioskDoes(t, args...).oneLineOnly(t, exitUse, c.names) })
	}
	if got := kioskDoes(t, "help"); got.code != exitGood || !strings.Contains(got.out, "kiosk [-config FILE] COMMAND") {
		t.Errorf("help says %+v", got)
	}
}

func TestCommandsThatNeedNoSecretWorkWithoutOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	conf := aConfig(t, dir, "127.0.0.1:1", "http://127.0.0.1:9", "k", nil)
	if err := os.Remove(filepath.Join(dir, "apikey")); err != nil {
		t.Fatal(err)
	}
	if got := kioskDoes(t, "-config", conf, "version"); got.code != exitGood || strings.Count(got.out, "\n") != 1 {
		t.Errorf("version says %+v", got)
	}
	var v map[string]string
	if got := kioskDoes(t, "-config", conf, "version", "-json"); got.code != exitGood || json.Unmarshal([]byte(got.out), &v) != nil {
		t.Errorf("version -json says %+v", got)
	}
	for _, key := range []string{"version", "commit", "built", "go", "wires"} {
		if _, ok := v[key]; !ok {
			t.Errorf("version -json lacks %s: %v", key, v)
		}
	}
	if got := kioskDoes(t, "-config", conf, "screens", "-o", filepath.Join(dir, "s"), "-size", "240x240"); got.code != exitGood {
		t.Errorf("screens says %+v", got)
	}
	for _, cmd := range []string{"orders", "audit"} { // there is no book yet, and looking for one makes none
		kioskDoes(t, "-config", conf, cmd).oneLineOnly(t, exitFinding, "kiosk.db")
	}
	kioskDoes(t, "-config", conf, "backup", "-o", filepath.Join(dir, "b")).oneLineOnly(t, exitFinding, "kiosk.db")
	if left, _ := filepath.Glob(filepath.Join(dir, "kiosk.db*")); len(left) > 0 {
		t.Errorf("looking for a book made %v", left)
	}
	kioskDoes(t, "-config", conf, "check").oneLineOnly(t, exitUse, "pay.key_file", "apikey")
}

// Whoever asks a command for help is helped, and has done nothing wrong.
func TestEveryCommandHelps(t *testing.T) {
	for name := range commands {
		for _, ask := range []string{"-h", "--help"} {
			if got := kioskDoes(t, name, ask); got.code != exitGood || !strings.Contains(got.out, "kiosk [-config FILE] COMMAND") || got.err != "" {
				t.Errorf("kiosk %s %s: %+v", name, ask, got)
			}
		}
	}
}
