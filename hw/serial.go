package hw

import (
	"errors"
	"fmt"
	"io"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"
)

// OpenSerial opens a tty raw, 8N1, for this process alone. Its Read gives 0, nil after an idle
// second; its Close ends a pending Read.
func OpenSerial(path string, baud int) (io.ReadWriteCloser, error) {
	lock, err := lockTTY(path)
	if err != nil {
		return nil, fmt.Errorf("opening the scan module at %s: %w", path, err)
	}
	port, err := serial.Open(path, &serial.Mode{BaudRate: baud, DataBits: 8})
	if err == nil {
		err = port.SetReadTimeout(time.Second)
	}
	if err != nil {
		_ = unix.Close(lock)
		return nil, fmt.Errorf("opening the scan module at %s with %d baud: %w; see scanner.port and scanner.baud", path, baud, err)
	}
	return &tty{port, lock}, nil
}

// lockTTY takes a lock that also holds against root, whom the tty's own exclusive mode does not stop.
func lockTTY(path string) (int, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.ENOENT):
		return 0, errors.New("there is no such device; see scanner.port and the cable")
	case errors.Is(err, unix.EACCES):
		return 0, errors.New("permission denied; the user must be in the device's group (dialout)")
	case errors.Is(err, unix.EBUSY):
		return 0, errors.New("another program has it; stop that one first")
	case err != nil:
		return 0, err
	}
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = unix.Close(fd)
		return 0, errors.New("another program has it; stop that one first")
	}
	return fd, nil
}

type tty struct {
	serial.Port
	lock int
}

func (t *tty) Close() error {
	err := t.Port.Close()
	return errors.Join(err, unix.Close(t.lock))
}
