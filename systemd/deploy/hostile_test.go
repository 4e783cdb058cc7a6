package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// hostile is a package that somebody has prepared for a keeper who runs as root.
type hostile struct {
	*box
	dir     string // the version's five files, good and signed
	victim  string // a file of root's
	foothol string // a folder of the service's user, with genuine files
}

// The five files of a version, each of which may be something else than a file.
var fiveFiles = []string{"VERSION", "kiosk", "kiosk.service", "SHA256SUMS", "SHA256SUMS.sig"}

// disguises are what may lie in the place of a file. Each keeps the file's true bytes where it can.
var disguises = map[string]func(h *hostile, at string) error{
	"a link to root's file": func(h *hostile, at string) error {
		return replaceBy(at, func() error { return os.Symlink(h.victim, at) })
	},
	"a link to genuine bytes": func(h *hostile, at string) error {
		return replaceBy(at, func() error { return os.Symlink(filepath.Join(h.foothol, filepath.Base(at)), at) })
	},
	"a link to nothing": func(h *hostile, at string) error {
		return replaceBy(at, func() error { return os.Symlink(h.path("nowhere"), at) })
	},
	"a pipe": func(_ *hostile, at string) error {
		return replaceBy(at, func() error { return syscall.Mkfifo(at, 0o666) })
	},
	"a folder": func(_ *hostile, at string) error { return replaceBy(at, func() error { return os.Mkdir(at, 0o777) }) },
}

func replaceBy(at string, put func() error) error {
	if err := os.Remove(at); err != nil {
		return err
	}
	return put()
}

func newHostile(t *testing.T) (h *hostile, old string) {
	t.Helper()
	h = &hostile{box: newBox(t)}
	old = h.install("1.0")
	h.ok(exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "owner", "-f", h.path("owner")).Run())
	h.write("root/etc/kiosk/signers", "owner@shop "+h.read("owner.pub")+"\n", 0o644)
	h.dir, _ = h.build("1.1", "good")
	h.ok(exec.Command("ssh-keygen", "-q", "-Y", "sign", "-f", h.path("owner"), "-n", "kiosk", h.dir+"/SHA256SUMS").Run())
	h.foothol, h.victim = h.path("foothold"), h.path("victim")
	h.ok(os.CopyFS(h.foothol, os.DirFS(h.dir)))
	h.write("victim", "root's own words\n", 0o600)
	h.ok(os.Chtimes(h.victim, time.Time{}, time.Unix(1e9, 0)))
	return h, old
}

// pack makes a deb of a folder that stands for the file system, with whatever is in it.
func (h *hostile) pack(from string) string {
	h.t.Helper()
	deb := h.path("hostile.deb")
	h.ok(os.Mkdir(filepath.Join(from, "DEBIAN"), 0o755))
	h.ok(os.WriteFile(filepath.Join(from, "DEBIAN/control"), []byte("Package: kiosk\nVersion: 1\nArchitecture: all\nMaintainer: x\nDescription: x\n"), 0o644))
	if out, err := exec.Command("dpkg-deb", "-Zgzip", "-z1", "-b", from, deb).CombinedOutput(); err != nil {
		h.t.Fatalf("%v: %s", err, out)
	}
	return deb
}

// asDeb lays the version's folder where a package has it.
func (h *hostile) asDeb() (root, files string) {
	h.t.Helper()
	root = h.path("tree/root")
	files = filepath.Join(root, "usr/lib/kiosk/package")
	h.ok(os.MkdirAll(filepath.Dir(files), 0o755))
	h.ok(os.Rename(h.dir, files))
	return root, files
}

