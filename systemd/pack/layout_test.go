package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// what dpkg puts on the disk, line for line as dpkg -c tells it; folders of the system itself left out.
const listing = `
-rw-r--r-- root/root ./etc/avahi/services/kiosk.service
drwxr-xr-x root/root ./etc/kiosk/
-rw-r--r-- root/root ./etc/kiosk/kiosk.toml
drwx------ root/root ./etc/kiosk/secret/
lrwxrwxrwx root/root ./usr/bin/kiosk -> ../lib/kiosk/current/kiosk
drwxr-xr-x root/root ./usr/lib/kiosk/
-rwxr-xr-x root/root ./usr/lib/kiosk/keep
drwxr-xr-x root/root ./usr/lib/kiosk/package/
-rw-r--r-- root/root ./usr/lib/kiosk/package/SHA256SUMS
-rw-r--r-- root/root ./usr/lib/kiosk/package/VERSION
-rwxr-xr-x root/root ./usr/lib/kiosk/package/kiosk
-rw-r--r-- root/root ./usr/lib/kiosk/package/kiosk.service
-rw-r--r-- root/root ./usr/lib/sysctl.d/60-kiosk.conf
-rw-r--r-- root/root ./usr/lib/systemd/system.conf.d/60-kiosk-watchdog.conf
-rw-r--r-- root/root ./usr/lib/systemd/system/kiosk-keep.service
-rw-r--r-- root/root ./usr/lib/systemd/system/kiosk.service
drwxr-xr-x root/root ./usr/lib/systemd/system/kiosk.service.d/
lrwxrwxrwx root/root ./usr/lib/systemd/system/kiosk.service.d/00-version.conf -> ../../../kiosk/current/kiosk.service
-rw-r--r-- root/root ./usr/lib/sysusers.d/kiosk.conf
-rw-r--r-- root/root ./usr/lib/tmpfiles.d/kiosk.conf
-rw-r--r-- root/root ./usr/lib/udev/rules.d/60-kiosk.rules
drwxr-xr-x root/root ./usr/share/doc/kiosk/
-rw-r--r-- root/root ./usr/share/doc/kiosk/README.md
-rw-r--r-- root/root ./usr/share/doc/kiosk/changelog.gz
-rw-r--r-- root/root ./usr/share/doc/kiosk/copyright
drwxr-xr-x root/root ./usr/share/kiosk/
-rw-r--r-- root/root ./usr/share/kiosk/kiosk.toml
-rw-r--r-- root/root ./usr/share/lintian/overrides/kiosk
-rw-r--r-- root/root ./usr/share/man/man8/kiosk.8.gz
-rw-r--r-- root/root ./usr/share/polkit-1/rules.d/60-kiosk.rules
`

var listed = regexp.MustCompile(`^(\S+) (\S+) +\d+ (\S+ \S+) (.*)$`)

func TestThePackageHoldsThis(t *testing.T) {
	m := makeDeb(t, clone, "1.0.0", "")
	var got []string
	for l := range strings.Lines(must(t, exec.Command("dpkg", "-c", m.deb))) {
		f := listed.FindStringSubmatch(strings.TrimSpace(l))
		if f == nil {
			t.Fatalf("dpkg says %q", l)
		}
		if f[1][0] == 'd' && !strings.Contains(f[4], "/kiosk") {
			if f[1] != "drwxr-xr-x" || f[2] != "root/root" {
				t.Errorf("%s would be changed for everybody: %s %s", f[4], f[1], f[2])
			}
			continue
		}
		if f[3] != "2026-11-21 12:00" {
			t.Errorf("%s is of %s: not the commit's date", f[4], f[3])
		}
		got = append(got, f[1]+" "+f[2]+" "+f[4])
	}
	want := strings.Split(strings.TrimSpace(listing), "\n")
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("missing: %s", w)
		}
	}
	for _, g := range got {
		if !slices.Contains(want, g) {
			t.Errorf("not on the list: %s", g)
		}
		t.Log(g)
	}
	conf := must(t, exec.Command("dpkg-deb", "-I", m.deb, "conffiles"))
	if conf != "/etc/avahi/services/kiosk.service\n/etc/kiosk/kiosk.toml" {
		t.Errorf("conffiles are %q: all else may be overwritten", conf)
	}
}

