package doctor

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
	throttledFrom   = 80               // °C: the board slows down from there on
	leastThroughput = 0.6              // of the clock asked for; less means that something is set wrong
	leastBuffer     = 65536            // bytes that the SPI driver takes at once
	scannerPatience = 10 * time.Second // asking a scan module at five speeds
)

// Metal looks at what the board's wires lead to.
type Metal struct {
	Config    *config.Config                                           // what should be there
	OpenPanel func() (*display.Panel, display.Model, io.Closer, error) // and its bus, to close
}

// Check looks at pins, bus, line and board. What a running kiosk holds is left alone.
func (m *Metal) Check(ctx context.Context) []Finding {
	if err := hw.HasGPIO(); err != nil {
		return []Finding{{Part: "pins", Verdict: Fail, Text: config.OneLine(err)}}
	}
	out := []Finding{m.checkPins()}
	out = append(out, m.CheckPanel(store.InUse(m.Config.Store.Path))...)
	out = append(out, m.CheckScanner(ctx)...)
	out = append(out, m.CheckThermometer()...)
	return append(out, checkBoard(hw.ReadBoard("/")))
}

// checkPins finds every pin, and none that is on while the board starts. Nothing is driven or read.
func (m *Metal) checkPins() Finding {
	n, worst := 0, Finding{Part: "pins", Verdict: OK, Text: ""}
	for _, u := range m.Config.PinUses() {
		if _, err := hw.FindPin(u.Pin); err != nil {
			return Finding{Part: "pins", Verdict: Fail, Text: u.Key + ": " + config.OneLine(err)}
		}
		n++
		if poor := hw.BootHighWarning(u.Pin); u.Actuator && poor != "" && worst.Verdict == OK {
			worst = Finding{Part: "pins", Verdict: Warn, Text: u.Key + ": " + poor}
		}
	}
	worst.Text = cmp.Or(worst.Text, fmt.Sprintf("all %d are there", n))
	return worst
}

// CheckPanel looks at the bus and, if no kiosk draws on it, at the panel itself.
func (m *Metal) CheckPanel(busy bool) []Finding {
	bus := "/dev/spidev" + strings.TrimPrefix(m.Config.Display.BusName(), "SPI")
	if !config.PathExists(bus) {
		return []Finding{{Part: "panel", Verdict: Fail, Text: bus + " is missing: put dtparam=spi=on into config.txt and reboot; see display.port"}}
	}
	out := []Finding{checkBusBuffer()}
	if busy {
		return append(out, Finding{Part: "panel", Verdict: OK, Text: "in use by the running kiosk"})
	}
	p, model, closer, err := m.OpenPanel()
	if err != nil {
		return append(out, Finding{Part: "panel", Verdict: Fail, Text: config.OneLine(err)})
	}
	defer closer.Close()
	defer func() { _ = p.Off() }() // it was dark before
	return append(out, m.identifyPanel(p), m.measurePanel(p, model))
}

// checkBusBuffer reads how much the SPI driver takes at once: with its default of 4 KiB a picture is 38 transfers.
func checkBusBuffer() Finding {
	text, _ := os.ReadFile("/sys/module/spidev/parameters/bufsiz") // a kernel without it says so by the zero
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || n < leastBuffer {
		return Finding{Part: "panel bus", Verdict: Warn, Text: fmt.Sprintf("bufsiz is %d and should be %d: put spidev.bufsiz=%[2]d into cmdline.txt and reboot, for a quicker panel", n, leastBuffer)}
	}
	return Finding{Part: "panel bus", Verdict: OK, Text: fmt.Sprintf("bufsiz is %d", n)}
}

// identifyPanel compares the panel's own name with the config's. Most panels have no wire to say it on: that is no fault.
func (m *Metal) identifyPanel(p *display.Panel) Finding {
	switch name, err := p.Identify(); {
	case err != nil:
		return Finding{Part: "panel", Verdict: Fail, Text: config.OneLine(err)}
	case name == display.Unknown:
		return Finding{Part: "panel", Verdict: OK, Text: "started; it does not give its name, as most do not: look at it with kiosk run"}
	case name != m.Config.Display.Controller:
		return Finding{Part: "panel", Verdict: Warn, Text: fmt.Sprintf("it says that it is %s, and display.controller is %s", name, m.Config.Display.Controller)}
	default:
		return Finding{Part: "panel", Verdict: OK, Text: "it says that it is " + name}
	}
}

