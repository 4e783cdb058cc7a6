package sim

import (
	"bytes"
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
	ScannerSilent  = "silent"  // without power, behind a line that is still there
)

// Serial is a scan module on a serial line of the kiosk's. Wire it with NewSerial.
type Serial struct {
	mu     sync.Mutex
	how    string
	spoilt int // codes mangled so far
	port   *port
	module *Module
}

// NewSerial plugs a new module in.
func NewSerial() *Serial {
	s := &Serial{module: NewModule()}
	s.module.setOutput(s.deliverBytes)
	return s
}

// Module is the module at the end of the line.
func (s *Serial) Module() *Module { return s.module }

// Zone is a setting of the module, as the kiosk left it.
func (s *Serial) Zone(at uint16) byte { return s.module.Zone(int(at)) }

// Open opens the line, alone. The stream's Read blocks until there are bytes and Close ends it; with
// SetReadTimeout it returns (0, nil) after that time, as go.bug.st/serial does.
func (s *Serial) Open() (io.ReadWriteCloser, error) { return s.OpenAt(9600) }

// OpenAt is Open at another speed. If that is not the module's own, neither end understands the other.
func (s *Serial) OpenAt(baud int) (io.ReadWriteCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.how == ScannerGone {
		return nil, &os.PathError{Op: "open", Path: "/dev/serial0", Err: syscall.ENOENT}
	}
	if s.port != nil && s.port.isAlive() {
		return nil, &os.PathError{Op: "open", Path: "/dev/serial0", Err: syscall.EBUSY}
	}
	s.port = &port{serial: s, baud: baud, stir: make(chan struct{})}
	return s.port, nil
}

// SetTrouble unplugs the module, loosens its wire, or mends it.
func (s *Serial) SetTrouble(how string) error {
	switch how {
	case ScannerOK, ScannerGone, ScannerGarbage, ScannerSilent:
	default:
		return fmt.Errorf("scanner: no trouble named %q", how)
	}
	s.mu.Lock()
	s.how = how
	p := s.port
	s.mu.Unlock()
	s.module.Power(how != ScannerGone && how != ScannerSilent)
	s.module.loosen(how == ScannerGarbage, s.mangleNext)
	if p == nil {
		return nil
	}
	switch how {
	case ScannerGone:
		p.endStream(&os.PathError{Op: "read", Path: "/dev/serial0", Err: syscall.EIO})
	case ScannerGarbage:
		p.addArrived(noise)
	}
	return nil
}

// CurrentTrouble is the present trouble.
func (s *Serial) CurrentTrouble() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.how == "" {
		return ScannerOK
	}
	return s.how
}

// ErrUnplugged is the answer to a code held to a module that is not there.
var ErrUnplugged = errors.New("the scan module is unplugged")

// patience is how long a customer holds a code to a module that does not look.
const patience = 2 * time.Second

var noise = []byte{0xFF, 0xFF, 0x00, 0x00, 0x00, 0xFF, 0x00, 0xFF, 0xFF, 0xFF, 0x00}

// Scan holds a code to the module and returns once its bytes are at the kiosk's end of the line;
// if nobody has the line open they are lost. A module that does not look sends none: the customer
// takes the code away again after a while.
func (s *Serial) Scan(ctx context.Context, code string) error {
	if s.CurrentTrouble() == ScannerGone {
		return ErrUnplugged
	}
	if _, err := s.module.Show(ctx, code, QRCode, patience); err != nil {
		return err
	}
	if s.CurrentTrouble() == ScannerGone {
		return ErrUnplugged
	}
	return nil
}

// mangleNext is what a loose wire makes of the next code.
func (s *Serial) mangleNext(code string) []byte {
	s.mu.Lock()
	nth := s.spoilt
	s.spoilt++
	s.mu.Unlock()
	return mangleBytes(code, nth)
}

// mangleBytes makes of a code what a bad wire makes of it, each time another way.
func mangleBytes(code string, nth int) []byte {
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

func (s *Serial) deliverBytes(b []byte) {
	s.mu.Lock()
	p := s.port
	s.mu.Unlock()
	if p == nil {
		return
	}
	if p.isForeignSpeed(s.module.Baud()) {
		b = bytes.Repeat([]byte{0xF8, 0x00}, len(b)) // what a quick ear makes of slow bits, about
	}
	p.addArrived(b)
}

// port is the kiosk's end of the line.
type port struct {
	serial *Serial

	baud int

	mu      sync.Mutex
	in      []byte
	timeout time.Duration
	err     error
	stir    chan struct{}
}

// The kernel keeps so many unread bytes of a tty; more are lost.
const ttyBuffer = 4096

func (p *port) addArrived(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return
	}
	p.in = append(p.in, b[:min(len(b), ttyBuffer-len(p.in))]...)
	close(p.stir)
	p.stir = make(chan struct{})
}

func (p *port) endStream(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = err
		close(p.stir)
		p.stir = make(chan struct{})
	}
}

func (p *port) isAlive() bool {
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
	err := p.err
	p.mu.Unlock()
	if err != nil {
		return 0, err
	}
	if !p.isForeignSpeed(p.serial.module.Baud()) {
		p.serial.module.Hear(b)
	}
	return len(b), nil
}

// isForeignSpeed tells whether a speed is not the port's, within what a UART bears.
func (p *port) isForeignSpeed(baud int) bool { return 33*max(baud-p.baud, p.baud-baud) > p.baud }

// Close shuts the line and ends a waiting Read.
func (p *port) Close() error {
	p.endStream(os.ErrClosed)
	return nil
}
