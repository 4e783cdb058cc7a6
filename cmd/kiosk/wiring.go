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

// wiring is where the wires come from: metal, or a street.
type wiring struct {
	pin     func(name string) (gpio.PinIO, error)
	panel   func(c *config.Config, m display.Model) (*display.Panel, error)
	serial  func() (io.ReadWriteCloser, error)
	wall    func() (time.Time, bool)
	clock   func() (time.Time, bool) // the wall as the clerk asks for it: a street may let its loop stand still there
	dial    func(ctx context.Context, network, addr string) (net.Conn, error)
	disk    func(sale.Book) sale.Book // what lies between the book and its disk
	diskErr func() error              // what is wrong with the disk, before a write finds out
	street  func(page http.Handler) http.Handler
	ready   func(addr net.Addr)
	nmcli   string // the program that speaks to NetworkManager; "": the one on the path
	address func() ([]net.Addr, error)
	post    func(ctx context.Context) error // a street's gateway delivers its notices; nil where nobody here writes any
	close   func()
}

// sharedPanel opens the panel over a bus and its lines.
func sharedPanel(c *config.Config, m display.Model, pin func(string) (gpio.PinIO, error), open func(display.Pins) (*display.Panel, error)) (*display.Panel, error) {
	var p display.Pins
	for _, line := range []struct {
		name string
		to   *gpio.PinOut
	}{{c.Display.DC, &p.DC}, {c.Display.Reset, &p.Reset}, {c.Display.Backlight, &p.Backlight}} {
		if line.name == "" {
			continue
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

// say logs one line. systemd adds the time, and keeps it.
func say(line string) { log.Print(line) }
