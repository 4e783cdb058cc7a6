package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// machine is QEMU and the host's ends of its sockets.
type machine struct {
	dir    string
	proc   *exec.Cmd
	begun  time.Time
	agent  net.Conn
	lines  *bufio.Reader
	glass  net.Conn
	stream *bufio.Reader
	read   int // records
}

// power starts the machine of the README on the disk in dir.
func power(cache, dir, bufsiz string) (*machine, error) {
	m := &machine{dir: dir, begun: time.Now()}
	in := func(name string) string { return filepath.Join(dir, name) }
	socket := func(id string) string {
		_ = os.Remove(in(id + ".sock")) // left by a machine that was cut
		return "socket,id=" + id + ",path=" + in(id+".sock") + ",server=on,wait=off"
	}
	m.proc = exec.Command("qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a53", "-smp", "2", "-m", "512",
		"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-kernel", filepath.Join(cache, "vmlinuz"), "-initrd", in("initrd"), "-dtb", filepath.Join(cache, "rig.dtb"),
		"-append", "console=ttyAMA0 quiet rdinit=/init panic=-1 cryptomgr.notests apparmor=0"+bufsiz, "-serial", "file:"+in("console.log"),
		"-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile=",
		"-drive", "file="+in("disk.raw")+",format=raw,if=none,id=disk", "-device", "virtio-blk-pci,drive=disk",
		"-device", "virtio-serial-pci",
		"-chardev", socket("agent"), "-device", "virtserialport,chardev=agent,name=kiosk.agent",
		"-chardev", socket("spi"), "-device", "virtserialport,chardev=spi,name=kiosk.spi",
		"-device", "qemu-xhci", "-chardev", socket("scan"), "-device", "usb-serial,chardev=scan")
	m.proc.Stderr = os.Stderr
	m.proc.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := m.proc.Start(); err != nil {
		return nil, err
	}
	var err error
	if m.agent, err = m.dial("agent"); err == nil {
		m.glass, err = m.dial("spi")
	}
	if err != nil {
		return nil, errors.Join(err, m.cut())
	}
	m.lines, m.stream = bufio.NewReader(m.agent), bufio.NewReader(m.glass)
	return m, nil
}

// dial waits for QEMU to listen.
func (m *machine) dial(id string) (c net.Conn, err error) {
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if c, err = net.Dial("unix", filepath.Join(m.dir, id+".sock")); err == nil {
			return c, c.SetDeadline(time.Now().Add(2 * time.Minute))
		}
	}
	return nil, err
}

// cut takes the power away.
func (m *machine) cut() error {
	err := m.proc.Process.Kill()
	_ = m.proc.Wait() // it was killed
	return err
}

// hear is the guest's next answer.
func (m *machine) hear() (string, error) {
	line, err := m.lines.ReadString('\n')
	if err != nil {
		console, _ := os.ReadFile(filepath.Join(m.dir, "console.log"))
		return "", fmt.Errorf("the guest is silent: %w; its console ends with: %s", err, console[max(0, len(console)-600):])
	}
	said, ok := strings.CutPrefix(strings.TrimSpace(line), "ok")
	if !ok {
		return "", errors.New("the guest says: " + strings.TrimSpace(line))
	}
	return strings.TrimSpace(said), nil
}

func (m *machine) ask(format string, args ...any) (string, error) {
	if _, err := fmt.Fprintf(m.agent, format+"\n", args...); err != nil {
		return "", err
	}
	return m.hear()
}

// record is the next transfer of the bus.
func (m *machine) record() (dc byte, data []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(m.stream, head[:]); err != nil {
		return 0, nil, err
	}
	data = make([]byte, binary.LittleEndian.Uint32(head[1:]))
	m.read++
	_, err = io.ReadFull(m.stream, data)
	return head[0], data, err
}
