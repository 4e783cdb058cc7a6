package house_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// A box of docs/install.md: what is typed there, or printed.
type box struct {
	line  int
	kind  string // its fence's words
	text  string
	shown string // what the page shows of its output; "" if nothing
}

// Kinds of boxes. A box of any other kind fails: nobody has said whether it can be run.
const (
	onLaptop   = "sh laptop"
	onKiosk    = "sh kiosk"
	onHardware = "sh hardware" // not run here: why, is said in notHere
	isShown    = "text"
	isSample   = "text check" // TestWhatThePageShowsOfCheckIsSaid holds it
)

// notHere are the commands that a machine without hardware cannot run, and why. The list is closed: another one in a
// box for hardware fails.
var notHere = map[string]string{
	"ssh pi@kiosk.local":                    "needs a board to sign in to",
	"scp ":                                  "needs a board to copy to; the walk lays the same files there",
	"sudo reboot":                           "needs a board",
	"make deploy HOST":                      "needs a board to reach; make rig-deploy runs it against a booted one",
	"git pull":                              "needs the place where this repository lives",
	"sudo kiosk check":                      "looks at the board's pins, buses and lines; make rig runs it on a kernel that has them",
	"sudo systemctl daemon-reload":          "needs systemd as the first process; make rig-deploy has it",
	"sudo systemctl restart kiosk":          "needs systemd as the first process, and the board's pins; make rig-deploy has both",
	"systemctl show -P RuntimeWatchdogUSec": "asks the systemd of the board; make rig-deploy shows what it says",
	"sudo kiosk reconcile -date ":           "needs the gateway",
	"sudo /usr/lib/kiosk/keep back":         "needs a version before, and systemd; the keeper's own tests go back",
}

// inText are the commands in running text that are not run: each is looked at by hand.
var inText = []string{"make run", "systemctl --version", "kiosk check", "sudo kiosk check -try"}

// boxesOf cuts the page into its boxes.
func boxesOf(t *testing.T, page string) (all []box) {
	t.Helper()
	var open *box
	for i, line := range strings.Split(page, "\n") {
		fence, is := strings.CutPrefix(line, "```")
		switch {
		case is && open == nil:
			open = &box{line: i + 1, kind: fence}
		case is:
			all = append(all, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	if open != nil {
		t.Fatalf("%s: the box of line %d has no end", installPage, open.line)
	}
	for i, b := range all {
		if b.kind != isShown {
			continue
		}
		if i == 0 || all[i-1].kind != onLaptop && all[i-1].kind != onKiosk {
			t.Errorf("%s line %d shows what nothing that is run has printed", installPage, b.line)
			continue
		}
		all[i-1].shown = b.text
	}
	return all
}

// Whoever adds a command says whether it can be run here: one that can, is.
func TestEveryCommandOfTheInstallPageIsRunOrSaysWhyNot(t *testing.T) {
	page := installText(t)
	seen := map[string]bool{}
	for _, b := range boxesOf(t, page) {
		switch b.kind {
		case onLaptop, onKiosk, isShown, isSample:
		case onHardware:
			for line := range strings.Lines(b.text) {
				found := ""
				for start := range notHere {
					if strings.HasPrefix(line, start) {
						found = start
					}
				}
				if seen[found] = true; found == "" {
					t.Errorf("%s line %d: %q is not run: run it, or say in notHere why it cannot be", installPage, b.line, line)
				}
			}
		default:
			t.Errorf("%s line %d: a box of kind %q: say %q or %q for what is run here, %q for what needs hardware, %q for what is printed",
				installPage, b.line, b.kind, onLaptop, onKiosk, onHardware, isShown)
		}
	}
	for start, why := range notHere {
		if !seen[start] {
			t.Errorf("%q (%s) is nowhere on the page: take it out of notHere", start, why)
		}
	}
	prose := regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(page, "")
	for _, m := range regexp.MustCompile("`((?:sudo|make|kiosk|git|systemctl|apt|dpkg|ssh|scp) [^`]+)`").FindAllStringSubmatch(prose, -1) {
		if !slices.Contains(inText, m[1]) {
			t.Errorf("%s names %q in its text: put it into a box, or into inText", installPage, m[1])
		}
	}
}

// fits tells whether what was printed is what the page shows: … is anything within a line, and alone any lines.
func fits(shown, printed string) bool {
	var pattern strings.Builder
	pattern.WriteString(`(?s)^`)
	for line := range strings.Lines(shown) {
		line = strings.TrimRight(line, " \n")
		if line == "…" {
			pattern.WriteString(`(.*\n)?`)
			continue
		}
		pattern.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), "…", `[^\n]*`) + ` *\n`)
	}
	pattern.WriteString(`$`)
	return regexp.MustCompile(pattern.String()).MatchString(strings.TrimRight(printed, "\n") + "\n")
}

