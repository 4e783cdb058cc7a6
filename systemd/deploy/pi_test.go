package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// pi is a box that is reached by a real sshd on loopback: what the deploy does there, it does by ssh.
type pi struct {
	*box
	name string
	port int
	sshd *exec.Cmd
	said *bytes.Buffer
}

// The commands of a Debian, played against the box.
const (
	systemdRun = `#!/bin/dash
for a; do case $a in --description=*) d=${a#*=}; shift ;; --*) shift ;; *) break ;; esac; done
set -C
echo "$d" 2>/dev/null > "$BOX/state/unit" || { echo "Failed to start transient service unit: Unit kiosk-try.service was already loaded or has a fragment file." >&2; exit 1; }
set +C
setsid dash -c 'echo $$ > "$BOX/state/job"; "$@"; rm -f "$BOX/state/unit"' job "$@" < /dev/null >> "$BOX/state/journal" 2>&1 &
`
	dpkg = `#!/bin/dash
R=$KEEP_ROOT
case "$*" in
--print-architecture) cat "$BOX/state/arch" ;;
*" -i "*)
	for deb; do :; done
	echo "$deb" >> "$BOX/state/dpkg-calls"
	if [ -e "$BOX/state/dpkg-fails" ]; then cat "$BOX/state/dpkg-fails" >&2; exit 1; fi
	t=$(mktemp -d) && dpkg-deb -x "$deb" "$t" && cp -a "$t/usr" "$R/" || exit
	[ -e "$R/etc/kiosk/kiosk.toml" ] || cp "$t/usr/share/kiosk/kiosk.toml" "$R/etc/kiosk/"
	rm -r "$t"
	name=$("$R/usr/lib/kiosk/keep" stage "$R/usr/lib/kiosk/package") || exit
	if [ ! -x "$R/usr/lib/kiosk/current/kiosk" ]; then
		"$R/usr/lib/kiosk/keep" first "$name"; systemctl daemon-reload; systemctl --no-block start kiosk.service
	fi
	dpkg-deb -f "$deb" Version > "$BOX/state/package" ;;
*) echo "dpkg: what is $*?" >&2; exit 2 ;;
esac
`
	dpkgQuery = `#!/bin/dash
[ -e "$BOX/state/package" ] || exit 1
printf 'installed %s' "$(cat "$BOX/state/package")"
`
	aptGet = `#!/bin/dash
for deb; do :; done
[ ! -e "$BOX/state/apt-fails" ] || exit 100
exec dpkg --force-confold -i "$deb"
`
	sudo = `#!/bin/dash
[ "$1" = -n ] || { echo "sudo: not asked with -n" >&2; exit 1; }
[ ! -e "$BOX/state/password" ] || { echo "sudo: a password is required" >&2; exit 1; }
shift; echo "$*" >> "$BOX/state/sudo"; ROOTED=1 exec "$@"
`
)

func run(t testing.TB, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
}

// street is some kiosks and a laptop: one ssh config, one key.
type street struct {
	t   testing.TB
	dir string
	pis []*pi
}

func newStreet(t testing.TB, names ...string) *street {
	t.Helper()
	s := &street{t: t, dir: t.TempDir()}
	run(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(s.dir, "key"))
	for _, n := range names {
		p := &pi{box: newBox(t), name: n}
		for name, text := range map[string]string{"systemd-run": systemdRun, "dpkg": dpkg, "dpkg-query": dpkgQuery, "apt-get": aptGet, "sudo": sudo} {
			p.write("bin/"+name, text, 0o755)
		}
		p.write("state/arch", "arm64\n", 0o644)
		s.pis = append(s.pis, p)
		s.wire(p)
		p.up()
		t.Cleanup(p.down)
	}
	s.config("yes")
	return s
}

