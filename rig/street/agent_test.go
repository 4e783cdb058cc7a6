package street

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// guest is the real agent, built for this machine, on a pair of terminals' worth of port and folders that look
// like the kernel's.
type guest struct {
	*Hand
	t      *testing.T
	dir    string
	events chan Message
	bus    *os.File // where the panel's bytes come from
	pipe   *os.File // where the kernel's trace comes from
	panel  string   // what the host was sent of them
}

const tracedBase = 512

func aGuest(t *testing.T) *guest {
	t.Helper()
	g := &guest{t: t, dir: t.TempDir(), events: make(chan Message, 1000)}
	agent := filepath.Join(g.dir, "agent")
	if out, err := exec.Command("go", "build", "-o", agent, "kiosk/rig/agent").CombinedOutput(); err != nil {
		t.Fatalf("building the agent: %v: %s", err, out)
	}
	for pin := range 28 {
		g.file(fmt.Sprintf("pins/sim/gpiochip0/sim_gpio%d/pull", pin), "pull-down\n")
		g.file(fmt.Sprintf("pins/sim/gpiochip0/sim_gpio%d/value", pin), "0\n")
	}
	g.file("chips/gpiochip0/label", "another\n")
	g.file("chips/gpiochip512/label", "pinctrl-sim\n")
	g.file("chips/gpiochip512/base", fmt.Sprintln(tracedBase))
	for _, f := range []string{"trace_clock", "events/gpio/gpio_value/filter", "events/gpio/gpio_value/enable"} {
		g.file("trace/"+f, "")
	}
	g.panel = g.file("panel", "")
	g.bus, g.pipe = g.fifo("bus"), g.fifo("trace/trace_pipe")
	port, far, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	raw(t, far)
	c := exec.Command(agent, "-control", far.Name(), "-panel", g.panel, "-bus", g.bus.Name(), "-pins", filepath.Join(g.dir, "pins"),
		"-trace", filepath.Join(g.dir, "trace"), "-chips", filepath.Join(g.dir, "chips"))
	var words bytes.Buffer
	c.Stderr = &words
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	g.Hand = NewHand(port, func(m Message) { g.events <- m })
	go g.Listen() // ends with the port
	t.Cleanup(func() {
		_ = c.Process.Kill() // or it has left
		_ = c.Wait()
		_, _ = port.Close(), far.Close()
		if t.Failed() {
			t.Logf("the agent said: %s", words.String())
		}
	})
	g.await("hello", func(Message) bool { return true })
	return g
}

// raw makes a terminal carry bytes as they are, as a virtio port does.
func raw(t *testing.T, f *os.File) {
	t.Helper()
	set, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	set.Iflag, set.Oflag, set.Lflag = 0, 0, 0
	if err := unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, set); err != nil {
		t.Fatal(err)
	}
}

func (g *guest) file(name, text string) string {
	g.t.Helper()
	path := filepath.Join(g.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		g.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		g.t.Fatal(err)
	}
	return path
}

func (g *guest) fifo(name string) *os.File {
	g.t.Helper()
	path := filepath.Join(g.dir, name)
	if err := unix.Mkfifo(path, 0o600); err != nil {
		g.t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { f.Close() })
	return f
}

func (g *guest) pin(n int, name string) string {
	return filepath.Join(g.dir, fmt.Sprintf("pins/sim/gpiochip0/sim_gpio%d/%s", n, name))
}

// set writes a level as the kernel shows it: never empty in between.
func (g *guest) set(pin int, level string) {
	g.t.Helper()
	f, err := os.OpenFile(g.pin(pin, "value"), os.O_WRONLY, 0)
	if err != nil {
		g.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte(level), 0); err != nil {
		g.t.Fatal(err)
	}
}

// await takes events until one is as wanted.
func (g *guest) await(event string, wanted func(Message) bool) Message {
	g.t.Helper()
	for {
		select {
		case m := <-g.events:
			if m.Event == event && wanted(m) {
				return m
			}
			if m.Event == "fault" {
				g.t.Fatalf("the agent complains: %s", m.Error)
			}
		case <-time.After(time.Minute):
			g.t.Fatalf("no %s in a minute", event)
		}
	}
}

