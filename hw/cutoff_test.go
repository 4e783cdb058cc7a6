package hw

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// sulkyPin is a motor's wire that refuses to go low so many times.
type sulkyPin struct {
	*fakePin
	refuses atomic.Int32
}

func (s *sulkyPin) Out(l gpio.Level) error {
	if l == gpio.Low && s.seen() == gpio.High && s.refuses.Add(-1) >= 0 {
		return errors.New("ioctl")
	}
	return s.fakePin.Out(l)
}

// A cutoff may not have reached the motor. The vend tells it once more, and only what it hears then says whether the motor stands.
func TestAMotorThatOffDidNotStopIsToldAgain(t *testing.T) {
	for name, cut := range map[string]func(m *machine, door *atomic.Bool){
		"off":      func(m *machine, _ *atomic.Bool) { m.Off() },
		"shut":     func(m *machine, _ *atomic.Bool) { _ = m.Outputs.LatchOff() },
		"the door": func(_ *machine, door *atomic.Bool) { door.Store(true) },
	} {
		t.Run(name+", deaf for a moment", func(t *testing.T) {
			says, ran := vendWithSulkyMotor(t, offTries, cut)
			if says != `false "off"` {
				t.Errorf("the vend says %s", says)
			}
			if ran > 100*ms {
				t.Errorf("the motor ran on for %v after it was cut off: the customer's hand is in the chute, or a second thing falls", ran)
			}
		})
		t.Run(name+", deaf", func(t *testing.T) {
			if says, _ := vendWithSulkyMotor(t, 1<<20, cut); says != `false "unknown"` {
				t.Errorf("the vend says %s of a motor that runs on: nobody is told to pull the plug", says)
			}
		})
	}
}

// vendWithSulkyMotor cuts a vend off in the middle of its turn, and returns how long the motor ran on.
func vendWithSulkyMotor(t *testing.T, refuses int32, cut func(m *machine, door *atomic.Bool)) (says string, ran time.Duration) {
	t.Helper()
	inMachine(t, func(t *testing.T, m *machine) {
		motor, door := &sulkyPin{fakePin: newPin("GPIO17", gpio.Low)}, &atomic.Bool{}
		motor.moved, m.Door = m.motor[1].moved, door.Load
		if err := m.Outputs.Add("sulky", motor, 0); err != nil {
			t.Fatal(err)
		}
		s := m.Slots[1]
		s.Motor = "sulky"
		m.Slots[1], m.spirals[1] = s, spiral{leave: 100 * ms, turn: 4 * time.Second}
		motor.refuses.Store(refuses)
		go func() {
			time.Sleep(900 * ms)
			if motor.seen() != gpio.High {
				t.Error("the motor did not turn")
			}
			cut(m, door)
			for began := time.Now(); motor.seen() == gpio.High && ran < 3*time.Second; ran = time.Since(began) {
				time.Sleep(ms)
			}
		}()
		says = vend(m, 1)
		time.Sleep(4 * time.Second)
		motor.refuses.Store(0)
		time.Sleep(2 * offRetry)
		if motor.seen() == gpio.High {
			t.Error("the wire is whole again, and the motor still has power")
		}
	})
	return says, ran
}
