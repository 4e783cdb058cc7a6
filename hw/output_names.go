package hw

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// ActiveLow is why an active-low actuator is refused.
const ActiveLow = "active-low drivers are refused: they are on whenever the board is not (at power-on, at reset, with a cut wire), " +
	"and no program can help that; take an active-high driver with a pull-down and name the bare pin, such as GPIO17; see docs/wire.md"

// lowMark matches the ways to ask for one: !GPIO17, -GPIO17, ~17, /GPIO17, #17, nGPIO17, GPIO17:low, "GPIO17 active_low", GPIO17#.
var lowMark = regexp.MustCompile(`(?i)^\s*([!~/#-]|n(ot)?[\s_]*(gpio|[0-9]))|[!~#]\s*$|(^|[^a-z])(low|inv(ert(ed)?)?|neg(ated)?)([^a-z]|$)`)

// ValidateOutput returns why a pin of this name may not drive a motor, a lock or a buzzer, or nil.
func ValidateOutput(name string) error {
	if lowMark.MatchString(name) {
		return fmt.Errorf("%q: %s", name, ActiveLow)
	}
	return nil
}

// BootHighWarning returns why a pin is a poor choice for such an output, or "". GPIO0 to 8 are pulled up until the
// firmware or the kiosk sets them (2 and 3 for good); GPIO14 and 15 are the serial line to the scan module.
func BootHighWarning(name string) string {
	n, err := strconv.Atoi(strings.TrimPrefix(strings.ToUpper(name), "GPIO"))
	switch {
	case err != nil:
		return ""
	case n >= 0 && n <= 8:
		return name + " is pulled up while the board starts: take one of GPIO12, 13 or 16 to 27 for what turns, or an external pull-down of 1 kΩ"
	case n == 14 || n == 15:
		return name + " is the serial line, which is high while it rests: take another pin for what turns"
	}
	return ""
}
