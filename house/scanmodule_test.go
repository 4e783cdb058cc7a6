package house_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creack/pty"

	"kiosk/hw"
	"kiosk/sim"
)

const (
	shownWechat = "134567890123456789"
	shownAlipay = "281234567890123456"
)

// hatch is a scan module in the street, and the kiosk's ears on it.
type hatch struct {
	*hw.Scanner
	line *sim.Serial

	mu     sync.Mutex
	read   []string
	health []string
}

func newHatch() *hatch { return hatchOn(sim.NewSerial()) }

func hatchOn(line *sim.Serial) *hatch {
	h := &hatch{line: line}
	h.Scanner = &hw.Scanner{Open: line.Open, Dialect: "zone",
		Read: func(text string) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.read = append(h.read, text)
		},
		Health: func(fault string) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.health = append(h.health, fault)
		}}
	return h
}

// runs serves customers until the test, or whoever calls stop, ends it.
func (h *hatch) runs(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run ended with %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func (h *hatch) codes() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.read)
}

func (h *hatch) well() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.health) == 0 {
		return "nobody said"
	}
	return h.health[len(h.health)-1]
}

// shows holds a code to the module as a customer does and tells whether the shop heard of it.
func (h *hatch) shows(t *testing.T, code string) bool {
	t.Helper()
	before := len(h.codes())
	if err := h.line.Scan(t.Context(), code); err != nil {
		t.Errorf("holding a code to the module: %v", err)
	}
	time.Sleep(100 * time.Millisecond)
	got := h.codes()[before:]
	return slices.Equal(got, []string{code})
}

// within waits for something to become true.
func within(t *testing.T, d time.Duration, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(d); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after %v still not: %s", d, what)
		}
	}
}

// setRight tells what of a module is not as a payment terminal wants it.
func setRight(z func(int) byte) (wrong []string) {
	for _, want := range []struct {
		at         int
		mask, want byte
		what       string
	}{
		{0x00, 0x03, 1, "looks only when commanded"}, {0x00, 0x3C, 0x14, "light and aim only while it looks"}, {0x03, 3, 2, "setup codes off"},
		{0x06, 0xFF, 50, "gives up after 5 s"}, {0x07, 0x80, 0, "never sleeps"}, {0x0D, 3, 0, "output to the UART"},
		{0x33, 1, 1, "Code128"}, {0x3F, 1, 1, "QR"}, {0x2E, 1, 0, "no EAN-13"}, {0x36, 1, 0, "no Code39"}, {0x3C, 1, 0, "no Codabar"},
		{0x40, 1, 0, "no 2 of 5"}, {0x60, 0x7F, 1, "CR"},
	} {
		if z(want.at)&want.mask != want.want {
			wrong = append(wrong, fmt.Sprintf("%s: %02x", want.what, z(want.at)))
		}
	}
	return wrong
}

func (h *hatch) settled() bool { return h.State().Configured }

func TestAFreshModuleIsSetRightOnceAndForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHatch()
		m := h.line.Module()
		sound := m.Zone(0) & 0xC0
		if len(setRight(m.Zone)) == 0 {
			t.Fatal("a module from the factory is right already: this test sees nothing")
		}
		stop := h.runs(t)
		within(t, 5*time.Second, "the module is set", h.settled)
		if wrong := append(setRight(m.Zone), setRight(m.Flash)...); len(wrong) > 0 {
			t.Errorf("it says settled, but: %q", wrong)
		}
		if m.Zone(0)&0xC0 != sound {
			t.Error("its sound was changed, which nobody asked for")
		}
		if s := h.State(); s.Model != 5 || s.Warn != "" || s.Saves != 1 || m.Saves() != 1 {
			t.Errorf("state %+v, the flash was written %d times", s, m.Saves())
		}
		time.Sleep(time.Hour)
		for range 5 {
			h.line.SetTrouble(sim.ScannerGone)
			time.Sleep(5 * time.Second)
			h.line.SetTrouble(sim.ScannerOK)
			time.Sleep(20 * time.Second)
		}
		stop()
		again := hatchOn(h.line)
		again.runs(t)
		within(t, 5*time.Second, "the module is found set", again.settled)
		if m.Saves() != 1 || again.State().Saves != 0 {
			t.Errorf("the flash was written %d times for one setting", m.Saves())
		}
	})
}