// until waits for a file to say something.
func (g *guest) until(path, text string) {
	g.t.Helper()
	var b []byte
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if b, _ = os.ReadFile(path); strings.TrimSpace(string(b)) == text {
			return
		}
	}
	g.t.Fatalf("%s says %q, wanted %q", path, b, text)
}

func (g *guest) must(m Message) Message {
	g.t.Helper()
	said, err := g.Ask(m)
	if err != nil {
		g.t.Fatal(err)
	}
	return said
}

func TestTheAgentRunsAndKillsAndTellsWhatWasOn(t *testing.T) {
	g := aGuest(t)
	g.set(17, "1")
	g.must(Message{Do: "watch", Pins: []int{17, 23}})
	said, err := g.Call("/bin/sh", "-c", "echo out; echo err >&2; exit 3")
	if err != nil || said.Code != 3 || said.Out != "out\n" || said.Err != "err\n" || said.US == 0 {
		t.Errorf("a command said %+v, %v", said, err)
	}
	if _, err := g.Call("/no/such/program"); err == nil {
		t.Error("a program that is not there was run")
	}
	after := filepath.Join(g.dir, "after")
	g.must(Message{Do: "run", Name: "kiosk", Argv: []string{"/bin/sh", "-c", "echo selling; exec sleep 1000"}, Post: []string{"/bin/sh", "-c", "echo off > " + after}})
	g.await("line", func(m Message) bool { return m.Name == "kiosk" && m.Out == "selling" })
	if _, err := g.Ask(Message{Do: "run", Name: "kiosk", Argv: []string{"/bin/true"}}); err == nil {
		t.Error("a second kiosk was started beside the first")
	}
	g.must(Message{Do: "kill", Name: "kiosk", Code: int(unix.SIGKILL)})
	if m := g.await("exit", func(m Message) bool { return m.Name == "kiosk" }); m.Code != 137 || !slices.Equal(m.Pins, []int{17}) {
		t.Errorf("the end was told as status %d with %v on", m.Code, m.Pins)
	}
	if m := g.await("post", func(m Message) bool { return true }); m.Code != 0 || m.Error != "" {
		t.Errorf("what is called at the end: %+v", m)
	}
	g.until(after, "off")
	if _, err := g.Ask(Message{Do: "kill", Name: "kiosk", Code: 9}); err == nil {
		t.Error("a process that has ended was killed again")
	}
	if _, err := g.Ask(Message{Do: "dance"}); err == nil || !strings.Contains(err.Error(), "dance") {
		t.Errorf("nonsense: %v", err)
	}
	note := filepath.Join(g.dir, "note")
	g.must(Message{Do: "write", Path: note, Out: "kept", Mode: 0o600})
	if said := g.must(Message{Do: "read", Path: note}); said.Out != "kept" {
		t.Errorf("a file reads %q", said.Out)
	}
}

func TestASpiralTurnsWhileItsMotorIsOn(t *testing.T) {
	g := aGuest(t)
	slot := func(how string) {
		g.must(Message{Do: "slot", Slot: &Spiral{Number: 1, Motor: 17, Home: 27, Drop: 22, How: how}})
	}
	motor := func(level string) { g.set(17, level) }
	slot("ok")
	g.until(g.pin(22, "pull"), "pull-up")   // nothing in the light
	g.until(g.pin(27, "pull"), "pull-down") // at home
	motor("1")
	g.until(g.pin(27, "pull"), "pull-up")
	g.set(27, "1") // as the kernel shows what was pulled
	if m := g.await("drop", func(Message) bool { return true }); m.Level != 1 || m.Pin != 22 {
		t.Errorf("the drop was told as %+v", m)
	}
	g.until(g.pin(27, "pull"), "pull-down") // home again
	g.set(27, "0")
	g.until(g.pin(22, "pull"), "pull-up") // and the light is free
	motor("0")
	for _, how := range []string{"no-drop", "jam"} {
		slot(how)
		motor("1")
		g.until(g.pin(27, "pull"), "pull-up")
		motor("0")
	}
	if _, err := g.Ask(Message{Do: "slot", Slot: &Spiral{Number: 1, How: "melted"}}); err == nil {
		t.Error("a trouble that nobody knows was taken")
	}
	g.must(Message{Do: "until", Pin: 17, Level: 0, MS: 60000})
	if _, err := g.Ask(Message{Do: "until", Pin: 17, Level: 1, MS: 1}); err == nil {
		t.Error("a level that never came was seen")
	}
	g.must(Message{Do: "press", Pin: 5, MS: 1})
	g.until(g.pin(5, "pull"), "pull-up") // the finger has gone
}

