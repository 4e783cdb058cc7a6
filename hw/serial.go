package hw

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"
)

// ErrTaken is a serial line that another program has.
var ErrTaken = errors.New("another program has it; stop that one first")

// writeTime is how long the few bytes of a command may take to leave.
const writeTime = time.Second

// OpenSerial opens a tty raw, 8N1, for this process alone. Its Read gives 0, nil after an idle
// second; its Close ends a pending Read; its Write never takes longer than a second. It never becomes
// the process's own terminal, so unplugging it sends no SIGHUP.
func OpenSerial(path string, baud int) (io.ReadWriteCloser, error) {
	own, err := lockTTY(path)
	if err != nil {
		return nil, fmt.Errorf("opening the scan module at %s: %w", path, err)
	}
	port, err := serial.Open(path, &serial.Mode{BaudRate: baud, DataBits: 8})
	if err == nil {
		err = port.SetReadTimeout(time.Second)
	}
	if err != nil {
		_ = own.Close()
		return nil, fmt.Errorf("opening the scan module at %s with %d baud: %w; see scanner.port and scanner.baud", path, baud, err)
	}
	return &tty{port, own}, nil
}

// lockTTY opens the tty with a lock that also holds against root, whom its exclusive mode does not stop.
func lockTTY(path string) (*os.File, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.ENOENT):
		return nil, errors.New("there is no such device; see scanner.port and the cable")
	case errors.Is(err, unix.EACCES):
		return nil, errors.New("permission denied; the user must be in the device's group (dialout)")
	case errors.Is(err, unix.EBUSY):
		return nil, ErrTaken
	case err != nil:
		return nil, err
	}
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = unix.Close(fd)
		return nil, ErrTaken
	}
	return os.NewFile(uintptr(fd), path), nil
}

// tty reads through the library and writes through a file of its own: the library's Write knows no
// deadline, and after Close would write to whatever then has the number of its file, the book included.
type tty struct {
	serial.Port
	own *os.File
}

// errUnplugged is the library's "Port has been closed", in words for whoever stands at the machine.
var errUnplugged = errors.New("it is gone: look at its plug and cable")

func (t *tty) Read(p []byte) (int, error) {
	n, err := t.Port.Read(p)
	var lost *serial.PortError
	if errors.As(err, &lost) && lost.Code() == serial.PortClosed {
		err = errUnplugged
	}
	return n, err
}

func (t *tty) Write(p []byte) (int, error) {
	// A line that knows no deadline is no tty; what it does not take in time it does not take.
	if err := t.own.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return 0, err
	}
	return t.own.Write(p)
}

func (t *tty) Close() error {
	return errors.Join(t.Port.Close(), t.own.Close())
}
