package hw

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
	"periph.io/x/conn/v3/driver/driverreg"
	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/conn/v3/spi/spireg"
	_ "periph.io/x/host/v3/bcm283x" // the drivers of a Raspberry Pi; periph.io/x/host/v3 would bring every board's
	"periph.io/x/host/v3/gpioioctl"
	_ "periph.io/x/host/v3/sysfs"
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
// between the one for commands and the speed asked for; call neither between a command and its data.
func OpenSPI(port string, speed physic.Frequency, mode int) (p spi.PortCloser, c spi.Conn, slow, fast func() error, err error) {
	if err := InitDrivers(); err != nil {
		return nil, nil, nil, nil, err
	}
	if p, err = spireg.Open(port); err != nil {
		return nil, nil, nil, nil, fmt.Errorf("opening the panel's bus %s: %s", port, whyNoSPI(err))
	}
	if c, err = p.Connect(speed, spi.Mode(mode), 8); err != nil {
		return nil, nil, nil, nil, errors.Join(fmt.Errorf("opening the panel's bus %s at %s: %w", port, speed, err), p.Close())
	}
	slow = func() error { return p.LimitSpeed(min(slowSPI, speed)) }
	fast = func() error { return p.LimitSpeed(speed) }
	return p, c, slow, fast, nil
}

// whyNoSPI explains the error of a bus that does not open, for a technician.
func whyNoSPI(err error) string {
	all := spireg.All()
	switch {
	case len(all) == 0:
		return "there is no /dev/spidev*; turn SPI on with dtparam=spi=on"
	case strings.Contains(err.Error(), unix.EACCES.Error()): // the driver does not wrap it
		return "permission denied; the user must be in the device's group (spi)"
	case !strings.Contains(err.Error(), "unknown port"):
		return oneLine(err.Error())
	}
	var names []string
	for _, ref := range all {
		names = append(names, append(ref.Aliases, ref.Name)[0])
	}
	return "there is no such bus; this machine has " + strings.Join(names, ", ") + "; see display.port"
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
