package display

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"periph.io/x/conn/v3/gpio"
)

const running = 0x9c // RDDPM of a panel that is awake, in normal mode and on

var (
	errSilent = errors.New("the panel does not answer: look at its cable")
	errAnew   = errors.New("the panel has forgotten how it was set up: its power or its cable was gone")
)

// Look asks the panel for its power mode. Writing proves nothing: a bus takes bytes for a panel that is not there. Many
// panels have no line to answer on, so one that has never answered passes; one that did and stopped is an error.
func (p *Panel) Look() error {
	defer p.hold()()
	if !p.ready || !p.talks {
		return nil
	}
	if err := p.hears(); err != nil {
		p.ready = false
		return fmt.Errorf("look at panel: %w", errors.Join(err, p.light(false)))
	}
	return nil
}

// meet finds out after a start whether the panel answers. It is an error if it did before and no longer does.
func (p *Panel) meet() error {
	if p.words {
		return nil // a question would reach the hat as half a command
	}
	err := p.hears()
	p.talks = p.talks || err == nil
	if !p.talks {
		return nil
	}
	return err
}

// hears reads the power mode up to three times: a spark on the line is not a missing panel.
func (p *Panel) hears() (err error) {
	for range 3 {
		var mode byte
		mode, err = p.ask(rddpm)
		switch {
		case err != nil:
		case mode == running:
			return nil
		case mode == 0x00 || mode == 0xff:
			err = errSilent
		default:
			err = errAnew
		}
	}
	return err
}

// ask reads one byte.
func (p *Panel) ask(command byte) (byte, error) {
	b, err := p.read(command, 1)
	return b[0], err
}

// read reads n bytes, slowly and in one transfer: the chip select must not let go between question and answer.
func (p *Panel) read(command byte, n int) ([]byte, error) {
	answer := make([]byte, 1+n)
	if err := p.pins.DC.Out(gpio.Low); err != nil {
		return answer[1:], fmt.Errorf("move D/C line: %w", err)
	}
	call(p.bus.Slow)
	defer call(p.bus.Fast)
	if err := p.conn.Tx(append([]byte{command}, make([]byte, n)...), answer); err != nil {
		return answer[1:], fmt.Errorf("read %#02x: %w", command, err)
	}
	return answer[1:], nil
}

// State is the panel's state at the last drawing.
type State struct {
	Drawn   time.Time // the newest view was on the glass, or sent there; zero: never
	Answers bool      // the panel reads back; most have no wire for it
}

// State returns the result of the last drawing. It never waits for the panel.
func (s *Screen) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// painted notes that the newest view is on the glass.
func (s *Screen) painted() {
	now := State{Drawn: time.Now(), Answers: s.current().answers()}
	s.mu.Lock()
	s.state = now
	s.mu.Unlock()
}

func (p *Panel) answers() bool {
	defer p.hold()()
	return p.talks
}

// Unknown is Identify's answer for a panel that does not give its name. Most have no wire to do so: an unknown panel is
// not a missing one.
const Unknown = "unknown"

// names are the answers to RDDID, moreNames those to D3, where some controllers keep their name.
var (
	names = map[[3]byte]string{
		{0x85, 0x85, 0x52}: "st7789", {0x81, 0x81, 0xb3}: "st7789",
		{0x7c, 0x89, 0xf0}: "st7735",
		{0x54, 0x80, 0x66}: "ili9488",
	}
	moreNames = map[[3]byte]string{{0x00, 0x93, 0x41}: "ili9341", {0x00, 0x94, 0x88}: "ili9488"}
)

const rdid4 = 0xd3

// Identify asks the panel for its controller: one of Controllers, Unknown, or the bytes of a name not known here.
func (p *Panel) Identify() (string, error) {
	defer p.hold()()
	if p.words {
		return Unknown, nil
	}
	b, err := p.read(rddid, 4)
	if err != nil {
		return "", fmt.Errorf("identify panel: %w", err)
	}
	v := binary.BigEndian.Uint32(b) << 1 // a dummy clock comes first, so that every bit is one late
	id := [3]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8)}
	if name := names[id]; name != "" {
		return name, nil
	}
	if silent(id) && p.indexed != 0 {
		if id, err = p.indexedID(); err != nil {
			return "", fmt.Errorf("identify panel: %w", err)
		}
		if name := moreNames[id]; name != "" {
			return name, nil
		}
	}
	if silent(id) {
		return Unknown, nil
	}
	return fmt.Sprintf("% x", id), nil
}

// silent returns whether a wire without a panel gives this answer, too.
func silent(id [3]byte) bool {
	return !slices.ContainsFunc(id[:], func(b byte) bool { return b != id[0] }) && (id[0] == 0x00 || id[0] == 0xff)
}

// indexedID reads D3 byte by byte: over SPI these controllers give one at a time, and a dummy as the first.
func (p *Panel) indexedID() (id [3]byte, err error) {
	call(p.bus.Slow)
	for i := range id {
		if err := p.command(p.indexed, 0x10|byte(i+1)); err != nil {
			return id, err
		}
		if id[i], err = p.ask(rdid4); err != nil {
			return id, err
		}
		call(p.bus.Slow)
	}
	err = p.command(p.indexed, 0)
	call(p.bus.Fast)
	return id, err
}
