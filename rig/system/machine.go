package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"kiosk/rig/street"
)

// The guest's machine: Debian's root as it was made, and a disk over it that is the run's own.
const (
	appendLine = "console=ttyAMA0 quiet rdinit=/init panic=-1 cryptomgr.notests apparmor=0 net.ifnames=0 spidev.bufsiz=65536" +
		" systemd.show_status=0"
	wired = "/run/rig/street" // tells the agent's unit that the street is set up
)

// prepare makes everything that is there before the power comes on: a key to log in with, the disk, the first file system.
func (r *rig) prepare() (err error) {
	for _, port := range []*int{&r.ssh, &r.page} {
		if *port, err = street.FreePort(); err != nil {
			return err
		}
	}
	r.Page = street.Page{Base: fmt.Sprint("http://127.0.0.1:", r.page)}
	last := r.Board.Last
	if err := os.Mkdir(r.made, 0o755); err != nil {
		return err
	}
	if err := command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "rig", "-f", filepath.Join(last, "key")); err != nil {
		return err
	}
	if err := r.client(); err != nil {
		return err
	}
	var files []street.File
	for name, f := range map[string]struct {
		from string
		mode uint32
	}{"/rig/agent": {r.agent, 0o755}, "/rig/authorized_keys": {filepath.Join(last, "key.pub"), 0o600}} {
		b, err := os.ReadFile(f.from)
		if err != nil {
			return fmt.Errorf("taking %s along: %w", name, err)
		}
		files = append(files, street.File{Name: name, Mode: f.mode, Data: b})
	}
	root := filepath.Join(r.Board.Cache, "system")
	if err := r.Board.MakeInitramfs(filepath.Join(root, "system.cpio.gz"), files); err != nil {
		return err
	}
	return command("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", filepath.Join(root, "root.ext4"), r.disk())
}

func (r *rig) disk() string { return filepath.Join(r.Board.Last, "disk.qcow2") }

// client makes ssh and scp find the guest: what runs them says neither key nor trust.
func (r *rig) client() error {
	bin := filepath.Join(r.Board.Last, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		return err
	}
	conf := filepath.Join(r.Board.Last, "ssh_config")
	text := fmt.Sprintf("IdentityFile %s\nIdentitiesOnly yes\nStrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\nCiphers aes128-gcm@openssh.com\nConnectTimeout 30\n",
		filepath.Join(r.Board.Last, "key"))
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		return err
	}
	for _, tool := range []string{"ssh", "scp"} {
		real, err := exec.LookPath(tool)
		if err != nil {
			return fmt.Errorf("%w: install openssh-client", err)
		}
		script := fmt.Sprintf("#!/bin/sh\nexec %s -F %s \"$@\"\n", real, conf)
		if err := os.WriteFile(filepath.Join(bin, tool), []byte(script), 0o755); err != nil {
			return err
		}
	}
	return nil
}

func (r *rig) tool(name string) string { return filepath.Join(r.Board.Last, "bin", name) }

// path is PATH with the rig's own ssh first.
func (r *rig) path() string {
	return "PATH=" + filepath.Join(r.Board.Last, "bin") + ":" + os.Getenv("PATH")
}

// power starts the machine and sets the street up; systemd waits for that before it starts a kiosk.
func (r *rig) power() (time.Duration, error) {
	began := time.Now()
	r.Scan = street.NewScanModule()
	// What the guest has not written is lost with its memory; what it has is kept, whatever this machine's cache does.
	err := r.Boot("-append", appendLine,
		"-drive", "if=none,id=disk,format=qcow2,cache=unsafe,file="+r.disk(),
		"-netdev", fmt.Sprintf("user,id=net,hostfwd=tcp:127.0.0.1:%d-%s:22,hostfwd=tcp:127.0.0.1:%d-%s:80", r.ssh, street.GuestIs, r.page, street.GuestIs))
	if err != nil {
		return 0, err
	}
	_, err = r.Hand.Ask(street.Message{Do: "write", Path: wired})
	return time.Since(began), err
}

// cut takes the power away and gives it back.
func (r *rig) cut() (time.Duration, error) {
	r.Cut()
	fmt.Fprintln(r.Log, "rig: the power is cut")
	return r.power()
}

// in runs a command in the guest and wants it to end well.
func (r *rig) in(argv ...string) (string, error) {
	said, err := r.Hand.Call(argv...)
	if err == nil && said.Code != 0 {
		err = fmt.Errorf("%s: status %d: %s", strings.Join(argv, " "), said.Code, strings.TrimSpace(said.Out+said.Err))
	}
	return strings.TrimSpace(said.Out), err
}

// write puts a file into the guest.
func (r *rig) write(path, text string, mode uint32) error {
	_, err := r.Hand.Ask(street.Message{Do: "write", Path: path, Out: text, Mode: mode})
	return err
}

// command runs a program of this machine.
func command(name string, args ...string) error {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// tell keeps the guest's journal of a run that failed, and prints the ends of the logs.
func (r *rig) tell() {
	if r.Hand != nil {
		for name, argv := range map[string][]string{
			"journal.log": {"journalctl", "-b", "--no-pager", "-o", "short-monotonic", "-n", "400"},
			"keeper.log":  {"sh", "-c", "/usr/lib/kiosk/keep status; cat /var/lib/kiosk-keep/log; ls -l /usr/lib/kiosk /usr/lib/kiosk/versions; systemctl status kiosk --no-pager"},
		} {
			if said, err := r.Hand.Call(argv...); err == nil { // a help, no result
				_ = os.WriteFile(filepath.Join(r.Board.Last, name), []byte(said.Out+said.Err), 0o644)
			}
		}
	}
	r.Tell()
	for _, name := range []string{"keeper.log", "deploy.log"} {
		b, _ := os.ReadFile(filepath.Join(r.Board.Last, name)) // one that was never written has no end
		all := strings.Split(strings.TrimRight(string(b), "\n"), "\n")
		fmt.Fprintf(r.Out, "--- the end of %s\n%s\n", filepath.Join(r.Board.Last, name), strings.Join(all[max(0, len(all)-25):], "\n"))
	}
}
