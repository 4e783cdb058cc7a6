package hw

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
)

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func twoMotors(t *testing.T) (*Outputs, *fakePin, *fakePin) {
	t.Helper()
	o, a, b := &Outputs{}, newPin("GPIO17", gpio.High), newPin("GPIO18", gpio.High)
	for name, p := range map[string]*fakePin{"a": a, "b": b} {
		if err := o.Add(name, p, 0); err != nil {
			t.Fatal(err)
		}
		if p.seen() != gpio.Low {
			t.Fatalf("motor %s kept turning after it was added", name)
		}
	}
	return o, a, b
}

func TestOnlyOneMotorTurnsAtATime(t *testing.T) {
	o, a, b := twoMotors(t)
	gone, err := o.On("a")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b"} {
		if _, err := o.On(name); !errors.Is(err, ErrBusy) {
			t.Errorf("a second On (%s) while a motor turns: %v", name, err)
		}
	}
	if b.seen() != gpio.Low || a.seen() != gpio.High || o.RunningOutput() != "a" {
		t.Errorf("a=%v b=%v running=%q: the second On disturbed the first", a.seen(), b.seen(), o.RunningOutput())
	}
	if err := o.Off("a"); err != nil || !closed(gone) || a.seen() != gpio.Low {
		t.Errorf("off: %v, told=%v, pin=%v", err, closed(gone), a.seen())
	}
	if _, err := o.On("b"); err != nil {
		t.Errorf("the next motor may not turn: %v", err)
	}
	if m := a.misused() + b.misused(); m != "" {
		t.Errorf("an output pin was asked: %s", m)
	}
}

func TestAnOutputThatNobodyEndsGoesOffByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, a, _ := twoMotors(t)
		gone, _ := o.On("a")
		time.Sleep(DefaultMaxOn - time.Millisecond)
		if a.seen() != gpio.High {
			t.Error("it went off before its time")
		}
		<-gone
		if a.seen() != gpio.Low || !o.HasTripped("a") {
			t.Error("a stalled motor kept its power: a fire")
		}
		if _, err := o.On("a"); !errors.Is(err, ErrTripped) {
			t.Errorf("it went on again with nobody having looked: %v", err)
		}
		if err := o.Off("a"); err != nil {
			t.Error(err)
		}
		if _, err := o.On("a"); err != nil {
			t.Errorf("acknowledged, it still refuses: %v", err)
		}
	})
}

func TestAnOldTimerNeverEndsTheNextTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, a, _ := twoMotors(t)
		_, _ = o.On("a")
		time.Sleep(9 * time.Second)
		_ = o.Off("a")
		_, _ = o.On("a")
		time.Sleep(9 * time.Second)
		if a.seen() != gpio.High {
			t.Error("the first turn's limit stopped the second turn")
		}
		_ = o.AllOff()
	})
}

func TestAllOffTakesEverythingAndShutStaysShut(t *testing.T) {
	o, a, _ := twoMotors(t)
	before := o.CutoffCount()
	gone, _ := o.On("a")
	if err := o.AllOff(); err != nil || !closed(gone) || a.seen() != gpio.Low {
		t.Errorf("AllOff: %v, told=%v, pin=%v", err, closed(gone), a.seen())
	}
	if _, err := o.turnOnSince("a", before); !errors.Is(err, ErrCutOff) {
		t.Errorf("a vend from before the cut turned the motor after it: %v", err)
	}
	if _, err := o.On("a"); err != nil {
		t.Errorf("AllOff is no lock: %v", err)
	}
	if err := o.LatchOff(); err != nil || a.seen() != gpio.Low {
		t.Errorf("LatchOff: %v, pin=%v", err, a.seen())
	}
	if _, err := o.On("b"); !errors.Is(err, ErrCutOff) {
		t.Errorf("a motor turned during shutdown: %v", err)
	}
}

func TestAPinThatMayStillBeOnStopsEveryMotor(t *testing.T) {
	o, a, _ := twoMotors(t)
	_, _ = o.On("a")
	a.broke(errors.New("ioctl: input/output error"))
	if err := o.Off("a"); err == nil {
		t.Error("a motor that could not be stopped was called stopped")
	}
	if _, err := o.On("b"); err == nil {
		t.Error("a second motor turned while the first may still be on")
	}
	a.broke(nil)
	if err := o.AllOff(); err != nil || a.seen() != gpio.Low {
		t.Errorf("the pin works again and was left on: %v", err)
	}
	if _, err := o.On("b"); err != nil {
		t.Errorf("all is off and the motors still refuse: %v", err)
	}
}

func TestAPinThatFailsAtOnIsTakenOff(t *testing.T) {
	o, a, _ := twoMotors(t)
	a.broke(errors.New("ioctl"))
	if _, err := o.On("a"); err == nil || o.RunningOutput() != "" {
		t.Errorf("On of a dead pin: %v, running %q", err, o.RunningOutput())
	}
}

func TestUnknownAndDoubleNamesAreErrors(t *testing.T) {
	o, _, _ := twoMotors(t)
	p := newPin("GPIO4", gpio.High)
	if err := o.Add("a", p, 0); err == nil || p.seen() != gpio.Low {
		t.Errorf("a name used twice: %v, pin left %v", err, p.seen())
	}
	if _, err := o.On("z"); err == nil {
		t.Error("an unknown output went on")
	}
	if err := o.Off("z"); err == nil {
		t.Error("an unknown output went off")
	}
}
