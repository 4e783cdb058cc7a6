package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kiosk/rig/street"
)

// Line, authority, ids, keys and pins of the rig's config, judged by the kiosk itself on a machine without pins.
func TestTheKioskTakesTheRigsConfig(t *testing.T) {
	dir := t.TempDir()
	gate, err := street.OpenTill(filepath.Join(dir, "gateway.log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := gate.Close(); err != nil {
			t.Error(err)
		}
	})
	kiosk := filepath.Join(dir, "kiosk")
	if out, err := exec.Command("go", "build", "-C", "..", "-o", kiosk, "./cmd/kiosk").CombinedOutput(); err != nil {
		t.Fatalf("building the kiosk: %v: %s", err, out)
	}
	files, err := guestFiles(kiosk, kiosk, gate)
	if err != nil {
		t.Fatal(err)
	}
	var confs []string
	for _, f := range files {
		at := filepath.Join(dir, filepath.Base(f.Name))
		if at == kiosk {
			continue
		}
		text := strings.ReplaceAll(string(f.Data), street.GuestSees, "127.0.0.1") // the gateway, from this side
		if err := os.WriteFile(at, []byte(text), os.FileMode(f.Mode)); err != nil {
			t.Fatal(err)
		}
		if filepath.Ext(at) == ".toml" {
			confs = append(confs, at)
		}
	}
	if len(confs) != 3 {
		t.Fatalf("configs: %v", confs)
	}
	for _, conf := range confs {
		out, err := exec.Command(kiosk, "-config", conf, "check").CombinedOutput()
		if err == nil || !regexp.MustCompile(`(?m)^ok +gateway `).Match(out) || !regexp.MustCompile(`(?m)^fail +pins .*GPIO`).Match(out) {
			t.Errorf("%s: %v: %s: wanted a good gateway, and only the pins missing", filepath.Base(conf), err, out)
		}
	}
}