func TestWhatIsPrintedIsHeldAgainstWhatIsShown(t *testing.T) {
	for _, c := range []struct {
		shown, printed string
		fit            bool
	}{
		{"a …\n", "a 17\n", true}, {"a …\n", "b 17\n", false}, {"a …\n", "a 17\nb\n", false}, {"…\nb\n", "x\ny\nb\n", true}, {"…\nb\n", "b", true},
		{"…\nb\n", "xb\n", false}, {"a.c\n", "abc\n", false}, {"previous\n", "previous \n", true},
	} {
		if got := fits(c.shown, c.printed); got != c.fit {
			t.Errorf("%q shown, %q printed: %v", c.shown, c.printed, got)
		}
	}
}

// place is somewhere that boxes are typed into, one after the other.
type place interface {
	run(t *testing.T, b box) (printed string, status int)
}

// TestAWalkAsANewUserWould types every box of the page that needs no hardware, as it stands there and in its order: the
// laptop's in a fresh clone, the kiosk's in a throw-away copy of this Debian where the package is really installed.
func TestAWalkAsANewUserWould(t *testing.T) {
	page := installText(t)
	laptop := &clone{dir: t.TempDir()}
	laptop.fetch(t)
	pi, sold := aBoard(t), false
	for _, b := range boxesOf(t, page) {
		var at place
		switch b.kind {
		case onLaptop:
			at = laptop
		case onKiosk:
			at = pi
		default:
			for line := range strings.Lines(b.text) { // what the walk does in a person's place
				switch {
				case strings.HasPrefix(line, "scp dist/"):
					pi.bring(t, laptop.packages(t)...)
				case strings.HasPrefix(line, "scp apikey"):
					pi.bring(t, merchantsFiles(t)...)
				case strings.HasPrefix(line, "sudo systemctl daemon-reload"):
					pi.reloadUnits(t)
				case strings.HasPrefix(line, "sudo systemctl restart kiosk"):
					pi.restart(t)
					if !sold {
						pi.sell(t)
					}
					sold = true
				}
			}
			continue
		}
		began := time.Now()
		printed, status := at.run(t, b)
		t.Logf("line %d, %s: %.1f s, exit %d\n%s", b.line, b.kind, time.Since(began).Seconds(), status, strings.TrimRight(printed, "\n"))
		if status != 0 {
			t.Fatalf("%s line %d: exit %d:\n%s\nprinted\n%s", installPage, b.line, status, b.text, printed)
		}
		if b.shown != "" && !fits(b.shown, printed) {
			t.Errorf("%s line %d shows\n%s\nand what is printed is\n%s", installPage, b.line, b.shown, printed)
		}
	}
	pi.judge(t)
}

// clone is the laptop: a fresh clone of what is committed.
type clone struct{ dir string }

func (c *clone) fetch(t *testing.T) {
	t.Helper()
	at := filepath.Join(c.dir, "kiosk")
	if out, err := exec.Command("git", "clone", "-q", "--no-hardlinks", ".", at).CombinedOutput(); err != nil {
		t.Fatalf("cloning: %v: %s", err, out)
	}
	c.dir = at
}

