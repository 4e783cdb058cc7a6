package hw

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
)

func TestEveryOutputThatIsOffIsAskedAndNoneThatTurns(t *testing.T) {
	var o Outputs
	pins := map[string]*fakePin{}
	for _, name := range []string{"GPIO16", "GPIO17", "GPIO19"} {
		pins[name] = newPin(name, gpio.High)
		if err := o.Add(name, pins[name], time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := o.SelfTest(); n != 3 || err != nil {
		t.Fatalf("%d of 3 answer: %v", n, err)
	}
	if _, err := o.On("GPIO17"); err != nil {
		t.Fatal(err)
	}
	if n, err := o.SelfTest(); n != 2 || err != nil || pins["GPIO17"].level != gpio.High {
		t.Errorf("a motor turns: %d of the other 2 answer: %v, and its own pin is %v", n, err, pins["GPIO17"].level)
	}
	if err := o.Off("GPIO17"); err != nil {
		t.Fatal(err)
	}
	pins["GPIO19"].mu.Lock()
	pins["GPIO19"].broken = errors.New("the line is gone")
	pins["GPIO19"].mu.Unlock()
	if n, err := o.SelfTest(); n != 2 || err == nil || !strings.Contains(err.Error(), "GPIO19 does not answer") {
		t.Errorf("a pin is gone: %d answer, %v", n, err)
	}
	_ = o.AllOff()
	if n, err := o.SelfTest(); n != 2 || err == nil || !strings.Contains(err.Error(), "GPIO19 may still be on") {
		t.Errorf("a pin would not go off: %d answer, %v", n, err)
	}
	pins["GPIO19"].mu.Lock()
	pins["GPIO19"].broken = nil
	pins["GPIO19"].mu.Unlock()
	if err := o.AllOff(); err != nil {
		t.Error(err)
	}
}

func TestAVendIsUnderWayFromTheMotorToTheDrop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var o Outputs
		motor, drop := newPin("GPIO17", gpio.Low), newPin("GPIO22", gpio.High)
		if err := o.Add("GPIO17", motor, 0); err != nil {
			t.Fatal(err)
		}
		d := &Dispenser{Outputs: &o, Slots: map[int]Slot{1: {Motor: "GPIO17", Drop: drop}}}
		if d.IsVending() {
			t.Error("nobody bought anything, and goods are given out")
		}
		done := make(chan struct{})
		go func() { d.Vend(t.Context(), 1); close(done) }()
		was := map[bool]bool{} // whether the motor was on while the vend was under way
		for going := true; going; {
			select {
			case <-done:
				going = false
			case <-time.After(100 * time.Millisecond):
				if d.IsVending() {
					was[o.RunningOutput() != ""] = true
				}
			}
		}
		if !was[true] || !was[false] || d.IsVending() {
			t.Errorf("a vend is under way while the motor turns (%v) and while the drop is waited for (%v), and then no more (%v)", was[true], was[false], !d.IsVending())
		}
	})
}
