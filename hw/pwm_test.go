package hw

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pulses is a chip of pulse outputs as the kernel shows one: a channel appears when it is exported.
func pulses(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	chip := filepath.Join(root, "pwmchip0")
	if err := os.Mkdir(chip, 0o755); err != nil {
		t.Fatal(err)
	}
	export := filepath.Join(chip, "export")
	if err := unix.Mkfifo(export, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() {
		n, err := os.ReadFile(export)
		if err != nil {
			return
		}
		dir := filepath.Join(chip, "pwm"+strings.TrimSpace(string(n)))
		_ = os.Mkdir(dir, 0o755)
		for _, f := range []string{"period", "duty_cycle", "enable"} { // one after the other, as udev does
			_ = os.WriteFile(filepath.Join(dir, f), nil, 0o600)
		}
	}()
	return root
}

// reads is what a channel's file says; a file of the kernel's forgets what it held, this one is cut by hand.
func reads(t *testing.T, root, file string) string {
	t.Helper()
	path := filepath.Join(root, "pwmchip0", "pwm1", file)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAPulseOutputIsExportedAndSet(t *testing.T) {
	root := pulses(t)
	p, err := openPWM(root, "pwmchip0/1", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if got := reads(t, root, "period") + " " + reads(t, root, "duty_cycle") + " " + reads(t, root, "enable"); got != "1000000 0 0" {
		t.Errorf("opened, it is %q: period, duty, on", got)
	}
	for _, c := range []struct {
		part         float64
		duty, enable string
	}{{0.25, "250000", "1"}, {1, "1000000", ""}, {0, "0", "0"}} {
		if err := p.Set(c.part); err != nil {
			t.Fatal(err)
		}
		if duty, on := reads(t, root, "duty_cycle"), reads(t, root, "enable"); duty != c.duty || on != c.enable {
			t.Errorf("told %v: duty %q, enable %q", c.part, duty, on)
		}
	}
	for _, bad := range []float64{-0.1, 1.1} {
		if err := p.Set(bad); err == nil || reads(t, root, "duty_cycle") != "" {
			t.Errorf("told %v, it wrote something (%v)", bad, err)
		}
	}
	if err := p.Set(0.5); err != nil {
		t.Fatal(err)
	}
	_ = reads(t, root, "enable")
	if err := p.Close(); err != nil || reads(t, root, "enable") != "0" {
		t.Errorf("closed, it is not off (%v)", err)
	}
	if _, err := openPWM(root, "pwmchip0/1", 0); err != nil {
		t.Errorf("an output that is exported already does not open: %v", err)
	}
}

func TestAPulseOutputThatIsNotThereSaysWhatToDo(t *testing.T) {
	root := t.TempDir()
	for _, bad := range []string{"", "pwmchip0", "pwmchip0/", "pwmchip0/x", "0/0", "../pwmchip0/0", "pwmchip../0"} {
		if _, err := openPWM(root, bad, 0); err == nil || !strings.Contains(err.Error(), "pwmchip0/0") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := openPWM(root, "pwmchip0/0", 0); err == nil || !strings.Contains(err.Error(), "dtoverlay=pwm") {
		t.Errorf("without the overlay: %v", err)
	}
	if err := os.MkdirAll(filepath.Join(root, "pwmchip0"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := openPWM(root, "pwmchip0/0", 0); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("a chip without a way in: %v", err)
	}
}