func (c *clone) run(t *testing.T, b box) (string, int) {
	t.Helper()
	cmd := exec.Command("bash", "-e", "-c", b.text)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "ARCHES="+debianArch(t), "MAKEFLAGS=", "MFLAGS=") // the board of this walk is of this machine's kind
	out, err := cmd.CombinedOutput()
	if _, ended := err.(*exec.ExitError); err != nil && !ended {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func (c *clone) packages(t *testing.T) []string {
	t.Helper()
	made, err := filepath.Glob(filepath.Join(c.dir, "dist", "kiosk_*_"+debianArch(t)+".deb"))
	if err != nil || len(made) != 1 {
		t.Fatalf("the laptop has made %v (%v), and one package is to be copied", made, err)
	}
	return made
}

func debianArch(t *testing.T) string {
	t.Helper()
	arch := map[string]string{"amd64": "amd64", "arm64": "arm64", "arm": "armhf"}[runtime.GOARCH]
	if arch == "" {
		t.Fatalf("there is no package for %s", runtime.GOARCH)
	}
	return arch
}

// merchantsFiles are what the merchant platform gives out.
func merchantsFiles(t *testing.T) (paths []string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	form := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "0000000000"}, NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(4, 0, 0)}
	cert, err := x509.CreateCertificate(rand.Reader, &form, &form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"apikey":             "0123456789abcdef0123456789abcdef\n",
		"apiclient_cert.pem": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})),
		"apiclient_key.pem":  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// board is the kiosk of the walk: this Debian under a layer that is thrown away, with processes and a network of its own.
// It has what Raspberry Pi OS has beside: sudo, the boot folder, the user pi.
type board struct {
	dir  string // shared with it: /walk there
	in   io.Writer
	out  *bufio.Scanner
	said *strings.Builder
	n    int
}

const boardHome = "/home/pi"

// shell makes the layer and then types into it what it is told: a name of a file a line, answered by its exit status.
const shell = `set -eu
mount --make-rprivate /
mount -t tmpfs walk "$1/root"
mkdir "$1/root/upper" "$1/root/work" "$1/root/board"
r=$1/root/board
mount -t overlay walk -o lowerdir=/,upperdir="$1/root/upper",workdir="$1/root/work" "$r"
mount -t proc proc "$r/proc"
mount --rbind /dev "$r/dev"
mkdir -p "$r/walk" "$r/home/pi" "$r/boot/firmware" "$r/mnt"
mount --bind "$1/shared" "$r/walk"
rm -rf "$r/run/systemd" "$r/etc/kiosk" "$r/usr/lib/kiosk" "$r/var/lib/kiosk" "$r/var/lib/kiosk-keep"
printf '#!/bin/sh\nexec "$@"\n' > "$r/usr/bin/sudo" && chmod 755 "$r/usr/bin/sudo"
printf 'dtparam=audio=on\ncamera_auto_detect=1\n\n[all]\n' > "$r/boot/firmware/config.txt"
echo 'console=serial0,115200 console=tty1 root=PARTUUID=4e639091-02 rootfstype=ext4 fsck.repair=yes rootwait' > "$r/boot/firmware/cmdline.txt"
echo up
while read -r name; do
	s=0
	chroot "$r" env -i HOME=/home/pi PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
		bash -e -c 'cd; . "/walk/$0"' "$name" > "$1/shared/$name.out" 2>&1 < /dev/null || s=$?
	echo "$s"
done
`

func aBoard(t *testing.T) *board {
	t.Helper()
	dir := t.TempDir()
	b := &board{dir: filepath.Join(dir, "shared"), said: &strings.Builder{}}
	for _, d := range []string{"shared", "root"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("unshare", "--mount", "--pid", "--fork", "--kill-child", "--net", "--uts", "--ipc", "bash", "-c", shell, "bash", dir)
	cmd.Stderr = b.said
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	b.in, b.out = in, bufio.NewScanner(out)
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the throw-away board: %v: %s", err, b.said)
		}
	})
	if !b.out.Scan() || b.out.Text() != "up" {
		in.Close()
		t.Fatalf("no throw-away board, which needs root: %s", b.said)
	}
	return b
}

