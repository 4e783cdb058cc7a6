package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestKeepTriesAndAccepts(t *testing.T) {
	b := newBox(t)
	old := b.install("1.0")
	b.sells(old)
	dir, name := b.build("1.1", "good")
	if got := b.mustKeep("stage", dir); got != name {
		t.Fatalf("staged as %q", got)
	}
	b.sells(old)
	b.mustKeep("try", name)
	b.sells(name)
	if got := b.mark("previous"); got != old {
		t.Errorf("the one before is %q, not %q", got, old)
	}
	if got := b.mark("result"); got != "accepted "+name+": after "+old {
		t.Errorf("the result is %q", got)
	}
}

func TestKeepGoesBack(t *testing.T) {
	for mode, why := range map[string]string{
		"sick":    "fail panel nothing is read back; fail scanner silent",
		"unready": "fail unit it never told systemd that it is ready",
		"crash":   "it ended 2 times within 10 minutes, the last time with exit-code",
	} {
		t.Run(mode, func(t *testing.T) {
			b := newBox(t)
			old := b.install("1.0")
			name := b.staged("1.1", mode)
			b.rejects(name)
			b.sells(old)
			if got := b.mark("result"); got != "back "+name+": "+why {
				t.Errorf("the result is %q", got)
			}
			if got := b.mark("refused"); got != name {
				t.Errorf("refused is %q", got)
			}
			if starts := strings.Count(b.read("state/starts"), name); mode == "crash" && starts != 2 {
				t.Errorf("it was started %d times", starts)
			}
		})
	}
}

func TestKeepAcceptsOnlyWhatIsCurrent(t *testing.T) {
	b := newBox(t)
	old := b.install("1.0")
	name := b.staged("1.1", "good")
	// as the keeper's "ended" leaves it when it is killed half way
	b.write("state/hook", `ln -sfn versions/`+old+` "$BOX/root/usr/lib/kiosk/current"; sleep 1; sleep 1; sleep 1`+"\n", 0o644)
	b.rejects(name)
	b.sells(old)
	if got := b.mark("result"); !strings.HasPrefix(got, "back "+name) {
		t.Errorf("the result is %q", got)
	}
}

func TestKeepAsksNoLongerOnceItWentBack(t *testing.T) {
	b := newBox(t)
	old := b.install("1.0")
	name := b.staged("1.1", "good")
	b.write("state/hook", `rm "$BOX/state/hook"; : > "$BOX/state/crash-1.1"; systemctl crash & exec `+must(exec.LookPath("sleep"))+" 100\n", 0o644)
	began := time.Now()
	b.rejects(name)
	if took := time.Since(began); took > time.Minute {
		t.Errorf("the answer of a kiosk that is no more was waited for, %v", took)
	}
	for end := time.Now().Add(time.Minute); b.read("state/running") != old && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond) // systemd starts it again
	}
	b.sells(old)
	if got, want := b.mark("result"), "back "+name+": it ended 2 times within 10 minutes, the last time with exit-code"; got != want {
		t.Errorf("the result is %q, not %q", got, want)
	}
}

// crashes ends the running kiosk a number of times, a while apart, and tells systemd's word for each.
func (b *box) crashes(times, apart int, result ...string) {
	b.t.Helper()
	for range times {
		var up float64
		must(fmt.Sscan(b.read("root/proc/uptime"), &up))
		b.write("root/proc/uptime", fmt.Sprintf("%.2f 1.00\n", up+float64(apart)), 0o644)
		b.systemctl(append([]string{"crash"}, result...)...)
	}
}

func upgraded(t *testing.T) (b *box, old, name string) {
	t.Helper()
	b = newBox(t)
	old = b.install("1.0")
	name = b.staged("1.1", "good")
	b.mustKeep("try", name)
	return b, old, name
}

func TestKeepGoesBackOnceFromACrashLoop(t *testing.T) {
	b, old, name := upgraded(t)
	b.crashes(4, 100)
	b.sells(name)
	b.crashes(1, 100)
	b.sells(old)
	if got := b.mark("refused"); got != name {
		t.Errorf("refused is %q", got)
	}
	b.crashes(30, 10)
	b.sells(old)
	b.reboot()
	b.crashes(30, 10)
	b.sells(old)
	b.mustKeep("try", name) // by hand it may come again
	b.sells(name)
	if got := b.mark("refused"); got != "" {
		t.Errorf("an accepted version is still refused: %q", got)
	}
}

