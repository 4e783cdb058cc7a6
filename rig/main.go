// Command rig boots the shipped arm64 kiosk on Debian's kernel in QEMU, with a
// real gpiochip, spidev and tty, and judges it from outside: by the panel's
// glass, the levels of the pins, the gateway's money and the book.
//
// The one thing to know: nothing of the kiosk is changed for it. The street is
// on this side (panel, scan module, gateway, phones), the spirals are in the
// guest beside the pins (rig/agent), and steps.go is the scenario.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"kiosk/rig/street"
)

func init() { runtime.LockOSThread() } // QEMU is to die with this thread: see street.Board

func main() {
	cache := flag.String("cache", ".rig", "where rig/kernel/build.sh put kernel and base")
	kiosk := flag.String("kiosk", "dist/kiosk-linux-arm64", "the shipped program")
	agent := flag.String("agent", ".rig/agent", "the agent, built for arm64")
	flag.Parse()
	r := &rig{kiosk: *kiosk, agent: *agent}
	if err := r.run(*cache); err != nil {
		fmt.Fprintln(os.Stderr, "rig:", err)
		os.Exit(1)
	}
}

// run sets the street up, plays, and leaves nothing behind but the folder last.
func (r *rig) run(cache string) (err error) {
	if r.Street, err = street.Open(cache, filepath.Join(cache, "last")); err != nil {
		return err
	}
	r.Heard, r.Ended = r.heard, r.ended
	if err = r.prepare(); err == nil {
		err = r.play(scenario)
	}
	if err != nil {
		r.Tell()
	}
	return errors.Join(err, r.Close())
}

// prepare makes everything that is there before the power comes on.
func (r *rig) prepare() error {
	files, err := guestFiles(r.kiosk, r.agent, r.Till)
	if err != nil {
		return err
	}
	if err := r.Board.MakeInitramfs(filepath.Join(r.Board.Cache, "base.cpio.gz"), files); err != nil {
		return err
	}
	if err := makeDisk(r.Board.Last); err != nil {
		return err
	}
	if r.port, err = street.FreePort(); err != nil {
		return err
	}
	r.Page = street.Page{Base: fmt.Sprint("http://127.0.0.1:", r.port)}
	return nil
}
