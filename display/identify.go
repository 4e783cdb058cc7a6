package display

import (
	"encoding/binary"
	"fmt"
	"slices"
)

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
	id, err := p.displayID()
	if err != nil {
		return "", fmt.Errorf("identify panel: %w", err)
	}
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

// displayID reads RDDID: a dummy clock comes first, so that every bit is one late.
func (p *Panel) displayID() (id [3]byte, err error) {
	b, err := p.read(rddid, 4)
	v := binary.BigEndian.Uint32(b) << 1
	return [3]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8)}, err
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
