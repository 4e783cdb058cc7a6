package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// repacked is a package after somebody has laid hands on it.
func repacked(t *testing.T, m made, change func(dir string)) string {
	t.Helper()
	dir, out := filepath.Join(t.TempDir(), "x"), filepath.Join(t.TempDir(), "x.deb")
	must(t, exec.Command("dpkg-deb", "-R", m.deb, dir))
	change(dir)
	must(t, exec.Command("dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "-b", dir, out))
	return out
}

func appendTo(t *testing.T, file, text string) {
	t.Helper()
	was, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(was, text...), 0o755); err != nil {
		t.Fatal(err)
	}
}

// Whatever is wrong with an upgrade, what runs goes on with its own files, and the next good package is taken.
func TestABadPackageChangesNothingThatRuns(t *testing.T) {
	key, signers := newKey(t)
	stranger, _ := newKey(t)
	one, two := makeDeb(t, clone, "1.0.0", key), makeDeb(t, clone, "2.0.0", key)
	b := newBox(t)
	trusted, err := os.ReadFile(signers)
	if err != nil {
		t.Fatal(err)
	}
	b.write("etc/kiosk/signers", string(trusted))
	b.does("-i", one.deb)
	if b.current() != one.name {
		t.Fatalf("a signed package is not taken where signers are named: runs %q", b.current())
	}
	for _, bad := range []struct{ what, deb, says, state string }{
		{"a broken binary", repacked(t, two, func(dir string) { appendTo(t, dir+"/usr/lib/kiosk/package/kiosk", "x") }), "damaged", "half-configured 2.0.0"},
		{"another unit", repacked(t, two, func(dir string) {
			appendTo(t, dir+"/usr/lib/kiosk/package/kiosk.service", "User=root\n")
			must(t, exec.Command("sh", "-c", `cd "$0" && sha256sum kiosk kiosk.service VERSION > SHA256SUMS`, dir+"/usr/lib/kiosk/package"))
		}), "not signed", "half-configured 2.0.0"},
		{"no signature", makeDeb(t, clone, "2.0.0", "").deb, "not signed", "half-configured 2.0.0"},
		{"a stranger's signature", makeDeb(t, clone, "2.0.0", stranger).deb, "not signed", "half-configured 2.0.0"},
		{"the good one once more", one.deb, "", "installed 1.0.0"}, // as a person would
		{"an install that breaks off", repacked(t, two, func(dir string) {
			if err := os.WriteFile(dir+"/DEBIAN/preinst", []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
				t.Fatal(err)
			}
		}), "pre-installation", "installed 1.0.0"},
	} {
		said, err := b.dpkg("", "-i", bad.deb)
		if (err == nil) != (bad.says == "") || !strings.Contains(said, bad.says) {
			t.Errorf("%s: dpkg is content, or says nothing of %q: %v\n%s", bad.what, bad.says, err, said)
		}
		if b.current() != one.name || b.state() != bad.state {
			t.Errorf("%s: runs %q, dpkg says %q", bad.what, b.current(), b.state())
		}
		sums := exec.Command("sha256sum", "-c", "--quiet", "SHA256SUMS")
		sums.Dir = b.path("usr/lib/kiosk/versions/" + one.name)
		if out, err := sums.CombinedOutput(); err != nil {
			t.Errorf("%s: what runs was touched: %v\n%s", bad.what, err, out)
		}
		t.Logf("%-26s %-24s %s goes on", bad.what, b.state(), b.current())
	}
	b.does("-i", two.deb)
	b.runs(two, one)
	t.Logf("%-26s %-24s %s", "a good one afterwards", b.state(), b.current())
}

// recorder stands in for a program of a running systemd: it writes down that it was called, and whether the kiosk's
// files were there.
const recorder = `#!/bin/sh
echo "${0##*/} $*$([ -x /usr/lib/kiosk/current/kiosk ] || echo ' (no kiosk)')" >> /calls
`

// live makes the box one where systemd runs.
func (b *box) live() {
	b.Helper()
	for _, p := range []string{"systemctl", "systemd-run", "deb-systemd-invoke", "udevadm"} {
		os.Remove(b.path("usr/bin/" + p))
		b.write("usr/bin/"+p, recorder)
		if err := os.Chmod(b.path("usr/bin/"+p), 0o755); err != nil {
			b.Fatal(err)
		}
	}
	if err := os.MkdirAll(b.path("run/systemd/system"), 0o755); err != nil {
		b.Fatal(err)
	}
}

// calls are those since the last look.
func (b *box) calls() string {
	b.Helper()
	said := b.read("calls")
	os.Remove(b.path("calls"))
	return said
}

// By hand an upgrade does not stop a sale: the running version goes on, and the keeper is asked for the switch, outside of dpkg.
func TestAnUpgradeByHandNeverRestarts(t *testing.T) {
	one, two := makeDeb(t, clone, "1.0.0", ""), makeDeb(t, clone, "2.0.0", "")
	b := newBox(t)
	b.live()
	b.write("etc/kiosk/kiosk.toml", "kiosk = \"K0007\"\n") // set up before, and kept by a removal

	b.does("-i", one.deb)
	first := b.calls()
	t.Logf("install:\n%s", first)
	for _, want := range []string{"systemctl --system daemon-reload", "deb-systemd-invoke start kiosk.service"} {
		if !strings.Contains(first, want) {
			t.Errorf("a first install does not say %q:\n%s", want, first)
		}
	}

	b.does("-i", one.deb)
	if again := b.calls(); strings.Contains(again, "start") || strings.Contains(again, "systemd-run") {
		t.Errorf("the same version once more is switched to:\n%s", again)
	}

	said := b.does("-i", two.deb)
	upgrade := b.calls()
	t.Logf("upgrade:\n%s\n%s", upgrade, said)
	if want := "/usr/lib/kiosk/keep try " + two.name; !strings.Contains(upgrade, "systemd-run") || !strings.Contains(upgrade, want) {
		t.Errorf("nobody is asked to %s:\n%s", want, upgrade)
	}
	b.goesOn(one, upgrade)

	b.does("-i", one.deb)
	b.calls()
	if said, err := b.dpkg("KIOSK_SWITCH=no", "-i", two.deb); err != nil || !strings.Contains(said, "keep try "+two.name) {
		t.Errorf("whoever switches by himself is not told how: %v\n%s", err, said)
	}
	staged := b.calls()
	if strings.Contains(staged, "systemd-run") {
		t.Errorf("it is switched although somebody else does that:\n%s", staged)
	}
	b.goesOn(one, staged)

	b.does("-r", "kiosk")
	removal := b.calls()
	t.Logf("remove:\n%s", removal)
	if !strings.Contains(removal, "deb-systemd-invoke stop kiosk.service") || strings.Contains(removal, "stop kiosk.service kiosk-keep.service (no kiosk)") {
		t.Errorf("it is not stopped while its files are there:\n%s", removal)
	}
}

// goesOn: the version that ran before dpkg came still runs.
func (b *box) goesOn(m made, calls string) {
	b.Helper()
	if b.current() != m.name {
		b.Errorf("dpkg itself switched to %s in the middle of whatever the kiosk does", b.current())
	}
	for _, word := range []string{"restart", "stop", " start"} {
		if strings.Contains(calls, word) {
			b.Errorf("dpkg says %q to a kiosk that may be serving somebody:\n%s", word, calls)
		}
	}
}

func TestTheScriptsAreSound(t *testing.T) {
	scripts := []string{"deb/postinst", "deb/prerm", "deb/postrm", "version", "reproduce", "keep"}
	for _, s := range scripts {
		out, err := exec.Command("shellcheck", "-s", "dash", filepath.Join("..", s)).CombinedOutput()
		if err != nil {
			t.Errorf("shellcheck systemd/%s: %v\n%s", s, err, out)
		}
	}
	bad := exec.Command("shellcheck", "-s", "dash", "-")
	bad.Stdin = strings.NewReader("#!/bin/sh\n[[ $1 == x ]]\n")
	if bad.Run() == nil {
		t.Error("shellcheck lets bash pass for sh: it looks at nothing")
	}
}

// TestThePackagesScriptsTouchNothingInTheServicesFolder: dpkg runs them as root, and whoever has taken over the service can put
// into its folder what he likes.
func TestThePackagesScriptsTouchNothingInTheServicesFolder(t *testing.T) {
	one, two := makeDeb(t, clone, "1.0.0", ""), makeDeb(t, clone, "2.0.0", "")
	b := newBox(t)
	b.does("-i", one.deb)
	b.write("victim/file", "root's own words")
	var planted []string
	for _, name := range []string{"kiosk.db", "kiosk.db-wal", "kiosk.db.lock", "kiosk.db.head-a", "recording.jsonl", "runs.json", "folder"} {
		planted = append(planted, b.path("var/lib/kiosk/"+name))
		if err := os.Symlink(b.path("victim/file"), planted[len(planted)-1]); err != nil {
			t.Fatal(err)
		}
	}
	planted = append(planted, b.path("var/lib/kiosk/pipe"), b.path("var/lib/kiosk/victim"))
	if err := errors.Join(syscall.Mkfifo(planted[len(planted)-2], 0o666), os.Symlink(b.path("victim"), planted[len(planted)-1])); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command("chown", "-hR", "999:999", b.path("var/lib/kiosk")).Run(); err != nil {
		t.Fatal(err)
	}
	unharmed := func(what string, left bool) {
		info, err := os.Stat(b.path("victim/file"))
		if err != nil {
			t.Fatalf("%s: root's file is gone: %v", what, err)
		}
		if s := info.Sys().(*syscall.Stat_t); info.Mode().Perm() != 0o600 || s.Uid != 0 || b.read("victim/file") != "root's own words" {
			t.Errorf("%s: root's file is %v and belongs to user %d", what, info.Mode(), s.Uid)
		}
		for _, at := range planted {
			if info, err := os.Lstat(at); (err == nil) != left || left && info.Mode().IsRegular() {
				t.Errorf("%s: %s is %v, %v", what, filepath.Base(at), info, err)
			}
		}
		t.Logf("%-22s %d links, a pipe: root's file and they are as they were", what, len(planted)-1)
	}
	b.does("-i", two.deb)
	unharmed("upgrade", true)
	b.does("-i", one.deb)
	unharmed("downgrade", true)
	b.does("-r", "kiosk")
	unharmed("remove", true)
	b.does("-i", one.deb)
	unharmed("install again", true)
	if said, err := b.dpkg("KIOSK_PURGE=book", "-P", "kiosk"); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	unharmed("purge with the word", false)
}