// measurePanel compares what the bus carries with the clock asked for: a board rounds the clock down in silence.
func (m *Metal) measurePanel(p *display.Panel, model display.Model) Finding {
	var speed physic.Frequency
	if err := speed.Set(m.Config.Display.Speed); err != nil {
		return Finding{Part: "panel speed", Verdict: Fail, Text: config.OneLine(err)}
	}
	n, took, err := p.Measure()
	if err != nil {
		return Finding{Part: "panel speed", Verdict: Fail, Text: config.OneLine(err)}
	}
	asked := float64(speed) / float64(physic.MegaHertz)
	got := float64(8*n) / took.Seconds() / 1e6
	text := fmt.Sprintf("%.1f Mbit/s of %.0f asked, %d ms a picture", got, asked, took.Milliseconds())
	if _, most := model.Clock(); speed > most {
		return Finding{Part: "panel speed", Verdict: Warn, Text: fmt.Sprintf("%s; no %s is known to bear more than %v: see display.speed", text, m.Config.Display.Controller, most)}
	}
	if got < leastThroughput*asked {
		return Finding{Part: "panel speed", Verdict: Warn, Text: text + ": raise bufsiz, fix core_freq in config.txt, or ask for a clock that the board has"}
	}
	return Finding{Part: "panel speed", Verdict: OK, Text: text}
}

// CheckScanner asks the scan module in its own dialect, at the configured speed first. Its trigger is never pulled.
func (m *Metal) CheckScanner(ctx context.Context) []Finding {
	c := m.Config.Scanner
	if c.Port == "none" {
		return nil
	}
	if !config.PathExists(c.Port) {
		return []Finding{{Part: "scan module", Verdict: Fail, Text: c.Port + " is missing: look at its cable, put enable_uart=1 into config.txt, or name the right one in scanner.port"}}
	}
	s := &hw.Scanner{Dialect: c.Dialect, Always: c.Continuous}
	if c.Trigger != "" {
		s.Trigger = &hw.TriggerPin{} // there is one, and it stays as it is
	}
	ctx, cancel := context.WithTimeout(ctx, scannerPatience)
	defer cancel()
	text, err := hw.CheckScanner(ctx, s, c.Baud, func(baud int) (io.ReadWriteCloser, error) { return hw.OpenSerial(c.Port, baud) })
	var warning hw.Warning
	switch {
	case errors.As(err, &warning):
		return []Finding{{Part: "scan module", Verdict: Warn, Text: config.OneLine(err)}}
	case err != nil:
		return []Finding{{Part: "scan module", Verdict: Fail, Text: config.OneLine(err)}}
	}
	return []Finding{{Part: "scan module", Verdict: OK, Text: text}}
}

// CheckThermometer only warns: the kiosk sells without one.
func (m *Metal) CheckThermometer() []Finding {
	if m.Config.Board.Thermometer == "" {
		return nil
	}
	t := hw.Thermometer{ID: m.Config.Board.Thermometer}
	celsius, err := t.Measure()
	if err != nil {
		return []Finding{{Part: "thermometer", Verdict: Warn, Text: config.OneLine(err)}}
	}
	return []Finding{{Part: "thermometer", Verdict: OK, Text: fmt.Sprintf("%.1f °C", celsius)}}
}

// checkBoard warns of what ends a sale half way: power, heat, and a worn card.
func checkBoard(b hw.Board) Finding {
	f := Finding{Part: "board", Verdict: OK, Text: cmp.Or(b.Model, "no model given")}
	switch {
	case b.Power != nil && b.Power.Low:
		f.Verdict, f.Text = Warn, "the supply is under 4.63 V: a stronger one, or a shorter cable"
	case b.Power != nil && b.Power.WasLow:
		f.Verdict, f.Text = Warn, "the supply was under 4.63 V since the start: a stronger one, or one of their own for the motors"
	case b.Celsius >= throttledFrom:
		f.Verdict, f.Text = Warn, fmt.Sprintf("%.0f °C: the board slows down; give it air", b.Celsius)
	case b.WornOut:
		f.Verdict, f.Text = Warn, fmt.Sprintf("the storage has used %d %% of its life: replace it, after kiosk backup", b.WearPercent)
	}
	return f
}