func (b *board) run(t *testing.T, typed box) (string, int) {
	t.Helper()
	return b.type_(t, typed.text)
}

// type_ types into the board as its user.
func (b *board) type_(t *testing.T, text string) (printed string, status int) {
	t.Helper()
	b.n++
	name := fmt.Sprintf("%02d", b.n)
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(b.in, name)
	if !b.out.Scan() {
		t.Fatalf("the throw-away board has ended: %s", b.said)
	}
	if _, err := fmt.Sscan(b.out.Text(), &status); err != nil {
		t.Fatal(err)
	}
	said, err := os.ReadFile(filepath.Join(b.dir, name+".out"))
	if err != nil {
		t.Fatal(err)
	}
	return string(said), status
}

// must types what has to work.
func (b *board) must(t *testing.T, text string) string {
	t.Helper()
	printed, status := b.type_(t, text)
	if status != 0 {
		t.Fatalf("%s: exit %d: %s", text, status, printed)
	}
	return printed
}

// bring lays files into the user's folder.
func (b *board) bring(t *testing.T, files ...string) {
	t.Helper()
	for _, file := range files {
		b.lay(t, file)
		b.must(t, fmt.Sprintf("mv /walk/%s %s/", filepath.Base(file), boardHome))
	}
}

// reloadUnits does what systemd does at a daemon-reload: from then on it goes by the units' files as they are now.
func (b *board) reloadUnits(t *testing.T) {
	t.Helper()
	b.must(t, "rm -rf /run/loaded; cp -a /etc/systemd/system /run/loaded")
}

// restart starts the service as systemd would: by the files that it has loaded, and with the secrets that they name.
func (b *board) restart(t *testing.T) {
	t.Helper()
	b.must(t, "diff -r /run/loaded /etc/systemd/system")
	for line := range strings.Lines(b.must(t, "cat /run/loaded/kiosk.service.d/*.conf")) {
		if from, is := strings.CutPrefix(line, "LoadCredential="); is {
			_, file, _ := strings.Cut(strings.TrimSpace(from), ":")
			b.must(t, "test -s "+file)
		}
	}
}

// lay copies a file to where the board sees it.
func (b *board) lay(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(filepath.Join(b.dir, filepath.Base(file)), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// sell stands in for the day at the machine: the street's kiosk sells twice, by code and by QR, then gives the money back
// for what did not fall. Its book goes to where the board's own would be.
func (b *board) sell(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "kiosk-sim")
	if out, err := exec.Command("go", "build", "-tags", "sim", "-o", program, "./cmd/kiosk").CombinedOutput(); err != nil {
		t.Fatalf("building the street: %v: %s", err, out)
	}
	s := street{t: t, at: "http://" + freeAddress(t)}
	ctx, stop := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, program, "-data", dir, "-addr", strings.TrimPrefix(s.at, "http://"), "run")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.until("it sells", func() bool { return s.status("/readyz") == http.StatusOK })
	s.post("/street/press", "slot", "1")
	s.until("the code can be scanned", func() bool { return s.try("/street/phone", "do", "pay") })
	s.until("the first is sold", func() bool { return strings.Count(s.get("/orders.json"), `"state":"sold","means"`) == 1 })
	s.until("it takes a press", func() bool { return s.try("/street/press", "slot", "1") })
	s.until("the module reads", func() bool {
		return s.try("/street/scan", "ask", "none") && strings.Contains(s.get("/orders.json"), `"means":"code"`)
	})
	s.until("the second is sold", func() bool { return strings.Count(s.get("/orders.json"), `"state":"sold","means"`) == 2 })
	s.post("/street/trouble", "what", "slot", "how", "no-drop", "slot", "1")
	s.until("it takes a press", func() bool { return s.try("/street/press", "slot", "1") })
	s.until("the code can be scanned", func() bool { return s.try("/street/phone", "do", "pay") })
	s.until("the money is back", func() bool { return strings.Contains(s.get("/orders.json"), `"state":"refunded","means"`) })
	stop()
	_ = cmd.Wait() // it was told to stop
	for _, name := range []string{"kiosk.db", "kiosk.db-wal"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			b.lay(t, filepath.Join(dir, name))
		}
	}
	b.must(t, "mv /walk/kiosk.db* /var/lib/kiosk/ && chown kiosk:kiosk /var/lib/kiosk/*")
}

