//go:build !sim

package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"periph.io/x/conn/v3/physic"

	"kiosk/display"
	"kiosk/hw"
	"kiosk/sale"
)

const wires = "periph"

// streetFlags: on the board the config alone says where the book is and where the page is served.
func streetFlags(*flag.FlagSet, *cli) {}

func (c *cli) streetConfig() (config, bool, error) { return config{}, false, nil }

func outputsOff(pins []string) error { return hw.Off(pins) }

// apiKey is the merchant's key, from its file.
func (c *config) apiKey() (string, error) { return c.secret("pay.key_file", c.Pay.KeyFile) }

// noPins says that this is no board at all.
func noPins() error { return hw.HasGPIO() }

// openWires takes the wires from the board.
func openWires(_ *cli, conf *config) (*wiring, error) {
	if err := hw.Init(); err != nil {
		return nil, err
	}
	if err := hw.HasGPIO(); err != nil {
		return nil, err
	}
	w := &wiring{
		pin:     hw.Pin,
		serial:  func() (io.ReadWriteCloser, error) { return hw.OpenSerial(conf.Scanner.Port, conf.Scanner.Baud) },
		wall:    func() (time.Time, bool) { return time.Now(), hw.Synced() },
		disk:    func(b sale.Book) sale.Book { return b },
		diskErr: func() error { return nil },
		street:  func(page http.Handler) http.Handler { return page },
		ready:   func(a net.Addr) { say(fmt.Sprintf("the status page is at http://%s/", a)) },
	}
	var bus io.Closer
	w.panel = func(c *config, m display.Model) (*display.Panel, error) {
		if bus != nil {
			_ = bus.Close()
			bus = nil
		}
		var speed physic.Frequency
		if err := speed.Set(c.Display.Speed); err != nil {
			return nil, err
		}
		port, conn, slow, fast, err := hw.OpenSPI(c.Display.Port, speed)
		if err != nil {
			return nil, err
		}
		bus = port
		return sharedPanel(c, m, hw.Pin, func(p display.Pins) (*display.Panel, error) {
			return display.Open(conn, p, m, display.Bus{Slow: quiet(slow), Fast: quiet(fast)})
		})
	}
	w.close = func() {
		if bus != nil {
			_ = bus.Close()
		}
	}
	return w, nil
}

// checkMetal looks at pins, bus and line without taking hold of them.
func (c *config) checkMetal() []finding {
	if err := hw.HasGPIO(); err != nil {
		return []finding{{"pins", isFail, oneLine(err)}}
	}
	out := []finding{{"pins", isOK, "every pin is there"}}
	names := append(c.outputs(), c.Display.DC, c.Display.Reset, c.Display.Backlight, c.Keys.Cancel)
	for _, s := range c.Slots {
		names = append(names, s.Key, s.Home, s.Drop)
	}
	for _, n := range names {
		if n == "" {
			continue
		}
		if _, err := hw.Pin(n); err != nil {
			out[0] = finding{"pins", isFail, oneLine(err)}
			break
		}
	}
	bus := "/dev/spidev" + strings.TrimPrefix(c.Display.Port, "SPI")
	switch b, _ := os.ReadFile("/sys/module/spidev/parameters/bufsiz"); {
	case !exists(bus):
		out = append(out, finding{"panel", isFail, bus + " is missing: put dtparam=spi=on into config.txt and reboot"})
	case len(strings.TrimSpace(string(b))) < len("65536"):
		out = append(out, finding{"panel", isWarn, "bufsiz is " + strings.TrimSpace(string(b)) + ": put spidev.bufsiz=65536 into cmdline.txt for a quicker panel"})
	default:
		out = append(out, finding{"panel", isOK, bus})
	}
	switch {
	case c.Scanner.Port == "none":
	case !exists(c.Scanner.Port):
		out = append(out, finding{"scan module", isFail, c.Scanner.Port + " is missing: put enable_uart=1 into config.txt, or name the right one in scanner.port"})
	default:
		out = append(out, finding{"scan module", isOK, c.Scanner.Port})
	}
	return out
}

// quiet: a bus that keeps its speed still carries bytes.
func quiet(f func() error) func() { return func() { _ = f() } }
