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
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

func init() { runtime.LockOSThread() } // QEMU is to die with this thread: see board.power

func main() {
	cache := flag.String("cache", ".rig", "where rig/kernel/build.sh put kernel and base")
	kiosk := flag.String("kiosk", "dist/kiosk-linux-arm64", "the shipped program")
	agent := flag.String("agent", ".rig/agent", "the agent, built for arm64")
	flag.Parse()
	r := &rig{out: os.Stdout, began: time.Now(), kiosk: *kiosk, agent: *agent, turned: map[int]int{}}
	if err := r.run(*cache); err != nil {
		fmt.Fprintln(os.Stderr, "rig:", err)
		os.Exit(1)
	}
}

// run sets the street up, plays, and leaves nothing behind but the folder last.
func (r *rig) run(cache string) (err error) {
	last := filepath.Join(cache, "last")
	if err := os.RemoveAll(last); err != nil {
		return err
	}
	if err := os.MkdirAll(last, 0o755); err != nil {
		return err
	}
	sockets, err := os.MkdirTemp("", "rig")
	if err != nil {
		return err
	}
	defer os.RemoveAll(sockets)
	if r.log, err = os.Create(filepath.Join(last, "kiosk.log")); err != nil {
		return err
	}
	defer r.log.Close()
	r.board = &board{cache: cache, last: last, sockets: sockets}
	defer r.board.cut()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-stop
		r.complain("stopped by hand") // the next look ends the run, and the power with it
	}()
	if err := r.prepare(last); err != nil {
		return err
	}
	err = errors.Join(r.play(scenario), r.till.close(), r.trace.save(filepath.Join(last, "trace.txt")))
	if err != nil {
		r.tell(last)
	}
	return err
}

// prepare makes everything that is there before the power comes on.
func (r *rig) prepare(last string) (err error) {
	if r.till, err = openTill(filepath.Join(last, "gateway.log")); err != nil {
		return err
	}
	files, err := guestFiles(r.kiosk, r.agent, r.till)
	if err != nil {
		return err
	}
	if err := r.board.makeInitramfs(files); err != nil {
		return err
	}
	if err := r.board.makeDisk(); err != nil {
		return err
	}
	if r.board.page, err = freePort(); err != nil {
		return err
	}
	r.page = page{fmt.Sprint("http://127.0.0.1:", r.board.page)}
	r.trace = &trace{}
	return nil
}

// tell prints the ends of the logs of a run that failed.
func (r *rig) tell(last string) {
	if r.glass != nil { // a help, no result: what cannot be had is left out
		_ = savePNG(filepath.Join(last, "glass.png"), r.glass.picture())
		for path, file := range map[string]string{"/status.json": "status.json", "/metrics": "metrics.txt", "/orders.json": "orders.json"} {
			_ = r.page.save(path, filepath.Join(last, file))
		}
	}
	for name, lines := range map[string]int{"kiosk.log": 30, "console.log": 12, "qemu.log": 5, "gateway.log": 5} {
		b, _ := os.ReadFile(filepath.Join(last, name)) // one that was never written has no end
		all := strings.Split(strings.TrimRight(string(b), "\n"), "\n")
		fmt.Fprintf(r.out, "--- the end of %s\n%s\n", filepath.Join(last, name), strings.Join(all[max(0, len(all)-lines):], "\n"))
	}
	for _, c := range r.till.Log()[max(0, len(r.till.Log())-10):] {
		fmt.Fprintf(r.out, "--- gateway %s %s %s %s\n", c.At.Format("15:04:05.000"), c.Endpoint, c.No, c.Outcome)
	}
}
