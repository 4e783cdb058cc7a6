package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// box is a kiosk as the keeper sees it: its files under a folder, its systemd and its binaries played by shell scripts
// that behave as the real ones, and its power in the test's hand.
type box struct {
	t     testing.TB
	dir   string // root/ is the disk, bin/ its commands, state/ what dies with the power
	boots int
}

// touches are the commands that change something: the power may go before each of them.
var touches = []string{"sync", "mv", "ln", "rm", "dd", "chmod", "mkdir"}

// A touch sets aside how the disk is before it, which is what a power cut there leaves; a sync notes what it made lasting.
const touch = `#!/bin/dash
if [ -d "$BOX/cuts" ]; then
	read -r n < "$BOX/cuts/count"; echo $((n+1)) > "$BOX/cuts/count"
	mkdir "$BOX/cuts/$n"; cp -a "$BOX/root" "$BOX/state" "$BOX/cuts/$n"
fi
`

const syncs = `%s "$@" || exit
[ ! -d "$BOX/cuts" ] || printf '%%s\n' "$@" > "$BOX/cuts/$n/synced"
`

// systemctl starts and stops one unit: what its file says, in its order. "crash" ends the process as a signal would.
const systemctl = `#!/bin/dash
state=$BOX/state lib=$BOX/root/usr/lib/kiosk
stopped() { SERVICE_RESULT=$1 EXIT_CODE=$2 EXIT_STATUS=$3; export SERVICE_RESULT EXIT_CODE EXIT_STATUS
	rm -f "$state/running"; "$KEEP" off; "$KEEP" ended; }
started() {
	for try in 1 2 3 4 5 6 7 8 9 10 11 12; do
		"$KEEP" start
		echo "${try} $(readlink "$lib/current")" >> "$state/starts"
		if "$lib/current/kiosk" run; then
			readlink "$lib/current" | cut -d / -f 2 > "$state/running"; cat "$lib/current/VERSION" > "$state/version"; return 0
		fi
		stopped exit-code exited 1
	done
}
case "$*" in
"is-active --quiet kiosk.service") [ -e "$state/running" ] && ! grep -q '^mode=unready ' "$lib/current/kiosk" ;;
"is-active kiosk.service") if [ -e "$state/running" ]; then echo active; else echo inactive; exit 3; fi ;;
"is-active kiosk-try.service") if [ -e "$state/unit" ]; then echo active; else echo inactive; exit 3; fi ;;
"show --property=Description --value kiosk-try.service") cat "$state/unit" 2>/dev/null || echo kiosk-try.service ;;
daemon-reload) cat "$lib/current/kiosk.service" > "$state/loaded" ;;
is-system-running) if [ -e "$state/stopping" ]; then echo stopping; else echo running; fi ;;
"restart kiosk.service") [ ! -e "$state/running" ] || stopped success exited 0; started ;;
"--no-block start kiosk.service") [ -e "$state/running" ] || [ -e "$state/starting" ] || started ;;
crash*) stopped ${2:-signal} ${3:-killed} ${4:-KILL}; started ;;
boot) cat "$lib/current/kiosk.service" > "$state/loaded"; : > "$state/starting"; "$KEEP" start; started; rm "$state/starting" ;;
*) echo "systemctl: what is $*?" >&2; exit 1 ;;
esac
`

// kiosk is a version: its mode says what is wrong with it.
const kioskScript = `#!/bin/dash
mode=%[2]s version=%[1]s state=$BOX/state
case $1 in
run) [ "$mode" != crash ] && [ ! -e "$state/crash-$version" ] ;;
off) echo "$version" >> "$state/off"; [ "$mode" != nooff ] ;;
idle) if [ -e "$state/busy" ]; then echo "kiosk: a customer is before the qr screen" >&2; exit 1; fi
	if [ -e "$state/badconfig" ] || [ -e "$state/badconfig-$version" ]; then echo "kiosk: kiosk.toml: line 3: what is that" >&2; exit 2; fi
	if [ -e "$state/wait" ]; then : > "$state/waits"; while [ -e "$state/wait" ]; do sleep 1; done; fi
	echo "nobody is served" ;;
health)
	if [ "$2" = -o ]; then echo '{"ready":true}' > "$3"; exit; fi
	[ ! -e "$BOX/root/run/kiosk-keep/before.json" ] || case "$*" in *"-before $BOX/root/run/kiosk-keep/before.json") ;; *) echo "fail  before  not told"; exit 1 ;; esac
	[ ! -e "$state/hook" ] || . "$state/hook"
	if [ "$(cat "$state/version" 2>/dev/null)" != "$version" ]; then echo "fail  kiosk  $version is not what runs"; exit 1; fi
	if [ "$mode" = sick ]; then echo "ok    book"; echo "fail  panel  nothing is read back"; echo "fail  scanner  silent"; exit 1; fi
	[ "$mode" != warns ] || echo "warn  ready  does not sell: the network is gone"
	echo "ok    book"; echo "$version" >> "$state/healthy" ;;
*) echo "kiosk: \"$1\" is no command" >&2; exit 2 ;;
esac
`

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newBox(t testing.TB) *box {
	t.Helper()
	b := &box{t: t, dir: t.TempDir()}
	for _, d := range []string{"root/usr/lib/kiosk", "root/var/lib/kiosk-keep", "root/etc/kiosk", "root/proc/sys/kernel/random", "state", "bin"} {
		b.ok(os.MkdirAll(filepath.Join(b.dir, d), 0o755))
	}
	real := func(name string) string { return must(exec.LookPath(name)) }
	set := strings.NewReplacer("mkdir ", real("mkdir")+" ", "cp ", real("cp")+" ").Replace(touch)
	for _, name := range touches {
		text := set + "exec " + real(name) + ` "$@"` + "\n"
		if name == "sync" {
			text = set + fmt.Sprintf(syncs, real(name))
		}
		b.write("bin/"+name, text, 0o755)
	}
	b.write("bin/systemctl", systemctl, 0o755)
	b.write("bin/sleep", "#!/bin/dash\nexec "+real("sleep")+" 0.02\n", 0o755)
	b.newBoot()
	return b
}

