package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

const patience = 2 * time.Minute // for a command that is to end by itself

// jobs are the processes that run on, by name.
type jobs struct {
	tell func(message)
	high func() []int // the watched pins that are high

	mu      sync.Mutex
	running map[string]*os.Process
}

// run starts a process as a service manager does: a session of its own, no terminal, its words led away.
func (j *jobs) run(name string, argv, post []string) error {
	if len(argv) == 0 {
		return errors.New("run: no command")
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.running[name] != nil {
		return fmt.Errorf("%s runs already", name)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	c := exec.Command(argv[0], argv[1:]...)
	c.Stdout, c.Stderr = w, w
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = c.Start()
	w.Close()
	if err != nil {
		r.Close()
		return err
	}
	j.running[name] = c.Process
	go j.follow(name, c, r, post)
	return nil
}

// follow tells every line and the end, and what was still on then; after that it calls post, as a unit does.
func (j *jobs) follow(name string, c *exec.Cmd, r io.ReadCloser, post []string) {
	defer r.Close()
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		j.tell(message{Event: "line", Name: name, Out: lines.Text()})
	}
	_ = c.Wait() // the state says it
	j.tell(message{Event: "exit", Name: name, Code: status(c.ProcessState), Pins: j.high()})
	after := message{Event: "post", Name: name}
	if len(post) > 0 {
		var err error
		if after.Code, after.Out, after.Err, err = call(post); err != nil {
			after.Error = err.Error()
		}
	}
	j.mu.Lock()
	delete(j.running, name)
	j.mu.Unlock()
	j.tell(after)
}

func (j *jobs) kill(name string, signal int) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	p := j.running[name]
	if p == nil {
		return fmt.Errorf("%s does not run", name)
	}
	return p.Signal(syscall.Signal(signal))
}

// call runs a command to its end.
func call(argv []string) (code int, out, errOut string, err error) {
	if len(argv) == 0 {
		return 0, "", "", errors.New("call: no command")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var stdout, stderr bytes.Buffer
	c := exec.CommandContext(ctx, argv[0], argv[1:]...)
	c.Stdout, c.Stderr = &stdout, &stderr
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = c.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = nil
	}
	if err == nil {
		code = status(c.ProcessState)
	}
	return code, stdout.String(), stderr.String(), err
}

func status(s *os.ProcessState) int {
	if ws, ok := s.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return s.ExitCode()
}

func write(path, text string, mode uint32) error {
	if mode == 0 {
		mode = 0o644
	}
	return os.WriteFile(path, []byte(text), os.FileMode(mode))
}
