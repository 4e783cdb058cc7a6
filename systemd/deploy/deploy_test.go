package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestDeployFromNothing(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "k1")
	deb, name := s.deb("1.0", "good")
	said := s.must(0, "1.0", deb, []string{"k1"}, "installed, not set up", "edit /etc/kiosk/kiosk.toml")
	s.pis[0].sells(name)
	if !strings.Contains(said, "k1    -     "+name) {
		t.Errorf("the table is not right:\n%s", said)
	}
	s.pis[0].write("root/etc/kiosk/kiosk.toml", "kiosk = \"K2\"\n", 0o644)
	if said := s.must(0, "1.0", deb, []string{"k1"}, "runs "+name+" already", "the same, nothing done"); strings.Contains(said, "copying") {
		t.Errorf("the same version was copied again:\n%s", said)
	}
	running := s.pis[0].read("state/running")
	s.pis[0].ok(os.Remove(s.pis[0].path("state/running")))
	s.must(1, "1.0", deb, []string{"k1"}, name+" is there already and does not run (inactive): ssh k1 systemctl start kiosk", "the same, does not run")
	s.pis[0].write("state/running", running+"\n", 0o644)
	if got := s.pis[0].read("root/etc/kiosk/kiosk.toml"); got != `kiosk = "K2"` {
		t.Errorf("the config was overwritten: %s", got)
	}
}

func TestDeployFromNothingSaysWhatDoesNotSell(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "k1")
	s.pis[0].write("root/etc/kiosk/kiosk.toml", "kiosk = \"K1\"\n", 0o644)
	deb, name := s.deb("1.0", "sick")
	s.must(1, "1.0", deb, []string{"k1"}, name+" is installed and does not sell", "panel nothing is read back", "scanner silent")
}

func TestDeployUpgrades(t *testing.T) {
	t.Parallel()
	s, old := opened(t, "k1")
	p := s.pis[0]
	deb, name := s.deb("1.1", "good")
	said := s.must(0, "1.1", deb, []string{"k1"}, "accepted", "k1    "+old+"  "+name)
	p.sells(name)
	if got := p.read("state/package"); got != "1.1" {
		t.Errorf("dpkg holds %s", got)
	}
	if starts := strings.Count(p.read("state/starts"), name); starts != 1 {
		t.Errorf("the new version was started %d times:\n%s", starts, said)
	}
	if left := glob(p, "root/var/lib/kiosk-keep/incoming*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if said := s.must(0, "1.1", deb, []string{"k1"}, "the same, nothing done"); strings.Contains(said, "copying") {
		t.Errorf("the same version was copied again:\n%s", said)
	}
	s.must(0, "1.0", s.dir+"/kiosk_1.0_arm64.deb", []string{"k1"}, "accepted") // and down again
	p.sells(old)
}

// What keeps it from selling is told, though no version brings it: whoever deploys to a fleet learns it here or never.
func TestDeployTellsWarnings(t *testing.T) {
	t.Parallel()
	s, _ := opened(t, "k1")
	deb, name := s.deb("1.1", "warns")
	s.must(0, "1.1", deb, []string{"k1"}, "k1: warn ready does not sell: the network is gone", name+": accepted, with warnings")
	s.pis[0].sells(name)
}

func TestDeployGoesBack(t *testing.T) {
	t.Parallel()
	s, old := opened(t, "k1")
	for version, mode := range map[string]string{"1.1": "sick", "1.2": "crash"} {
		deb, name := s.deb(version, mode)
		s.must(1, version, deb, []string{"k1"}, "k1: went back from "+name+": ", map[string]string{"sick": "panel nothing is read back; fail scanner silent", "crash": "it ended 2 times"}[mode])
		s.pis[0].sells(old)
		if got := s.pis[0].read("state/package"); got != "1.0" {
			t.Errorf("dpkg holds %s", got)
		}
	}
}

