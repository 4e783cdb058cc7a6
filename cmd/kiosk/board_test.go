package main

import (
	"bytes"
	"context"
	"log"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// slowMotor turns for a second, and pulls the supply down while it does.
type slowMotor struct{ on atomic.Bool }

func (m *slowMotor) Vend(context.Context, int) (bool, string) {
	m.on.Store(true)
	defer m.on.Store(false)
	time.Sleep(time.Second)
	return true, ""
}

func (m *slowMotor) Off() {}

func TestAMotorThatPullsTheSupplyDownIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		defer log.SetOutput(log.Writer())
		log.SetOutput(&said)
		m, s := &slowMotor{}, &sags{}
		weak := &poweredDispenser{m, m.on.Load, s}
		strong := &poweredDispenser{m, func() bool { return false }, s}
		if ok, fault := strong.Vend(t.Context(), 2); !ok || fault != "" || s.count() != 0 || said.Len() > 0 {
			t.Errorf("a good supply: %v %q, %d, %q", ok, fault, s.count(), said.String())
		}
		for range 3 {
			if ok, _ := weak.Vend(t.Context(), 7); !ok {
				t.Error("the goods were lost on the way")
			}
		}
		if s.count() != 3 || !strings.Contains(said.String(), "slot 7") || !strings.Contains(said.String(), "3 times in a day") {
			t.Errorf("%d times, and the owner reads %q", s.count(), said.String())
		}
		time.Sleep(25 * time.Hour)
		if s.add(time.Now()) || s.count() != 1 {
			t.Errorf("yesterday's still count: %d", s.count())
		}
	})
}
