package main

import (
	"context"
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

// sshConn is the way to one kiosk: the user's own ssh with his own config and keys, and one shared connection for all
// commands, so that a slow login or a hardware key is needed once.
type sshConn struct {
	host string
	ssh  []string
	dir  string // for the connection's socket and the output of commands
	sudo string // the prefix of commands for root, or ""
}

// errBroken means that the connection failed. It says nothing about what happens on the kiosk.
var errBroken = errors.New("the connection is broken")

// openSSH prepares the shared connection; the first command opens it. It never asks for a password, and notices a dead
// connection within 15 seconds.
func (f *rollout) openSSH(host string) (*sshConn, error) {
	dir, err := os.MkdirTemp("/tmp", "kiosk") // a socket's path has 108 bytes at most
	if err != nil {
		return nil, err
	}
	l := &sshConn{host: host, dir: dir, ssh: append([]string{}, f.ssh...)}
	for _, o := range []string{
		"BatchMode=yes", "ConnectTimeout=10", "ServerAliveInterval=5", "ServerAliveCountMax=3",
		"ControlMaster=auto", "ControlPath=" + dir + "/%C", "ControlPersist=60",
	} {
		l.ssh = append(l.ssh, "-o", o)
	}
	if f.port != "" {
		l.ssh = append(l.ssh, "-p", f.port)
	}
	return l, nil
}

// closeConn ends the shared connection, which would stay open for another minute.
func (l *sshConn) closeConn() {
	c := exec.Command(l.ssh[0], append(l.ssh[1:len(l.ssh):len(l.ssh)], "-O", "exit", l.host)...)
	_ = c.Run() // without a connection there is nothing to end
	_ = os.RemoveAll(l.dir)
}

// runRemote runs one command there and returns its output. The output goes through files: the shared connection is a
// background process that would keep a pipe open, and Wait would not return.
func (l *sshConn) runRemote(ctx context.Context, limit time.Duration, command string, in io.Reader) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	out, err := os.Create(filepath.Join(l.dir, "out"))
	if err != nil {
		return "", err
	}
	defer out.Close()
	said, err := os.Create(filepath.Join(l.dir, "said"))
	if err != nil {
		return "", err
	}
	defer said.Close()
	c := exec.CommandContext(ctx, l.ssh[0], append(l.ssh[1:len(l.ssh):len(l.ssh)], l.host, command)...)
	c.Stdin, c.Stdout, c.Stderr, c.WaitDelay = in, out, said, time.Second
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) } // ssh then closes its channel; a kill would not
	err = c.Run()
	text, complaint := readBack(out), readBack(said)
	var exit *exec.ExitError
	switch {
	case err == nil:
		return text, nil
	case ctx.Err() != nil && context.Cause(ctx) == context.Canceled:
		return text, ctx.Err()
	case ctx.Err() != nil:
		return text, fmt.Errorf("%w: no answer within %v", errBroken, limit)
	case errors.As(err, &exit) && exit.ExitCode() == 255: // ssh's own failure; any other status is the command's
		return text, l.explainFailure(complaint)
	case errors.As(err, &exit):
		return text, errors.New(lastLine(complaint, err.Error()))
	}
	return text, err
}

// runAsRoot runs a script there as root, from standard input: no quoting, no limit on its length.
func (l *sshConn) runAsRoot(ctx context.Context, script string) (string, error) {
	return l.runRemote(ctx, time.Minute, l.sudo+"/bin/sh -s", strings.NewReader(script))
}

// explainFailure says what to do about a connection that cannot be made.
func (l *sshConn) explainFailure(said string) error {
	for _, w := range []struct{ has, say string }{
		{"REMOTE HOST IDENTIFICATION HAS CHANGED", "its host key is not the one known before: if the card was written anew, say: ssh-keygen -R %s"},
		{"Host key verification failed", "its host key is not known yet: say ssh %s once and compare the fingerprint"},
		{"Permission denied", "it knows none of your keys: say: ssh-copy-id %s"},
		{"Could not resolve hostname", "nobody knows where %s is: look at its network, or use its address"},
	} {
		if strings.Contains(said, w.has) {
			return fmt.Errorf(w.say, l.host)
		}
	}
	return fmt.Errorf("%w: %s: is it on, and does sshd run there?", errBroken, lastLine(said, "ssh said nothing"))
}

// readBack returns what a command has written to its file.
func readBack(f *os.File) string {
	text, _ := os.ReadFile(f.Name())
	return strings.TrimSpace(string(text))
}

// lastLine is the last line of a program's output, which mostly gives the reason.
func lastLine(said, otherwise string) string {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	if l := strings.TrimSpace(lines[len(lines)-1]); l != "" {
		return l
	}
	return otherwise
}
