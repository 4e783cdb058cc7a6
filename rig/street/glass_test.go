package street

import (
	"bytes"
	"encoding/binary"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/spi"

	"kiosk/display"
	"kiosk/sale"
)

// wires write what the guest's kernel and agent write: one record a transfer, one for each move of a line.
type wires struct {
	out io.Writer
	dc  gpio.Level
}

func (w *wires) record(kind byte, body ...byte) error {
	head := binary.LittleEndian.AppendUint32([]byte{kind}, uint32(len(body)))
	_, err := w.out.Write(append(head, body...))
	return err
}

func (w *wires) Tx(b, _ []byte) error {
	if w.dc {
		return w.record(kindData, b...)
	}
	return w.record(kindCommand, b...)
}

func (w *wires) TxPackets(p []spi.Packet) error {
	for _, k := range p {
		if err := w.Tx(k.W, k.R); err != nil {
			return err
		}
	}
	return nil
}
func (w *wires) Duplex() conn.Duplex { return conn.Full }
func (w *wires) String() string      { return "the guest's bus" }

// wire is an output of the kiosk.
type wire struct {
	gpio.PinOut
	moved func(gpio.Level) error
}

func (w *wire) Out(l gpio.Level) error { return w.moved(l) }

// What leaves the guest becomes the picture that the driver believes in, line by line of it.
func TestTheGlassShowsWhatTheGuestSent(t *testing.T) {
	r, w := io.Pipe()
	bus := &wires{out: w}
	line := func(pin byte) *wire {
		return &wire{moved: func(l gpio.Level) error {
			level := byte(0)
			if l {
				level = 1
			}
			return bus.record(kindLine, pin, level)
		}}
	}
	g, ended := NewGlass(PinReset, PinBacklight), make(chan error, 1)
	go func() { ended <- g.Feed(r) }()
	model, err := display.Fit("st7789", "240x320", 0)
	if err != nil {
		t.Fatal(err)
	}
	pins := display.Pins{DC: &wire{moved: func(l gpio.Level) error { bus.dc = l; return nil }}, Reset: line(PinReset), Backlight: line(PinBacklight)}
	panel, err := display.Open(bus, pins, model, display.Bus{Sleep: func(time.Duration) {}})
	if err != nil {
		t.Fatal(err)
	}
	draw := display.Renderer{Model: model, Language: "zh", Contact: "1", Kiosk: "RIG1"}
	const codeURL = "weixin://wxpay/bizpayurl?pr=RiGs0nLy"
	f, err := draw.Draw(sale.View{Screen: sale.ScreenQR, QR: codeURL, Slot: 1, Name: "可口可乐", Fen: 350, Left: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if err := panel.Send(f); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if n := Differ(panel.Picture().Image(), g.Picture()); n > 0 {
		t.Errorf("%d points of the glass are not what the driver believes", n)
	}
	if code, err := g.Code(); err != nil || code != codeURL {
		t.Errorf("a phone reads %q, %v", code, err)
	}
	if wrong := g.Broken(); len(wrong) > 0 {
		t.Errorf("a real controller would have minded: %v", wrong)
	}
	file := filepath.Join(t.TempDir(), "qr.png")
	if err := SavePNG(file, g.Picture()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := png.Decode(bytes.NewReader(b)); err != nil || Differ(kept, g.Picture()) > 0 {
		t.Errorf("the picture that is kept is another one: %v", err)
	}
}

func TestAStreamThatIsNoneIsRefused(t *testing.T) {
	for what, stream := range map[string]string{
		"of kind 7":        "\x07\x01\x00\x00\x00\x00",
		"of 16777217":      "\x00\x01\x00\x00\x01",
		"unexpected EOF":   "\x01\x04\x00\x00\x00\xff",
		"line 9":           "\x02\x02\x00\x00\x00\x09\x01",
		"of kind 2 with 1": "\x02\x01\x00\x00\x00\x09",
	} {
		if err := NewGlass(PinReset, PinBacklight).Feed(strings.NewReader(stream)); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%q: %v", stream, err)
		}
	}
}