func TestAPrintedSetupCodeDoesNothingAfterOurStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHatch()
		m := h.line.Module()
		attacks := []string{sim.SetupCode(0x0D, 1), sim.SetupCode(0x3F, 0), sim.SetupCode(0x00, 0xD6), sim.SetupCode(0xD9, 0x55), sim.SetupCode(0x03, 0)}
		// Nobody has started yet: the print turns the output to USB, for good.
		h.line.Scan(t.Context(), attacks[0])
		if m.Zone(0x0D) != 1 || m.Flash(0x0D) != 1 {
			t.Fatal("a module from the factory does not obey setup codes: this test sees nothing")
		}
		h.runs(t)
		within(t, 5*time.Second, "the module is set", h.settled)
		h.Arm(true)
		for range 2 {
			for _, print := range attacks {
				h.line.Scan(t.Context(), print)
				time.Sleep(4 * time.Second)
			}
			if wrong := append(setRight(m.Zone), setRight(m.Flash)...); len(wrong) > 0 {
				t.Errorf("a customer's print has changed the module: %q", wrong)
			}
			m.Power(false)
			m.Power(true)
			time.Sleep(15 * time.Second)
		}
		if !h.shows(t, shownWechat) {
			t.Error("after the attack nobody can pay with a code")
		}
		for _, text := range h.codes() {
			if text != shownWechat && hw.CodeKind(text) != "other" {
				t.Errorf("a setup code passes for money: %q", text)
			}
		}
	})
}

func TestTheLightIsOnOnlyWhileACodeIsWanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHatch()
		m := h.line.Module()
		stop := h.runs(t)
		within(t, 5*time.Second, "the module is set", h.settled)
		lit := func(d time.Duration) (n int) {
			for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
				if m.Light() {
					n++
				}
			}
			return n
		}
		if n := lit(time.Minute); n != 0 {
			t.Errorf("nobody wants a code, and the light was on for %d0 ms", n)
		}
		h.Arm(true)
		time.Sleep(50 * time.Millisecond)
		if n := lit(time.Minute); n < 5600 {
			t.Errorf("a customer waited a minute before a light that was on for %d0 ms", n)
		}
		h.Arm(false)
		time.Sleep(50 * time.Millisecond)
		if n := lit(10 * time.Second); n != 0 {
			t.Errorf("the customer is gone and the light was on for %d0 ms", n)
		}
		h.Arm(true)
		time.Sleep(time.Second)
		stop()
		time.Sleep(50 * time.Millisecond)
		if m.Light() {
			t.Error("the kiosk is stopped and the light burns on")
		}
	})
}

func TestACodeIsReadWheneverItIsShown(t *testing.T) {
	for _, at := range []time.Duration{0, 100, 700, 1500, 4900, 5100, 5290, 5310, 5500, 10450, 10620, 59900} {
		synctest.Test(t, func(t *testing.T) {
			h := newHatch()
			h.runs(t)
			within(t, 5*time.Second, "the module is set", h.settled)
			if h.shows(t, shownWechat) {
				t.Error("a code was taken that nobody asked for")
			}
			h.Arm(true)
			time.Sleep(at * time.Millisecond)
			if !h.shows(t, shownAlipay) {
				t.Errorf("%d ms after the choice a customer held a code to the module for 2 s in vain", at)
			}
			if !h.shows(t, shownWechat) {
				t.Error("the next code was not read")
			}
		})
	}
}