func TestDeployOutlivesItsConnection(t *testing.T) {
	t.Parallel()
	s, _ := opened(t, "k1")
	p := s.pis[0]
	deb, name := s.deb("1.1", "good")
	p.write("state/hook", `: > "$BOX/state/mid"; until [ -e "$BOX/state/go" ]; do sleep 1; done`+"\n", 0o644)
	go func() {
		p.await("state/mid")
		p.hangUp()
		p.down() // nor is there one to be had for a while
		p.up()
		p.write("state/go", "", 0o644)
	}()
	s.must(0, "1.1", deb, []string{"k1"}, "the connection is broken", "accepted")
	p.sells(name)
}

func TestDeployTellsOfAPowerCut(t *testing.T) {
	t.Parallel()
	s, old := opened(t, "k1")
	p := s.pis[0]
	deb, name := s.deb("1.1", "good")
	p.write("state/hook", `: > "$BOX/state/mid"; exec `+"sleep 30\n", 0o644)
	p.write("state/hook", `: > "$BOX/state/mid"; until [ -e "$BOX/state/go" ]; do sleep 1; done`+"\n", 0o644)
	go func() {
		p.await("state/mid")
		p.cutPower()
		p.write("state/go", "", 0o644)
		p.reboot()
		p.up()
	}()
	s.must(1, "1.1", deb, []string{"k1"}, "went back from "+name+": the power was lost in the trial")
	p.sells(old)
	p.ok(os.Remove(p.path("state/mid")))
	s.must(0, "1.1", deb, []string{"k1"}, "accepted")
	p.sells(name)
}

func TestDeployBeginsAgainWhereThePowerWentBeforeTheSwitch(t *testing.T) {
	t.Parallel()
	s, _ := opened(t, "k1")
	p := s.pis[0]
	deb, name := s.deb("1.1", "good")
	p.write("state/wait", "", 0o644)
	go func() {
		p.await("state/waits")
		p.cutPower()
		p.ok(os.Remove(p.path("state/wait")))
		p.reboot()
		p.up()
	}()
	s.must(0, "1.1", deb, []string{"k1"}, "once more", "accepted")
	p.sells(name)
}

func TestOneDeployAtATime(t *testing.T) {
	t.Parallel()
	s, _ := opened(t, "k1")
	p := s.pis[0]
	deb, name := s.deb("1.1", "good")
	other, _ := s.deb("1.2", "good")
	p.write("state/hook", `: > "$BOX/state/mid"; until [ -e "$BOX/state/go" ]; do sleep 1; done`+"\n", 0o644)
	first := make(chan string)
	go func() {
		code, said := s.deploy("1.1", deb, "k1")
		first <- fmt.Sprint(code, " ", said)
	}()
	p.await("state/mid")
	s.must(1, "1.2", other, []string{"k1"}, "another deploy is under way")
	p.write("state/go", "", 0o644)
	if said := <-first; !strings.HasPrefix(said, "0 ") {
		t.Errorf("the first deploy was disturbed: %s", said)
	}
	p.sells(name)
}

