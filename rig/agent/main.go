// Command agent is the rig's hand inside the guest: it starts and kills the
// kiosk, pulls and watches the simulated pins, turns the spirals that hang on
// them, and carries the panel's bytes out.
//
// The one thing to know: it is told everything by the host, one JSON object a
// line, and answers each with one; what it sees by itself it sends as events.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// message is a request of the host, its answer, or an event. The host has the same.
type message struct {
	ID    int    `json:"id,omitempty"`
	Do    string `json:"do,omitempty"`
	Event string `json:"event,omitempty"`
	Error string `json:"error,omitempty"`

	Name string   `json:"name,omitempty"` // of a process
	Argv []string `json:"argv,omitempty"`
	Post []string `json:"post,omitempty"` // what is called when the process has ended, however it ended
	Out  string   `json:"out,omitempty"`  // standard output, a file's text, a line
	Err  string   `json:"err,omitempty"`  // standard error
	Code int      `json:"code"`           // exit status; 128 and the number for a signal

	Path string `json:"path,omitempty"`
	Mode uint32 `json:"mode,omitempty"`

	Pin   int     `json:"pin,omitempty"`
	Pins  []int   `json:"pins,omitempty"`
	Level int     `json:"level"`
	MS    int     `json:"ms,omitempty"`
	US    int64   `json:"us,omitempty"` // of the guest's monotonic clock
	Slot  *spiral `json:"slot,omitempty"`
}

// agent is the whole program.
type agent struct {
	pins  *pins
	trace *tracer
	jobs  *jobs
	lines *carrier
	ended chan error

	mu   sync.Mutex
	port io.Writer
}

func main() {
	var control, panel, bus, sys string
	trace := &tracer{label: "pinctrl-sim"}
	flag.StringVar(&control, "control", "/dev/virtio-ports/kiosk.agent", "the port to the host")
	flag.StringVar(&panel, "panel", "/dev/virtio-ports/kiosk.spi", "the port for the panel's bytes")
	flag.StringVar(&bus, "bus", "/dev/kiosk-spi", "where the panel's bytes come from")
	flag.StringVar(&sys, "pins", "/sys/devices/platform", "where the simulated pins are")
	flag.StringVar(&trace.dir, "trace", "/sys/kernel/tracing", "where the kernel's trace is")
	flag.StringVar(&trace.chips, "chips", "/sys/class/gpio", "where the chips' numbers are")
	rest := flag.Duration("rest", lookEvery, "how long between two looks at the pins while nothing turns: a look costs an emulated machine a millisecond")
	flag.Parse()
	if err := run(control, panel, bus, sys, *rest, trace); err != nil {
		fmt.Fprintln(os.Stderr, "agent:", err)
		os.Exit(1)
	}
}

func run(control, panel, bus, sys string, rest time.Duration, trace *tracer) error {
	port, err := os.OpenFile(control, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("opening the port to the host: %w", err)
	}
	out, err := os.OpenFile(panel, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("opening the port for the panel: %w", err)
	}
	in, err := os.Open(bus)
	if err != nil {
		return fmt.Errorf("opening the panel's bus: %w", err)
	}
	a := &agent{port: port, trace: trace, lines: &carrier{to: out}, ended: make(chan error, 4)}
	a.jobs = &jobs{tell: a.tell, high: trace.high, running: map[string]*os.Process{}}
	if a.pins, err = findPins(sys); err != nil {
		return err
	}
	a.pins.rest, a.pins.tell, a.pins.line, trace.tell = rest, a.tell, a.lines.line, a.tell
	go func() { a.ended <- a.lines.carry(in) }()
	go func() { a.ended <- a.pins.watch() }()
	go func() { a.ended <- a.serve(port) }()
	a.tell(message{Event: "hello"})
	return <-a.ended
}

// now is the guest's monotonic clock, as the kernel's trace has it, in microseconds.
func now() int64 {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t) // this clock is always there
	return t.Nano() / 1000
}

// tell sends one line to the host.
func (a *agent) tell(m message) {
	if m.US == 0 {
		m.US = now()
	}
	b, err := json.Marshal(m)
	if err != nil {
		b = []byte(`{"event":"fault","error":"a message that cannot be written"}`)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	_, _ = a.port.Write(append(b, '\n')) // a host that has gone pulled the plug as well
}

// serve answers the host until the port is lost. A port whose host is away reads as ended, and comes back.
func (a *agent) serve(port io.Reader) error {
	r := bufio.NewReaderSize(port, 1<<20)
	var line []byte
	for {
		part, err := r.ReadBytes('\n')
		line = append(line, part...)
		if errors.Is(err, io.EOF) {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		if err != nil {
			return fmt.Errorf("reading the port to the host: %w", err)
		}
		var m message
		if err := json.Unmarshal(line, &m); err != nil {
			a.tell(message{Event: "fault", Error: err.Error()})
		} else {
			go a.answer(m)
		}
		line = line[:0]
	}
}

func (a *agent) answer(m message) {
	said, err := a.do(m)
	said.ID = m.ID
	if err != nil {
		said.Error = err.Error()
	}
	a.tell(said)
}

// do carries out one request.
func (a *agent) do(m message) (said message, err error) {
	switch m.Do {
	case "ping":
	case "run":
		err = a.jobs.run(m.Name, m.Argv, m.Post)
	case "kill":
		err = a.jobs.kill(m.Name, m.Code)
	case "call":
		said.Code, said.Out, said.Err, err = call(m.Argv)
	case "read":
		var b []byte
		b, err = os.ReadFile(m.Path)
		said.Out = string(b)
	case "write":
		err = write(m.Path, m.Out, m.Mode)
	case "pull":
		err = a.pins.hold(m.Pin, m.Level)
	case "press":
		err = a.pins.press(m.Pin, time.Duration(m.MS)*time.Millisecond)
	case "value":
		said.Level, err = a.pins.value(m.Pin)
	case "until":
		err = a.pins.until(m.Pin, m.Level, time.Duration(m.MS)*time.Millisecond)
	case "watch":
		err = a.trace.watch(m.Pins, a.pins.value)
	case "lines":
		err = a.pins.see(m.Pins)
	case "edges":
		said.Out, err = a.pins.edges(m.Pin)
	case "slot":
		err = a.pins.slot(m.Slot)
	case "leave": // init goes on where the agent ends, and powers off
		a.ended <- nil
	default:
		err = fmt.Errorf("%q is nothing the agent can do", m.Do)
	}
	return said, err
}