// street is the simulated street, from outside.
type street struct {
	t  *testing.T
	at string
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (s street) ask(method, path string, form ...string) (int, string) {
	values := url.Values{}
	for i := 0; i+1 < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.at+path, strings.NewReader(values.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer a.Body.Close()
	body, _ := io.ReadAll(a.Body) // what there is of it
	return a.StatusCode, string(body)
}

func (s street) status(path string) int { status, _ := s.ask(http.MethodGet, path); return status }
func (s street) get(path string) string { _, body := s.ask(http.MethodGet, path); return body }
func (s street) try(path string, form ...string) bool {
	status, _ := s.ask(http.MethodPost, path, form...)
	return status == http.StatusOK
}

func (s street) post(path string, form ...string) {
	s.t.Helper()
	if status, body := s.ask(http.MethodPost, path, form...); status != http.StatusOK {
		s.t.Fatalf("%s %v: %d %s", path, form, status, body)
	}
}

func (s street) until(what string, ok func() bool) {
	s.t.Helper()
	for end := time.Now().Add(2 * time.Minute); !ok(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("waited, and never: %s: %s", what, s.get("/orders.json"))
		}
	}
}

// judge looks at what the walk has left on the board.
func (b *board) judge(t *testing.T) {
	t.Helper()
	for _, c := range []struct{ what, typed, want string }{
		{"the config's owner is dpkg, and it is the walker's own", "dpkg-query -W -f '${Conffiles}\\n' kiosk; head -1 /etc/kiosk/kiosk.toml", "…\n…/etc/kiosk/kiosk.toml …\n…\nkiosk = \"K0042\"\n"},
		{"the merchant's secrets are root's alone", "stat -c '%a %U' /etc/kiosk/secret /etc/kiosk/secret/apikey /etc/kiosk/secret/merchant-key.pem", "700 root\n400 root\n400 root\n"},
		{"they are gone from the user's folder", "ls " + boardHome, "…\n"},
		{"a sealed secret opens to what it was", "systemd-creds decrypt --name=apikey /etc/kiosk/secret/apikey.cred - | cmp - /etc/kiosk/secret/apikey && echo same", "same\n"},
		{"the technician's secret is kept as a hash, and the service can read it", "cut -c1-10 /var/lib/kiosk/pin; stat -c '%a %G' /var/lib/kiosk/pin", "$argon2id$\n640 kiosk\n"},
		{"the service's user can read the book after root has", "setpriv --reuid=kiosk --regid=kiosk --clear-groups kiosk audit", "head: …\n4 orders, 0 violations\n"},
		{"a backup is a whole book", "sed -i 's|^\\[store\\]||; $a [store]\\npath = \"/home/pi/K0042.db\"' /etc/kiosk/kiosk.toml && kiosk audit", "head: …\n4 orders, 0 violations\n"},
		{"no login prompt talks to the scan module", "grep -c serial0 /boot/firmware/cmdline.txt || true", "0\n"},
	} {
		if printed := b.must(t, c.typed); !fits(c.want, printed) {
			t.Errorf("%s: %q prints %q", c.what, c.typed, printed)
		}
	}
	if left := b.must(t, "ls "+boardHome); strings.Contains(left, "apikey") || strings.Contains(left, ".pem") {
		t.Errorf("the merchant's secrets lie in the user's folder: %s", left)
	}
}
