package sim

import (
	"bytes"
	"context"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// onTable is a module with somebody listening.
type onTable struct {
	*Module
	mu   sync.Mutex
	said bytes.Buffer
}

func newOnTable() *onTable {
	b := &onTable{Module: NewModule()}
	b.setOutput(func(p []byte) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.said.Write(p)
	})
	return b
}

// takes gives what it said since it was last asked.
func (b *onTable) takes() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.said.Reset()
	return b.said.String()
}

// hears sends frames and gives what came of them.
func (b *onTable) hears(frames ...string) string {
	b.takes()
	for _, f := range frames {
		b.Hear([]byte(f))
		time.Sleep(100 * time.Millisecond)
	}
	return b.takes()
}

func (b *onTable) sees(t *testing.T, code string, symbol int, d time.Duration) string {
	t.Helper()
	b.takes()
	if _, err := b.Hold(t.Context(), code, symbol, d); err != nil {
		t.Fatal(err)
	}
	return b.takes()
}

const (
	ackFrame     = "\x02\x00\x00\x01\x00\x33\x31"
	commandFrame = "\x7E\x00\x08\x01\x00\x00\xD5\xEF\x41"
	manualFrame  = "\x7E\x00\x08\x01\x00\x00\xD4\xFF\x60"
	startFrame   = "\x7E\x00\x08\x01\x00\x02\x01\x02\xDA"
	stopFrame    = "\x7E\x00\x08\x01\x00\x02\x00\x12\xFB"
	saveFrame    = "\x7E\x00\x09\x01\x00\x00\x00\xDE\xC8"
	closedFrame  = "\x7E\x00\x08\x01\x00\x03\x02\x01\x88"
	modelFrame   = "\x7E\x00\x07\x01\x00\xE0\x01\x11\xF3"
	modelAnswer  = "\x02\x00\x00\x01\x05\x63\x94"
)

func TestAModuleLooksAsItsModeSays(t *testing.T) {
	line := shownCode + "\r"
	for _, c := range []struct {
		name   string
		frames []string
		pulled bool
		want   string // of a code held there for 2.5 s
	}{
		{"continuous", nil, false, line + line + line},
		{"induction", []string{"\x7E\x00\x08\x01\x00\x00\xD7\xCF\x03"}, false, strings.Repeat(line, 4)},
		{"command, not started", []string{commandFrame}, false, ""},
		{"command, started", []string{commandFrame, startFrame}, false, line},
		{"command, started and stopped", []string{commandFrame, startFrame, stopFrame}, false, ""},
		{"command, the trigger pulled", []string{commandFrame}, true, ""},
		{"manual, let alone", []string{manualFrame}, false, ""},
		{"manual, the trigger pulled", []string{manualFrame}, true, line},
		{"manual, started by command", []string{manualFrame, startFrame}, false, ""},
		{"QR off", []string{"\x7E\x00\x08\x01\x00\x3F\x00\xAB\xCD"}, false, ""},
		{"output to USB", []string{"\x7E\x00\x08\x01\x00\x0D\x01\xAB\xCD"}, false, ""},
		{"CRLF", []string{commandFrame, "\x7E\x00\x08\x01\x00\x60\x21\x4B\xF0", startFrame}, false, shownCode + "\r\n"},
		{"no end, and the kind", []string{commandFrame, "\x7E\x00\x08\x01\x00\x60\x04\xAB\xCD", startFrame}, false, "Q" + shownCode},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newOnTable()
				if got := b.hears(c.frames...); got != strings.Repeat(ackFrame, len(c.frames)) {
					t.Errorf("the commands were answered % X", got)
				}
				b.Pull(c.pulled)
				if got := b.sees(t, shownCode, QRCode, 2500*time.Millisecond); got != c.want {
					t.Errorf("it sent %q", got)
				}
			})
		})
	}
}

func TestAModuleGivesUpInTimeAndItsLightGoesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newOnTable()
		if !b.Light() {
			t.Error("a continuous module is dark")
		}
		b.hears(commandFrame)
		if b.Light() {
			t.Error("it looks without a command")
		}
		b.hears(startFrame)
		time.Sleep(4800 * time.Millisecond)
		if !b.Light() {
			t.Error("it gave up before 5 s")
		}
		time.Sleep(200 * time.Millisecond)
		if b.Light() || b.sees(t, shownCode, QRCode, time.Second) != "" {
			t.Error("after 5 s it still looks")
		}
	})
}

func TestASetupCodeWorksUntilTheyAreOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newOnTable()
		if got := b.sees(t, SetupCode(0x40, 0), Code128, 500*time.Millisecond); got != "" || b.Zone(0x40) != 0 || b.Flash(0x40) != 0 {
			t.Errorf("a print changed zone 40 to %d and sent %q", b.Zone(0x40), got)
		}
		b.hears(closedFrame)
		time.Sleep(2 * time.Second)
		if got := b.sees(t, SetupCode(0x3F, 0), Code128, 500*time.Millisecond); got != "@SET003F=00\r" || b.Zone(0x3F) != 1 {
			t.Errorf("setup codes are off, and a print sent %q and left zone 3F at %d", got, b.Zone(0x3F))
		}
	})
}