// wire gives a kiosk its sshd's config and key.
func (s *street) wire(p *pi) {
	s.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	p.ok(err)
	p.port = l.Addr().(*net.TCPAddr).Port
	p.ok(l.Close())
	run(s.t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", p.path("hostkey"))
	p.write("sshd_config", fmt.Sprintf(`Port %d
ListenAddress 127.0.0.1
HostKey %s
PidFile none
AuthorizedKeysFile %s
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
SetEnv PATH=%s:%s BOX=%s KEEP=%s KEEP_ROOT=%s
`, p.port, p.path("hostkey"), filepath.Join(s.dir, "key.pub"), p.path("bin"), os.Getenv("PATH"), p.dir, keeper, p.path("root")), 0o600)
	key := strings.Fields(p.read("hostkey.pub"))
	f, err := os.OpenFile(filepath.Join(s.dir, "known"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	p.ok(err)
	_, err = fmt.Fprintf(f, "[127.0.0.1]:%d %s %s\n", p.port, key[0], key[1])
	p.ok(err)
	p.ok(f.Close())
}

// config is the laptop's ssh config.
func (s *street) config(known string) {
	text := ""
	for _, p := range s.pis {
		text += fmt.Sprintf("Host %s\n  HostName 127.0.0.1\n  Port %d\n", p.name, p.port)
	}
	text += fmt.Sprintf("Host *\n  IdentityFile %s/key\n  IdentitiesOnly yes\n  IdentityAgent none\n  UserKnownHostsFile %s/known\n  GlobalKnownHostsFile none\n  StrictHostKeyChecking %s\n  LogLevel ERROR\n", s.dir, s.dir, known)
	if err := os.WriteFile(filepath.Join(s.dir, "ssh_config"), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (p *pi) up() {
	p.t.Helper()
	if os.Getuid() == 0 {
		p.ok(os.MkdirAll("/run/sshd", 0o755))
	}
	path, err := exec.LookPath("sshd")
	if err != nil {
		path = "/usr/sbin/sshd"
	}
	p.said = &bytes.Buffer{}
	p.sshd = exec.Command(path, "-D", "-e", "-f", p.path("sshd_config"))
	p.sshd.Stderr, p.sshd.WaitDelay = p.said, time.Second
	p.ok(p.sshd.Start())
	for end := time.Now().Add(time.Minute); ; {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", p.port))
		if err == nil {
			c.Close()
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("sshd does not come up: %s", p.said)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// hangUp breaks every connection.
func (p *pi) hangUp() {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, s := range stats {
		text, _ := os.ReadFile(s)
		pid, rest, _ := strings.Cut(string(text), " ")
		after := strings.Fields(rest[strings.LastIndex(rest, ")")+1:])
		if len(after) > 1 && after[1] == strconv.Itoa(p.sshd.Process.Pid) {
			n, _ := strconv.Atoi(pid)
			_ = syscall.Kill(n, syscall.SIGKILL)
		}
	}
}

func (p *pi) down() {
	p.hangUp()
	_ = p.sshd.Process.Kill()
	_ = p.sshd.Wait()
	p.hangUp()
}

// cutPower kills what a deploy has started there, at once.
func (p *pi) cutPower() {
	p.down()
	if job, err := strconv.Atoi(p.read("state/job")); err == nil {
		_ = syscall.Kill(-job, syscall.SIGKILL)
	}
	for _, gone := range []string{"unit", "job", "hook"} {
		_ = os.Remove(p.path("state/" + gone))
	}
}

// await waits for a file of the kiosk.
func (p *pi) await(file string) {
	p.t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(p.path(file)); err == nil {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("%s never came: %s", file, p.read("state/journal"))
		}
	}
}

// deb packs a version.
func (s *street) deb(version, mode string) (file, name string) {
	s.t.Helper()
	dir, name := s.pis[0].build(version, mode)
	tree := filepath.Join(s.dir, "tree-"+version)
	for _, d := range []string{"DEBIAN", "usr/lib/kiosk/package", "usr/share/kiosk"} {
		run(s.t, "mkdir", "-p", filepath.Join(tree, d))
	}
	control := "Package: kiosk\nVersion: " + version + "\nArchitecture: arm64\nMaintainer: nobody\nDescription: a kiosk\n"
	for f, text := range map[string]string{"DEBIAN/control": control, "usr/share/kiosk/kiosk.toml": "kiosk = \"K0042\"\n"} {
		if err := os.WriteFile(filepath.Join(tree, f), []byte(text), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	run(s.t, "cp", "-a", dir+"/.", filepath.Join(tree, "usr/lib/kiosk/package"))
	run(s.t, "cp", keeper, filepath.Join(tree, "usr/lib/kiosk/keep"))
	file = filepath.Join(s.dir, "kiosk_"+version+"_arm64.deb")
	run(s.t, "dpkg-deb", "--root-owner-group", "-Znone", "-b", tree, file)
	return file, name
}

// talk is what one deploy said.
type talk struct {
	sync.Mutex
	bytes.Buffer
}

func (w *talk) Write(b []byte) (int, error) { w.Lock(); defer w.Unlock(); return w.Buffer.Write(b) }
func (w *talk) String() string              { w.Lock(); defer w.Unlock(); return w.Buffer.String() }

// deploy is `make deploy` on the laptop.
func (s *street) deploy(version, deb string, hosts ...string) (code int, said string) {
	s.t.Helper()
	w := &talk{}
	code = runCommand(context.Background(), append([]string{"-version", version, "-deb", "arm64=" + deb, "-beat", "50ms",
		"-ssh", "ssh -F " + filepath.Join(s.dir, "ssh_config")}, hosts...), w, w)
	return code, w.String()
}

// must is a deploy that has to end so, saying that.
func (s *street) must(code int, version, deb string, hosts []string, says ...string) string {
	s.t.Helper()
	got, said := s.deploy(version, deb, hosts...)
	if got != code {
		s.t.Fatalf("the deploy ends with %d, not %d:\n%s\n%s", got, code, said, s.pis[0].read("state/journal"))
	}
	for _, want := range says {
		if !strings.Contains(said, want) {
			s.t.Errorf("the deploy does not say %q:\n%s", want, said)
		}
	}
	return said
}

// opened is a street whose kiosks sell 1.0.
func opened(t testing.TB, names ...string) (s *street, old string) {
	t.Helper()
	s = newStreet(t, names...)
	deb, old := s.deb("1.0", "good")
	for _, p := range s.pis {
		p.write("root/etc/kiosk/kiosk.toml", "kiosk = \"K1\"\n", 0o644)
		p.keepPackage(deb)
		p.sells(old)
	}
	return s, old
}

// keepPackage installs by hand.
func (p *pi) keepPackage(deb string) {
	p.t.Helper()
	if out, err := p.command(p.path("bin/dpkg"), "--force-confold", "-i", deb).CombinedOutput(); err != nil {
		p.t.Fatalf("dpkg: %v: %s", err, out)
	}
}

func glob(p *pi, pattern string) []string { return must(filepath.Glob(p.path(pattern))) }