func TestLintianFindsNothing(t *testing.T) {
	m := makeDeb(t, clone, "1.0.0", "")
	out, err := exec.Command("lintian", "--allow-root", "--fail-on", "none", "--show-overrides", m.deb).CombinedOutput()
	for l := range strings.Lines(string(out)) {
		t.Log(strings.TrimSpace(l))
		if strings.HasPrefix(l, "E: ") || strings.HasPrefix(l, "W: ") || strings.Contains(l, "unused-override") {
			t.Errorf("lintian: %s", l)
		}
	}
	if err != nil || !bytes.Contains(out, []byte("O: kiosk: statically-linked-binary")) {
		t.Errorf("lintian did not look: %v\n%s", err, out)
	}
}

// The same commit packed by another user in another folder gives the same bytes.
func TestThePackageIsTheSameEverywhere(t *testing.T) {
	here := makeDeb(t, clone, "1.0.0", "")
	elsewhere := otherClone(t, nil)
	old := syscall.Umask(0o077)
	must(t, exec.Command("chmod", "-R", "u=rwX,go=", filepath.Join(elsewhere, "systemd")))
	t.Setenv("TZ", "Asia/Shanghai")
	t.Setenv("LC_ALL", "C")
	there := makeDeb(t, elsewhere, "1.0.0", "")
	syscall.Umask(old)
	for _, two := range [][2]string{{here.deb, there.deb}, {here.bill, there.bill}, {here.sums, there.sums}} {
		a, err := os.ReadFile(two[0])
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(two[1])
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%s differs between two folders", filepath.Base(two[0]))
		}
	}
}

func TestAPackageForTheWrongBoardIsRefused(t *testing.T) {
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"armhf", "riscv64"} {
		j := &job{Root: clone, Out: t.TempDir(), Version: "1.0.0", Date: commitDay}
		if err := j.run([]string{wrong + "=" + file}); err == nil {
			t.Errorf("a binary of this machine was packed for %s: it would start nowhere", wrong)
		}
	}
}

// What is linked in is listed with its version, its sum and its terms.
func TestTheBillNamesEveryModule(t *testing.T) {
	m := makeDeb(t, clone, "1.0.0", "")
	b, err := os.ReadFile(m.bill)
	if err != nil {
		t.Fatal(err)
	}
	var bill sbom
	if err := json.Unmarshal(b, &bill); err != nil {
		t.Fatal(err)
	}
	if id := regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$`); !id.MatchString(bill.Serial) {
		t.Errorf("%q is no serial number", bill.Serial)
	}
	named := map[string]component{}
	for _, c := range bill.Components {
		named[c.Name+" "+c.Version] = c
		if len(c.Licences) != 1 || c.Licences[0].Expression == "" {
			t.Errorf("%s: nobody knows under which terms it is used", c.Name)
		}
	}
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	deps := 0
	for l := range strings.Lines(must(t, exec.Command("go", "version", "-m", file))) {
		f := strings.Fields(l)
		if len(f) != 4 || f[0] != "dep" {
			continue
		}
		deps++
		c := named[f[1]+" "+f[2]]
		if len(c.Hashes) != 1 || len(c.Properties) != 1 || c.Properties[0].Value != f[3] {
			t.Errorf("%s %s is linked in, and the bill says %+v", f[1], f[2], c)
		}
	}
	if deps < 10 || len(named) != deps+2 { // Go's library and the fonts beside them
		t.Errorf("%d modules are linked in, %d stand on the bill", deps, len(named))
	}
}

func TestTheManualNamesEveryCommand(t *testing.T) {
	page, err := (&job{Root: clone, Version: "1.0.0", Date: commitDay}).manual()
	if err != nil {
		t.Fatal(err)
	}
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for l := range strings.Lines(must(t, exec.Command(file, "help"))) {
		m := usageLine.FindStringSubmatch(strings.TrimRight(l, "\n"))
		if m == nil {
			continue
		}
		seen++
		if !strings.Contains(string(page), "\n.B "+roff(m[1])+"\n") {
			t.Errorf("the manual does not name %q", m[1])
		}
	}
	if seen < 13 {
		t.Errorf("kiosk help tells %d commands", seen)
	}
}