func TestKeepDoesNotCountWhatIsNoCrash(t *testing.T) {
	for what, harmless := range map[string]func(*box){
		"restarts":     func(b *box) { b.systemctl("restart", "kiosk.service") },
		"clean ends":   func(b *box) { b.crashes(1, 1, "success", "exited", "0") },
		"not set up":   func(b *box) { b.crashes(1, 1, "exec-condition", "exited", "1") },
		"reboots":      func(b *box) { b.crashes(1, 1); b.reboot() },
		"rare crashes": func(b *box) { b.crashes(1, 151) },
		"a shutdown": func(b *box) {
			b.write("state/stopping", "", 0o644)
			b.crashes(1, 1, "timeout")
			b.ok(os.Remove(b.path("state/stopping")))
		},
		"a wrong config": func(b *box) {
			b.write("state/badconfig", "", 0o644)
			b.crashes(1, 1, "exit-code", "exited", "2")
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			b, _, name := upgraded(t)
			for range 12 {
				harmless(b)
			}
			b.sells(name)
		})
	}
}

func TestKeepGoesBackWhereExitStatusTwoIsACrash(t *testing.T) {
	b, old, _ := upgraded(t)
	b.crashes(5, 1, "exit-code", "exited", "2") // as a Go program that panics
	b.sells(old)
}

func TestKeepGoesBackToNothingThatIsMissingOrBroken(t *testing.T) {
	for what, spoil := range map[string]func(b *box, old string){
		"gone":    func(b *box, old string) { b.ok(os.RemoveAll(b.path("root/usr/lib/kiosk/versions/" + old))) },
		"changed": func(b *box, old string) { b.write("root/usr/lib/kiosk/versions/"+old+"/kiosk", "#!/bin/sh\n", 0o755) },
		"refused": func(b *box, old string) { b.write("root/var/lib/kiosk-keep/refused", old+"\n", 0o644) },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			b, old, name := upgraded(t)
			spoil(b, old)
			b.crashes(12, 1)
			b.sells(name)
			if _, _, err := b.keep("back"); err == nil {
				t.Error("back is said to have worked")
			}
			b.sells(name)
			next := b.staged("1.2", "sick")
			b.rejects(next)
			b.sells(name)
		})
	}
}

func TestKeepWaitsForIdle(t *testing.T) {
	b := newBox(t)
	old := b.install("1.0")
	name := b.staged("1.1", "good")
	b.write("state/busy", "", 0o644)
	b.rejects(name)
	b.sells(old)
	if got, want := b.mark("result"), "failed "+name+": kiosk: a customer is before the qr screen; nothing was changed"; got != want {
		t.Errorf("the result is %q, not %q", got, want)
	}
}

func TestKeepTurnsOffWithTheVersionBeforeWhereThisOneCannot(t *testing.T) {
	b := newBox(t)
	b.install("1.0")
	name := b.staged("1.1", "nooff")
	b.mustKeep("try", name)
	b.write("state/off", "", 0o644)
	b.mustKeep("off")
	if got := b.read("state/off"); got != "1.1\n1.0" {
		t.Errorf("turned off by %q", got)
	}
}

func TestKeepGoesBackByHand(t *testing.T) {
	b, old, name := upgraded(t)
	b.mustKeep("back")
	b.sells(old)
	if got := b.mustKeep("status"); !strings.Contains(got, "current "+old) || !strings.Contains(got, "refused "+name) || !strings.Contains(got, "result back "+name+": by hand") {
		t.Errorf("the status says:\n%s", got)
	}
}

func TestKeepStagesNothingThatIsNotWhole(t *testing.T) {
	for what, spoil := range map[string]func(dir string) error{
		"a changed binary":  func(dir string) error { return os.WriteFile(dir+"/kiosk", []byte("#!/bin/sh\n"), 0o755) },
		"a missing unit":    func(dir string) error { return os.Remove(dir + "/kiosk.service") },
		"no sums":           func(dir string) error { return os.Remove(dir + "/SHA256SUMS") },
		"sums of too few":   func(dir string) error { return exec.Command("sed", "-i", "/service/d", dir+"/SHA256SUMS").Run() },
		"a name with paths": func(dir string) error { return os.WriteFile(dir+"/VERSION", []byte("../../x\n"), 0o644) },
	} {
		t.Run(what, func(t *testing.T) {
			b := newBox(t)
			old := b.install("1.0")
			dir, _ := b.build("1.1", "good")
			b.ok(spoil(dir))
			if what == "a name with paths" {
				b.ok(exec.Command("sh", "-c", "cd "+dir+" && sha256sum VERSION kiosk kiosk.service > SHA256SUMS").Run())
			}
			if out, said, err := b.keep("stage", dir); err == nil || out != "" {
				t.Errorf("staged as %q: %s", out, said)
			}
			b.sells(old)
			if v := b.versions(); len(v) != 2 { // what was begun is cleaned away the next time
				t.Errorf("on the disk are %v", v)
			}
		})
	}
}

