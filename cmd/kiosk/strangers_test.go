//go:build !sim

package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kiosk/store"
)

// serviceUser owns the folder of the book, as the user kiosk does on a machine; stranger owns nothing of it.
const serviceUser, stranger = 54321, 54322

const treasure = "root's own words\n"

// attack puts something at a place in a folder that another user can write in, or in the place of one of his files.
var attacks = []struct {
	name  string
	plant func(l *lair, at string) error
}{
	{"a link to root's file", func(l *lair, at string) error { return os.Symlink(l.victim, at) }},
	{"a link to nothing", func(l *lair, at string) error { return os.Symlink(l.nowhere, at) }},
	{"a pipe", func(_ *lair, at string) error { return syscall.Mkfifo(at, 0o666) }},
	{"a folder", func(_ *lair, at string) error { return os.MkdirAll(filepath.Join(at, "full"), 0o777) }},
	{"a stranger's file", func(_ *lair, at string) error {
		if err := os.WriteFile(at, []byte("mine"), 0o600); err != nil {
			return err
		}
		return os.Chown(at, stranger, stranger)
	}},
}

// lair is a machine on which the service's user has prepared his folder for root's visit.
type lair struct {
	*testing.T
	root, home, conf, backup string // home is the service's; the rest is root's
	victim, nowhere          string
}

// places are all in which a command that root runs looks for a name that another user may have put there.
var places = []struct {
	command  string
	at       []string // below the folder
	harmless bool     // what is there is removed, not opened: the command does its work
}{
	{"restore BACKUP", []string{"kiosk.db", "kiosk.db-wal", "kiosk.db-journal", "kiosk.db-shm", "kiosk.db.lock"}, false},
	{"restore BACKUP", []string{"kiosk.db.head-a", "kiosk.db.head-b"}, true},
	{"audit", []string{"kiosk.db.head-a", "kiosk.db.head-b"}, true},
	{"restore BACKUP", []string{"kiosk.db.restoring", "kiosk.db.restoring-wal", "kiosk.db.restoring-journal", "kiosk.db.restoring-shm"}, true},
	{"restore HOME/backup.db", []string{"backup.db", "backup.db-wal", "backup.db-journal"}, false},
	{"orders", []string{"kiosk.db", "kiosk.db-wal", "kiosk.db-journal", "kiosk.db-shm"}, false},
	{"audit", []string{"kiosk.db", "kiosk.db-wal", "kiosk.db-journal", "kiosk.db-shm"}, false},
	{"backup -o OUT", []string{"kiosk.db", "kiosk.db-wal", "kiosk.db-journal", "kiosk.db-shm"}, false},
	{"backup -o HOME/out", []string{"out", "kiosk.db"}, false},
	{"bundle -o OUT", []string{"recording.jsonl", "recording.before.jsonl", "kiosk.db", "kiosk.db-journal"}, true},
	{"bundle -o HOME/out", []string{"out"}, false},
	{"check", []string{"kiosk.db", "kiosk.db-wal", "kiosk.db-journal", "kiosk.db-shm", "pin"}, false},
	{"check", []string{"kiosk.db.lock", "kiosk.db.head-a", "kiosk.db.head-b"}, true},
	{"pin -o HOME/pin", []string{"pin"}, true},
}

func TestRootTakesNothingOnTrustInAnotherUsersFolder(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("the folders of other users are made by root: run the tests as root, as make test does")
	}
	home := aHome(t)
	for _, p := range places {
		t.Run(p.command+"/nothing", func(t *testing.T) {
			t.Parallel()
			l := newLair(t, home)
			if !l.suffer(p.command, true) {
				t.Error("it is refused though nothing was planted")
			}
			l.belongsToItsUser()
		})
		for _, at := range p.at {
			for _, a := range attacks {
				t.Run(p.command+"/"+at+"/"+a.name, func(t *testing.T) {
					t.Parallel()
					l := newLair(t, home)
					place := filepath.Join(l.home, at)
					if err := os.RemoveAll(place); err != nil {
						t.Fatal(err)
					}
					if err := a.plant(l, place); err != nil {
						t.Fatal(err)
					}
					l.suffer(p.command, p.harmless)
				})
			}
		}
	}
}

