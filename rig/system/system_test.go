package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kiosk/rig/street"
)

// aPackage packs the little that a variant is made of.
func aPackage(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "kiosk")
	for name, text := range map[string]string{
		"DEBIAN/control":                      "Package: kiosk\nVersion: 1.0\nArchitecture: arm64\nMaintainer: nobody <nobody@kiosk.invalid>\nDescription: a kiosk\n",
		"usr/lib/kiosk/package/kiosk":         "a program",
		"usr/lib/kiosk/package/kiosk.service": "[Service]\n",
		"usr/lib/kiosk/package/VERSION":       "1.0\n",
	} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "DEBIAN/control"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := command("dpkg-deb", "--root-owner-group", "-b", dir, dir+".deb"); err != nil {
		t.Fatal(err)
	}
	return dir + ".deb"
}

// What the rig packs must be taken by the keeper itself, under the name that the rig then looks for.
func TestTheKeeperTakesEveryVersionThatTheRigPacks(t *testing.T) {
	r := &rig{Street: &street.Street{}, made: t.TempDir(), base: aPackage(t)}
	root := t.TempDir()
	for _, dir := range []string{"usr/lib/kiosk", "var/lib/kiosk-keep", "run"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	names := map[string]bool{}
	for version, script := range map[string]string{"1.0+a": same, "1.0+b": crashes, "1.0+c": unready, "1.0+d": hangs, "1.0+e": falls, "1.0+f": streets} {
		p, err := r.variant(version, script)
		if err != nil {
			t.Fatal(err)
		}
		c := exec.Command("sh", "../../systemd/keep", "stage", p.file)
		c.Env = append(os.Environ(), "KEEP_ROOT="+root)
		out, err := c.Output()
		if err != nil || strings.TrimSpace(string(out)) != p.name {
			t.Errorf("the keeper names %s %q, the rig %q: %v", version, out, p.name, err)
		}
		names[p.name] = true
		said, err := exec.Command("dpkg-deb", "-f", p.file, "Version").Output()
		if err != nil || strings.TrimSpace(string(said)) != version {
			t.Errorf("dpkg reads version %q of %s: %v", said, version, err)
		}
	}
	if len(names) != 6 {
		t.Errorf("six versions have the names %v", names)
	}
}

func TestTheLastWordOfADeployIsFound(t *testing.T) {
	for said, want := range map[string]string{
		"make: go\n" + host + ": copying it\n" + host + ": v2: accepted\nhost  from  to  result\n" + host + "  v1  v2  accepted  4\n": "v2: accepted",
		host + ": trying v2\ndeploy: " + host + ": went back from v2: it crashed\nmake: *** [deploy] Error 1\n":                       "went back from v2: it crashed",
		"make: *** no rule\n": "",
	} {
		if got := (deployed{said: said}).last(); got != want {
			t.Errorf("of %q: %q, wanted %q", said, got, want)
		}
	}
}

// The kiosk's job is held by how it calls a tool: what the rig waits for must stand in the keeper and in deploy.
func TestEveryMomentOfACutIsOneOfTheKeepersOwn(t *testing.T) {
	keeper, err := os.ReadFile("../../systemd/keep")
	if err != nil {
		t.Fatal(err)
	}
	job, err := os.ReadFile("../../systemd/deploy/scripts.go")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		in   []byte
		says string
		m    moment
	}{
		"staged":   {keeper, `mv -f "$marks/.$1" "$marks/$1"`, staged},
		"written":  {keeper, `mv -fT "$lib/.current" "$lib/current"`, written},
		"flipped":  {keeper, "systemctl daemon-reload", flipped},
		"accepted": {job, "apt-get install -q -y", accepted},
	} {
		if !strings.Contains(string(c.in), c.says) || c.m.hold == "" {
			t.Errorf("%s: nothing calls %q any more: the power would never be cut there", name, c.says)
		}
	}
	if restarted.hold != "" {
		t.Error("the trial is reached by waiting for it, not by a tool")
	}
}

func TestEveryRowHasANumberAndADeed(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range rows {
		if w.do == nil || seen[w.name] || !strings.Contains("12345", w.name[:1]) || w.name[1] != ' ' {
			t.Errorf("%q is no row", w.name)
		}
		seen[w.name] = true
	}
	if len(rows) < 19 {
		t.Errorf("only %d rows", len(rows))
	}
	if !wanted("1 x", "4") || !wanted("4 x", "34") || wanted("2 x", "34") {
		t.Error("the wrong rows are chosen")
	}
}
