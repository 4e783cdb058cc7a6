package sim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
)

// Panel is a module with its controller and its glass: it is the SPI port, the connection on it,
// and what a person sees. Wire it with a struct literal, then PowerOn. It is told commands from
// pixels by the D/C wire alone, as the controller is.
type Panel struct {
	Chip      string // st7789, st7735, ili9341, ili9486 (a hat with shift registers) or ili9488; "": st7789
	DC        *Pin   // needed but for Feed
	Reset     *Pin   // nil: tied high
	Backlight *Pin   // nil: always lit
	// The glass is a window into the memory, counted from the glass's own corner; zero means all of it.
	Width, Height, ColOffset, RowOffset int
	Strapped                            bool    // the memory is strapped to the size of the glass
	Negative                            bool    // the glass wants the other of INVON and INVOFF than is usual for its chip
	Swapped                             bool    // the glass has red and blue otherwise than is usual
	MISO                                bool    // the way back is wired; without it reads give zeros
	ID                                  [3]byte // what RDDID reads; zero: the chip's own
	Mode3                               bool    // a board without chip select: it hears clock mode 3 only
	MaxTx                               int     // the longest transfer; 0 means 4096, as spidev has it

	mu        sync.Mutex
	connected bool
	deaf      bool // connected in a clock mode that the board cannot follow
	untimed   bool // what comes was recorded, so that its pace says nothing
	gone      bool
	failIn    int
	failWith  error
	bytes     int
	transfers int
	broken    []string
	ram       []rgb
	controller
}

type rgb [3]byte

// controller is what a reset forgets.
type controller struct {
	chip
	awake, on, inverted bool
	idle                bool // eight colours
	order, depth        byte // MADCTL, COLMOD
	index, silent       byte // D9, and bit 7 of B0 of the chips that have them
	xs, xe, ys, ye      int
	x, y                int
	command             byte
	params              []byte
	part                []byte    // of a pixel that is not whole yet
	quiet               time.Time // no command before it
	settled             time.Time // no SLPOUT before it
	turned              time.Time // no SLPIN or SLPOUT before it
}

func (p *Panel) atReset() controller {
	k := p.chipKind()
	return controller{chip: k, depth: 0x66, xe: k.width - 1, ye: k.height - 1}
}

// PowerOn fills the memory with what a panel wakes up with, asleep and dark.
func (p *Panel) PowerOn() {
	p.mu.Lock()
	p.powerOn()
	reset := p.Reset
	p.mu.Unlock()
	if reset != nil {
		reset.Set(gpio.High) // the module pulls it up
		reset.Watch(p.resetMoved)
	}
}

func (p *Panel) powerOn() {
	p.controller = p.atReset()
	p.ram = make([]rgb, p.width*p.height)
	dice := rand.New(rand.NewPCG(7, 89))
	for i := range p.ram {
		n := dice.Uint32()
		p.ram[i] = rgb{byte(n), byte(n >> 8), byte(n >> 16)}
	}
}

func (p *Panel) resetMoved() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.heldInReset() {
		p.controller = p.atReset()
	}
	p.quiet = time.Now().Add(5 * time.Millisecond)
	p.settled = time.Now().Add(120 * time.Millisecond)
}

// heldInReset tells whether the kiosk holds the reset line down.
func (p *Panel) heldInReset() bool { return p.Reset != nil && p.Reset.Level() == gpio.Low }

// Gone pulls the panel's board off, or puts it back: what is written meanwhile goes nowhere, a port
// that was not open does not open, and a panel that comes back knows nothing.
func (p *Panel) Gone(gone bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone != gone {
		p.powerOn()
	}
	p.gone = gone
}

// FailNext makes the n-th transfer from now end with err, once; 1 is the next one.
func (p *Panel) FailNext(n int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failIn, p.failWith = n, err
}

// Traffic is how much was sent so far.
func (p *Panel) Traffic() (bytes, transfers int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bytes, p.transfers
}

// Violations lists what a real controller would have taken badly.
func (p *Panel) Violations() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.broken...)
}

