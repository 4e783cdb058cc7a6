package hw

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// pwmPeriod is short enough that nobody sees flicker, and long enough for the transistor of a backlight.
const pwmPeriod = time.Millisecond

// PWM is a PWM channel of the kernel, for a backlight that can be dimmed. One goroutine at a time may call Set.
type PWM struct {
	dir string // of the channel
	on  bool
}

// OpenPWM opens a channel by chip and number, such as "pwmchip0/0", and leaves it off.
func OpenPWM(name string) (*PWM, error) { return openPWM("/sys/class/pwm", name, 2*time.Second) }

func openPWM(root, name string, patience time.Duration) (*PWM, error) {
	chip, channel, ok := strings.Cut(name, "/")
	n, err := strconv.ParseUint(channel, 10, 8)
	if !ok || err != nil || !strings.HasPrefix(chip, "pwmchip") || strings.ContainsAny(chip, ".\\") {
		return nil, fmt.Errorf("a pulse output is named like pwmchip0/0, not %q", name)
	}
	chip = filepath.Join(root, chip)
	if _, err := os.Stat(chip); err != nil {
		return nil, fmt.Errorf("%s is missing: put dtoverlay=pwm into config.txt and reboot", chip)
	}
	p := &PWM{dir: filepath.Join(chip, fmt.Sprintf("pwm%d", n))}
	if _, err := os.Stat(p.dir); err != nil {
		if err := writeSysfs(filepath.Join(chip, "export"), strconv.FormatUint(n, 10)); err != nil {
			return nil, err
		}
	}
	// udev gives the channel's files to the group a moment after they appear.
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		err := p.resetOutput()
		if err == nil {
			return p, nil
		}
		if time.Now().After(end) {
			return nil, err
		}
	}
}

// resetOutput turns the channel off and sets our period. The kernel refuses a period shorter than the duty cycle that
// it still holds, and any duty cycle while there is no period, so the duty cycle is set to 0 before and after.
func (p *PWM) resetOutput() error {
	_ = p.writeAttribute("duty_cycle", 0) // refused while there is no period
	if err := p.writeAttribute("period", pwmPeriod.Nanoseconds()); err != nil {
		return err
	}
	if err := p.writeAttribute("duty_cycle", 0); err != nil {
		return err
	}
	return p.writeAttribute("enable", 0)
}

// Set sets the duty cycle, 0 to 1.
func (p *PWM) Set(part float64) error {
	if !(part >= 0 && part <= 1) {
		return fmt.Errorf("setting a pulse output: %v is not 0 to 1", part)
	}
	if err := p.writeAttribute("duty_cycle", int64(part*float64(pwmPeriod.Nanoseconds()))); err != nil {
		return err
	}
	if on := part > 0; on != p.on {
		if err := p.writeAttribute("enable", int64(math.Ceil(part))); err != nil { // 1 unless it is dark
			return err
		}
		p.on = on
	}
	return nil
}

// Close switches the output off.
func (p *PWM) Close() error { return p.Set(0) }

func (p *PWM) writeAttribute(file string, n int64) error {
	return writeSysfs(filepath.Join(p.dir, file), strconv.FormatInt(n, 10))
}

// writeSysfs writes a value to a file in sysfs. It never creates one: on a wrong path that would hide the mistake.
func writeSysfs(file, value string) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		if errors.Is(err, os.ErrPermission) {
			return fmt.Errorf("%s may not be written; the user must be in its group (gpio)", file)
		}
		return fmt.Errorf("opening a pulse output: %w", err)
	}
	_, err = f.WriteString(value)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("writing %s to a pulse output: %w", value, err)
	}
	return nil
}
