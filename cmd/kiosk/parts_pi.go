//go:build !sim

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"periph.io/x/conn/v3/physic"

	"kiosk/cmd/kiosk/config"
	"kiosk/cmd/kiosk/doctor"
	"kiosk/display"
	"kiosk/hw"
	"kiosk/sale"
)

var serviceManager = doctor.Systemd

// moreUsage: the help is whole without it.
const moreUsage = ""

const wires = "periph" // kiosk version says it

// streetFlags: on the board the config alone says where the book is and where the page is served.
func streetFlags(*flag.FlagSet, *cli) {}

// streetConfig: the board has none of its own.
func (c *cli) streetConfig() (config.Config, bool, error) { return config.Config{}, false, nil }

// outputsOff drives them low, and prints how long that took once the board's pins were found.
func outputsOff(w io.Writer, pins []string) error {
	if err := hw.InitDrivers(); err != nil {
		return err
	}
	began := time.Now() // what counts is how long a motor may run on
	if err := hw.DriveLow(pins); err != nil {
		return err
	}
	fmt.Fprintf(w, "%s off, %.1f ms after the pins were found\n", strings.Join(pins, ", "), time.Since(began).Seconds()*1000)
	return nil
}

// metalCheck looks at the board's wires.
func metalCheck(conf *config.Config) func(context.Context) []doctor.Finding {
	m := &doctor.Metal{Config: conf, OpenPanel: func() (*display.Panel, display.Model, io.Closer, error) {
		m, err := panelModel(conf)
		if err != nil {
			return nil, m, nil, err
		}
		p, bus, err := openPanel(conf, m)
		return p, m, bus, err
	}}
	return m.Check
}

// noPins says that this is no board at all.
func noPins() error { return hw.HasGPIO() }

// openWires takes the wires from the board.
func openWires(conf *config.Config) (*wiring, error) {
	if err := hw.InitDrivers(); err != nil {
		return nil, err
	}
	if err := hw.HasGPIO(); err != nil {
		return nil, err
	}
	wall := func() (time.Time, bool) { return time.Now(), hw.ClockSynchronized() }
	w := &wiring{
		pin:     (&hw.Lines{}).FindPin,
		serial:  func() (io.ReadWriteCloser, error) { return hw.OpenSerial(conf.Scanner.Port, conf.Scanner.Baud) },
		address: net.InterfaceAddrs,
		wall:    wall,
		clock:   wall, // a real loop stands still by itself or not at all
		disk:    func(b sale.Book) sale.Book { return b },
		diskErr: func() error { return nil },
		street:  func(page http.Handler) http.Handler { return page },
		ready:   func(a net.Addr) { logLine(fmt.Sprintf("the status page is at http://%s/", a)) },
	}
	var bus io.Closer // of the panel that is open; a panel that fails is opened anew
	w.panel = func(c *config.Config, m display.Model) (p *display.Panel, err error) {
		if bus != nil {
			_ = bus.Close()
		}
		p, bus, err = openPanel(c, m)
		return p, err
	}
	w.close = func() {
		if bus != nil {
			_ = bus.Close()
		}
	}
	return w, nil
}

// openPanel opens the bus, the lines and the light, and starts the panel. The bus is the caller's to close.
func openPanel(c *config.Config, m display.Model) (*display.Panel, io.Closer, error) {
	var speed physic.Frequency
	if err := speed.Set(c.Display.Speed); err != nil {
		return nil, nil, err
	}
	port, conn, slow, fast, err := hw.OpenSPI(c.Display.BusName(), speed, m.Mode)
	if err != nil {
		return nil, nil, err
	}
	p, err := sharedPanel(c, m, hw.FindPin, func(p display.Pins) (*display.Panel, error) {
		if c.Display.Dim != "" {
			light, err := hw.OpenPWM(c.Display.Dim)
			if err == nil {
				p.Dim, p.Bright = light.Set, c.Display.Brightness
			} else { // a light that cannot be dimmed is no reason not to sell
				logLine(fmt.Sprintf("display.dim: %s; the backlight is on or off by its pin. Under the unit /sys can only be read: see docs/panels.md", config.OneLine(err)))
			}
		}
		return display.Open(conn, p, m, display.Bus{Slow: ignoreError(slow), Fast: ignoreError(fast)})
	})
	if err != nil {
		return nil, nil, errors.Join(err, port.Close())
	}
	return p, port, nil
}

// ignoreError: a bus that keeps its speed still carries bytes.
func ignoreError(f func() error) func() { return func() { _ = f() } }
