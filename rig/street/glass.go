package street

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

// Glass is the panel on the host's side: the emulated controller, fed with what came over the guest's bus.
type Glass struct {
	Panel                *sim.Panel
	dc, reset, backlight *sim.Pin
	numbers              map[int]*sim.Pin // of the lines that the guest tells of

	mu      sync.Mutex
	records int
}

func NewGlass(resetLine, backlightLine int) *Glass {
	g := &Glass{dc: sim.NewPin("dc"), reset: sim.NewPin("reset"), backlight: sim.NewPin("backlight")}
	g.numbers = map[int]*sim.Pin{resetLine: g.reset, backlightLine: g.backlight}
	g.Panel = &sim.Panel{DC: g.dc, Reset: g.reset, Backlight: g.backlight, MaxTx: recordMost}
	g.Panel.PowerOn()
	return g
}

// Feed takes records until the stream ends; the end itself is no error.
func (g *Glass) Feed(r io.Reader) error {
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

func (g *Glass) take(kind byte, body []byte) error {
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
		return g.Panel.Tx(body, nil)
	}
	return fmt.Errorf("reading the panel's bytes: a record of kind %d with %d bytes", kind, len(body))
}

// Picture is what a person sees.
func (g *Glass) Picture() *image.RGBA { return g.Panel.Glass(0) }

// Code is what a phone reads from the glass.
func (g *Glass) Code() (string, error) { return sim.Decode(g.Picture()) }

// Broken lists what a real controller would have taken badly. The host cannot judge how soon a command
// came: the bytes have been on their way for an unknown time.
func (g *Glass) Broken() []string {
	var all []string
	for _, v := range g.Panel.Violations() {
		if !strings.HasSuffix(v, "too soon") {
			all = append(all, v)
		}
	}
	return all
}

func SavePNG(path string, img image.Image) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(png.Encode(f, img), f.Close())
}
