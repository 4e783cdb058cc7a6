package display

import (
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

func TestAPanelThatAnsweredAndStoppedIsGone(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		mode := byte(0x9c)
		s.glass.change(func() { s.glass.mode = func() byte { return mode } })
		v := sale.View{Screen: sale.ScreenIdle}
		s.Show(v)
		settle(time.Second)
		if s.last() != "" || !s.shows(t, v) {
			t.Fatalf("a panel that answers well is not shown on: %q", s.last())
		}
		for _, gone := range []byte{0x00, 0xff} {
			s.glass.change(func() { mode = gone })
			settle(lookEvery + time.Second)
			if !strings.Contains(s.last(), "does not answer") {
				t.Errorf("answering %#02x, and its health is %q: it sells behind a black panel", gone, s.last())
			}
			s.Show(v)
			settle(time.Minute)
			if s.last() == "" {
				t.Errorf("answering %#02x for a minute, and it is called well", gone)
			}
			s.glass.change(func() { mode = 0x9c })
			settle(lastWait + time.Second)
			if s.last() != "" || !s.shows(t, v) {
				t.Errorf("the panel came back, and its health is %q", s.last())
			}
		}
	})
}

func TestAPanelThatForgotIsSetUpAgain(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		forgot := false
		s.glass.change(func() {
			s.glass.mode = func() byte {
				if forgot && !s.glass.awake {
					return 0x08
				}
				return 0x9c
			}
		})
		s.Show(sale.View{Screen: sale.ScreenIdle})
		settle(time.Second)
		s.glass.change(func() { forgot, s.glass.awake, s.glass.on = true, false, false })
		settle(lookEvery + 2*time.Second)
		if !s.shows(t, sale.View{Screen: sale.ScreenIdle}) || s.last() != "" {
			t.Errorf("a panel that a spark had reset stays black; its health is %q", s.last())
		}
	})
}

func TestAPanelWithoutALineToAnswerOnIsBelieved(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.Show(sale.View{Screen: sale.ScreenIdle})
		settle(time.Minute)
		if s.last() != "" {
			t.Errorf("most panels cannot answer, and this one is called broken: %q", s.last())
		}
	})
}

func TestASparkOnTheLineIsNoMissingPanel(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		asked := 0
		s.glass.change(func() {
			s.glass.mode = func() byte {
				if asked++; asked%3 != 0 {
					return 0
				}
				return 0x9c
			}
		})
		s.Show(sale.View{Screen: sale.ScreenIdle})
		settle(time.Minute)
		if s.last() != "" || asked < 3 {
			t.Errorf("asked %d times, and its health is %q", asked, s.last())
		}
	})
}
