package hw

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// The reasons why an output does not go on, for errors.Is.
var (
	ErrCutOff  = errors.New("the outputs are shut")
	ErrBusy    = errors.New("another output is on")
	ErrTripped = errors.New("the output was on for too long and wants an Off first")
)

// DefaultMaxOn is how long an output may stay on if Add is given no limit.
const DefaultMaxOn = 10 * time.Second

const (
	offTries = 3           // how often a pin is driven low before its output counts as stuck on
	offRetry = time.Second // until it is driven low again
)

// Outputs owns every actuator pin; nothing else touches one. At most one output is on at a time, for the sake of
// the power supply, and none longer than its limit. The zero value is ready.
type Outputs struct {
	mu      sync.Mutex
	outs    map[string]*output
	on      *output
	latched bool
	cutoffs int // how often AllOff was called
}

type output struct {
	name    string
	pin     outputPin
	max     time.Duration
	timer   *time.Timer
	gone    chan struct{} // closed when the output that is on goes off
	tripped bool          // refuses until Off
	stuck   bool          // its pin could not be driven low
}

// Add takes a pin over and drives it low. Its output stays on for maxOn at most; 0 means DefaultMaxOn.
func (o *Outputs) Add(name string, p gpio.PinOut, maxOn time.Duration) error {
	if maxOn <= 0 {
		maxOn = DefaultMaxOn
	}
	out := &output{name: name, pin: p, max: maxOn}
	// Driving it low comes before the checks: a pin is never left as it was, even if its name is taken.
	err := out.driveLow()
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, taken := o.outs[name]; taken {
		return fmt.Errorf("adding output %s: the name is taken", name)
	}
	if o.outs == nil {
		o.outs = map[string]*output{}
	}
	o.outs[name] = out
	return err
}

// On turns one output on. The channel is closed as soon as it is off again, for whatever reason.
func (o *Outputs) On(name string) (gone <-chan struct{}, err error) {
	return o.turnOnSince(name, o.CutoffCount())
}

// turnOnSince is On for a vend that began at that cutoff count. If AllOff was called since, it refuses.
func (o *Outputs) turnOnSince(name string, cuts int) (<-chan struct{}, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	out, known := o.outs[name]
	switch {
	case !known:
		return nil, fmt.Errorf("turning %s on: no such output", name)
	case o.latched, o.cutoffs != cuts:
		return nil, fmt.Errorf("turning %s on: %w", name, ErrCutOff)
	case o.on != nil:
		return nil, fmt.Errorf("turning %s on: %w: %s", name, ErrBusy, o.on.name)
	case out.tripped:
		return nil, fmt.Errorf("turning %s on: %w", name, ErrTripped)
	}
	for _, other := range o.outs {
		if other.stuck {
			return nil, fmt.Errorf("turning %s on: %s may still be on", name, other.name)
		}
	}
	gone := make(chan struct{})
	o.on, out.gone = out, gone
	out.timer = time.AfterFunc(out.max, func() { o.tripOvertime(out, gone) })
	if err := out.pin.Out(gpio.High); err != nil {
		return nil, errors.Join(fmt.Errorf("turning %s on: %w", name, err), o.endOnTime(out))
	}
	return gone, nil
}

// tripOvertime cuts an output that was on for too long. The channel identifies the on-time, so that a late timer
// cannot end the next one.
func (o *Outputs) tripOvertime(out *output, gone chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if out.gone != gone {
		return
	}
	out.tripped = true
	_ = o.endOnTime(out) // a pin that fails stays marked as stuck, and every On is refused
}

// Off turns an output off, and resets one that has tripped.
func (o *Outputs) Off(name string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	out, known := o.outs[name]
	if !known {
		return fmt.Errorf("turning %s off: no such output", name)
	}
	out.tripped = false
	return o.endOnTime(out)
}

// AllOff turns everything off, at once. A vend that is about to turn its motor is refused.
func (o *Outputs) AllOff() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.cutoffs++
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(o.outs)) {
		errs = append(errs, o.endOnTime(o.outs[name]))
	}
	return errors.Join(errs...)
}

// LatchOff turns everything off and refuses every further On.
func (o *Outputs) LatchOff() error {
	o.mu.Lock()
	o.latched = true
	o.mu.Unlock()
	return o.AllOff()
}

// SelfTest drives every output that is off low again and returns how many accepted it. It never reads a pin, see
// RunningOutput. A pin that has failed is found here, before a customer has paid for what it should turn.
func (o *Outputs) SelfTest() (n int, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(o.outs)) {
		out := o.outs[name]
		switch {
		case out == o.on:
		case out.stuck:
			errs = append(errs, errors.New(name+" may still be on"))
		default:
			if err := drivePinLow(out.pin); err != nil {
				errs = append(errs, errors.New(name+" does not answer: "+err.Error()))
				continue
			}
			n++
		}
	}
	return n, errors.Join(errs...)
}

// CutoffCount is how often AllOff was called.
func (o *Outputs) CutoffCount() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.cutoffs
}

// RunningOutput names the output that is on, or "". It goes by the last command: an output pin is never read, since
// on some boards that turns it into an input.
func (o *Outputs) RunningOutput() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.on == nil {
		return ""
	}
	return o.on.name
}

// Has returns whether there is an output of that name.
func (o *Outputs) Has(name string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.outs[name] != nil
}

// HasTripped returns whether an output was cut for being on too long and has had no Off since.
func (o *Outputs) HasTripped(name string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := o.outs[name]
	return out != nil && out.tripped
}

// endOnTime drives an output low, whether it is on or not, and closes its channel. The lock is held.
func (o *Outputs) endOnTime(out *output) error {
	err := out.driveLow()
	if out.timer != nil {
		out.timer.Stop()
		out.timer = nil
	}
	if err != nil {
		out.timer = time.AfterFunc(offRetry, func() { o.retryOff(out) })
	}
	if out.gone != nil {
		close(out.gone)
		out.gone = nil
	}
	if o.on == out {
		o.on = nil
	}
	return err
}

// retryOff goes on driving a pin low that has failed.
func (o *Outputs) retryOff(out *output) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if out.stuck {
		_ = o.endOnTime(out) // sets the next timer, if it fails again
	}
}

func (out *output) driveLow() error {
	err := drivePinLow(out.pin)
	if out.stuck = err != nil; out.stuck {
		return fmt.Errorf("turning %s off: %w", out.name, err)
	}
	return nil
}

// outputPin is all that this package calls on an output. Read, Func and Function are left out: on the character
// device each of them makes it an input with a pull-up, and a pull-up turns a motor.
type outputPin interface {
	Name() string
	Out(gpio.Level) error
}

// switchedPin is an output without a limit: a light, a buzzer, the emitter of a light barrier. Motors and locks
// belong to Outputs.
type switchedPin struct {
	mu  sync.Mutex
	pin outputPin
}

func newSwitchedPin(p gpio.PinOut) *switchedPin {
	if p == nil {
		return nil
	}
	return &switchedPin{pin: p}
}

// switchTo does nothing on nil, so that a part that is not there needs no check.
func (l *switchedPin) switchTo(on bool) error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.pin.Out(gpio.Level(on)); err != nil {
		return fmt.Errorf("switching %s: %w", l.pin.Name(), err)
	}
	return nil
}

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
