package main

import (
	"os/exec"
	"strings"
	"testing"
)

// What an owner has on the machine, and must find there again.
const (
	theBook   = "var/lib/kiosk/kiosk.db"
	theSecret = "etc/kiosk/secret/apikey"
	theConfig = "etc/kiosk/kiosk.toml"
)

// A package's whole life in a Debian where systemd does not run, as when an image is made.
func TestThePackagesLife(t *testing.T) {
	one := makeDeb(t, clone, "1.0.0", "")
	two := makeDeb(t, otherClone(t, map[string]func(string) string{
		"kiosk.toml":    func(s string) string { return s + "\n# a new default\n" },
		"kiosk.service": func(s string) string { return s + "\n# a new unit\n" },
	}), "2.0.0", "")
	b := newBox(t)
	row := func(step string) {
		t.Helper()
		word := func(name, yes, no string) string {
			if b.has(name) {
				return yes
			}
			return no
		}
		config := map[bool]string{true: "edited", false: "default"}[strings.Contains(b.read(theConfig), "K0007")]
		t.Logf("%-26s %-22s %-17s %-17s %-8s %-5s %s", step, b.state(), b.current(), b.read("var/lib/kiosk-keep/previous"),
			word(theConfig, config, "gone"), word(theBook, "kept", "none"), word(theSecret, "kept", "none"))
	}
	t.Logf("%-26s %-22s %-17s %-17s %-8s %-5s %s", "after", "dpkg says", "runs", "before it", "config", "book", "secret")

	said := b.does("-i", one.deb)
	row("install")
	b.freshlyInstalled(one, said)

	b.does("-i", two.deb)
	row("upgrade, nothing edited")
	b.runs(two, one)
	if !strings.Contains(b.read(theConfig), "a new default") {
		t.Error("an untouched config did not get the new defaults")
	}

	b.write(theBook, "orders")
	b.write(theSecret, "secret")
	edited := strings.Replace(b.read(theConfig), `kiosk = ""`, `kiosk = "K0007"`, 1)
	b.write(theConfig, edited)
	b.kept(edited, "downgrade", func() { b.does("-i", one.deb) })
	row("downgrade")
	b.runs(one, two)

	b.kept(edited, "upgrade", func() { b.does("-i", two.deb) })
	row("upgrade, config edited")
	b.runs(two, one)

	b.kept(edited, "reinstall", func() { b.does("-i", two.deb) })
	row("reinstall")
	b.runs(two, one)

	b.kept(edited, "remove", func() { b.does("-r", "kiosk") })
	row("remove")
	if b.has("usr/lib/kiosk") || b.has("usr/bin/kiosk") {
		t.Error("a removed kiosk leaves programs behind")
	}

	b.kept(edited, "install again", func() { b.does("-i", two.deb) })
	row("install again")
	if b.current() != two.name {
		t.Errorf("runs %q", b.current())
	}

	said = b.does("-P", "kiosk")
	row("purge")
	if b.read(theBook) != "orders" || b.read(theSecret) != "secret" || !strings.Contains(said, "KIOSK_PURGE=book") {
		t.Errorf("purged without the word, the book, the secret or the word itself is not there:\n%s", said)
	}
	for _, gone := range []string{theConfig, "etc/kiosk/kiosk.toml.dpkg-dist", "usr/lib/kiosk", "usr/share/kiosk", "var/lib/kiosk-keep", "etc/systemd/system/multi-user.target.wants/kiosk.service"} {
		if b.has(gone) {
			t.Errorf("a purged kiosk leaves %s", gone)
		}
	}

	b.does("-i", one.deb)
	row("install after purge")
	if b.read(theBook) != "orders" || b.current() != one.name {
		t.Errorf("runs %q on the book %q", b.current(), b.read(theBook))
	}
	if said, err := b.dpkg("KIOSK_PURGE=book", "-P", "kiosk"); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	row("purge with the word")
	if b.has("var/lib/kiosk") || b.has("etc/kiosk") {
		t.Error("purged with the word, the book or the secrets are still there")
	}
}