func TestTheModuleIsSetRightWhateverItsAnswersDo(t *testing.T) {
	for _, c := range []struct {
		name    string
		faults  sim.Faults
		settled bool
		warn    string // what the technician is told of
		saves   int
	}{
		{"none", sim.Faults{}, true, "", 1},
		{"some lost", sim.Faults{Lose: 5}, true, "", 1},
		{"some spoilt", sim.Faults{Spoil: 5}, true, "", 1},
		{"byte by byte", sim.Faults{Split: 5 * time.Millisecond}, true, "", 1},
		{"byte by byte, slowly", sim.Faults{Split: 40 * time.Millisecond}, true, "", 1},
		{"slow", sim.Faults{Slow: 300 * time.Millisecond}, true, "", 1},
		{"the sum of another make", sim.Faults{Clone: true}, true, "", 1},
		{"zones it has not", sim.Faults{Lacks: []int{0xB0, 0x4C}}, true, "", 1},
		{"no QR zone", sim.Faults{Lacks: []int{0x3F}}, false, "QR", 1},
		{"a symbology it keeps", sim.Faults{Forgets: []int{0x40}}, false, "2 of 5", 1},
		{"setup codes it keeps", sim.Faults{Forgets: []int{0x03}}, false, "setup codes", 1},
		{"keeps everything", sim.Faults{Forgets: everyZone()}, false, "setup codes", 0},
		{"too slow to be understood", sim.Faults{Slow: 700 * time.Millisecond}, false, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHatch()
				m := h.line.Module()
				m.Fault(c.faults)
				factory := m.Zone(0x13)
				h.runs(t)
				time.Sleep(6 * time.Second)
				if len(c.faults.Lacks) > 0 && m.Zone(3) != 2 {
					t.Error("while the module is asked for what it has not, anybody's setup codes work")
				}
				time.Sleep(3 * time.Minute)
				s := h.State()
				if s.Configured != c.settled || !strings.Contains(s.Warn, c.warn) || c.warn == "" && c.settled && s.Warn != "" {
					t.Errorf("after three minutes: %+v", s)
				}
				if wrong := setRight(m.Zone); c.settled && len(wrong) > 0 {
					t.Errorf("it says settled, but: %q", wrong)
				}
				if m.Saves() != c.saves {
					t.Errorf("the flash was written %d times", m.Saves())
				}
				if m.Zone(0x13) != factory || m.Zone(0x0D)&0xFC != 0 {
					t.Error("a zone was changed that nobody asked for")
				}
				if h.well() != "" {
					t.Errorf("a module that reads is called broken: %s", h.well())
				}
			})
		})
	}
}

func TestAWornFlashIsNotWornOutFurther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHatch()
		m := h.line.Module()
		m.Fault(sim.Faults{Worn: true})
		h.runs(t)
		for range 20 {
			within(t, 20*time.Second, "the module is set", func() bool { return len(setRight(m.Zone)) == 0 })
			time.Sleep(time.Minute)
			m.Power(false)
			m.Power(true)
		}
		if n := m.Saves(); n != 3 {
			t.Errorf("a flash that keeps nothing was written %d times", n)
		}
	})
}

func TestASaveThatWasLostIsMadeUpFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for lost := range 6 {
			h := newHatch()
			m := h.line.Module()
			stop := h.runs(t)
			within(t, 10*time.Second, "everything is written", func() bool { return len(setRight(m.Zone)) == 0 })
			m.Fault(sim.Faults{Lose: 20 + 2*lost}) // the last reading, or the save
			time.Sleep(2 * time.Minute)
			if wrong := setRight(m.Flash); len(wrong) > 0 || !h.settled() {
				t.Errorf("after the next power cut anybody's setup codes work again: %q, %+v", wrong, h.State())
			}
			stop()
		}
	})
}

