//go:build !sim

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"periph.io/x/conn/v3/physic"

	"kiosk/cmd/kiosk/config"
	"kiosk/display"
	"kiosk/hw"
	"kiosk/store"
)

const (
	warmLimit   = 80  // °C: the board slows down from there on
	busLeast    = 0.6 // of the clock asked for; less means that something is set wrong
	bufferLeast = 65536
	checkFor    = 10 * time.Second // asking a scan module at five speeds
)

// checkMetal looks at pins, bus, line and board. What a running kiosk holds is left alone.
func checkMetal(ctx context.Context, c *config.Config) []finding {
	if err := hw.HasGPIO(); err != nil {
		return []finding{{"pins", isFail, config.OneLine(err)}}
	}
	busy := store.InUse(c.Store.Path)
	out := checkWires(c)
	out = append(out, checkPanel(c, busy)...)
	out = append(out, checkScanner(ctx, c)...)
	out = append(out, checkThermometer(c)...)
	return append(out, checkBoard(hw.ReadBoard("/"))...)
}

// checkWires finds every pin, and none that is on while the board starts. Nothing is driven or read.
func checkWires(c *config.Config) []finding {
	n, worst := 0, finding{"pins", isOK, ""}
	for _, u := range c.PinUses() {
		if _, err := hw.FindPin(u.Pin); err != nil {
			return []finding{{"pins", isFail, u.Key + ": " + config.OneLine(err)}}
		}
		n++
		if poor := hw.BootHighWarning(u.Pin); u.Actuator && poor != "" && worst.Verdict == isOK {
			worst = finding{"pins", isWarn, u.Key + ": " + poor}
		}
	}
	worst.Text = cmp.Or(worst.Text, fmt.Sprintf("all %d are there", n))
	return []finding{worst}
}

// checkPanel looks at the bus and, where no kiosk draws on it, at the panel itself.
func checkPanel(c *config.Config, busy bool) []finding {
	bus := "/dev/spidev" + strings.TrimPrefix(c.Display.Bus(), "SPI")
	if !config.Exists(bus) {
		return []finding{{"panel", isFail, bus + " is missing: put dtparam=spi=on into config.txt and reboot; see display.port"}}
	}
	out := []finding{checkBuffer()}
	if busy {
		return append(out, finding{"panel", isOK, "in use by the running kiosk"})
	}
	m, err := panelModel(c)
	if err != nil {
		return append(out, finding{"panel", isFail, config.OneLine(err)})
	}
	p, closer, err := openPanel(c, m)
	if err != nil {
		return append(out, finding{"panel", isFail, config.OneLine(err)})
	}
	defer closer.Close()
	defer func() { _ = p.Off() }() // it was dark before
	return append(out, identify(c, p), measure(c, p, m))
}

func checkBuffer() finding {
	text, _ := os.ReadFile("/sys/module/spidev/parameters/bufsiz") // a kernel without it says so by the zero
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || n < bufferLeast {
		return finding{"panel bus", isWarn, fmt.Sprintf("bufsiz is %d and should be %d: put spidev.bufsiz=%[2]d into cmdline.txt and reboot, for a quicker panel", n, bufferLeast)}
	}
	return finding{"panel bus", isOK, fmt.Sprintf("bufsiz is %d", n)}
}

// identify compares the panel's own name with the config's. Most panels have no wire to say it on: that is no fault.
func identify(c *config.Config, p *display.Panel) finding {
	switch name, err := p.Identify(); {
	case err != nil:
		return finding{"panel", isFail, config.OneLine(err)}
	case name == display.Unknown:
		return finding{"panel", isOK, "started; it does not give its name, as most do not: look at it with kiosk run"}
	case name != c.Display.Controller:
		return finding{"panel", isWarn, fmt.Sprintf("it says that it is %s, and display.controller is %s", name, c.Display.Controller)}
	default:
		return finding{"panel", isOK, "it says that it is " + name}
	}
}

// measure compares what the bus carries with the clock asked for: a board rounds it down and tells nobody.
func measure(c *config.Config, p *display.Panel, m display.Model) finding {
	var speed physic.Frequency
	if err := speed.Set(c.Display.Speed); err != nil {
		return finding{"panel speed", isFail, config.OneLine(err)}
	}
	n, took, err := p.Measure()
	if err != nil {
		return finding{"panel speed", isFail, config.OneLine(err)}
	}
	asked := float64(speed) / float64(physic.MegaHertz)
	got := float64(8*n) / took.Seconds() / 1e6
	text := fmt.Sprintf("%.1f Mbit/s of %.0f asked, %d ms a picture", got, asked, took.Milliseconds())
	if _, most := m.Clock(); speed > most {
		return finding{"panel speed", isWarn, fmt.Sprintf("%s; no %s is known to bear more than %v: see display.speed", text, c.Display.Controller, most)}
	}
	if got < busLeast*asked {
		return finding{"panel speed", isWarn, text + ": raise bufsiz, fix core_freq in config.txt, or ask for a clock that the board has"}
	}
	return finding{"panel speed", isOK, text}
}

func checkScanner(ctx context.Context, c *config.Config) []finding {
	if c.Scanner.Port == "none" {
		return nil
	}
	if !config.Exists(c.Scanner.Port) {
		return []finding{{"scan module", isFail, c.Scanner.Port + " is missing: look at its cable, put enable_uart=1 into config.txt, or name the right one in scanner.port"}}
	}
	s := newScanner(c)
	if c.Scanner.Trigger != "" {
		s.Trigger = &hw.TriggerPin{} // asked about, never pulled
	}
	ctx, cancel := context.WithTimeout(ctx, checkFor)
	defer cancel()
	text, err := hw.CheckScanner(ctx, s, c.Scanner.Baud, func(baud int) (io.ReadWriteCloser, error) {
		return hw.OpenSerial(c.Scanner.Port, baud)
	})
	var advice hw.Warning
	switch {
	case errors.As(err, &advice):
		return []finding{{"scan module", isWarn, config.OneLine(err)}}
	case err != nil:
		return []finding{{"scan module", isFail, config.OneLine(err)}}
	}
	return []finding{{"scan module", isOK, text}}
}

func checkThermometer(c *config.Config) []finding {
	if c.Board.Thermometer == "" {
		return nil
	}
	t := hw.Thermometer{ID: c.Board.Thermometer}
	celsius, err := t.Measure()
	if err != nil {
		return []finding{{"thermometer", isWarn, config.OneLine(err)}}
	}
	return []finding{{"thermometer", isOK, fmt.Sprintf("%.1f °C", celsius)}}
}

// checkBoard: power and heat, which end a sale half way.
func checkBoard(b hw.Board) []finding {
	f := finding{"board", isOK, cmp.Or(b.Model, "no model given")}
	switch {
	case b.Power != nil && b.Power.Low:
		f.Verdict, f.Text = isWarn, "the supply is under 4.63 V: a stronger one, or a shorter cable"
	case b.Power != nil && b.Power.WasLow:
		f.Verdict, f.Text = isWarn, "the supply was under 4.63 V since the start: a stronger one, or one of their own for the motors"
	case b.Celsius >= warmLimit:
		f.Verdict, f.Text = isWarn, fmt.Sprintf("%.0f °C: the board slows down; give it air", b.Celsius)
	case b.WornOut:
		f.Verdict, f.Text = isWarn, fmt.Sprintf("the storage has used %d %% of its life: replace it, after kiosk backup", b.WearPercent)
	}
	return []finding{f}
}
