package street

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Open sets a street up before the power comes on: the gateway serves. The folder last is made anew, and keeps the run.
func Open(cache, last string) (*Street, error) {
	if err := os.RemoveAll(last); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(last, 0o755); err != nil {
		return nil, err
	}
	sockets, err := os.MkdirTemp("", "rig")
	if err != nil {
		return nil, err
	}
	r := &Street{Out: os.Stdout, Began: time.Now(), Trace: &Trace{}, Turned: map[int]int{}, Every: 50 * time.Millisecond,
		Board: &Board{Cache: cache, Last: last, Sockets: sockets}}
	if r.Log, err = os.Create(filepath.Join(last, "kiosk.log")); err != nil {
		return nil, err
	}
	if r.Till, err = OpenTill(filepath.Join(last, "gateway.log")); err != nil {
		return nil, err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-stop
		r.Complain("stopped by hand") // the next look ends the run, and the power with it
	}()
	return r, nil
}

// Close takes the power away and keeps the trace.
func (r *Street) Close() error {
	r.Board.Cut()
	return errors.Join(r.Till.Close(), r.Trace.Save(filepath.Join(r.Board.Last, "trace.txt")), r.Log.Close(), os.RemoveAll(r.Board.Sockets))
}

// Tell prints the ends of the logs of a run that failed.
func (r *Street) Tell() {
	last := r.Board.Last
	if r.Glass != nil { // a help, no result: what cannot be had is left out
		_ = SavePNG(filepath.Join(last, "glass.png"), r.Glass.Picture())
		for path, file := range map[string]string{"/status.json": "status.json", "/metrics": "metrics.txt", "/orders.json": "orders.json"} {
			_ = r.Page.save(path, filepath.Join(last, file))
		}
	}
	for name, lines := range map[string]int{"kiosk.log": 30, "console.log": 12, "qemu.log": 5, "gateway.log": 5} {
		b, _ := os.ReadFile(filepath.Join(last, name)) // one that was never written has no end
		all := strings.Split(strings.TrimRight(string(b), "\n"), "\n")
		fmt.Fprintf(r.Out, "--- the end of %s\n%s\n", filepath.Join(last, name), strings.Join(all[max(0, len(all)-lines):], "\n"))
	}
	for _, c := range r.Till.Log()[max(0, len(r.Till.Log())-10):] {
		fmt.Fprintf(r.Out, "--- gateway %s %s %s %s\n", c.At.Format("15:04:05.000"), c.Endpoint, c.No, c.Outcome)
	}
}
