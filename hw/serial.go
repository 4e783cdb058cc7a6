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

// ErrTaken means that another program has the serial line open.
var ErrTaken = errors.New("another program has it; stop that one first")

// writeTime is how long the few bytes of a command may take to leave.
const writeTime = time.Second

// OpenSerial opens a tty raw, 8N1, for this process alone. Read returns 0, nil after an idle second; Close ends a
// pending Read; Write takes a second at most. The tty never becomes the controlling terminal, so unplugging it
// sends no SIGHUP.
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

// lockTTY opens the tty with a lock. The tty's exclusive mode alone does not stop root.
func lockTTY(path string) (*os.File, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.ENOENT):
		return nil, errors.New("there is no such device; see scanner.port and the cable")
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return nil, errors.New(explainDenial(err, "dialout"))
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

// tty reads through the library and writes through a file of its own. The library's Write has no deadline, and after
// Close it would write to any file that has got its descriptor since, the order book included.
type tty struct {
	serial.Port
	own *os.File
}

// errUnplugged is the library's "Port has been closed", in words for the technician.
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
	// Without a deadline a line that takes no bytes would hold up the scanner for ever.
	if err := t.own.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return 0, err
	}
	return t.own.Write(p)
}

func (t *tty) Close() error {
	return errors.Join(t.Port.Close(), t.own.Close())
}
