package street

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const qemu = "qemu-system-aarch64"

// Board is one machine that can be powered on and off.
type Board struct {
	Cache   string // vmlinuz, rig.dtb
	Last    string // where initramfs.gz, the disk and the console's words are
	Sockets string // short paths: a socket's name has 107 bytes at most

	proc *exec.Cmd
	Gone chan struct{} // closed when QEMU has ended
}

// Power starts QEMU: args are the drive named disk, the net named net, and the kernel's line. The caller holds its
// thread (runtime.LockOSThread), with which QEMU is to die.
func (b *Board) Power(args ...string) error {
	log, err := os.OpenFile(filepath.Join(b.Last, "qemu.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	socket := func(id string) string {
		path := filepath.Join(b.Sockets, id)
		_ = os.Remove(path) // of the life before
		return "socket,id=" + id + ",server=on,wait=off,path=" + path
	}
	b.proc = exec.Command(qemu, append([]string{"-M", "virt", "-cpu", "cortex-a53", "-smp", "2", "-m", "512",
		"-nodefaults", "-display", "none", "-no-reboot",
		"-chardev", "file,id=console,append=on,path=" + filepath.Join(b.Last, "console.log"), "-serial", "chardev:console",
		"-kernel", filepath.Join(b.Cache, "vmlinuz"), "-dtb", filepath.Join(b.Cache, "rig.dtb"),
		"-initrd", filepath.Join(b.Last, "initramfs.gz"),
		"-device", "virtio-blk-pci,drive=disk", "-device", "virtio-net-pci,netdev=net,romfile=",
		"-device", "virtio-serial-pci",
		"-chardev", socket("agent"), "-device", "virtserialport,chardev=agent,name=kiosk.agent",
		"-chardev", socket("spi"), "-device", "virtserialport,chardev=spi,name=kiosk.spi",
		"-device", "qemu-xhci", "-chardev", socket("scan"), "-device", "usb-serial,chardev=scan"}, args...)...)
	b.proc.Stdout, b.proc.Stderr = log, log
	b.proc.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := b.proc.Start(); err != nil {
		return fmt.Errorf("starting QEMU: %w: install qemu-system-arm", err)
	}
	b.Gone = make(chan struct{})
	go func(p *exec.Cmd, gone chan struct{}) {
		_ = p.Wait() // how it ended matters to nobody: either it was killed, or the next step finds out
		close(gone)
	}(b.proc, b.Gone)
	return nil
}

// Connect opens one of QEMU's sockets.
func (b *Board) Connect(id string) (net.Conn, error) {
	for deadline := time.Now().Add(20 * time.Second); ; {
		c, err := net.Dial("unix", filepath.Join(b.Sockets, id))
		if err == nil {
			return c, nil
		}
		select {
		case <-b.Gone:
			return nil, errors.New("QEMU has ended: see qemu.log")
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("reaching QEMU: %w", err)
		}
	}
}

// Cut takes the power away, at once.
func (b *Board) Cut() {
	if b.proc == nil {
		return
	}
	_ = b.proc.Process.Kill() // or it has ended
	<-b.Gone
	b.proc = nil
}

// MakeInitramfs puts our own files behind a base.
func (b *Board) MakeInitramfs(base string, files []File) (err error) {
	from, err := os.Open(base)
	if err != nil {
		return fmt.Errorf("%w: make builds it first", err)
	}
	defer from.Close()
	w, err := os.Create(filepath.Join(b.Last, "initramfs.gz"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if _, err := io.Copy(w, from); err != nil {
		return err
	}
	return Initramfs(w, files)
}

// FreePort is a port of the loopback that nobody has now.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