func (p *Panel) addViolation(format string, args ...any) {
	if len(p.broken) < maxViolations {
		p.broken = append(p.broken, "panel: "+fmt.Sprintf(format, args...))
	}
}

// Connect opens the connection; as on a real port, once.
func (p *Panel) Connect(f physic.Frequency, mode spi.Mode, bits int) (spi.Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.connected:
		return nil, errors.New("connect the panel's port: already connected")
	case p.gone:
		return nil, errors.New("connect the panel's port: the panel is unplugged")
	case f < 100*physic.Hertz || f > physic.GigaHertz:
		return nil, fmt.Errorf("connect the panel's port: no clock of %s", f)
	case mode&spi.Mode3 != spi.Mode0 && mode&spi.Mode3 != spi.Mode3:
		return nil, fmt.Errorf("connect the panel's port: the panel does not hear %s", mode)
	case bits != 8:
		return nil, fmt.Errorf("connect the panel's port: no words of %d bits", bits)
	}
	p.connected = true
	p.deaf = p.Mode3 && mode&spi.Mode3 != spi.Mode3
	return p, nil
}

// Close lets the port be connected again.
func (p *Panel) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.connected = false
	return nil
}

// LimitSpeed takes any real clock.
func (p *Panel) LimitSpeed(f physic.Frequency) error {
	if f < 100*physic.Hertz || f > physic.GigaHertz {
		return fmt.Errorf("limit the panel's clock: no clock of %s", f)
	}
	return nil
}

// MaxTxSize is the longest transfer; longer ones are errors and not split.
func (p *Panel) MaxTxSize() int {
	if p.MaxTx > 0 {
		return p.MaxTx
	}
	return 4096
}

// Duplex tells that reads and writes go at once.
func (p *Panel) Duplex() conn.Duplex { return conn.Full }

// String is the port's name.
func (p *Panel) String() string { return "SPI0.0" }

// Halt does nothing, as on a real port.
func (p *Panel) Halt() error { return nil }

// Tx sends w and reads r.
func (p *Panel) Tx(w, r []byte) error {
	return p.TxPackets([]spi.Packet{{W: w, R: r}})
}

// TxPackets sends the packets in one transfer, under one limit and one level of the D/C wire.
func (p *Panel) TxPackets(packets []spi.Packet) error {
	sum := 0
	for _, k := range packets {
		if len(k.W) == 0 && len(k.R) == 0 {
			return errors.New("send to the panel: nothing to send or to read")
		}
		if len(k.W) != 0 && len(k.R) != 0 && len(k.W) != len(k.R) {
			return fmt.Errorf("send to the panel: %d bytes out and %d in at once", len(k.W), len(k.R))
		}
		sum += max(len(k.W), len(k.R))
	}
	if limit := p.MaxTxSize(); sum > limit {
		return fmt.Errorf("send to the panel: maximum Tx length is %d, got %d bytes", limit, sum)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.transfers++
	if p.failIn > 0 {
		if p.failIn--; p.failIn == 0 {
			return fmt.Errorf("send to the panel: %w", p.failWith)
		}
	}
	p.bytes += sum
	data := p.DC.Level() == gpio.High
	for _, k := range packets {
		clear(k.R)
		if p.gone || p.deaf || p.heldInReset() {
			continue
		}
		if len(k.R) > 0 && (len(k.W) == 0 || !data) && !p.words {
			p.answerRead(k, data)
			continue
		}
		p.takeBytes(k.W, data)
	}
	return nil
}

// Feed takes a transfer that was recorded elsewhere, with the level D/C had; the pace of a record is not judged.
func (p *Panel) Feed(data bool, w []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.transfers++
	p.bytes += len(w)
	if p.gone || p.heldInReset() {
		return
	}
	p.untimed = true
	p.takeBytes(w, data)
	p.untimed = false
}

var (
	_ spi.Conn       = (*Panel)(nil)
	_ spi.PortCloser = (*Panel)(nil)
	_ conn.Limits    = (*Panel)(nil)
)
