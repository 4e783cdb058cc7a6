package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// deployed is what make deploy said.
type deployed struct {
	said   string
	status int
	took   time.Duration
}

// last is what it said of this kiosk at the end, before its table.
func (d deployed) last() (text string) {
	for line := range strings.Lines(d.said) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "deploy: ")
		if said, ok := strings.CutPrefix(line, host+": "); ok {
			text = said
		}
	}
	return text
}

// deploying is a make deploy that runs.
type deploying struct {
	cmd   *exec.Cmd
	began time.Time
	out   *os.File
	at    int64
}

// begin runs what brings a version, with an ssh that finds the guest.
func (r *rig) begin(argv ...string) (*deploying, error) {
	out, err := os.OpenFile(filepath.Join(r.Board.Last, "deploy.log"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(out, "\n$ %s\n", strings.Join(argv, " "))
	at, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	c := exec.Command(argv[0], argv[1:]...)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that all of it can be killed
	c.Stdout, c.Stderr, c.Env = out, out, append(os.Environ(), r.path())
	if err := c.Start(); err != nil {
		return nil, errors.Join(err, out.Close())
	}
	return &deploying{c, time.Now(), out, at}, nil
}

// kill takes it away with its ssh, as a laptop does whose lid is shut.
func (d *deploying) kill() { _ = syscall.Kill(-d.cmd.Process.Pid, syscall.SIGKILL) } // or it has ended

// end waits for it.
func (d *deploying) end() (done deployed, err error) {
	defer d.out.Close()
	var failed *exec.ExitError
	if err := d.cmd.Wait(); err != nil && !errors.As(err, &failed) {
		return done, err
	}
	done.status, done.took = d.cmd.ProcessState.ExitCode(), time.Since(d.began)
	b, err := os.ReadFile(d.out.Name())
	if err == nil {
		done.said = string(b[d.at:])
	}
	return done, err
}

const host = "root@127.0.0.1"

// deploy is make deploy, as an owner says it; more are make's variables.
func (r *rig) deploy(more ...string) (deployed, error) {
	d, err := r.begin(append([]string{"make", "--no-print-directory", "deploy", "HOST=" + host, fmt.Sprint("PORT=", r.ssh), "ARCHES=arm64"}, more...)...)
	if err != nil {
		return deployed{}, err
	}
	return d.end()
}

// bringing is what make deploy runs, for a package that is made already.
func (r *rig) bringing(p pack) (*deploying, error) {
	return r.begin(r.deployer, "-version", p.version, "-deb", "arm64="+p.file, "-port", fmt.Sprint(r.ssh), host)
}

func (r *rig) bring(p pack) (deployed, error) {
	d, err := r.bringing(p)
	if err != nil {
		return deployed{}, err
	}
	return d.end()
}