func TestDeployStopsAtTheFirstThatFails(t *testing.T) {
	t.Parallel()
	s, old := opened(t, "k1", "k2", "k3")
	deb, name := s.deb("1.1", "good")
	s.pis[1].write("state/crash-1.1", "", 0o644)
	said := s.must(1, "1.1", deb, []string{"k1", "k2", "k3"}, "k2: went back from "+name, "1 more not touched")
	s.pis[0].sells(name)
	s.pis[1].sells(old)
	s.pis[2].sells(old)
	var rows []string
	for l := range strings.Lines(said) {
		if f := strings.Fields(l); len(f) > 4 && (f[0] == "host" || f[1] == old || f[1] == "-") {
			rows = append(rows, strings.Join(f[:len(f)-1], " "))
		}
	}
	want := []string{"host from to result", "k1 " + old + " " + name + " accepted", "k2 " + old + " 1.1 went back", "k3 - 1.1 not reached"}
	if strings.Join(rows, "|") != strings.Join(want, "|") {
		t.Errorf("the table is\n%s\nnot\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
	}
}

func TestDeployAsAUserWithSudo(t *testing.T) {
	t.Parallel()
	s, _ := opened(t, "k1")
	p := s.pis[0]
	p.write("bin/id", "#!/bin/dash\n"+`[ "$1" = -u ] && { [ -n "${ROOTED:-}" ] && echo 0 || echo 1000; }`+"\n", 0o755)
	deb, name := s.deb("1.1", "good")
	s.must(0, "1.1", deb, []string{"k1"}, "accepted")
	p.sells(name)
	if p.read("state/sudo") == "" {
		t.Error("nothing was done by sudo")
	}
}

func TestDeploySaysWhatToDo(t *testing.T) {
	t.Parallel()
	s, old := opened(t, "k1")
	p := s.pis[0]
	deb, name := s.deb("1.1", "good")
	sh := func(name, text string) { p.write("bin/"+name, "#!/bin/dash\n"+text+"\n", 0o755) }
	for _, c := range []struct {
		what         string
		spoil, mend  func()
		host, expect string
	}{
		{"an unknown host key", func() { p.ok(os.Rename(s.dir+"/known", s.dir+"/known.away")) },
			func() { p.ok(os.Rename(s.dir+"/known.away", s.dir+"/known")) }, "k1", "say ssh k1 once"},
		{"no key", func() { p.ok(os.Rename(s.dir+"/key.pub", s.dir+"/away")) },
			func() { p.ok(os.Rename(s.dir+"/away", s.dir+"/key.pub")) }, "k1", "ssh-copy-id k1"},
		{"an unknown name", func() {}, func() {}, "k1.invalid", "nobody knows where k1.invalid is"},
		{"sshd is down", p.down, p.up, "k1", "does sshd run there?"},
		{"a user without sudo", func() { sh("id", "echo 1000"); p.write("state/password", "", 0o644) },
			func() { p.ok(os.Remove(p.path("bin/id"))); p.ok(os.Remove(p.path("state/password"))) }, "k1", "NOPASSWD"},
		{"another architecture", func() { p.write("state/arch", "riscv64\n", 0o644) },
			func() { p.write("state/arch", "arm64\n", 0o644) }, "k1", "it is riscv64, and only arm64 are built"},
		{"a full disk", func() { sh("df", "echo; echo 1 2 3 4096 5") }, func() { p.ok(os.Remove(p.path("bin/df"))) }, "k1", "its disk is full: 4 MB are free, 48 are needed"},
		{"a customer", func() { p.write("state/busy", "", 0o644) }, func() { p.ok(os.Remove(p.path("state/busy"))) }, "k1", "a customer is before the qr screen; nothing was changed"},
		{"an installation by hand", func() {
			p.ok(os.MkdirAll(p.path("root/etc/systemd/system"), 0o755))
			p.write("root/etc/systemd/system/kiosk.service", "", 0o644)
		},
			func() { p.ok(os.RemoveAll(p.path("root/etc/systemd"))) }, "k1", "remove /etc/systemd/system/kiosk.service"},
	} {
		c.spoil()
		said := s.must(1, "1.1", deb, []string{c.host}, c.expect)
		c.mend()
		if line := said[strings.LastIndex(strings.TrimSpace(said), "\n")+1:]; !strings.Contains(line, c.expect) {
			t.Errorf("%s: what to do is not in the one line at the end: %s", c.what, line)
		}
		p.sells(old)
	}
	s.must(0, "1.1", deb, []string{"k1"}, "accepted")
	p.sells(name)
}

func TestDeployBringsDpkgUpToWhatSells(t *testing.T) {
	t.Parallel()
	s, _ := opened(t, "k1")
	p := s.pis[0]
	deb, name := s.deb("1.1", "good")
	p.write("state/dpkg-fails", "dpkg: error: cannot access the archive\n", 0o644)
	s.must(1, "1.1", deb, []string{"k1"}, name+" sells, but dpkg could not take its package, deploy again: dpkg: error: cannot access the archive")
	p.sells(name)
	p.ok(os.Remove(p.path("state/dpkg-fails")))
	s.must(0, "1.1", deb, []string{"k1"}, "the same, nothing switched")
	if got := p.read("state/package"); got != "1.1" {
		t.Errorf("dpkg holds %s", got)
	}
	if starts := strings.Count(p.read("state/starts"), name); starts != 1 {
		t.Errorf("the new version was started %d times", starts)
	}
}
