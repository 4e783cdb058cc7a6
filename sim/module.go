package sim

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// Module is a scan module of the GM65 kind: settings in RAM that come from flash at power-on, commands
// with a CRC, four ways of coming to look at a code, and setup codes that anybody may print. It says
// nothing until it is plugged in, by a Serial or by Serve. Make one with NewModule.
type Module struct {
	Keep func() // called after the flash was written; may be nil

	mu      sync.Mutex
	flash   zones
	ram     zones
	off     bool
	awake   time.Time // from then on it hears
	used    time.Time // when it last had something to do
	saves   int
	faults  Faults
	pulled  bool // its trigger wire
	looking bool
	since   time.Time // when it began to look
	rested  time.Time // when it last read a code
	last    string    // and which
	input   []byte    // from the kiosk, not whole yet
	inputAt time.Time
	busy    time.Time // until then its answers are under way
	stir    chan struct{}
	out     func([]byte)
	mangle  func(code string) []byte // what a bad wire makes of a code

	view  chan struct{} // one code before it at a time
	wires chan struct{} // one code on the line at a time
}

// Faults are what is wrong with a module or its wires.
type Faults struct {
	Deaf    bool          // hears no command: its RX wire is off
	Mute    bool          // nothing it says arrives: its TX wire is off
	Lose    int           // so many answers are lost
	Spoil   int           // so many answers, after those, have a bit flipped
	Slow    time.Duration // answers come so much later
	Split   time.Duration // answers come byte by byte, this far apart
	Clone   bool          // every answer has the CRC of "done"
	Forgets []int         // zones it acknowledges and leaves as they are
	Lacks   []int         // zones it does not answer for
	Worn    bool          // its flash takes nothing any more
}

// bootTime is how long after power-on the module hears nothing.
const bootTime = 700 * time.Millisecond

// The ways of coming to look, in the low bits of the first zone.
const (
	modeManual = iota
	modeCommand
	modeContinuous
	modeInduction
)

// NewModule makes one as it leaves the factory, with its power on.
func NewModule() *Module {
	m := &Module{flash: factorySettings(), stir: make(chan struct{}), view: make(chan struct{}, 1), wires: make(chan struct{}, 1)}
	m.ram = m.flash
	return m
}

// Power turns it on or off. What was not saved is gone.
func (m *Module) Power(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.off == !on {
		return
	}
	m.off, m.input, m.last = !on, nil, ""
	m.ram = m.flash
	m.awake = time.Now().Add(bootTime)
	m.setLooking(false)
}

// settingsCopy is what the flash holds.
func (m *Module) settingsCopy() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]byte(nil), m.flash[:]...)
}

// restoreSettings puts settings into the flash, as they were when the power went; what is no module's is left out.
func (m *Module) restoreSettings(flash []byte) {
	if len(flash) != zoneCount {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	copy(m.flash[:], flash)
	m.ram = m.flash
	m.setLooking(false)
}

// Fault puts faults in place of those it had.
func (m *Module) Fault(f Faults) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults = f
}

// Zone is a setting as it works now; Flash as it will be after the next power-on.
func (m *Module) Zone(at int) byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ram[at]
}

// Flash is a setting as it will be after the next power-on.
func (m *Module) Flash(at int) byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.flash[at]
}

// Saves counts how often the flash was written by command.
func (m *Module) Saves() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.saves
}

// Light tells whether its light is on.
func (m *Module) Light() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch m.ram[zoneMode] >> 2 & 3 {
	case 0:
		return false
	case 1:
		sees, _ := m.seesCode(time.Now())
		return sees
	}
	return !m.off
}

// Pull pulls the trigger wire down, or lets go of it.
func (m *Module) Pull(down bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.pulled != down && m.ram.mode() == modeManual {
		m.used = time.Now()
		m.setLooking(down)
	}
	m.pulled = down
}

// Wire connects the trigger to a wire, which the module pulls up.
func (m *Module) Wire(p *Pin) {
	p.Set(gpio.High)
	p.Watch(func() { m.Pull(p.Level() == gpio.Low) })
}

// Serve speaks on a stream, such as a pty or the socket behind a virtual machine's serial port, until
// that ends.
func (m *Module) Serve(line io.ReadWriter) error {
	var sending sync.Mutex
	m.setOutput(func(b []byte) {
		sending.Lock()
		defer sending.Unlock()
		_, _ = line.Write(b) // a line that is gone ends the Read below
	})
	defer m.setOutput(nil)
	buf := make([]byte, 256)
	for {
		n, err := line.Read(buf)
		if n > 0 {
			m.Hear(buf[:n])
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("hear the kiosk: %w", err)
		}
	}
}

// setOutput says where its bytes go.
func (m *Module) setOutput(out func([]byte)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.out, m.input = out, nil
}

// sendText puts bytes on the line.
func (m *Module) sendText(b []byte) {
	m.mu.Lock()
	out := m.out
	if m.off || m.faults.Mute {
		out = nil
	}
	m.mu.Unlock()
	if out != nil {
		out(b)
	}
}

// loosen makes the wire a bad one for codes, or a good one.
func (m *Module) loosen(bad bool, mangle func(string) []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mangle = nil
	if bad {
		m.mangle = mangle
	}
}

// zones are the module's settings, byte by byte, as its manual numbers them.
type zones [zoneCount]byte

func (z *zones) mode() byte { return z[zoneMode] & 3 }

// setLooking begins or ends an attempt to read.
func (m *Module) setLooking(on bool) {
	m.looking, m.since = on, time.Now()
	m.ram[zoneLook] &^= 1
	if on {
		m.ram[zoneLook] |= 1
	}
	m.wakeUp()
}

func (m *Module) wakeUp() {
	close(m.stir)
	m.stir = make(chan struct{})
}

// isAsleep tells whether it has fallen asleep for want of work.
func (m *Module) isAsleep(now time.Time) bool {
	idle := time.Duration(int(m.ram[zoneSleep]&0x7F)<<8|int(m.ram[zoneSleep+1])) * tenth
	sees, _ := m.seesCode(now)
	return m.ram[zoneSleep]&0x80 != 0 && m.ram.mode() <= modeCommand && !sees && !m.used.IsZero() && now.Sub(m.used) > idle
}

const tenth = 100 * time.Millisecond

// byteTime is what ten bits take at its speed: a divisor of 3 MHz, its low byte first.
func (z *zones) byteTime() time.Duration {
	divisor := time.Duration(z[zoneBaud]) | time.Duration(z[zoneBaud+1])<<8
	return 10 * divisor * time.Second / 3_000_000
}

// Baud is its speed.
func (m *Module) Baud() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return int(10 * time.Second / max(m.ram.byteTime(), 1))
}
