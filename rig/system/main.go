// Command system boots Debian with systemd as PID 1 on the rig's machine, brings kiosks into it with make deploy, good ones
// and bad ones, takes the power away while they are switched, and judges from the street: does it sell?
//
// The one thing to know: make deploy, the package, the keeper, the unit and the kiosk are what ships. The rig holds the
// keeper at a known moment by a program that stands before another in the path (root/hold), and does nothing else in there.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"kiosk/rig/street"
)

func init() { runtime.LockOSThread() } // QEMU is to die with this thread: see street.Board

// rig is the street, and what the rows remember of the kiosk in it.
type rig struct {
	*street.Street
	agent string // the program for the guest
	sim   string // the kiosk of the simulated street, for arm64
	made  string // where versions are packed

	deployer string // what make deploy runs

	ssh, page int      // ports of this machine that lead to the guest's 22 and 80
	sales     []string // every order that was sold
	versions  int      // that were packed for the cuts
	base      string   // the package that other versions are made of
}

// row is one line of the table.
type row struct {
	name string
	do   func(*rig) (seen string, err error)
}

func main() {
	cache := flag.String("cache", ".rig", "where rig/kernel/build.sh and rig/system/root/build.sh put theirs")
	agent := flag.String("agent", ".rig/agent", "the agent, built for arm64")
	sim := flag.String("sim", ".rig/kiosk-sim", "the kiosk with -tags sim, built for arm64")
	deployer := flag.String("deploy", "bin/deploy", "what make deploy runs, as it builds it")
	only := flag.String("rows", "", "the numbers of the rows to be played, such as 34; the first are played always; all if empty")
	flag.Parse()
	r := &rig{agent: *agent, sim: *sim, deployer: *deployer}
	if err := r.run(*cache, *only); err != nil {
		fmt.Fprintln(os.Stderr, "rig:", err)
		os.Exit(1)
	}
}

// run sets the street up, plays every row, and leaves nothing behind but the folder last.
func (r *rig) run(cache, only string) (err error) {
	if cache, err = filepath.Abs(cache); err != nil {
		return err
	}
	if r.Street, err = street.Open(cache, filepath.Join(cache, "system", "last")); err != nil {
		return err
	}
	r.Every = 300 * time.Millisecond // every look costs the guest more than it has
	r.made = filepath.Join(r.Board.Last, "packages")
	if err = r.prepare(); err == nil {
		err = r.play(only)
	}
	if err != nil {
		r.tell()
	}
	return errors.Join(err, r.Close())
}

// play does the rows in order. After one that fails the machine is in a state that no row reckons with, so the rest is
// not played, and said to be so.
func (r *rig) play(only string) (failed error) {
	for _, w := range rows {
		switch {
		case failed != nil:
			r.Say("-", w.name, "not played")
			continue
		case only != "" && !wanted(w.name, only):
			continue
		}
		seen, err := w.do(r)
		if err == nil {
			err = r.Complaint()
		}
		if err != nil {
			failed = fmt.Errorf("%s: %w", w.name, err)
			r.Say("FAIL", w.name, strings.TrimSpace(seen+"\n"+err.Error()))
			continue
		}
		r.Say("ok", w.name, seen)
	}
	return failed
}

// wanted: the rows of the first number set up what all others need.
func wanted(name, only string) bool { return name[:1] == "1" || strings.Contains(only, name[:1]) }
