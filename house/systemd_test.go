package house_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unitRoot is a file system as systemd sees it: its own units, and ours as the package and the keeper lay them.
func unitRoot(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	own := "/usr/lib/systemd/system"
	if _, err := os.Stat(filepath.Join(own, "sysinit.target")); err != nil {
		own = "/lib/systemd/system"
	}
	for _, dir := range []string{"bin", "etc/systemd/system", "usr/lib/systemd", "usr/lib/kiosk/versions/1"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("cp", "-a", own, filepath.Join(root, "usr/lib/systemd/system")).CombinedOutput(); err != nil {
		t.Fatalf("copying systemd's own units: %v: %s", err, out)
	}
	for _, program := range []string{"bin/sh", "usr/lib/kiosk/keep", "usr/lib/kiosk/versions/1/kiosk"} {
		if err := os.WriteFile(filepath.Join(root, program), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	units := "usr/lib/systemd/system/"
	if err := os.Mkdir(filepath.Join(root, units, "kiosk.service.d"), 0o755); err != nil {
		t.Fatal(err)
	}
	for unit, place := range map[string]string{"kiosk.service": "usr/lib/kiosk/versions/1/kiosk.service",
		"installed.service": units + "kiosk.service", "kiosk-keep.service": units + "kiosk-keep.service"} {
		text, err := os.ReadFile("systemd/" + unit)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, place), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"usr/lib/kiosk/current": "versions/1", units + "kiosk.service.d/00-version.conf": "../../../kiosk/current/kiosk.service"} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestTheUnitIsClean(t *testing.T) {
	root := unitRoot(t)
	verify := func() (string, error) {
		out, err := exec.Command("systemd-analyze", "verify", "--man=no", "--root="+root, "kiosk.service", "kiosk-keep.service").CombinedOutput()
		return string(out), err
	}
	if out, err := verify(); err != nil || ours(out) != "" {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	} else {
		t.Log("systemd-analyze verify kiosk.service kiosk-keep.service: nothing to complain of")
	}
	for _, program := range []string{"usr/lib/kiosk/current/kiosk", "usr/lib/kiosk/keep"} {
		was := filepath.Join(root, program)
		if err := os.Rename(was, was+".away"); err != nil {
			t.Fatal(err)
		}
		if out, err := verify(); err == nil {
			t.Errorf("a unit without %s is clean too: this check sees nothing\n%s", program, out)
		}
		if err := os.Rename(was+".away", was); err != nil {
			t.Fatal(err)
		}
	}
}

// Whoever says "systemctl enable kiosk" by hand must not pin the version of that day: the link in /etc would outlive it.
func TestEnablingTheUnitPinsNoVersion(t *testing.T) {
	root := unitRoot(t)
	for _, verb := range []string{"enable", "disable", "reenable"} {
		if out, err := exec.Command("systemctl", "--root="+root, verb, "kiosk.service").CombinedOutput(); err != nil {
			t.Fatalf("systemctl %s: %v\n%s", verb, err, out)
		}
	}
	links := 0
	err := filepath.WalkDir(filepath.Join(root, "etc"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.Type() != os.ModeSymlink {
			return err
		}
		links++
		to, err := os.Readlink(path)
		if to != "/usr/lib/systemd/system/kiosk.service" {
			t.Errorf("%s leads to %s: the version of today would be the unit of tomorrow", strings.TrimPrefix(path, root), to)
		}
		return err
	})
	if err != nil || links == 0 {
		t.Errorf("%d links: the unit does not start at boot; %v", links, err)
	}
}

// What an owner writes by "systemctl edit" stands after what the version brings.
func TestTheOwnersDropInHasTheLastWord(t *testing.T) {
	root := unitRoot(t)
	dir := filepath.Join(root, "etc/systemd/system/kiosk.service.d")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "override.conf"), []byte("[Service]\nExecStart=\nExecStart=/usr/bin/not-there\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("systemd-analyze", "verify", "--man=no", "--root="+root, "kiosk.service").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "/usr/bin/not-there") {
		t.Errorf("the version's own ExecStart is still asked for: %v\n%s", err, out)
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
	for _, need := range []string{"Type=notify", "WatchdogSec=", "ExecStartPre=-+/usr/lib/kiosk/keep start\nExecStart=/usr/lib/kiosk/current/kiosk run",
		"ExecStopPost=-/usr/lib/kiosk/keep off", "ExecStopPost=-+/usr/lib/kiosk/keep ended", "Restart=always", "StartLimitIntervalSec=0"} {
		if !strings.Contains(string(text), need) {
			t.Errorf("the unit lacks %s", need)
		}
	}
}

// driversOf are the kernel's modules behind the names of DeviceAllow=; "" is built into every kernel of a Raspberry Pi and of Debian.
var driversOf = map[string][]string{
	"char-spi":       {"spidev"},
	"char-gpiochip":  nil,
	"char-*gpiomem*": {"raspberrypi_gpiomem", "bcm2835_gpiomem"},
	"char-ttyAMA":    nil,
	"char-ttyS":      nil,
	"char-ttyACM":    {"cdc_acm"},
	"char-ttyUSB":    {"usbserial"}, // which has the number; ch341, cp210x and their like only join it
}

// TestTheUnitWaitsForTheDriversThatItNames: a driver that is loaded after the start stays forbidden until the next one.
func TestTheUnitWaitsForTheDriversThatItNames(t *testing.T) {
	unit, err := os.ReadFile("systemd/kiosk.service")
	if err != nil {
		t.Fatal(err)
	}
	values := func(key string) (all []string) {
		for l := range strings.Lines(string(unit)) {
			if value, ok := strings.CutPrefix(strings.TrimSpace(l), key+"="); ok {
				all = append(all, strings.Fields(value)...)
			}
		}
		return all
	}
	wants, after := values("Wants"), values("After")
	named := 0
	for _, name := range values("DeviceAllow") {
		if name == "rw" {
			continue
		}
		named++
		modules, known := driversOf[name]
		if !known {
			t.Errorf("DeviceAllow=%s: say in this test which modules it needs; a node by its path must be there at the start", name)
		}
		for _, m := range modules {
			if unit := "modprobe@" + m + ".service"; !slices.Contains(wants, unit) || !slices.Contains(after, unit) {
				t.Errorf("%s is allowed, and %s does not come first", name, unit)
			}
		}
	}
	if named != len(driversOf) {
		t.Errorf("the unit allows %d names, this test knows %d", named, len(driversOf))
	}
}

// TestTheUnitBoundsWhatAFaultMayTake: on a board of 512 MB a leak must end the kiosk before the machine.
func TestTheUnitBoundsWhatAFaultMayTake(t *testing.T) {
	unit, err := os.ReadFile("systemd/kiosk.service")
	if err != nil {
		t.Fatal(err)
	}
	for _, need := range []string{"MemoryMax=256M", "TasksMax=128", "LimitNOFILE=2048", "LimitCORE=0", "UMask=0077"} {
		if !strings.Contains(string(unit), "\n"+need+"\n") {
			t.Errorf("the unit lacks %s", need)
		}
	}
}