func TestACustomerComesWhileASlowModuleIsBeingSet(t *testing.T) {
	for at := time.Duration(0); at < 20*time.Second; at += 1700 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			h := newHatch()
			h.line.Module().Fault(sim.Faults{Slow: 300 * time.Millisecond})
			h.runs(t)
			time.Sleep(at)
			h.Arm(true)
			time.Sleep(100 * time.Millisecond)
			if !h.shows(t, shownWechat) {
				t.Errorf("%v after the start a customer held a code to a dark module", at)
			}
		})
	}
}

func TestAModuleThatSleptHearsTheFirstCommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHatch()
		m := h.line.Module()
		m.Hear([]byte{0x7E, 0x00, 0x08, 0x01, 0x00, 0x00, 0xD5, 0xEF, 0x41}) // command mode, and it may sleep
		time.Sleep(time.Minute)
		h.runs(t)
		within(t, 5*time.Second, "the module is set", h.settled)
		if n := h.Counts().Unanswered; n != 0 {
			t.Errorf("%d commands were lost on a sleeping module", n)
		}
	})
}

func TestAModuleThatOnlyReadsIsNotGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHatch()
		h.Always = true
		h.Arm(true)
		h.runs(t)
		within(t, 5*time.Second, "the module is set", h.settled)
		h.line.Module().Fault(sim.Faults{Deaf: true})
		for range 60 {
			time.Sleep(2 * time.Second)
			h.line.Scan(t.Context(), shownWechat)
		}
		if h.well() != "" || h.Counts().Vanished > 0 || !strings.Contains(h.State().Warn, "answers no command") {
			t.Errorf("it reads every few seconds, and the shop is told %q, the technician %q", h.well(), h.State().Warn)
		}
	})
}

// TestAModuleOnARealTTY is all of it at the pace of the world, through the kernel.
func TestAModuleOnARealTTY(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	m := sim.NewModule()
	served := make(chan error, 1)
	go func() { served <- m.Serve(master) }()
	h := newHatch()
	h.Open = func() (io.ReadWriteCloser, error) { return hw.OpenSerial(slave.Name(), 9600) }
	h.runs(t)
	within(t, time.Minute, "the module is set", h.settled)
	if wrong := setRight(m.Flash); len(wrong) > 0 {
		t.Errorf("it says settled, but: %q", wrong)
	}
	h.Arm(true)
	within(t, time.Minute, "its light is on", m.Light)
	if read, err := m.Show(t.Context(), shownWechat, sim.Code128, time.Minute); err != nil || !read {
		t.Errorf("a code held to it for a minute was read: %v (%v)", read, err)
	}
	within(t, time.Minute, "the shop has the code", func() bool { return slices.Equal(h.codes(), []string{shownWechat}) })
	h.Arm(false)
	within(t, time.Minute, "its light is off", func() bool { return !m.Light() })
	text, err := hw.CheckScanner(t.Context(), h.Scanner, 9600, func(baud int) (io.ReadWriteCloser, error) { return hw.OpenSerial(slave.Name(), baud) })
	if err != nil || !strings.HasPrefix(text, "in use") {
		t.Errorf("a check beside the running kiosk says %q, %v", text, err)
	}
	_ = master.Close()
	within(t, time.Minute, "the shop knows that it is unplugged", func() bool { return h.well() != "" })
	<-served // with an error or without: a pty's end is either
}

func everyZone() (all []int) {
	for at := range 0xE0 {
		if at != 2 {
			all = append(all, at)
		}
	}
	return all
}

func TestPowerLostWhileTheModuleIsSet(t *testing.T) {
	for cut := time.Duration(0); cut < 2500*time.Millisecond; cut += 90 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			h := newHatch()
			m := h.line.Module()
			h.runs(t)
			time.Sleep(cut)
			m.Power(false)
			time.Sleep(300 * time.Millisecond)
			m.Power(true)
			time.Sleep(40 * time.Second)
			if wrong := append(setRight(m.Zone), setRight(m.Flash)...); len(wrong) > 0 || !h.settled() || h.well() != "" {
				t.Errorf("power lost after %v: %q, %+v, %s", cut, wrong, h.State(), h.well())
			}
			if m.Saves() > 2 {
				t.Errorf("power lost after %v: the flash was written %d times", cut, m.Saves())
			}
		})
	}
}

