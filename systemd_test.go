package kiosk

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// unitRoot is a file system as systemd sees it: its own units, ours, and something at the place of the binary.
func unitRoot(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	own := "/usr/lib/systemd/system"
	if _, err := os.Stat(filepath.Join(own, "sysinit.target")); err != nil {
		own = "/lib/systemd/system"
	}
	for _, dir := range []string{"usr/local/bin", "etc/systemd/system", "usr/lib/systemd"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("cp", "-a", own, filepath.Join(root, "usr/lib/systemd/system")).CombinedOutput(); err != nil {
		t.Fatalf("copying systemd's own units: %v: %s", err, out)
	}
	if err := os.WriteFile(filepath.Join(root, "usr/local/bin/kiosk"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	unit, err := os.ReadFile("systemd/kiosk.service")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "etc/systemd/system/kiosk.service"), unit, 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestTheUnitIsClean(t *testing.T) {
	root := unitRoot(t)
	out, err := exec.Command("systemd-analyze", "verify", "--root="+root, "kiosk.service").CombinedOutput()
	if text := ours(string(out)); err != nil || text != "" {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	if err := os.Remove(filepath.Join(root, "usr/local/bin/kiosk")); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("systemd-analyze", "verify", "--root="+root, "kiosk.service").CombinedOutput(); err == nil {
		t.Errorf("a unit without its binary is clean too: this check sees nothing\n%s", out)
	}
}

// ours are the lines that speak of our unit; systemd's own units have their own troubles in a bare root.
func ours(out string) string {
	var lines []string
	for l := range strings.Lines(out) {
		if strings.Contains(l, "kiosk") {
			lines = append(lines, strings.TrimSpace(l))
		}
	}
	return strings.Join(lines, "\n")
}

func TestTheUnitIsHardened(t *testing.T) {
	out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", "systemd/kiosk.service").CombinedOutput()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err != nil {
		t.Errorf("the unit is more exposed than 1.5: %v\n%s", err, out)
	}
	t.Log(lines[len(lines)-1])
	text, err := os.ReadFile("systemd/kiosk.service")
	if err != nil {
		t.Fatal(err)
	}
	for _, need := range []string{"Type=notify", "WatchdogSec=", "ExecStopPost=/usr/local/bin/kiosk off", "Restart=always", "StartLimitIntervalSec=0"} {
		if !strings.Contains(string(text), need) {
			t.Errorf("the unit lacks %s", need)
		}
	}
}