func TestThePinsAreToldByTheKernelsTrace(t *testing.T) {
	g := aGuest(t)
	g.must(Message{Do: "watch", Pins: []int{17, 23}})
	g.await("pin", func(m Message) bool { return m.Pin == 23 && m.Level == 0 })
	g.until(filepath.Join(g.dir, "trace/events/gpio/gpio_value/filter"), "get == 0 && (gpio == 529 || gpio == 535)")
	g.until(filepath.Join(g.dir, "trace/trace_clock"), "mono")
	fmt.Fprint(g.pipe, "# tracer: nop\n"+
		"           kiosk-200     [001] .....    12.345678: gpio_value: 529 set 0\n"+ // as it was
		"           kiosk-200     [001] .....    12.345999: gpio_value: 520 set 1\n"+ // nobody's
		"           kiosk-200     [001] .....    13.000001: gpio_value: 529 set 1\n"+
		"           kiosk-201     [000] .....    14.200002: gpio_value: 529 set 0\n")
	var tr Trace
	tr.Power()
	for len(tr.All()) < 2 {
		tr.Take(g.await("pin", func(m Message) bool { return m.Pin == 17 }))
	}
	if turns := tr.Turns(); len(turns) != 1 || turns[0].On != 1200001*time.Microsecond || turns[0].Open || tr.Starts(17) != 1 || tr.Level(17) != 0 {
		t.Errorf("one turn of 1.200001 s became %+v", turns)
	}
	fmt.Fprint(g.pipe, "CPU:0 [LOST 12 EVENTS]\n")
	for {
		if m := <-g.events; m.Event == "fault" {
			break // a trace with a hole proves nothing
		}
	}
}

func TestRecordsLeaveTheGuestWhole(t *testing.T) {
	g := aGuest(t)
	var want []byte
	for i, n := range []int{1, 4, 4096, 65536} {
		record := binary.LittleEndian.AppendUint32([]byte{byte(i % 2)}, uint32(n))
		want = append(append(want, record...), bytes.Repeat([]byte{byte(i)}, n)...)
	}
	go func() { // in pieces that end anywhere
		for rest := want; len(rest) > 0; rest = rest[min(len(rest), 1000):] {
			_, _ = g.bus.Write(rest[:min(len(rest), 1000)])
		}
	}()
	sent := func() []byte {
		b, err := os.ReadFile(g.panel)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for end := time.Now().Add(time.Minute); len(sent()) < len(want) && time.Now().Before(end); time.Sleep(time.Millisecond) {
	}
	if !bytes.Equal(sent(), want) {
		t.Fatalf("%d bytes became %d others", len(want), len(sent()))
	}
	g.must(Message{Do: "lines", Pins: []int{25}})
	if b := sent()[len(want):]; !bytes.Equal(b, []byte{kindLine, 2, 0, 0, 0, 25, 0}) {
		t.Errorf("the reset line was told as %v", b)
	}
	g.set(25, "1")
	for end := time.Now().Add(time.Minute); len(sent()) < len(want)+14 && time.Now().Before(end); time.Sleep(time.Millisecond) {
	}
	if b := sent(); !bytes.HasSuffix(b, []byte{kindLine, 2, 0, 0, 0, 25, 1}) {
		t.Errorf("its rise was told as %v", b[len(want):])
	}
}

func TestAGuestThatIsGoneIsTold(t *testing.T) {
	near, far := io.Pipe()
	h := NewHand(struct {
		io.Reader
		io.Writer
	}{near, io.Discard}, func(Message) {})
	heard := make(chan error, 1)
	go func() { heard <- h.Listen() }()
	lost := make(chan error, 1)
	go func() {
		_, err := h.Ask(Message{Do: "ping"})
		lost <- err
	}()
	far.Close()
	if err := <-lost; err == nil || !strings.Contains(err.Error(), "gone") {
		t.Errorf("a request that is never answered: %v", err)
	}
	if err := <-heard; err != nil {
		t.Errorf("the end of the port: %v", err)
	}
	if _, err := h.Ask(Message{Do: "ping"}); err == nil {
		t.Error("a guest that is gone was asked")
	}
}