func TestOnlyWhatWasSavedOutlivesThePower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newOnTable()
		b.hears(closedFrame, saveFrame, commandFrame)
		b.Power(false)
		if b.hears(modelFrame) != "" {
			t.Error("it answers without power")
		}
		b.Power(true)
		if b.hears(modelFrame) != "" {
			t.Error("it answers as soon as it has power")
		}
		time.Sleep(bootTime)
		if b.hears(modelFrame) != modelAnswer {
			t.Error("it does not come up")
		}
		if b.Zone(0x03) != 2 || b.Zone(0x00) != 0xD6 || b.Saves() != 1 {
			t.Errorf("after power: setup codes %02x, mode %02x, saved %d times", b.Zone(3), b.Zone(0), b.Saves())
		}
	})
}

func TestAnIdleModuleSleepsAndLosesTheFirstByte(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newOnTable()
		b.hears(commandFrame)
		time.Sleep(31 * time.Second)
		if b.hears(modelFrame) != "" {
			t.Error("a sleeping module heard every byte")
		}
		if b.hears(modelFrame) != modelAnswer {
			t.Error("it did not wake")
		}
		b.hears("\x7E\x00\x08\x01\x00\x07\x00\xED\x0E")
		time.Sleep(time.Hour)
		if b.hears(modelFrame) != modelAnswer {
			t.Error("told not to sleep, it slept")
		}
	})
}

func TestHalfACommandIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newOnTable()
		b.Hear([]byte(modelFrame[:5]))
		time.Sleep(frameTime + time.Millisecond)
		if got := b.hears(modelFrame[5:]); got != "" {
			t.Errorf("half a command of half a second ago was answered: % X", got)
		}
		if got := b.hears("\xff\x7E" + modelFrame + "\x7E\x00\x07\x01\x00\xE0\x01\x11\xF4" + modelFrame); got != modelAnswer+modelAnswer {
			t.Errorf("between noise and a wrong sum two commands were answered with % X", got)
		}
	})
}

func TestFaultsOfAModule(t *testing.T) {
	for _, c := range []struct {
		name   string
		faults Faults
		want   [2]string // of asking for the model twice
	}{
		{"deaf", Faults{Deaf: true}, [2]string{}},
		{"mute", Faults{Mute: true}, [2]string{}},
		{"an answer lost", Faults{Lose: 1}, [2]string{"", modelAnswer}},
		{"an answer spoilt", Faults{Spoil: 1}, [2]string{"\x02\x00\x00\x01\x15\x63\x94", modelAnswer}},
		{"a clone", Faults{Clone: true}, [2]string{"\x02\x00\x00\x01\x05\x33\x31", "\x02\x00\x00\x01\x05\x33\x31"}},
		{"byte by byte", Faults{Split: 5 * time.Millisecond}, [2]string{modelAnswer, modelAnswer}},
		{"slow", Faults{Slow: 120 * time.Millisecond}, [2]string{"", modelAnswer}},
		{"zones it lacks", Faults{Lacks: []int{0xE0}}, [2]string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newOnTable()
				b.Fault(c.faults)
				for i, want := range c.want {
					if got := b.hears(modelFrame); got != want {
						t.Errorf("answer %d is % X, not % X", i, got, want)
					}
				}
			})
		})
	}
}

func TestATriggerWireMakesTheModuleLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, p := newOnTable(), NewPin("GPIO5")
		p.Strict(true)
		b.Wire(p)
		b.hears(manualFrame)
		if err := p.In(gpio.PullUp, gpio.NoEdge); err != nil || b.Light() {
			t.Errorf("let go of, it looks (%v)", err)
		}
		if err := p.Out(gpio.Low); err != nil || !b.Light() {
			t.Errorf("pulled, it does not look (%v)", err)
		}
		if err := p.In(gpio.PullUp, gpio.NoEdge); err != nil || b.Light() {
			t.Errorf("let go of again, it looks on (%v)", err)
		}
	})
}

func TestTwoSpeedsDoNotUnderstandEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewSerial()
		for _, c := range []struct {
			baud int
			want bool
		}{{9600, true}, {115200, false}, {9615, true}} {
			line, err := s.OpenAt(c.baud)
			if err != nil {
				t.Fatal(err)
			}
			got, _ := reader(t, line)
			line.Write([]byte(modelFrame))
			time.Sleep(100 * time.Millisecond)
			if answered := got() == modelAnswer; answered != c.want {
				t.Errorf("at %d baud: % X", c.baud, got())
			}
			time.Sleep(2 * time.Second)
			if err := s.Scan(t.Context(), shownCode); err != nil {
				t.Fatal(err)
			}
			if understood := strings.Contains(got(), shownCode); understood != c.want {
				t.Errorf("a code at %d baud: %q", c.baud, got())
			}
			line.Close()
		}
	})
}

// TestAModuleServesASocket is the module behind a virtual machine's serial port.
func TestAModuleServesASocket(t *testing.T) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "module"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	m := NewModule()
	for range 2 { // plugged in twice
		far, err := net.Dial("unix", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		near, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- m.Serve(near) }()
		far.SetDeadline(time.Now().Add(30 * time.Second))
		got := make([]byte, len(modelAnswer))
		if _, err := far.Write([]byte(modelFrame)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(far, got); err != nil || string(got) != modelAnswer {
			t.Errorf("over the socket came % X, %v", got, err)
		}
		shown := make(chan error, 1)
		go func() { _, err := m.Show(context.Background(), shownCode, QRCode, 20*time.Second); shown <- err }()
		code := make([]byte, len(shownCode)+1)
		if _, err := io.ReadFull(far, code); err != nil || string(code) != shownCode+"\r" {
			t.Errorf("a code came as %q, %v", code, err)
		}
		if err := <-shown; err != nil {
			t.Error(err)
		}
		far.Close()
		if err := <-ended; err != nil {
			t.Errorf("the end of the line: %v", err)
		}
	}
}