func TestACustomerPaysWhileTheModuleIsBeingSet(t *testing.T) {
	for at := time.Duration(0); at < 1500*time.Millisecond; at += 130 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			h := newHatch()
			h.Arm(true)
			h.runs(t)
			time.Sleep(at)
			if !h.shows(t, shownWechat) {
				t.Errorf("%v after the start a customer's code was lost: %q %+v", at, h.codes(), h.Counts())
			}
			time.Sleep(10 * time.Second)
			h.Arm(false)
			within(t, 20*time.Second, "the module is set", h.settled)
		})
	}
}

func TestAModuleThatHearsNothingStillSells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHatch()
		h.line.Module().Fault(sim.Faults{Deaf: true})
		h.Arm(true)
		h.runs(t)
		within(t, 10*time.Second, "the technician is told", func() bool { return strings.Contains(h.State().Warn, "setup codes") })
		time.Sleep(time.Minute)
		if h.well() != "" || !h.shows(t, shownWechat) {
			t.Errorf("nobody can pay with a code, for want of one wire: %s", h.well())
		}
		h.line.Module().Fault(sim.Faults{})
		h.Arm(false)
		within(t, 20*time.Second, "the wire is mended and nobody notices", func() bool { return h.settled() && h.State().Warn == "" })
	})
}

func TestAModuleThatFallsSilentIsGoneUntilItAnswers(t *testing.T) {
	for _, armed := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			h := newHatch()
			h.runs(t)
			within(t, 5*time.Second, "the module is set", h.settled)
			h.Arm(armed)
			time.Sleep(time.Second)
			h.line.SetTrouble(sim.ScannerSilent) // a tty of the board's own stays when the module goes
			within(t, 25*time.Second, "somebody notices", func() bool { return strings.Contains(h.well(), "does not answer") })
			time.Sleep(10 * time.Minute)
			h.line.SetTrouble(sim.ScannerGarbage) // noise is no sign of life
			h.line.SetTrouble(sim.ScannerSilent)
			time.Sleep(time.Minute)
			h.mu.Lock()
			if n := len(h.health); n != 2 {
				t.Errorf("in ten minutes of silence the shop was told %d times: %q", n, h.health)
			}
			h.mu.Unlock()
			h.line.SetTrouble(sim.ScannerOK)
			within(t, 15*time.Second, "it is back without a restart", func() bool { return h.well() == "" && h.settled() })
			h.Arm(true)
			if !h.shows(t, shownWechat) {
				t.Error("it is back and reads nothing")
			}
		})
	}
}

func TestAModuleThatWasSwappedIsSetRightToo(t *testing.T) {
	for name, swap := range map[string]func(*hatch){
		"pulled and plugged": func(h *hatch) {
			h.line.SetTrouble(sim.ScannerGone)
			time.Sleep(3 * time.Second)
			reset(h)
			h.line.SetTrouble(sim.ScannerOK)
		},
		"behind a line that stays": reset,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHatch()
				h.runs(t)
				within(t, 5*time.Second, "the module is set", h.settled)
				swap(h)
				time.Sleep(30 * time.Second)
				if wrong := setRight(h.line.Module().Zone); len(wrong) > 0 || !h.settled() {
					t.Errorf("another module stands there as the factory left it: %q", wrong)
				}
			})
		})
	}
}

// reset makes the module a fresh one.
func reset(h *hatch) {
	m := h.line.Module()
	m.Power(true)
	time.Sleep(time.Second)
	m.Hear([]byte{0x7E, 0x00, 0x08, 0x01, 0x00, 0xD9, 0x55, 0xD1, 0x76})
}

