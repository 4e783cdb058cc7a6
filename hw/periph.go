package hw

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
	"periph.io/x/conn/v3/driver/driverreg"
	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
	_ "periph.io/x/host/v3/bcm283x" // the drivers of a Raspberry Pi; periph.io/x/host/v3 would bring every board's
	"periph.io/x/host/v3/gpioioctl"
	"periph.io/x/host/v3/sysfs"
)

// slowSPI is the clock for a panel's commands and answers: setup and ID reads fail at pixel speed.
const slowSPI = 4 * physic.MegaHertz

// neededDrivers are the drivers whose failure is an error. The board's own is left out: it does not know every board,
// and gives only second names of the pins.
var neededDrivers = []string{"ioctl-gpio", "bcm283x-gpio", "sysfs-spi"}

// InitDrivers finds the machine's pins and buses. It is no error if there are none: see HasGPIO and OpenSPI.
func InitDrivers() error {
	state, err := driverreg.Init()
	if err != nil {
		return fmt.Errorf("looking for pins: %w", err)
	}
	var errs []string
	for _, f := range state.Failed {
		if slices.Contains(neededDrivers, f.D.String()) {
			errs = append(errs, oneLine(f.String()))
		}
	}
	if len(errs) > 0 {
		return fmt.Errorf("looking for pins: %s", strings.Join(errs, "; "))
	}
	return nil
}

// HasGPIO returns in one line why there are no pins, or nil.
func HasGPIO() error {
	fault := InitDrivers()
	if len(gpioioctl.Chips) > 0 {
		return nil // whatever else has failed
	}
	if fault != nil {
		return fault
	}
	chips, _ := filepath.Glob("/dev/gpiochip*") // the pattern is sound
	for _, chip := range chips {
		if unix.Access(chip, unix.R_OK|unix.W_OK) != nil {
			return fmt.Errorf("no GPIO chip found: %s may not be opened; the user must be in its group (gpio)", chip)
		}
	}
	return errors.New("no GPIO chip found: there is no /dev/gpiochip*; run it on a Raspberry Pi, or try the simulator with make run")
}

// FindPin finds a pin by its name, such as GPIO17.
func FindPin(name string) (gpio.PinIO, error) {
	_ = InitDrivers() // without it no pin is known yet; HasGPIO returns its error
	if p := gpioreg.ByName(name); p != nil {
		if alias, ok := p.(gpio.RealPin); ok {
			return alias.Real(), nil
		}
		return p, nil
	}
	if err := HasGPIO(); err != nil {
		return nil, fmt.Errorf("finding pin %s: %w", name, err)
	}
	return nil, fmt.Errorf("finding pin %s: this machine has no pin of that name; use one such as GPIO17", name)
}

// DriveLow drives every named output low after the process that owned them has ended. It tries them all and returns
// the failures in one line.
func DriveLow(pins []string) error {
	var errs []string
	missing := 0
	for _, name := range pins {
		p, err := FindPin(name)
		if err != nil {
			missing++
			errs = append(errs, err.Error())
		} else if err := drivePinLow(p); err != nil {
			errs = append(errs, name+": "+oneLine(err.Error()))
		}
	}
	if err := HasGPIO(); err != nil && missing > 0 && missing == len(pins) {
		return fmt.Errorf("turning %s off: %w", strings.Join(pins, ", "), err)
	}
	if len(errs) > 0 {
		return fmt.Errorf("turning outputs off: %s", strings.Join(errs, "; "))
	}
	return nil
}

func drivePinLow(p outputPin) (err error) {
	for range offTries {
		if err = p.Out(gpio.Low); err == nil {
			return nil
		}
	}
	return err
}

// OpenSPI opens a panel's bus, such as SPI0.0, for 8-bit words in a clock mode of 0 to 3. slow and fast switch the clock
// between the one for commands and the speed asked for; call neither between a command and its data. Every call looks for the
// bus's node anew: at boot the driver may come after the program.
func OpenSPI(port string, speed physic.Frequency, mode int) (p spi.PortCloser, c spi.Conn, slow, fast func() error, err error) {
	return openSPI("/dev", openSpidev, port, speed, mode)
}

// openSpidev opens by number, not by a name of periph's registry, which lists the nodes only once.
func openSpidev(bus, chipSelect int) (spi.PortCloser, error) { return sysfs.NewSPI(bus, chipSelect) }

func openSPI(dev string, open func(bus, chipSelect int) (spi.PortCloser, error), port string, speed physic.Frequency, mode int) (
	p spi.PortCloser, c spi.Conn, slow, fast func() error, err error) {
	bus, chipSelect, err := findSPI(dev, port)
	if err == nil {
		if p, err = open(bus, chipSelect); err != nil {
			err = errors.New(explainDenial(err, "spi"))
		}
	}
	if err != nil {
		return nil, nil, nil, nil, fmt.Errorf("opening the panel's bus %s: %w", port, err)
	}
	if c, err = p.Connect(speed, spi.Mode(mode), 8); err != nil {
		return nil, nil, nil, nil, errors.Join(fmt.Errorf("opening the panel's bus %s at %s: %w", port, speed, err), p.Close())
	}
	slow = func() error { return p.LimitSpeed(min(slowSPI, speed)) }
	fast = func() error { return p.LimitSpeed(speed) }
	return p, bufferedConn{c, readBufferSize()}, slow, fast, nil
}

// spiName is a bus by its number and its chip select.
var spiName = regexp.MustCompile(`^SPI(\d{1,4})\.(\d{1,3})$`)

// findSPI looks whether the bus is there now, and explains its absence to a technician.
func findSPI(dev, port string) (bus, chipSelect int, err error) {
	m := spiName.FindStringSubmatch(port)
	if m == nil {
		return 0, 0, errors.New("a bus is named like SPI0.0; see display.port")
	}
	node := filepath.Join(dev, "spidev"+m[1]+"."+m[2])
	if _, err := os.Stat(node); err != nil {
		names, _ := filepath.Glob(filepath.Join(dev, "spidev*")) // the pattern is sound
		if len(names) == 0 {
			return 0, 0, errors.New("there is no /dev/spidev*; turn SPI on with dtparam=spi=on")
		}
		for i, name := range names {
			names[i] = "SPI" + strings.TrimPrefix(filepath.Base(name), "spidev")
		}
		return 0, 0, errors.New("there is no such bus; this machine has " + strings.Join(names, ", ") + "; see display.port")
	}
	bus, _ = strconv.Atoi(m[1]) // digits
	chipSelect, _ = strconv.Atoi(m[2])
	return bus, chipSelect, nil
}

// bufferedConn tells how much one transfer may hold. Periph reads that once, when the driver may not be there yet.
type bufferedConn struct {
	spi.Conn
	most int
}

func (c bufferedConn) MaxTxSize() int { return c.most }

// readBufferSize is spidev's own limit; 0 if there is none to read.
func readBufferSize() int {
	text, _ := os.ReadFile("/sys/module/spidev/parameters/bufsiz")
	n, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return n
}

// explainDenial explains an error of opening a device's node, which periph does not wrap. The service manager's word is EPERM: of
// a driver that its unit names it learns the number when the service starts.
func explainDenial(err error, group string) string {
	switch text := err.Error(); {
	case strings.Contains(text, unix.EACCES.Error()):
		return "permission denied; the user must be in the device's group (" + group + ")"
	case strings.Contains(text, unix.EPERM.Error()):
		return "the service may not use it: its driver was loaded after the service started; say systemctl restart kiosk"
	default:
		return oneLine(text)
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
