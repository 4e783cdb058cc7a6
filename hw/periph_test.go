package hw

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/conn/v3/spi/spireg"
)

const noChip = "no GPIO chip found: there is no /dev/gpiochip*; run it on a Raspberry Pi, or try the simulator with make run"

// bare tells whether this machine has no pins, as the one that builds has none; a Pi may run the tests too.
func bare(t *testing.T) bool {
	t.Helper()
	if err := InitDrivers(); err != nil {
		t.Fatal(err)
	}
	chips, _ := filepath.Glob("/dev/gpiochip*")
	return len(chips) == 0
}

func says(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("a technician reads\n%v\nand should read\n%s", err, want)
	}
}

func TestAMachineWithoutPinsSaysSoInOneLine(t *testing.T) {
	if !bare(t) {
		if err := HasGPIO(); err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("more than a line: %v", err)
		}
		return
	}
	says(t, HasGPIO(), noChip)
	_, err := FindPin("GPIO17")
	says(t, err, "finding pin GPIO17: "+noChip)
	says(t, DriveLow([]string{"GPIO17", "GPIO27"}), "turning GPIO17, GPIO27 off: "+noChip)
}

// wired makes pins known by name for a test, as the host's drivers do.
func wired(t *testing.T, pins ...*fakePin) {
	t.Helper()
	for _, p := range pins {
		if err := wiredFor(t, p); err != nil {
			t.Fatal(err)
		}
	}
}

func wiredFor(t testing.TB, p *fakePin) error {
	t.Cleanup(func() { _ = gpioreg.Unregister(p.Name()) })
	return gpioreg.Register(p)
}

func TestOffReachesEveryPinItCan(t *testing.T) {
	a, b, c := newPin("TEST_A", gpio.High), newPin("TEST_B", gpio.High), newPin("TEST_C", gpio.High)
	wired(t, a, b, c)
	b.broke(errors.New("line_request ioctl:\n device or resource busy"))
	err := DriveLow([]string{"TEST_A", "TEST_B", "TEST_C"})
	says(t, err, "turning outputs off: TEST_B: line_request ioctl: device or resource busy")
	if a.seen() != gpio.Low || c.seen() != gpio.Low {
		t.Error("one dead pin left another motor turning")
	}
	b.broke(nil)
	if err := DriveLow([]string{"TEST_A", "TEST_B", "TEST_C"}); err != nil || b.seen() != gpio.Low {
		t.Errorf("off: %v, pin %v", err, b.seen())
	}
	a.broke(nil)
	_ = a.Out(gpio.High)
	if err := DriveLow([]string{"TEST_NONE", "TEST_A"}); err == nil || !strings.Contains(err.Error(), "TEST_NONE") || a.seen() != gpio.Low {
		t.Errorf("a pin that is missing left the next one on: %v", err)
	}
	if err := DriveLow(nil); err != nil {
		t.Errorf("nothing to turn off is no fault: %v", err)
	}
}

func TestAPinIsFoundBehindItsSecondName(t *testing.T) {
	a := newPin("TEST_A", gpio.High)
	wired(t, a)
	if err := gpioreg.RegisterAlias("TEST_ALIAS", "TEST_A"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = gpioreg.Unregister("TEST_ALIAS") })
	for _, name := range []string{"TEST_A", "TEST_ALIAS"} {
		if p, err := FindPin(name); err != nil || p != gpio.PinIO(a) {
			t.Errorf("%s is %v, %v: one pin could get two uses", name, p, err)
		}
	}
}

// bus is an SPI port that remembers its clock.
type bus struct {
	limit, speed physic.Frequency
	refuses      error
}

func (b *bus) String() string                      { return "bus" }
func (b *bus) Close() error                        { return nil }
func (b *bus) LimitSpeed(f physic.Frequency) error { b.limit = f; return nil }
func (b *bus) Connect(f physic.Frequency, m spi.Mode, bits int) (spi.Conn, error) {
	b.speed = f
	if m != spi.Mode0 || bits != 8 {
		return nil, errors.New("another mode")
	}
	return nil, b.refuses
}

func TestThePanelsBusIsSlowForCommandsAndFastForPixels(t *testing.T) {
	if bare(t) {
		_, _, _, _, err := OpenSPI("SPI0.0", 40*physic.MegaHertz, 0)
		says(t, err, "opening the panel's bus SPI0.0: there is no /dev/spidev*; turn SPI on with dtparam=spi=on")
	}
	b := &bus{}
	var fault error
	err := spireg.Register("/dev/test", []string{"SPI99.0"}, -1, func() (spi.PortCloser, error) { return b, fault })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = spireg.Unregister("/dev/test") })
	var p io.Closer
	p, _, slow, fast, err := OpenSPI("SPI99.0", 40*physic.MegaHertz, 0)
	if err != nil || p == nil || b.speed != 40*physic.MegaHertz {
		t.Fatalf("%v at %v", err, b.speed)
	}
	if err := slow(); err != nil || b.limit != 4*physic.MegaHertz {
		t.Errorf("commands run at %v: %v", b.limit, err)
	}
	if err := fast(); err != nil || b.limit != 40*physic.MegaHertz {
		t.Errorf("pixels run at %v: %v", b.limit, err)
	}
	if _, _, slow, _, _ := OpenSPI("SPI99.0", physic.MegaHertz, 0); slow() != nil || b.limit != physic.MegaHertz {
		t.Errorf("slow is faster than what was asked for: %v", b.limit)
	}
	fault = os.ErrPermission
	_, _, _, _, err = OpenSPI("SPI99.0", physic.MegaHertz, 0)
	says(t, err, "opening the panel's bus SPI99.0: permission denied; the user must be in the device's group (spi)")
	fault, b.refuses = nil, errors.New("invalid speed")
	_, _, _, _, err = OpenSPI("SPI99.0", physic.MegaHertz, 0)
	says(t, err, "opening the panel's bus SPI99.0 at 1MHz: invalid speed")
	if _, _, _, _, err = OpenSPI("SPI7.7", physic.MegaHertz, 0); err == nil || !strings.Contains(err.Error(), "this machine has") {
		t.Errorf("a wrong name is not told from a dead bus: %v", err)
	}
}
