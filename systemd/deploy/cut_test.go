package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const link = "-> "

// moment is the disk as a power cut leaves it.
type moment struct {
	name  string
	dir   string   // root/ and state/ then
	empty []string // files whose names were written and whose contents were not: no sync had come to them
}

// at makes a kiosk of a moment, and lets the power come back.
func (b *box) at(t *testing.T, m moment) *box {
	t.Helper()
	c := &box{t: t, dir: t.TempDir(), boots: b.boots}
	if out, err := exec.Command("cp", "-a", m.dir+"/root", m.dir+"/state", c.dir).CombinedOutput(); err != nil {
		t.Fatalf("copying a disk: %v: %s", err, out)
	}
	c.ok(os.Symlink(b.path("bin"), c.path("bin")))
	for _, f := range m.empty {
		c.ok(os.Truncate(c.path("root/"+f), 0))
	}
	return c
}

// disk is what lies under a folder: contents of files and targets of links by path. The log is nobody's concern, and
// /run is no disk.
func disk(t testing.TB, dir string) map[string]string {
	t.Helper()
	has := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		rel := must(filepath.Rel(dir, path))
		switch {
		case err != nil || d.IsDir() || d.Name() == "log":
			return err
		case rel == "run" || strings.HasPrefix(rel, "run/"):
		case d.Type() == fs.ModeSymlink:
			has[rel], err = os.Readlink(path)
			has[rel] = link + has[rel]
		default:
			var text []byte
			text, err = os.ReadFile(path)
			has[rel] = string(text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return has
}

// moments runs a script on the kiosk and gives every disk that a power cut in it may leave: all that was written before
// a touch, or of that the names alone where no sync had come to the contents. A rename or a link that was not
// synced and is lost leaves an earlier one of them.
func (b *box) moments(script string, args ...string) (all []moment) {
	b.t.Helper()
	b.ok(errors.Join(os.Mkdir(b.path("cuts"), 0o755), os.WriteFile(b.path("cuts/count"), []byte("0\n"), 0o644)))
	lasting, seen := map[string]bool{}, map[string]bool{}
	for _, text := range disk(b.t, b.path("root")) {
		lasting[text] = true
	}
	_ = b.command("/bin/dash", append([]string{"-c", script, "deploy"}, args...)...).Run()
	for n := 0; ; n++ {
		m := moment{name: fmt.Sprintf("cut=%d", n), dir: b.path(fmt.Sprintf("cuts/%d", n))}
		if _, err := os.Stat(m.dir); err != nil {
			b.t.Logf("%d touches, %d disks", n, len(all))
			if len(all) < 10 {
				b.t.Errorf("only %d disks were seen: this test looks at nothing", len(all))
			}
			return all
		}
		has := disk(b.t, m.dir+"/root")
		for f, text := range has {
			if !lasting[text] && text != "" && !strings.HasPrefix(text, link) {
				m.empty = append(m.empty, f)
			}
		}
		for f := range strings.Lines(b.read(fmt.Sprintf("cuts/%d/synced", n))) {
			f = strings.TrimPrefix(strings.TrimSpace(f), b.path("root")+"/")
			lasting[has[f]] = true
		}
		for _, m := range []moment{{m.name + "/written", m.dir, nil}, {m.name + "/names", m.dir, m.empty}} {
			for _, f := range m.empty {
				has[f] = ""
			}
			sum := fmt.Sprintf("%x", sha256.Sum256([]byte(fmt.Sprint(has, b.read(fmt.Sprintf("cuts/%d/state/healthy", n))))))
			if !seen[sum] {
				seen[sum] = true
				all = append(all, m)
			}
		}
	}
}

func TestPowerCutAnywhereInADeploy(t *testing.T) {
	for _, mode := range []string{"good", "sick", "crash"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			base := newBox(t)
			older := base.install("0.9")
			dir, old := base.build("1.0", "good")
			base.mustKeep("stage", dir)
			base.mustKeep("try", old)
			base.sells(old)
			dir, name := base.build("1.1", mode)
			accepted := 0
			for _, m := range base.moments(`"$KEEP" stage "$1" && "$KEEP" try "$2"`, dir, name) {
				t.Run(m.name, func(t *testing.T) {
					b := base.at(t, m)
					b.reboot()
					now, before := old, older
					if b.current() == name {
						if accepted++; !strings.Contains(b.read("state/healthy"), "1.1") {
							t.Errorf("a version that nobody had asked how it is survived the power cut")
						}
						now, before = name, old
					}
					b.sells(now)
					if got := b.mark("previous"); got != before {
						t.Errorf("the one before %s is %q, not %q", now, got, before)
					}
					if v := b.versions(); len(v) > 4 || !slices.Contains(v, now) || !slices.Contains(v, before) {
						t.Errorf("on the disk are %v: neither %s nor %s may be missing", v, now, before)
					}
					if mode == "good" {
						b.deploysAgain(dir, name)
					}
				})
			}
			if (accepted > 0) != (mode == "good") {
				t.Errorf("a version that is %s was accepted in %d cuts", mode, accepted)
			}
		})
	}
}

// deploysAgain: whatever a cut left behind is no hindrance to the next deploy.
func (b *box) deploysAgain(dir, name string) {
	b.t.Helper()
	if _, said, err := b.keep("stage", dir); err != nil {
		b.t.Errorf("after the cut it cannot be staged: %s", said)
	}
	if _, said, err := b.keep("try", name); err != nil {
		b.t.Errorf("after the cut it cannot be tried: %s", said)
	}
	b.sells(name)
	if v := b.versions(); len(v) > 3 {
		b.t.Errorf("%d versions are on the disk: %v", len(v), v)
	}
}

func TestPowerCutAnywhereInGoingBack(t *testing.T) {
	t.Parallel()
	base := newBox(t)
	old := base.install("1.0")
	dir, name := base.build("1.1", "good")
	base.mustKeep("stage", dir)
	base.mustKeep("try", name)
	for _, m := range base.moments(`for i in 1 2 3 4 5; do SERVICE_RESULT=signal "$KEEP" ended; done`) {
		t.Run(m.name, func(t *testing.T) {
			b := base.at(t, m)
			b.reboot()
			if now := b.current(); now != old && now != name {
				t.Errorf("current is %q", now)
			}
			b.sells(b.current())
			if b.current() == name {
				b.write("state/crash-1.1", "", 0o644)
				b.systemctl("crash")
			}
			b.sells(old)
		})
	}
}

func TestPowerCutAnywhereInTheFirstInstallation(t *testing.T) {
	t.Parallel()
	base := newBox(t)
	dir, name := base.build("1.0", "good")
	for _, m := range base.moments(`"$KEEP" stage "$1" && "$KEEP" first "$2"`, dir, name) {
		t.Run(m.name, func(t *testing.T) {
			b := base.at(t, m)
			b.newBoot()
			if now := b.current(); now != "" && now != name {
				t.Errorf("current is %q", now)
			}
			b.mustKeep("stage", dir)
			b.mustKeep("first", name)
			b.systemctl("boot")
			b.sells(name)
		})
	}
}