// aHome is the service's folder as it is before anybody touches it, made once.
func aHome(t *testing.T) string {
	t.Helper()
	home := filepath.Join(t.TempDir(), "home")
	conf := aConfig(t, t.TempDir(), "127.0.0.1:1", "http://127.0.0.1:9", strings.Repeat("k", 32), nil)
	backup := aBackup(t, "T0001", ourPayee(t, conf))
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	b, err := store.Open(filepath.Join(home, "kiosk.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(home, "backup.db"), readText(t, backup), 0o600)
	kioskDoes(t, "-config", conf, "pin", "-o", filepath.Join(home, "pin"))
	return home
}

// newLair copies that folder for one visit.
func newLair(t *testing.T, home string) *lair {
	t.Helper()
	l := &lair{T: t, root: t.TempDir(), home: filepath.Join(t.TempDir(), "home")}
	l.conf = aConfig(t, l.root, "127.0.0.1:1", "http://127.0.0.1:9", strings.Repeat("k", 32), func(s string) string {
		s = strings.Replace(s, filepath.Join(l.root, "kiosk.db"), filepath.Join(l.home, "kiosk.db"), 1)
		return strings.Replace(s, "[status]", "[status]\npin_file = \""+filepath.Join(l.home, "pin")+"\"", 1)
	})
	l.victim, l.nowhere = filepath.Join(l.root, "victim"), filepath.Join(l.root, "nowhere")
	writeFile(t, l.victim, treasure, 0o600)
	l.backup = writeFile(t, filepath.Join(l.root, "backup.db"), readText(t, filepath.Join(home, "backup.db")), 0o600)
	err := os.Chtimes(l.victim, time.Time{}, time.Unix(1e9, 0))
	for _, err := range []error{err, os.CopyFS(l.home, os.DirFS(home)), os.Chmod(filepath.Dir(l.home), 0o755), os.Chmod(filepath.Dir(filepath.Dir(l.home)), 0o755)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	err = filepath.WalkDir(l.home, func(path string, d os.DirEntry, err error) error {
		mode := os.FileMode(0o600)
		if err == nil && d.IsDir() {
			mode = 0o700
		}
		return errors.Join(err, os.Chmod(path, mode), os.Lchown(path, serviceUser, serviceUser))
	})
	// As kiosk pin leaves it: root's, readable by the folder's group.
	if err := errors.Join(err, os.Chown(filepath.Join(l.home, "pin"), 0, 0)); err != nil {
		t.Fatal(err)
	}
	return l
}

// suffer runs the command and looks whether root's own files are as they were.
func (l *lair) suffer(command string, harmless bool) (took bool) {
	l.Helper()
	out := filepath.Join(l.root, "out")
	words := strings.Fields(strings.NewReplacer("BACKUP", l.backup, "HOME", l.home, "OUT", out).Replace(command))
	got := kioskDoes(l.T, append([]string{"-config", l.conf}, words...)...)
	took = got.code == exitGood || words[0] == "check" && strings.Contains(got.out, "ok    book") // this machine has no pins
	if took && !harmless {
		l.Errorf("it is taken: %q", got.out)
	}
	if !took && got.out == "" {
		got.oneLineOnly(l.T, got.code)
	}
	info, err := os.Stat(l.victim)
	if err != nil {
		l.Fatal(err)
	}
	owner := info.Sys().(*syscall.Stat_t)
	if owner.Uid != 0 || info.Mode().Perm() != 0o600 || info.ModTime().Unix() != 1e9 || readText(l.T, l.victim) != treasure {
		l.Errorf("root's file is %v of user %d, changed at %v", info.Mode(), owner.Uid, info.ModTime())
	}
	if _, err := os.Lstat(l.nowhere); err == nil {
		l.Error("root made a file where a link led")
	}
	for _, text := range []string{got.out, got.err, readText(l.T, out)} {
		if strings.Contains(text, strings.TrimSpace(treasure)) {
			l.Errorf("root's file is shown: %q", text)
		}
	}
	l.Log(strings.NewReplacer(l.home, "HOME", l.root, "ROOT").Replace(strings.TrimSpace(got.out + got.err)))
	return took
}

// belongsToItsUser: the service must be able to go on with what root left.
func (l *lair) belongsToItsUser() {
	l.Helper()
	err := filepath.WalkDir(l.home, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if owner := info.Sys().(*syscall.Stat_t); owner.Uid != serviceUser && d.Name() != "pin" {
			l.Errorf("%s belongs to user %d: the kiosk cannot open it", d.Name(), owner.Uid)
		}
		return nil
	})
	if err != nil {
		l.Fatal(err)
	}
}

// readText is a file's text, "" if there is none.
func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}