// refuses stages it, and looks whether nothing at all came of it.
func (h *hostile) refuses(what, old string) {
	h.t.Helper()
	before := h.versions()
	began := time.Now()
	out, said, err := h.keep("stage", what)
	if err == nil || out != "" {
		h.t.Errorf("staged as %q: %s", out, said)
	}
	if took := time.Since(began); took > 30*time.Second {
		h.t.Errorf("it hung for %v", took)
	}
	info, err := os.Stat(h.victim)
	h.ok(err)
	if info.Mode().Perm() != 0o600 || info.ModTime().Unix() != 1e9 || info.Sys().(*syscall.Stat_t).Nlink != 1 {
		h.t.Errorf("root's file is %v now, changed at %v, with %d names", info.Mode(), info.ModTime(), info.Sys().(*syscall.Stat_t).Nlink)
	}
	if _, err := os.Lstat(h.path("nowhere")); err == nil {
		h.t.Error("root made a file where a link led")
	}
	for _, v := range h.versions() {
		if v != ".new" && !strings.Contains(fmt.Sprint(before), v) {
			h.t.Errorf("%s lies among the versions", v)
		}
	}
	h.sells(old)
	h.t.Log(said)
}

func TestTheKeeperTakesOnlyBytesOutOfAPackage(t *testing.T) {
	for _, way := range []string{"a folder", "a deb"} {
		for _, f := range fiveFiles {
			for name, disguise := range disguises {
				t.Run(way+"/"+f+"/"+name, func(t *testing.T) {
					t.Parallel()
					h, old := newHostile(t)
					what, files := h.dir, h.dir
					if way == "a deb" {
						what, files = h.asDeb()
					}
					h.ok(disguise(h, filepath.Join(files, f)))
					if way == "a deb" {
						what = h.pack(what)
					}
					h.refuses(what, old)
				})
			}
		}
	}
}

func TestTheKeeperTakesAGoodPackage(t *testing.T) {
	h, _ := newHostile(t)
	root, _ := h.asDeb()
	if got := h.mustKeep("stage", h.pack(root)); !strings.HasPrefix(got, "1.1-") {
		t.Errorf("staged as %q", got)
	}
}

// TestTheKeeperFollowsNoFolderOutOfAPackage: the files behind the link are genuine and signed, and stay their owner's.
func TestTheKeeperFollowsNoFolderOutOfAPackage(t *testing.T) {
	for _, link := range []string{"usr/lib/kiosk/package", "usr/lib/kiosk", "usr/lib", "usr"} {
		t.Run(link, func(t *testing.T) {
			t.Parallel()
			h, old := newHostile(t)
			root, files := h.asDeb()
			rest := strings.TrimPrefix("usr/lib/kiosk/package", link)
			h.ok(os.MkdirAll(filepath.Join(h.path("elsewhere"), rest), 0o755))
			h.ok(os.CopyFS(filepath.Join(h.path("elsewhere"), rest), os.DirFS(files)))
			h.ok(os.RemoveAll(filepath.Join(root, link)))
			h.ok(os.Symlink(h.path("elsewhere"), filepath.Join(root, link)))
			h.refuses(h.pack(root), old)
		})
	}
	t.Run("the folder itself", func(t *testing.T) {
		t.Parallel()
		h, old := newHostile(t)
		h.ok(os.Symlink(h.dir, h.path("link")))
		h.refuses(h.path("link"), old)
	})
}

// TestWhatIsStagedIsNobodyElses: a genuine package whose files belong to a user and have other names, who changes them afterwards.
func TestWhatIsStagedIsNobodyElses(t *testing.T) {
	h, _ := newHostile(t)
	inside := h.path("root/usr/lib/kiosk/package")
	h.ok(os.Rename(h.dir, inside))
	for _, f := range fiveFiles {
		h.ok(os.Link(filepath.Join(inside, f), h.path("mine-"+f)))
		h.ok(os.Chmod(filepath.Join(inside, f), 0o4777))
	}
	name := h.mustKeep("stage", inside)
	for _, f := range fiveFiles {
		info, err := os.Lstat(h.path("root/usr/lib/kiosk/versions/" + name + "/" + f))
		h.ok(err)
		want := os.FileMode(0o644)
		if f == "kiosk" {
			want = 0o755
		}
		if s := info.Sys().(*syscall.Stat_t); info.Mode() != want || s.Nlink != 1 || int(s.Uid) != os.Geteuid() {
			t.Errorf("%s is %v, has %d names and belongs to user %d", f, info.Mode(), s.Nlink, s.Uid)
		}
	}
	if info, err := os.Stat(h.path("root/usr/lib/kiosk/versions/" + name)); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("the version's folder is %v, %v", info.Mode(), err)
	}
}
