package doctor

import (
	"bytes"
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// slowMotor turns for a second, and pulls the supply down while it does.
type slowMotor struct{ on atomic.Bool }

func (m *slowMotor) Vend(context.Context, int) (int, string) {
	m.on.Store(true)
	defer m.on.Store(false)
	time.Sleep(time.Second)
	return 1, ""
}

func (m *slowMotor) Off() {}

func TestAMotorThatPullsTheSupplyDownIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		m := &slowMotor{}
		s := &Supply{IsLow: func() bool { return false }, Log: func(line string) { said.WriteString(line) }}
		strong := s.Watch(m)
		if pieces, fault := strong.Vend(t.Context(), 2); pieces != 1 || fault != "" || s.CountDips() != 0 || said.Len() > 0 {
			t.Errorf("a good supply: %d %q, %d, %q", pieces, fault, s.CountDips(), said.String())
		}
		s.IsLow = m.on.Load
		weak := s.Watch(m)
		for range 3 {
			if pieces, _ := weak.Vend(t.Context(), 7); pieces != 1 {
				t.Error("the goods were lost on the way")
			}
		}
		if s.CountDips() != 3 || !strings.Contains(said.String(), "slot 7") || !strings.Contains(said.String(), "3 times in a day") {
			t.Errorf("%d times, and the owner reads %q", s.CountDips(), said.String())
		}
		time.Sleep(25 * time.Hour)
		if s.addDip(time.Now()) || s.CountDips() != 1 {
			t.Errorf("yesterday's still count: %d", s.CountDips())
		}
	})
}