func TestKeepDemandsASignatureWhereSignersAreNamed(t *testing.T) {
	b := newBox(t)
	b.install("1.0")
	for _, who := range []string{"owner", "stranger"} {
		b.ok(exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", who, "-f", b.path(who)).Run())
	}
	b.write("root/etc/kiosk/signers", "owner@shop "+b.read("owner.pub")+"\n", 0o644)
	dir, name := b.build("1.1", "good")
	sign := func(key, namespace string) {
		_ = os.Remove(dir + "/SHA256SUMS.sig")
		b.ok(exec.Command("ssh-keygen", "-q", "-Y", "sign", "-f", b.path(key), "-n", namespace, dir+"/SHA256SUMS").Run())
	}
	for what, prepare := range map[string]func(){
		"unsigned": func() {}, "by a stranger": func() { sign("stranger", "kiosk") }, "for another use": func() { sign("owner", "file") },
	} {
		prepare()
		if _, said, err := b.keep("stage", dir); err == nil || !strings.Contains(said, "not signed by anybody") {
			t.Errorf("%s it was staged: %s", what, said)
		}
	}
	sign("owner", "kiosk")
	if got := b.mustKeep("stage", dir); got != name {
		t.Errorf("staged as %q", got)
	}
}

func TestKeepOnAFullDisk(t *testing.T) {
	dead := `#!/bin/dash` + "\n" + `echo "$0: No space left on device" >&2; exit 1` + "\n"
	for _, full := range []string{"dd", "result", "trial", "ln", "previous"} {
		t.Run(full, func(t *testing.T) {
			b := newBox(t)
			old := b.install("1.0")
			dir, name := b.build("1.1", "good")
			if full != "dd" {
				b.mustKeep("stage", dir)
			}
			switch full {
			case "dd":
				b.write("bin/dd", dead, 0o755)
			case "ln": // the switch cannot be made: full for the new one only, as nothing is written for going back
				b.write("bin/ln", dead, 0o755)
			default: // the kernel says so itself
				b.ok(os.Symlink("/dev/full", b.path("root/var/lib/kiosk-keep/."+full)))
			}
			verb, arg := "try", name
			if full == "dd" {
				verb, arg = "stage", dir
			}
			if _, said, err := b.keep(verb, arg); err == nil || !strings.Contains(said, "full") {
				t.Errorf("on a full disk %s says: %s", verb, said)
			}
			b.sells(old)
			b.reboot()
			b.sells(old)
		})
	}
}

func TestKeepTriesWhatIsNotSetUpYet(t *testing.T) {
	b := newBox(t)
	b.install("1.0")
	b.ok(os.MkdirAll(b.path("root/usr/share/kiosk"), 0o755))
	for _, f := range []string{"root/usr/share/kiosk/kiosk.toml", "root/etc/kiosk/kiosk.toml"} {
		b.write(f, "kiosk = \"K0042\"\n", 0o644)
	}
	dir, name := b.build("1.1", "sick") // asked, it would say so
	b.mustKeep("stage", dir)
	b.mustKeep("try", name)
	b.sells(name)
}

func TestKeepMendsAMissingCurrent(t *testing.T) {
	b, old, name := upgraded(t)
	b.ok(os.RemoveAll(b.path("root/usr/lib/kiosk/versions/" + name)))
	b.write("bin/cat", "#!/bin/dash\nexec "+must(exec.LookPath("cat"))+` "$@" 2>/dev/null`+"\n", 0o755) // no unit is there to load
	b.reboot()
	b.sells(old)
}

func TestKeepGoesBackFromATrialThatIsStopped(t *testing.T) {
	b := newBox(t)
	old := b.install("1.0")
	name := b.staged("1.1", "good")
	b.write("state/hook", `: > "$BOX/state/mid"; exec `+must(exec.LookPath("sleep"))+" 5\n", 0o644)
	c := b.command(keeper, "try", name)
	b.ok(c.Start())
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(b.path("state/mid")); err == nil {
			break
		}
	}
	b.ok(c.Process.Signal(os.Interrupt))
	if err := c.Wait(); err == nil {
		t.Error("a stopped try says it is accepted")
	}
	b.sells(old)
	if got := b.mark("result"); got != "back "+name+": the trial was stopped" {
		t.Errorf("the result is %q", got)
	}
}
