package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// box is a small Debian of this machine's own programs, in a folder: what dpkg installs the kiosk into.
type box struct {
	*testing.T
	root string
}

// furnish copies whole packages, and of some others single programs, with the libraries that they need.
const furnish = `
set -eu
cd "$1"
mkdir -p usr/bin usr/sbin usr/lib usr/lib64 dev run tmp etc proc var/lib/dpkg/info var/lib/dpkg/updates var/lib/dpkg/triggers
for d in bin sbin lib lib64; do ln -s usr/$d $d; done
{
	for f in mawk find tar dpkg-deb systemd-sysusers systemctl ssh-keygen; do command -v $f; done
	for p in dash coreutils diffutils sed grep util-linux perl-base init-system-helpers; do
		dpkg -L $p | while read -r f; do case $f in /usr/share/*) ;; *) if [ -f "$f" ]; then echo "$f"; fi ;; esac; done
	done
} > files
xargs ldd < files 2> /dev/null | grep -o '/[^ ():]*\.so[^ ():]*' | sort -u >> files
tar -C / -chf - -T files 2> /dev/null | tar -xf -
ln -s mawk usr/bin/awk
: > dev/null
echo root:x:0:0:root:/root:/bin/sh > etc/passwd
printf '%s\n' root:x:0: dialout:x:20: video:x:44: > etc/group
for p in systemd init-system-helpers; do
	printf 'Package: %s\nStatus: install ok installed\nMaintainer: x\nArchitecture: all\nVersion: %s\nDescription: x\n\n' $p "$(dpkg-query -W -f '${Version}' $p)"
done > var/lib/dpkg/status
`

func newBox(t *testing.T) *box {
	t.Helper()
	b := &box{t, t.TempDir()}
	must(t, exec.Command("sh", "-c", furnish, "sh", b.root))
	return b
}

// dpkg runs it on the box, with nobody there to ask; what it and the package say comes back.
func (b *box) dpkg(env string, args ...string) (said string, err error) {
	c := exec.Command("dpkg", append([]string{"--root=" + b.root, "--force-unsafe-io", "--force-confold", "--force-confdef"}, args...)...)
	c.Env = append(os.Environ(), "LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin")
	if env != "" {
		c.Env = append(c.Env, env)
	}
	out, err := c.CombinedOutput()
	return string(out), err
}

// does is dpkg where it has to work.
func (b *box) does(args ...string) string {
	b.Helper()
	said, err := b.dpkg("", args...)
	if err != nil {
		b.Fatalf("dpkg %s: %v\n%s", strings.Join(args, " "), err, said)
	}
	return said
}

// in runs a program inside of the box; the exit status may be anything.
func (b *box) in(args ...string) (said string, status int) {
	b.Helper()
	c := exec.Command("chroot", append([]string{b.root}, args...)...)
	c.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}
	out, err := c.CombinedOutput()
	if _, ended := err.(*exec.ExitError); err != nil && !ended {
		b.Fatal(err)
	}
	return strings.TrimSpace(string(out)), c.ProcessState.ExitCode()
}

func (b *box) path(name string) string { return filepath.Join(b.root, name) }

func (b *box) write(name, text string) {
	b.Helper()
	if err := os.MkdirAll(filepath.Dir(b.path(name)), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(b.path(name), []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}

// read is a file of the box, "" where there is none.
func (b *box) read(name string) string {
	b.Helper()
	text, err := os.ReadFile(b.path(name))
	if err != nil && !os.IsNotExist(err) {
		b.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

func (b *box) has(name string) bool {
	_, err := os.Lstat(b.path(name))
	return err == nil
}

// current is the version that is on, "" for none.
func (b *box) current() string {
	to, _ := os.Readlink(b.path("usr/lib/kiosk/current"))
	return strings.TrimPrefix(to, "versions/")
}

// state is what dpkg thinks of the package.
func (b *box) state() string {
	c := exec.Command("dpkg-query", "--root="+b.root, "-W", "-f", "${db:Status-Status} ${Version}", "kiosk")
	out, _ := c.Output()
	return strings.TrimSpace(string(out))
}
