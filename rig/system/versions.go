package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// pack is a package that can be deployed.
type pack struct {
	file    string // of this machine
	version string
	name    string // as the keeper has it
}

// Where the guest keeps real programs, for versions that are a script before one.
const (
	realKiosk = "/opt/rig/kiosk"
	realSim   = "/opt/rig/kiosk-sim"
)

// What may be wrong with a version: each is the real kiosk with a script before it.
const (
	same    = ``
	crashes = `[ "$1" != run ] || exit 3; exec ` + realKiosk + ` "$@"`
	unready = `[ "$1" != run ] || unset NOTIFY_SOCKET; exec ` + realKiosk + ` "$@"`
	hangs   = `[ "$1" != run ] || { (sleep 30; kill -STOP $$) & }; exec ` + realKiosk + ` "$@"`
	falls   = `[ "$1" != run ] || [ ! -e ` + fallNow + ` ] || kill -SEGV $$; exec ` + realKiosk + ` "$@"`
	// The street's gateway stands beside the page, and plain HTTP is for loopback addresses. Whether anybody is served before
	// it comes is asked by the kiosk that goes: the street's has another name.
	streets = `[ "$1" != idle ] || exec ` + realKiosk + ` "$@"; exec ` + realSim + ` -data /var/lib/kiosk/street -addr ` + simAddress + ` "$@"`

	fallNow    = "/run/rig/fall"
	simAddress = "127.0.0.1:80"
)

// variant packs another version: the same kiosk, or a script.
func (r *rig) variant(version, script string) (p pack, err error) {
	dir := filepath.Join(r.made, version)
	if err := command("dpkg-deb", "-R", r.base, dir); err != nil {
		return p, err
	}
	defer os.RemoveAll(dir)
	inside := filepath.Join(dir, "usr/lib/kiosk/package")
	binary := []byte("#!/bin/sh\n" + script + "\n")
	if script == same {
		if binary, err = os.ReadFile(filepath.Join(inside, "kiosk")); err != nil {
			return p, err
		}
	}
	if err := os.WriteFile(filepath.Join(inside, "kiosk"), binary, 0o755); err != nil {
		return p, err
	}
	if err := os.WriteFile(filepath.Join(inside, "VERSION"), []byte(version+"\n"), 0o644); err != nil {
		return p, err
	}
	var sums strings.Builder
	for _, name := range []string{"kiosk", "kiosk.service", "VERSION"} {
		b, err := os.ReadFile(filepath.Join(inside, name))
		if err != nil {
			return p, err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(b), name)
	}
	if err := os.WriteFile(filepath.Join(inside, "SHA256SUMS"), []byte(sums.String()), 0o644); err != nil {
		return p, err
	}
	if err := control(filepath.Join(dir, "DEBIAN"), version); err != nil {
		return p, err
	}
	p = pack{filepath.Join(r.made, "kiosk_"+version+"_arm64.deb"), version, nameOf(version, binary)}
	return p, command("dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "-b", dir, p.file)
}

// nameOf is what the keeper calls a version.
func nameOf(version string, binary []byte) string {
	return fmt.Sprintf("%s-%.8s", version, fmt.Sprintf("%x", sha256.Sum256(binary)))
}

var versionLine = regexp.MustCompile(`(?m)^Version: .*$`)

// control gives a package's control part another version; the sums of its files are dpkg's own to make.
func control(dir, version string) error {
	file := filepath.Join(dir, "control")
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !versionLine.Match(b) {
		return fmt.Errorf("%s names no version", file)
	}
	_ = os.Remove(filepath.Join(dir, "md5sums")) // it need not be there
	return os.WriteFile(file, versionLine.ReplaceAll(b, []byte("Version: "+version)), 0o644)
}

// kept is what the keeper says of itself.
type kept struct{ current, previous, trial, refused, result string }

func (r *rig) keeper() (k kept, err error) {
	out, err := r.in("/usr/lib/kiosk/keep", "status")
	for line := range strings.Lines(out) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "current":
			k.current = rest
		case "previous":
			k.previous = rest
		case "trial":
			k.trial = rest
		case "refused":
			k.refused = rest
		case "result":
			k.result = rest
		}
	}
	return k, err
}
