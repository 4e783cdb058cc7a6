//go:build !sim

package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"periph.io/x/conn/v3/physic"

	"kiosk/display"
	"kiosk/hw"
	"kiosk/sale"
)

const wires = "periph"

// streetFlags: on the board the config alone says where the book is and where the page is served.
func streetFlags(*flag.FlagSet, *cli) {}

func (c *cli) streetConfig() (config, bool) { return config{}, false }

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
		secret:  func(c *config) (string, error) { return c.secret("pay.key_file", c.Pay.KeyFile) },
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

// quiet: a bus that keeps its speed still carries bytes.
func quiet(f func() error) func() { return func() { _ = f() } }
