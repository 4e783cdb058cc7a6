package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"go.bug.st/serial"
	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/conn/v3/spi/spireg"
	periph "periph.io/x/host/v3"
	"periph.io/x/host/v3/gpioioctl"
)

// parts are the guest's devices.
type parts struct {
	agent *os.File
	conn  spi.Conn
	dc    gpio.PinIO
	tty   serial.Port
}

// deeds are what the host may ask for, one line each: a word and what it needs.
var deeds = map[string]func(p *parts, arg string) (string, error){
	"glass": (*parts).glass, "frame": (*parts).frame, "shift": (*parts).shift,
	"key": (*parts).key, "held": (*parts).held, "out": (*parts).out, "motor": (*parts).motor, "trace": (*parts).trace,
	"set": (*parts).set, "look": (*parts).look,
	"open": (*parts).open, "read": (*parts).read, "gone": (*parts).gone,
	"get": (*parts).get, "count": (*parts).count, "counted": (*parts).counted,
	"clock": (*parts).clock,
}

// guest greets, then answers each line of kiosk.agent with one line that begins with ok or err.
func guest() error {
	if len(os.Args) > 1 { // the child that leaves a motor on
		return leaveOn(os.Args[1])
	}
	agent, err := os.OpenFile("/dev/virtio-ports/kiosk.agent", os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer agent.Close()
	p := &parts{agent: agent}
	said, err := p.begin()
	answer(agent, said, err)
	lines := bufio.NewScanner(agent)
	for lines.Scan() {
		word, arg, _ := strings.Cut(lines.Text(), " ")
		if word == "quit" {
			return nil
		}
		deed := deeds[word]
		if deed == nil {
			answer(agent, "", fmt.Errorf("no deed %q", word))
			continue
		}
		said, err := deed(p, arg)
		answer(agent, said, err)
	}
	return lines.Err()
}

func answer(w io.Writer, said string, err error) {
	if err != nil {
		fmt.Fprintln(w, "err", err)
		return
	}
	fmt.Fprintln(w, "ok", said)
}

// begin finds the pins and the bus, and lets every transfer leave for the host.
func (p *parts) begin() (string, error) {
	begun := time.Now()
	if _, err := periph.Init(); err != nil {
		return "", err
	}
	took := time.Since(begun)
	if len(gpioioctl.Chips) == 0 {
		return "", errors.New("periph found no GPIO chip")
	}
	if p.dc = gpioreg.ByName("GPIO24"); p.dc == nil {
		return "", errors.New("there is no GPIO24")
	}
	port, err := spireg.Open("SPI0.0")
	if err != nil {
		return "", err
	}
	if p.conn, err = port.Connect(40*physic.MegaHertz, spi.Mode0, 8); err != nil {
		return "", err
	}
	from, err := os.Open("/dev/kiosk-spi")
	if err != nil {
		return "", err
	}
	to, err := os.OpenFile("/dev/virtio-ports/kiosk.spi", os.O_WRONLY, 0)
	if err != nil {
		return "", err
	}
	go func() {
		_, err := io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{from}, make([]byte, 256<<10))
		fmt.Fprintln(os.Stderr, "probe: carrying the bus to the host:", err)
	}()
	up, err := os.ReadFile("/proc/uptime")
	chip := gpioioctl.Chips[0]
	return fmt.Sprintf("up %s, Init %d ms, chip %s with %d lines", strings.Fields(string(up))[0],
		took.Milliseconds(), chip.Label(), chip.LineCount()), err
}
