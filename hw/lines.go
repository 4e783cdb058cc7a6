package hw

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
	"periph.io/x/conn/v3/gpio"
	"periph.io/x/host/v3/bcm283x"
	"periph.io/x/host/v3/gpioioctl"
)

// Lines finds the board's pins, each one once. A pin that is opened for its edges is held by this package alone, not by
// periph beside it: periph drops the stamp and the number of an edge, and keeps only 16. The zero value is ready.
type Lines struct {
	mu    sync.Mutex
	found map[gpio.PinIO]*line
}

// FindPin finds a pin by its name, such as GPIO17.
func (l *Lines) FindPin(name string) (gpio.PinIO, error) {
	p, err := FindPin(name)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.found == nil {
		l.found = map[gpio.PinIO]*line{}
	}
	if l.found[p] == nil {
		l.found[p] = &line{PinIO: p}
	}
	return l.found[p], nil
}

// line is a pin of the board. Opened for its edges it is a line request of the kernel's GPIO character device, uAPI v2
// (linux/gpio.h); before that, and for all outputs, it is periph's.
type line struct {
	gpio.PinIO
	mu   sync.Mutex
	held atomic.Pointer[heldLine]
}

// heldLine is a line that the kernel gave us. It is held until the process ends.
type heldLine struct {
	fd   int
	file *os.File      // waits for the edges of fd
	at   time.Time     // a moment on Go's clock
	mono time.Duration // the same moment on the kernel's, by which edges are stamped
	last atomic.Bool   // the level that was read last
}

// lineEdges is how many edges the kernel is asked to keep.
const lineEdges = 256

// OpenEdges implements EdgePin. A line without interrupts is opened all the same, and has no edges.
func (l *line) OpenEdges() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held.Load() != nil {
		for range 2 * lineEdges {
			if _, _, _, more := l.NextEdge(0); !more {
				break
			}
		}
		return nil
	}
	chip, offset, err := locateLine(l.PinIO)
	if err != nil {
		return err
	}
	fd, err := requestLine(chip, offset, flagInput|flagPullUp|flagRising|flagFalling)
	if errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENXIO) { // no interrupt belongs to it
		fd, err = requestLine(chip, offset, flagInput|flagPullUp)
	}
	if errors.Is(err, unix.EBUSY) {
		return fmt.Errorf("%s is held by another program or driver; gpioinfo names it", l.Name())
	}
	if err != nil {
		return fmt.Errorf("requesting line %d of %s: %w", offset, chip, err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return errors.Join(fmt.Errorf("requesting line %d of %s: %w", offset, chip, err), unix.Close(fd))
	}
	at, mono := matchClocks()
	l.held.Store(&heldLine{fd: fd, file: os.NewFile(uintptr(fd), l.Name()), at: at, mono: mono})
	return nil
}

// locateLine returns the chip of a pin of periph's, and its place there.
func locateLine(p gpio.PinIO) (chip string, offset uint32, err error) {
	for _, c := range gpioioctl.Chips {
		for _, l := range c.Lines() {
			if p == gpio.PinIO(l) {
				return c.Path(), uint32(l.Number()), nil
			}
		}
	}
	if pi, is := p.(*bcm283x.Pin); is && len(gpioioctl.Chips) > 0 { // periph takes the first chip for the header, too
		return gpioioctl.Chips[0].Path(), uint32(pi.Number()), nil
	}
	return "", 0, fmt.Errorf("no GPIO chip has %s", p.Name())
}

// matchClocks returns one moment on Go's clock and on the kernel's monotonic one. Both run alike: Go's is made of it.
func matchClocks() (at time.Time, mono time.Duration) {
	best := time.Hour
	for range 5 {
		var t unix.Timespec
		before := time.Now()
		_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t) // this clock is always there
		if took := time.Since(before); took < best {
			best, at, mono = took, before.Add(took/2), time.Duration(t.Nano())
		}
	}
	return at, mono
}

// Read returns the level. A line that is held is never asked for through periph, which would request it once more.
func (l *line) Read() gpio.Level {
	h := l.held.Load()
	if h == nil {
		return l.PinIO.Read()
	}
	v := lineValues{Mask: 1}
	if err := ioctl(h.fd, getLineValues, unsafe.Pointer(&v)); err != nil {
		return gpio.Level(h.last.Load()) // a line that cannot be read must not look like goods in the beam
	}
	h.last.Store(v.Bits&1 == 1)
	return v.Bits&1 == 1
}

// NextEdge implements EdgePin. The kernel stamps an edge in its interrupt, however late it is read.
func (l *line) NextEdge(wait time.Duration) (level gpio.Level, at time.Time, number uint32, ok bool) {
	h := l.held.Load()
	if h == nil {
		return
	}
	var b [lineEventSize]byte
	n, err := unix.Read(h.fd, b[:])
	if err != nil && wait > 0 {
		if h.file.SetReadDeadline(time.Now().Add(wait)) != nil {
			return
		}
		n, err = h.file.Read(b[:])
	}
	if err != nil || n != lineEventSize {
		return
	}
	stamp := time.Duration(binary.NativeEndian.Uint64(b[0:]))
	rising := binary.NativeEndian.Uint32(b[8:]) == eventRising
	return gpio.Level(rising), h.at.Add(stamp - h.mono), binary.NativeEndian.Uint32(b[20:]), true
}

// From linux/gpio.h, GPIO uAPI v2.
const (
	getLine       = 0xC250B407 // GPIO_V2_GET_LINE_IOCTL
	getLineValues = 0xC010B40E // GPIO_V2_LINE_GET_VALUES_IOCTL

	flagInput   = 1 << 2
	flagRising  = 1 << 4
	flagFalling = 1 << 5
	flagPullUp  = 1 << 8

	eventRising   = 1
	lineEventSize = 48 // timestamp_ns, id, offset, seqno, line_seqno, padding
)

// lineRequest is struct gpio_v2_line_request, without attributes.
type lineRequest struct {
	Offsets    [64]uint32
	Consumer   [32]byte
	Flags      uint64
	_          [264]byte // of the config
	NumLines   uint32
	BufferSize uint32
	_          [5]uint32
	FD         int32
}

// lineValues is struct gpio_v2_line_values.
type lineValues struct{ Bits, Mask uint64 }

// requestLine asks a chip for one line.
func requestLine(chip string, offset uint32, flags uint64) (fd int, err error) {
	f, err := os.Open(chip)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	r := lineRequest{Flags: flags, NumLines: 1}
	if flags&flagRising != 0 {
		r.BufferSize = lineEdges
	}
	r.Offsets[0] = offset
	copy(r.Consumer[:], "kiosk")
	if err := ioctl(int(f.Fd()), getLine, unsafe.Pointer(&r)); err != nil {
		return 0, err
	}
	return int(r.FD), nil
}

func ioctl(fd int, request uintptr, arg unsafe.Pointer) error {
	if _, _, no := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(arg)); no != 0 {
		return no
	}
	return nil
}
