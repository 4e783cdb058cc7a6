package main

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"periph.io/x/conn/v3/gpio"

	"kiosk/cmd/kiosk/config"
	"kiosk/display"
	"kiosk/sale"
)

// wiring is where the wires come from: metal, or a street. Everything behind them is the same code.
type wiring struct {
	pin     func(name string) (gpio.PinIO, error)                             // by its name on the board
	panel   func(c *config.Config, m display.Model) (*display.Panel, error)   // opened anew after each fault
	serial  func() (io.ReadWriteCloser, error)                                // the scan module's line
	wall    func() (time.Time, bool)                                          // and whether the kernel trusts it
	clock   func() (time.Time, bool)                                          // the wall as the clerk asks for it: a street may let its loop stand still there
	dial    func(ctx context.Context, network, addr string) (net.Conn, error) // the uplink; nil: the system's
	disk    func(sale.Book) sale.Book                                         // what lies between the book and its disk
	diskErr func() error                                                      // what is wrong with the disk, before a write finds out
	street  func(page http.Handler) http.Handler                              // puts the street's own paths beside the page
	ready   func(addr net.Addr)                                               // says where the page is served
	nmcli   string                                                            // the program that speaks to NetworkManager; "": the one on the path
	address func() ([]net.Addr, error)                                        // of this machine
	post    func(ctx context.Context) error                                   // a street's gateway delivers its notices; nil where nobody here writes any
	close   func()                                                            // lets go of what is open
}

// sharedPanel finds the panel's lines and opens it: the one way for metal and street.
func sharedPanel(c *config.Config, m display.Model, pin func(string) (gpio.PinIO, error), open func(display.Pins) (*display.Panel, error)) (*display.Panel, error) {
	var p display.Pins
	for _, line := range []struct {
		name string
		to   *gpio.PinOut
	}{{c.Display.DC, &p.DC}, {c.Display.Reset, &p.Reset}, {c.Display.Backlight, &p.Backlight}} {
		if line.name == "" {
			continue // many panels tie reset or light to the supply
		}
		got, err := pin(line.name)
		if err != nil {
			return nil, err
		}
		*line.to = got
	}
	return open(p)
}

// now is the wall, trusted or not.
func (w *wiring) now() time.Time {
	wall, _ := w.wall()
	return wall
}

// logLine logs one line. systemd adds the time, and keeps it.
func logLine(line string) { log.Print(line) }
