package hw

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
)

func TestAnActiveLowDriverIsRefusedWithTheReason(t *testing.T) {
	for _, name := range []string{"!GPIO17", " !17", "-GPIO17", "~GPIO17", "/GPIO17", "#17", "nGPIO17", "not GPIO17", "GPIO17:low",
		"GPIO17 active_low", "GPIO17/active-low", "GPIO17 inverted", "GPIO17!", "low:GPIO17", "GPIO17 inv", "n17"} {
		err := ValidateOutput(name)
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "active-high") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q would turn a motor whenever the board is off: %v", name, err)
		}
	}
	for _, name := range []string{"GPIO17", "17", "P1_11", "SPI0_CLK", "YELLOW_7", "ID_SDA", "PIN11", "NC_1"} {
		if err := ValidateOutput(name); err != nil {
			t.Errorf("%q is a pin: %v", name, err)
		}
	}
}

func TestPinsThatAreHighBeforeAnybodyAsksAreNamed(t *testing.T) {
	for name, restless := range map[string]bool{"GPIO0": true, "GPIO8": true, "5": true, "GPIO14": true, "GPIO9": false, "GPIO17": false, "GPIO27": false, "P1_11": false} {
		if got := BootHighWarning(name); (got != "") != restless {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// What is left on by a process that died goes low with nothing in between: no wait, no question, one pin after the other.
func TestOffTakesNoTimeOfItsOwn(t *testing.T) {
	_ = InitDrivers()
	var pins []*fakePin
	var names []string
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		p := newPin("TEST_OFF_"+string(c), gpio.High)
		pins, names = append(pins, p), append(names, p.name)
	}
	wired(t, pins...)
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if err := DriveLow(names); err != nil || time.Since(began) != 0 {
			t.Errorf("%v after %v of waiting", err, time.Since(began))
		}
	})
	for _, p := range pins {
		if p.seen() != gpio.Low || len(p.outs) != 1 || p.misused() != "" {
			t.Errorf("%s: %v after %v %s", p.name, p.seen(), p.outs, p.misused())
		}
	}
	flaky := pins[3]
	_ = flaky.Out(gpio.High)
	flaky.broke(errors.New("interrupted"))
	tries := 0
	flaky.moved = nil
	err := drivePinLow(tried{flaky, func() {
		if tries++; tries == 2 {
			flaky.broke(nil)
		}
	}})
	if err != nil || flaky.seen() != gpio.Low {
		t.Errorf("one failure left a motor on: %v", err)
	}
}

type tried struct {
	*fakePin
	before func()
}

func (t tried) Out(l gpio.Level) error { t.before(); return t.fakePin.Out(l) }

func BenchmarkOff(b *testing.B) {
	_ = InitDrivers()
	var names []string
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		p := newPin("TEST_OFF_"+string(c), gpio.High)
		if err := wiredFor(b, p); err != nil {
			b.Fatal(err)
		}
		names = append(names, p.name)
	}
	for b.Loop() {
		if err := DriveLow(names); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1e6, "ms/off")
}