func (b *box) ok(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *box) path(p string) string { return filepath.Join(b.dir, p) }

func (b *box) write(p, text string, mode os.FileMode) {
	b.t.Helper()
	b.ok(os.WriteFile(b.path(p), []byte(text), mode))
	b.ok(os.Chmod(b.path(p), mode))
}

func (b *box) read(p string) string {
	text, _ := os.ReadFile(b.path(p))
	return strings.TrimSpace(string(text))
}

func (b *box) mark(name string) string { return b.read("root/var/lib/kiosk-keep/" + name) }

// build lays a version into a folder, as the package holds it, and gives the name that it will have.
func (b *box) build(version, mode string) (dir, name string) {
	b.t.Helper()
	dir = b.path("build-" + version)
	b.ok(os.MkdirAll(dir, 0o755))
	sums := ""
	for f, text := range map[string]string{"kiosk": fmt.Sprintf(kioskScript, version, mode), "kiosk.service": "# unit of " + version + "\n", "VERSION": version + "\n"} {
		b.ok(os.WriteFile(filepath.Join(dir, f), []byte(text), 0o755))
		sums += fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(text)), f)
	}
	b.ok(os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(sums), 0o644))
	return dir, fmt.Sprintf("%s-%x", version, sha256.Sum256([]byte(fmt.Sprintf(kioskScript, version, mode))))[:len(version)+9]
}

var keeper = must(filepath.Abs("../keep"))

func (b *box) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(name, args...)
	c.Env = []string{"PATH=" + b.path("bin") + ":" + os.Getenv("PATH"), "BOX=" + b.dir, "KEEP=" + keeper, "KEEP_ROOT=" + b.path("root")}
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return c
}

// keep runs a verb of the keeper; out is what it prints, said what it tells the journal.
func (b *box) keep(args ...string) (out, said string, err error) {
	b.t.Helper()
	c := b.command(keeper, args...)
	var o, s strings.Builder
	c.Stdout, c.Stderr = &o, &s
	err = c.Run()
	return strings.TrimSpace(o.String()), strings.TrimSpace(s.String()), err
}

func (b *box) mustKeep(args ...string) string {
	b.t.Helper()
	out, said, err := b.keep(args...)
	if err != nil {
		b.t.Fatalf("keep %s: %v\n%s", strings.Join(args, " "), err, said)
	}
	return out
}

// systemctl is systemd doing something by itself.
func (b *box) systemctl(args ...string) {
	b.t.Helper()
	if out, err := b.command(b.path("bin/systemctl"), args...).CombinedOutput(); err != nil {
		b.t.Fatalf("systemctl %v: %v\n%s", args, err, out)
	}
}

// install is the first version on a bare kiosk, running.
func (b *box) install(version string) (name string) {
	b.t.Helper()
	dir, name := b.build(version, "good")
	if got := b.mustKeep("stage", dir); got != name {
		b.t.Fatalf("staged as %q, it is %q", got, name)
	}
	b.mustKeep("first", name)
	b.systemctl("boot")
	return name
}

func (b *box) newBoot() {
	b.boots++
	b.write("root/proc/sys/kernel/random/boot_id", fmt.Sprintf("boot-%d\n", b.boots), 0o644)
	b.write("root/proc/uptime", "20.00 30.00\n", 0o644)
}

// reboot is the power coming back: what is not on the disk is gone, systemd starts the unit.
func (b *box) reboot() {
	b.t.Helper()
	for _, gone := range []string{"state/running", "state/version", "state/starting", "root/run"} {
		b.ok(os.RemoveAll(b.path(gone)))
	}
	b.newBoot()
	b.systemctl("boot")
}

func (b *box) current() string {
	to, err := os.Readlink(b.path("root/usr/lib/kiosk/current"))
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(to, "versions/")
}

// sells checks that the kiosk runs this version, unit and all, and that nothing is on trial.
func (b *box) sells(name string) {
	b.t.Helper()
	if got := b.current(); got != name {
		b.t.Errorf("current is %q, not %q: %s", got, name, b.mark("log"))
	}
	if got := b.read("state/running"); got != name {
		b.t.Errorf("%q runs, not %q: %s", got, name, b.mark("log"))
	}
	if got := b.read("state/loaded"); !strings.HasPrefix(name, strings.TrimPrefix(got, "# unit of ")+"-") {
		b.t.Errorf("systemd holds %q while %q runs", got, name)
	}
	if got := b.mark("trial"); got != "" {
		b.t.Errorf("the trial %q is not over", got)
	}
}

func (b *box) versions() (names []string) {
	for _, e := range must(os.ReadDir(b.path("root/usr/lib/kiosk/versions"))) {
		names = append(names, e.Name())
	}
	return names
}

// staged builds a version and stages it.
func (b *box) staged(version, mode string) (name string) {
	b.t.Helper()
	dir, name := b.build(version, mode)
	b.mustKeep("stage", dir)
	return name
}

// rejects tries a version that must not be accepted.
func (b *box) rejects(name string) {
	b.t.Helper()
	if _, said, err := b.keep("try", name); err == nil {
		b.t.Errorf("%s was accepted: %s", name, said)
	}
}
