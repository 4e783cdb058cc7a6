package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

const clone = "../.."

// commitDay is the date of every package in these tests.
var commitDay = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// program is the kiosk for this machine, built once for all tests.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "kiosk")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "kiosk")
	c := exec.Command("go", "build", "-C", clone, "-buildvcs=false", "-ldflags", "-s -w -X main.version=tested", "-o", file, "./cmd/kiosk")
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	_, err = output(c)
	return file, err
})

// Packages are installed by root. Whoever is not gets a name space of his own, where he is.
func TestMain(m *testing.M) {
	if os.Geteuid() != 0 {
		again := exec.Command("unshare", append([]string{"--map-root-user", "--map-auto", "--", os.Args[0]}, os.Args[1:]...)...)
		again.Stdout, again.Stderr = os.Stdout, os.Stderr
		if err := again.Run(); err != nil {
			fmt.Fprintf(os.Stderr, "packages are installed by root, or in a name space (uidmap, a line of yours in /etc/subuid and /etc/subgid): %v\n", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	rc := m.Run()
	if file, err := program(); err == nil {
		os.RemoveAll(filepath.Dir(file))
	}
	os.Exit(rc)
}

// arch is this machine's, in Debian's words.
func arch(t *testing.T) string {
	t.Helper()
	a := map[string]string{"amd64": "amd64", "arm64": "arm64"}[runtime.GOARCH]
	if a == "" {
		t.Fatalf("no package is made for a machine like this one (%s)", runtime.GOARCH)
	}
	return a
}

// made is a package for this machine, and what was printed beside it.
type made struct {
	deb, bill, sums string
	name            string // what the keeper calls the version
}

// makeDeb packs version from root into a folder of its own.
func makeDeb(t *testing.T, root, version, key string) made {
	t.Helper()
	j := &job{Root: root, Version: version, Key: key, Squeeze: "gzip:1"}
	if root != clone || key != "" {
		return makeInto(t, t.TempDir(), j)
	}
	if _, ok := plain[version]; !ok { // made once for all tests
		dir, err := os.MkdirTemp(filepath.Dir(firstOf(program())), version)
		if err != nil {
			t.Fatal(err)
		}
		plain[version] = makeInto(t, dir, j)
	}
	return plain[version]
}

var plain = map[string]made{}

func firstOf(s string, _ error) string { return s }

func makeInto(t *testing.T, out string, j *job) made {
	t.Helper()
	file, err := program()
	if err != nil {
		t.Fatalf("building the kiosk: %v", err)
	}
	j.Out, j.Date = out, commitDay
	if err := j.run([]string{arch(t) + "=" + file}); err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(out, "kiosk_"+j.Version+"_"+arch(t))
	sum := must(t, exec.Command("sha256sum", file))
	return made{base + ".deb", base + ".cdx.json", filepath.Join(out, "SHA256SUMS"), j.Version + "-" + sum[:8]}
}

// otherClone is the clone with some files of systemd/ changed.
func otherClone(t *testing.T, changed map[string]func(string) string) string {
	t.Helper()
	root, from := t.TempDir(), must(t, exec.Command("realpath", clone))
	for _, name := range []string{"go.mod", "go.sum", "LICENSE", "CHANGELOG.md", "cmd"} {
		if err := os.Symlink(filepath.Join(from, name), filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	must(t, exec.Command("cp", "-a", filepath.Join(from, "systemd"), root))
	for name, change := range changed {
		file := filepath.Join(root, "systemd", name)
		was, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		is := change(string(was))
		if is == string(was) {
			t.Fatalf("%s is not changed: this test looks at nothing", name)
		}
		if err := os.WriteFile(file, []byte(is), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// must runs a program that has to work, and gives what it printed.
func must(t *testing.T, c *exec.Cmd) string {
	t.Helper()
	out, err := output(c)
	if err != nil {
		t.Fatalf("%s: %v", strings.Join(c.Args, " "), err)
	}
	return out
}
