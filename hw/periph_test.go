package hw

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
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
	dev, fault := t.TempDir(), error(nil)
	plugIn(t, dev, "spidev99.0")
	open := func(speed physic.Frequency) (spi.PortCloser, func() error, func() error, error) {
		p, _, slow, fast, err := openSPI(dev, func(n, cs int) (spi.PortCloser, error) {
			if n != 99 || cs != 0 {
				t.Errorf("bus %d.%d is opened", n, cs)
			}
			return b, fault
		}, "SPI99.0", speed, 0)
		return p, slow, fast, err
	}
	p, slow, fast, err := open(40 * physic.MegaHertz)
	if err != nil || p == nil || b.speed != 40*physic.MegaHertz {
		t.Fatalf("%v at %v", err, b.speed)
	}
	if err := slow(); err != nil || b.limit != 4*physic.MegaHertz {
		t.Errorf("commands run at %v: %v", b.limit, err)
	}
	if err := fast(); err != nil || b.limit != 40*physic.MegaHertz {
		t.Errorf("pixels run at %v: %v", b.limit, err)
	}
	if _, slow, _, _ := open(physic.MegaHertz); slow() != nil || b.limit != physic.MegaHertz {
		t.Errorf("slow is faster than what was asked for: %v", b.limit)
	}
	for why, words := range map[error]string{
		unix.EACCES: "permission denied; the user must be in the device's group (spi)",
		unix.EPERM:  "the service may not use it: its driver was loaded after the service started; say systemctl restart kiosk",
	} {
		fault = fmt.Errorf("sysfs-spi: open /dev/spidev99.0: %v", why) // as periph says it
		_, _, _, err = open(physic.MegaHertz)
		says(t, err, "opening the panel's bus SPI99.0: "+words)
	}
	fault, b.refuses = nil, errors.New("invalid speed")
	_, _, _, err = open(physic.MegaHertz)
	says(t, err, "opening the panel's bus SPI99.0 at 1MHz: invalid speed")
}

// plugIn makes a device's node, as the kernel does when a driver is loaded.
func plugIn(t *testing.T, dev, name string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dev, name), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestABusThatComesLateIsFound: at boot the driver may come seconds after the program, which tries again.
func TestABusThatComesLateIsFound(t *testing.T) {
	dev := t.TempDir()
	open := func(port string) error {
		p, _, _, _, err := openSPI(dev, func(int, int) (spi.PortCloser, error) { return &bus{}, nil }, port, physic.MegaHertz, 0)
		if (p == nil) != (err != nil) {
			t.Errorf("%s is %v and %v", port, p, err)
		}
		return err
	}
	says(t, open("SPI0.0"), "opening the panel's bus SPI0.0: there is no /dev/spidev*; turn SPI on with dtparam=spi=on")
	plugIn(t, dev, "spidev0.1")
	says(t, open("SPI0.0"), "opening the panel's bus SPI0.0: there is no such bus; this machine has SPI0.1; see display.port")
	plugIn(t, dev, "spidev0.0")
	if err := open("SPI0.0"); err != nil {
		t.Errorf("it is there, and only a restart finds it: %v", err)
	}
	if err := os.Remove(filepath.Join(dev, "spidev0.0")); err != nil {
		t.Fatal(err)
	}
	if err := open("SPI0.0"); err == nil {
		t.Error("a bus that is gone is still opened by its old entry")
	}
	says(t, open("../sda"), "opening the panel's bus ../sda: a bus is named like SPI0.0; see display.port")
}