func TestACodeThatLooksLikeAnAnswerFoolsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHatch()
		h.Arm(true)
		h.runs(t)
		fake := "\x02\x00\x00\x01\x02\x13\x73" // "it is 02", which for the setup codes means off
		for range 20 {
			h.line.Module().Show(t.Context(), fake, sim.QRCode, 400*time.Millisecond)
		}
		h.Arm(false)
		within(t, 30*time.Second, "the module is set", h.settled)
		if wrong := setRight(h.line.Module().Zone); len(wrong) > 0 {
			t.Errorf("a printed answer was believed: %q", wrong)
		}
		if len(h.codes()) > 0 || h.Counts().Unsolicited == 0 {
			t.Errorf("the print was taken for %q, %+v", h.codes(), h.Counts())
		}
	})
}

func TestAModuleThatLooksAllTheTimeIsLeftTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHatch()
		h.Always = true
		h.runs(t)
		within(t, 5*time.Second, "the module is set", h.settled)
		if m := h.line.Module(); m.Zone(0)&3 != 2 || m.Zone(3)&3 != 2 {
			t.Errorf("mode %02x, setup codes %02x", m.Zone(0), m.Zone(3))
		}
		h.Arm(true)
		time.Sleep(time.Second)
		if !h.shows(t, shownWechat) {
			t.Error("it reads nothing")
		}
		h.line.Module().Hold(t.Context(), shownWechat, sim.Code128, 2500*time.Millisecond)
		if n := len(h.codes()); n != 1 {
			t.Errorf("a phone held still was taken %d times", n)
		}
	})
}

func TestCheckTellsHowTheModuleIsSet(t *testing.T) {
	ask := func(t *testing.T, line *sim.Serial, s *hw.Scanner, baud int) string {
		text, err := hw.CheckScanner(t.Context(), s, baud, func(baud int) (io.ReadWriteCloser, error) { return line.OpenAt(baud) })
		switch a := hw.Warning(""); {
		case err == nil:
			return "ok: " + text
		case errors.As(err, &a):
			return "warn: " + err.Error()
		default:
			return "fail: " + err.Error()
		}
	}
	for _, c := range []struct {
		name string
		make func(t *testing.T, h *hatch)
		want []string
	}{
		{"fresh", func(*testing.T, *hatch) {}, []string{"warn: a GM65, software 1.05", "setup codes off (zone 0003 is 00)", "kiosk run sets it"}},
		{"set", func(t *testing.T, h *hatch) {
			stop := h.runs(t)
			within(t, 5*time.Second, "the module is set", h.settled)
			stop()
		}, []string{"ok: a GM65, software 1.05, set as it should be"}},
		{"in use", func(t *testing.T, h *hatch) { h.runs(t); time.Sleep(time.Second) }, []string{"ok: in use, by the running kiosk"}},
		{"another speed", func(t *testing.T, h *hatch) {
			h.line.Module().Hear([]byte{0x7E, 0x00, 0x08, 0x02, 0x00, 0x2A, 0x1A, 0x00, 0xE4, 0x7E})
		}, []string{"warn: ", "set scanner.baud = 115200"}},
		{"silent", func(t *testing.T, h *hatch) { h.line.SetTrouble(sim.ScannerSilent) }, []string{"warn: it answers no command", "both wires"}},
		{"gone", func(t *testing.T, h *hatch) { h.line.SetTrouble(sim.ScannerGone) }, []string{"fail: ", "no such file"}},
		{"no dialect", func(t *testing.T, h *hatch) { h.Dialect = "none" }, []string{"ok: open at 9600 baud"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHatch()
				c.make(t, h)
				before := h.line.Module().Saves()
				got := ask(t, h.line, h.Scanner, 9600)
				for _, want := range c.want {
					if !strings.Contains(got, want) {
						t.Errorf("it says %q, and should say %q", got, want)
					}
				}
				if h.line.Module().Saves() != before {
					t.Error("a look has written to the module's flash")
				}
			})
		})
	}
}
