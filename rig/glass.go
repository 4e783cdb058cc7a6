package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"strings"
	"sync"

	"periph.io/x/conn/v3/gpio"

	"kiosk/sim"
)

// The kinds of a record, as the guest sends them: a transfer with D/C low or high, or a line beside the bus.
const (
	kindCommand = 0
	kindData    = 1
	kindLine    = 2

	recordMost = 1 << 20
)

// glass is the panel on the host's side: the emulated controller, fed with what came over the guest's bus.
type glass struct {
	panel                *sim.Panel
	dc, reset, backlight *sim.Pin
	numbers              map[int]*sim.Pin // of the lines that the guest tells of

	mu      sync.Mutex
	records int
}

func newGlass(resetLine, backlightLine int) *glass {
	g := &glass{dc: sim.NewPin("dc"), reset: sim.NewPin("reset"), backlight: sim.NewPin("backlight")}
	g.numbers = map[int]*sim.Pin{resetLine: g.reset, backlightLine: g.backlight}
	g.panel = &sim.Panel{DC: g.dc, Reset: g.reset, Backlight: g.backlight, MaxTx: recordMost}
	g.panel.PowerOn()
	return g
}

// feed takes records until the stream ends; the end itself is no error.
func (g *glass) feed(r io.Reader) error {
	in := bufio.NewReaderSize(r, 256<<10)
	var head [5]byte
	for {
		if _, err := io.ReadFull(in, head[:]); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading the panel's bytes: %w", err)
		}
		n := binary.LittleEndian.Uint32(head[1:])
		if n > recordMost {
			return fmt.Errorf("reading the panel's bytes: a record of %d bytes", n)
		}
		body := make([]byte, n)
		if _, err := io.ReadFull(in, body); err != nil {
			return fmt.Errorf("reading the panel's bytes: %w", err)
		}
		if err := g.take(head[0], body); err != nil {
			return err
		}
	}
}

func (g *glass) take(kind byte, body []byte) error {
	g.mu.Lock()
	g.records++
	g.mu.Unlock()
	switch {
	case kind == kindLine && len(body) == 2:
		p := g.numbers[int(body[0])]
		if p == nil {
			return fmt.Errorf("reading the panel's bytes: line %d is none of the panel's", body[0])
		}
		p.Set(body[1] == 1)
		return nil
	case kind == kindCommand, kind == kindData:
		if len(body) == 0 {
			return nil
		}
		g.dc.Set(gpio.Level(kind == kindData))
		return g.panel.Tx(body, nil)
	}
	return fmt.Errorf("reading the panel's bytes: a record of kind %d with %d bytes", kind, len(body))
}

// picture is what a person sees.
func (g *glass) picture() *image.RGBA { return g.panel.Glass(0) }

// code is what a phone reads from the glass.
func (g *glass) code() (string, error) { return sim.Decode(g.picture()) }

// broken lists what a real controller would have taken badly. The host cannot judge how soon a command
// came: the bytes have been on their way for an unknown time.
func (g *glass) broken() []string {
	var all []string
	for _, v := range g.panel.Violations() {
		if !strings.HasSuffix(v, "too soon") {
			all = append(all, v)
		}
	}
	return all
}

func savePNG(path string, img image.Image) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(png.Encode(f, img), f.Close())
}
