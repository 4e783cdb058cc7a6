package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

// program is the binary under test, built once: the street's with -tags sim, the shipped one without.
var program string

// TestMain builds the program. Its tests wait far more than they work, so many run side by side.
func TestMain(m *testing.M) {
	flag.Parse()
	side := "16"
	if raced() {
		side, patience, glance = "5", 3*patience, 150*time.Millisecond // such a program is some ten times as slow
	}
	if err := flag.Set("test.parallel", side); err != nil {
		panic(err)
	}
	os.Exit(build(m))
}

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "kiosk-test-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "kiosk")
	if built := os.Getenv("KIOSK_PROGRAM"); built != "" && wires != "street" {
		// A binary that was built before, for another machine perhaps: "qemu-aarch64-static /where/kiosk".
		if err := os.WriteFile(program, []byte("#!/bin/sh\nexec "+built+" \"$@\"\n"), 0o700); err != nil {
			panic(err)
		}
		patience *= 3 // emulated, it is some ten times as slow
		return m.Run()
	}
	args := []string{"build", "-o", program}
	if wires == "street" {
		args = append(args, "-tags", "sim")
	}
	if raced() {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, ".")...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the kiosk: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// raced tells whether these tests look for races: then the program does too.
func raced() bool {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return false
	}
	for _, s := range info.Settings {
		if s.Key == "-race" && s.Value == "true" {
			return true
		}
	}
	return false
}

// spoken is what one call of the program came to.
type spoken struct {
	code     int
	out, err string
}

// kioskDoes calls the program and waits for its end.
func kioskDoes(t *testing.T, args ...string) spoken {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var out, errOut bytes.Buffer
	c := exec.CommandContext(ctx, program, args...)
	c.Stdout, c.Stderr = &out, &errOut
	c.Env = append(os.Environ(), "CREDENTIALS_DIRECTORY=", "NOTIFY_SOCKET=")
	err := c.Run()
	if ctx.Err() != nil {
		t.Fatalf("kiosk %v never ends: it said %q %q", args, out.String(), errOut.String())
	}
	if _, died := err.(*exec.ExitError); err != nil && !died {
		t.Fatal(err)
	}
	return spoken{c.ProcessState.ExitCode(), out.String(), errOut.String()}
}

// oneLineOnly tells that a person reads exactly one line, naming all of these.
func (s spoken) oneLineOnly(t *testing.T, code int, names ...string) {
	t.Helper()
	if s.code != code {
		t.Errorf("exit %d, want %d: %q %q", s.code, code, s.out, s.err)
	}
	if s.out != "" || strings.Count(s.err, "\n") != 1 || !strings.HasSuffix(s.err, "\n") {
		t.Errorf("a person wants one line on standard error, not %q and %q", s.out, s.err)
	}
	for _, n := range names {
		if !strings.Contains(s.err, n) {
			t.Errorf("%q does not name %q", s.err, n)
		}
	}
}

// patience is how long a thing may take that takes seconds: enough for a machine that is busy with other things.
var patience = 90 * time.Second

// glance is the time between two looks at something that is waited for.
var glance = 25 * time.Millisecond

// freeAddr is an address on this machine that nobody listens on.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func writeFile(t *testing.T, path, text string, mode os.FileMode) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// aConfig is a whole config for a gateway on this machine, with its key beside it; edit changes the text.
func aConfig(t *testing.T, dir, listen, gateway, key string, edit func(string) string) string {
	t.Helper()
	writeFile(t, filepath.Join(dir, "apikey"), key+"\n", 0o600)
	text := strings.NewReplacer("LISTEN", listen, "GATEWAY", gateway, "DATA", filepath.Join(dir, "kiosk.db")).Replace(plainConfig)
	if edit != nil {
		was := text
		if text = edit(text); text == was {
			t.Fatal("the edit changes nothing in the config")
		}
	}
	return writeFile(t, filepath.Join(dir, "kiosk.toml"), text, 0o644)
}

const plainConfig = `kiosk = "T0001"
[status]
listen = "LISTEN"
[pay]
url = "GATEWAY"
appid = "wx1234567890abcdef"
mchid = "1600000001"
key_file = "apikey"
[display]
size = "240x320"
rotation = 0
[keys]
cancel = "GPIO6"
[store]
path = "DATA"
[[slot]]
number = 1
name = "可口可乐 330ml"
name_en = "Coke 330ml"
fen = 350
key = "GPIO5"
motor = "GPIO17"
home = "GPIO27"
drop = "GPIO22"
stock = 10
[[slot]]
number = 2
name = "水"
fen = 200
key = "GPIO12"
motor = "GPIO16"
drop = "GPIO22"
stock = 3
`
