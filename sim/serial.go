package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"
)

// What the scan module may be.
const (
	ScannerOK      = "ok"
	ScannerGone    = "gone"    // unplugged
	ScannerGarbage = "garbage" // a loose wire: noise, fragments, glued codes
)

// Serial is a GM65-like scan module on a serial line. It reads every code that is held to it, in every
// mode, and ends it with CR. Wire it with NewSerial.
type Serial struct {
	mu     sync.Mutex
	how    string
	spoilt int // codes mangled so far
	port   *port
	zones  map[uint16]byte
	wires  chan struct{} // one sender on the line at a time
}

// NewSerial plugs a module in that answers as a GM65 does.
func NewSerial() *Serial {
	return &Serial{zones: factory(), wires: make(chan struct{}, 1)}
}

// Open opens the line, alone. The stream's Read blocks until there are bytes and Close ends it; with
// SetReadTimeout it returns (0, nil) after that time, as go.bug.st/serial does.
func (s *Serial) Open() (io.ReadWriteCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.how == ScannerGone {
		return nil, &os.PathError{Op: "open", Path: "/dev/serial0", Err: syscall.ENOENT}
	}
	if s.port != nil && s.port.alive() {
		return nil, &os.PathError{Op: "open", Path: "/dev/serial0", Err: syscall.EBUSY}
	}
	s.port = &port{serial: s, stir: make(chan struct{})}
	return s.port, nil
}

// Trouble unplugs the module, loosens its wire, or mends it.
func (s *Serial) Trouble(how string) error {
	switch how {
	case ScannerOK, ScannerGone, ScannerGarbage:
	default:
		return fmt.Errorf("scanner: no trouble named %q", how)
	}
	s.mu.Lock()
	s.how = how
	p := s.port
	s.mu.Unlock()
	if p == nil {
		return nil
	}
	switch how {
	case ScannerGone:
		p.end(&os.PathError{Op: "read", Path: "/dev/serial0", Err: syscall.EIO})
	case ScannerGarbage:
		p.arrive(noise)
	}
	return nil
}

// How is the present trouble.
func (s *Serial) How() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.how == "" {
		return ScannerOK
	}
	return s.how
}

// ErrUnplugged is the answer to a code held to a module that is not there.
var ErrUnplugged = errors.New("the scan module is unplugged")

// A byte takes this long at 9600 baud; they come in clumps of eight.
const (
	byteTime = 1042 * time.Microsecond
	clump    = 8
	// framing and decoding a code takes a module about this long
	decodeTime = 150 * time.Millisecond
)

var noise = []byte{0xFF, 0xFF, 0x00, 0x00, 0x00, 0xFF, 0x00, 0xFF, 0xFF, 0xFF, 0x00}

// Scan holds a code to the module and returns once its bytes are at the kiosk's end of the line;
// if nobody has the line open they are lost.
func (s *Serial) Scan(ctx context.Context, code string) error {
	select {
	case s.wires <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.wires }()
	s.mu.Lock()
	how, nth := s.how, s.spoilt
	if how == ScannerGarbage {
		s.spoilt++
	}
	s.mu.Unlock()
	out := []byte(code + "\r")
	switch how {
	case ScannerGone:
		return ErrUnplugged
	case ScannerGarbage:
		out = mangle(code, nth)
	}
	if err := pause(ctx, decodeTime); err != nil {
		return err
	}
	for len(out) > 0 {
		n := min(clump, len(out))
		if err := pause(ctx, time.Duration(n)*byteTime); err != nil {
			return err
		}
		s.deliver(out[:n])
		out = out[n:]
	}
	if s.How() == ScannerGone {
		return ErrUnplugged
	}
	return nil
}

// mangle makes of a code what a bad wire makes of it, each time another way.
func mangle(code string, nth int) []byte {
	switch nth % 4 {
	case 0:
		return append(append([]byte{}, noise...), '\r')
	case 1:
		return []byte(code[:len(code)/2] + "\r")
	case 2:
		return []byte(code + code + "\r")
	}
	return []byte(code[:len(code)/2] + "\x00\xff" + code[len(code)/2:] + "\r")
}

func (s *Serial) deliver(b []byte) {
	s.mu.Lock()
	p := s.port
	s.mu.Unlock()
	if p != nil {
		p.arrive(b)
	}
}

// port is the kiosk's end of the line.
type port struct {
	serial *Serial

	mu      sync.Mutex
	in      []byte
	command []byte // from the kiosk, not whole yet
	timeout time.Duration
	err     error
	stir    chan struct{}
}

// The kernel keeps so many unread bytes of a tty; more are lost.
const ttyBuffer = 4096

func (p *port) arrive(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return
	}
	p.in = append(p.in, b[:min(len(b), ttyBuffer-len(p.in))]...)
	close(p.stir)
	p.stir = make(chan struct{})
}

func (p *port) end(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = err
		close(p.stir)
		p.stir = make(chan struct{})
	}
}

func (p *port) alive() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err == nil
}

// SetReadTimeout bounds each Read; a negative time, or none, waits for ever.
func (p *port) SetReadTimeout(d time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timeout = d
	return nil
}

// ResetInputBuffer drops what was not read yet.
func (p *port) ResetInputBuffer() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.in = nil
	return p.err
}

// Read waits for bytes.
func (p *port) Read(b []byte) (int, error) {
	p.mu.Lock()
	timeout := p.timeout
	p.mu.Unlock()
	var late <-chan time.Time
	if timeout > 0 {
		t := time.NewTimer(timeout)
		defer t.Stop()
		late = t.C
	}
	for {
		p.mu.Lock()
		if p.err != nil {
			defer p.mu.Unlock()
			return 0, p.err
		}
		if n := copy(b, p.in); n > 0 || len(b) == 0 {
			p.in = p.in[n:]
			p.mu.Unlock()
			return n, nil
		}
		stir := p.stir
		p.mu.Unlock()
		select {
		case <-stir:
		case <-late:
			return 0, nil
		}
	}
}

// Write sends a command to the module.
func (p *port) Write(b []byte) (int, error) {
	p.mu.Lock()
	if p.err != nil {
		defer p.mu.Unlock()
		return 0, p.err
	}
	sent := append(p.command, b...)
	p.command = nil
	p.mu.Unlock()
	rest, replies := p.serial.hear(sent)
	p.mu.Lock()
	p.command = rest
	p.mu.Unlock()
	if len(replies) > 0 {
		time.AfterFunc(time.Duration(len(replies))*byteTime, func() { p.arrive(replies) })
	}
	return len(b), nil
}

// Close shuts the line and ends a waiting Read.
func (p *port) Close() error {
	p.end(os.ErrClosed)
	return nil
}
