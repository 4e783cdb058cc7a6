package hw

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"golang.org/x/sys/unix"
)

// Warning is an error of a part that works all the same, and what to do about it.
type Warning string

func (a Warning) Error() string { return string(a) }

// bauds are the speeds that modules are sold or left with.
var bauds = []int{9600, 115200, 57600, 19200, 38400}

// CheckScanner opens the line of a Scanner that does not run, reads the module's settings, and changes nothing. It
// returns what it found. The error is a Warning if the module may read codes all the same.
func CheckScanner(ctx context.Context, s *Scanner, baud int, open func(baud int) (io.ReadWriteCloser, error)) (text string, err error) {
	text, err = s.checkAtBaud(ctx, baud, open)
	if errors.Is(err, ErrTaken) || errors.Is(err, unix.EBUSY) {
		return "in use, by the running kiosk if there is one", nil
	}
	if !errors.Is(err, errNoAnswer) {
		return text, err
	}
	for _, other := range slices.DeleteFunc(slices.Clone(bauds), func(b int) bool { return b == baud }) {
		if _, err := s.checkAtBaud(ctx, other, open); err == nil || errors.As(err, new(Warning)) {
			return "", Warning(fmt.Sprintf("it answers at %d baud and not at %d: set scanner.baud = %d", other, baud, other))
		}
	}
	return "", Warning(fmt.Sprintf("it answers no command, at %d baud or any other: check its power and both wires; "+
		"if it knows no commands say scanner.dialect = \"none\"", baud))
}

// checkAtBaud opens the line at one speed and asks the module.
func (s *Scanner) checkAtBaud(ctx context.Context, baud int, open func(int) (io.ReadWriteCloser, error)) (string, error) {
	port, err := open(baud)
	if err != nil {
		return "", err
	}
	t := newZoneClient(port)
	read := make(chan struct{})
	go func() {
		defer close(read)
		lines := RecordSplitter{Reply: t.receiveAnswer}
		heard := make(chan burst)
		go func() {
			defer close(heard)
			_ = readBursts(ctx, port, heard) // the client finds out why: its commands go unanswered
		}()
		for b := range heard {
			lines.Feed(b.at, b.data) // codes are dropped
		}
	}()
	defer func() {
		_ = port.Close()
		<-read
	}()
	if s.Dialect != "zone" {
		return fmt.Sprintf("open at %d baud; how it is set cannot be asked in its dialect", baud), nil
	}
	return s.describeModule(ctx, t)
}

// describeModule names the module and the settings that differ.
func (s *Scanner) describeModule(ctx context.Context, t *zoneClient) (string, error) {
	if err := t.wakeModule(ctx); err != nil {
		return "", err
	}
	model, err := t.readModel(ctx)
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("model %02x", model)
	if model == 5 {
		name = "a GM65"
	}
	if soft, err := t.readZone(ctx, zoneSoft); err == nil {
		name += fmt.Sprintf(", software %d.%02d", soft/100, soft%100)
	}
	mismatches, err := t.compareSettings(ctx, wantedSettings(s.aimMode()), func(context.Context) error { return nil })
	if err != nil {
		return "", err
	}
	if mismatches = relevantMismatches(mismatches); len(mismatches) > 0 {
		return "", Warning(name + " that is not set as it should be: " + joinMismatches(mismatches) + "; kiosk run sets it")
	}
	return name + ", set as it should be", nil
}