// freshlyInstalled looks at a kiosk that nobody has set up yet.
func (b *box) freshlyInstalled(m made, said string) {
	b.Helper()
	if b.current() != m.name || b.state() != "installed 1.0.0" {
		b.Errorf("runs %q, dpkg says %q\n%s", b.current(), b.state(), said)
	}
	if !strings.Contains(said, "not set up yet") {
		b.Errorf("nobody is told to set it up:\n%s", said)
	}
	if v, status := b.in("/usr/bin/kiosk", "version"); status != 0 || !strings.Contains(v, "tested") {
		b.Errorf("/usr/bin/kiosk version: %d %s", status, v)
	}
	groups, _ := b.in("id", "-nG", "kiosk")
	if got := strings.Fields(groups); len(got) != 6 || got[0] != "kiosk" {
		b.Errorf("the kiosk's user is in %q", groups)
	}
	for _, g := range []string{"spi", "gpio", "dialout", "input", "video"} {
		if !strings.Contains(" "+groups+" ", " "+g+" ") {
			b.Errorf("the kiosk's user is not in %s: %q", g, groups)
		}
	}
	for path, want := range map[string]string{"/var/lib/kiosk": "700 kiosk kiosk", "/etc/kiosk/secret": "700 root root", "/etc/kiosk": "755 root root",
		"/usr/lib/kiosk/current/kiosk": "755 root root", "/var/lib/kiosk-keep": "755 root root"} {
		if got, _ := b.in("stat", "-c", "%a %U %G", path); got != want {
			b.Errorf("%s is %s, want %s", path, got, want)
		}
	}
	for _, unit := range []string{"kiosk.service", "kiosk-keep.service"} {
		if on, _ := b.in("systemctl", "is-enabled", unit); on != "enabled" {
			b.Errorf("%s is %s: the machine stays dark after the next power cut", unit, on)
		}
	}
	b.asksForItsConfig()
}

// asksForItsConfig fills in what kiosk check asks for, one thing after the other, as somebody would who knows nothing.
func (b *box) asksForItsConfig() {
	b.Helper()
	was := b.read(theConfig)
	defer b.write(theConfig, was+"\n") // untouched, to the byte
	for _, step := range []struct{ says, was, is string }{
		{`give the machine an id`, `kiosk = ""`, `kiosk = "K0007"`},
		{`pay.appid`, `appid = ""`, `appid = "wx1234567890abcdef"`},
		{`pay.mchid`, `mchid = ""`, `mchid = "1900000109"`},
		{`notify_url`, `notify_url = ""`, `notify_url = "https://example.com/notify/v2"`},
		{`pay.key_file`, ``, ``},
	} {
		said, status := b.in("kiosk", "check")
		if status != 2 || !strings.Contains(said, step.says) || strings.Contains(said, "\n") {
			b.Errorf("kiosk check does not ask for %q in one line: %d %s", step.says, status, said)
		}
		b.Log("kiosk check: " + said)
		if run, status := b.in("kiosk", "run"); status == 0 || run == "" {
			b.Errorf("a kiosk without %q runs: %d %s", step.says, status, run)
		}
		b.write(theConfig, strings.Replace(b.read(theConfig), step.was, step.is, 1)+"\n")
	}
}

// runs: now is on, before is whole and is what the keeper would go back to.
func (b *box) runs(now, before made) {
	b.Helper()
	if b.current() != now.name || b.read("var/lib/kiosk-keep/previous") != before.name {
		b.Errorf("runs %q after %q, want %q after %q", b.current(), b.read("var/lib/kiosk-keep/previous"), now.name, before.name)
	}
	sums := exec.Command("sha256sum", "-c", "--quiet", "SHA256SUMS")
	sums.Dir = b.path("usr/lib/kiosk/versions/" + before.name)
	if out, err := sums.CombinedOutput(); err != nil {
		b.Errorf("%s cannot be gone back to: %v\n%s", before.name, err, out)
	}
	for _, unit := range []string{"kiosk.service", "kiosk-keep.service"} {
		if on, _ := b.in("systemctl", "is-enabled", unit); on != "enabled" {
			b.Errorf("%s is %s", unit, on)
		}
	}
}

// kept does something to the package and looks whether what belongs to the owner is as it was.
func (b *box) kept(config, what string, do func()) {
	b.Helper()
	do()
	if b.read(theBook) != "orders" {
		b.Errorf("%s: the order book is lost", what)
	}
	if b.read(theSecret) != "secret" {
		b.Errorf("%s: the secret is lost", what)
	}
	if b.read(theConfig) != config {
		b.Errorf("%s: the config was overwritten", what)
	}
}
