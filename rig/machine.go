package main

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

// What the machine under the guest is made of.
const (
	qemu    = "qemu-system-aarch64"
	diskMiB = 96
)

// board is one machine that can be powered on and off, with its disk.
type board struct {
	cache   string // vmlinuz, base.cpio.gz, rig.dtb
	last    string // where disk, initramfs and the console's words are
	sockets string // short paths: a socket's name has 107 bytes at most
	page    int    // the port of this machine that leads to the kiosk's page

	proc *exec.Cmd
	gone chan struct{} // closed when QEMU has ended
}

// power starts QEMU. bufsiz is spidev's longest transfer.
func (b *board) power(bufsiz int) error {
	log, err := os.OpenFile(filepath.Join(b.last, "qemu.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	socket := func(id string) string {
		path := filepath.Join(b.sockets, id)
		_ = os.Remove(path) // of the life before
		return "socket,id=" + id + ",server=on,wait=off,path=" + path
	}
	b.proc = exec.Command(qemu, "-M", "virt", "-cpu", "cortex-a53", "-smp", "2", "-m", "512",
		"-nodefaults", "-display", "none", "-no-reboot",
		"-chardev", "file,id=console,append=on,path="+filepath.Join(b.last, "console.log"), "-serial", "chardev:console",
		"-kernel", filepath.Join(b.cache, "vmlinuz"), "-dtb", filepath.Join(b.cache, "rig.dtb"),
		"-initrd", filepath.Join(b.last, "initramfs.gz"),
		"-append", fmt.Sprintf("console=ttyAMA0 quiet rdinit=/init panic=-1 spidev.bufsiz=%d", bufsiz),
		"-drive", "if=none,id=disk,format=raw,file="+filepath.Join(b.last, "disk.img"),
		"-device", "virtio-blk-pci,drive=disk",
		"-netdev", fmt.Sprintf("user,id=net,hostfwd=tcp:127.0.0.1:%d-%s:%d", b.page, guestIs, guestPage),
		"-device", "virtio-net-pci,netdev=net,romfile=",
		"-device", "virtio-serial-pci",
		"-chardev", socket("agent"), "-device", "virtserialport,chardev=agent,name=kiosk.agent",
		"-chardev", socket("spi"), "-device", "virtserialport,chardev=spi,name=kiosk.spi",
		"-device", "qemu-xhci", "-chardev", socket("scan"), "-device", "usb-serial,chardev=scan")
	b.proc.Stdout, b.proc.Stderr = log, log
	b.proc.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // main holds its thread
	if err := b.proc.Start(); err != nil {
		return fmt.Errorf("starting QEMU: %w: install qemu-system-arm", err)
	}
	b.gone = make(chan struct{})
	go func(p *exec.Cmd, gone chan struct{}) {
		_ = p.Wait() // how it ended matters to nobody: either it was killed, or the next step finds out
		close(gone)
	}(b.proc, b.gone)
	return nil
}

// connect opens one of QEMU's sockets.
func (b *board) connect(id string) (net.Conn, error) {
	for deadline := time.Now().Add(20 * time.Second); ; {
		c, err := net.Dial("unix", filepath.Join(b.sockets, id))
		if err == nil {
			return c, nil
		}
		select {
		case <-b.gone:
			return nil, errors.New("QEMU has ended: see qemu.log")
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("reaching QEMU: %w", err)
		}
	}
}

// cut takes the power away, at once.
func (b *board) cut() {
	if b.proc == nil {
		return
	}
	_ = b.proc.Process.Kill() // or it has ended
	<-b.gone
	b.proc = nil
}

// makeDisk formats the card on which the book will be.
func (b *board) makeDisk() error {
	path := filepath.Join(b.last, "disk.img")
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Truncate(diskMiB<<20), f.Close()); err != nil {
		return err
	}
	tool, err := exec.LookPath("mkfs.ext4")
	if err != nil {
		tool = "/usr/sbin/mkfs.ext4" // not in everybody's path
	}
	if out, err := exec.Command(tool, "-q", "-F", "-L", "kiosk", path).CombinedOutput(); err != nil {
		return fmt.Errorf("formatting the card: %w: %s", err, out)
	}
	return nil
}

// makeInitramfs puts our own files behind the base.
func (b *board) makeInitramfs(files []guestFile) (err error) {
	base, err := os.Open(filepath.Join(b.cache, "base.cpio.gz"))
	if err != nil {
		return fmt.Errorf("%w: make rig builds it with rig/kernel/build.sh", err)
	}
	defer base.Close()
	w, err := os.Create(filepath.Join(b.last, "initramfs.gz"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if _, err := io.Copy(w, base); err != nil {
		return err
	}
	return initramfs(w, files)
}

// freePort is a port of the loopback that nobody has now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
