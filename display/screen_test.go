package display

import (
	"bytes"
	"context"
	"errors"
	"image"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"

	"kiosk/sale"
)

// stage is a screen before a glass, in a bubble.
type stage struct {
	*Screen
	glass   *glass
	missing bool // the panel cannot be opened
	faults  []string
	refused []sale.No
	stop    func() error
}

// play runs a screen until the story ends.
func play(t *testing.T, story func(t *testing.T, s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := model(t, "240x240", 90)
		s := &stage{glass: newGlass()}
		s.glass.model = m
		s.Screen = &Screen{
			Renderer: Renderer{Model: m, Language: "zh", Kiosk: "K1"},
			Open: func() (*Panel, error) {
				s.glass.mu.Lock()
				missing := s.missing
				s.glass.mu.Unlock()
				if missing {
					return nil, errors.New("no such bus")
				}
				return Open(s.glass, s.glass.pins(), m, Bus{
					Slow: func() { s.glass.slow = true }, Fast: func() { s.glass.slow = false },
				})
			},
			Health:  func(fault string) { s.glass.change(func() { s.faults = append(s.faults, fault) }) },
			Refused: func(no sale.No, why string) { s.glass.change(func() { s.refused = append(s.refused, no) }) },
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		s.stop = func() error { cancel(); return <-done }
		story(t, s)
		cancel()
		select {
		case <-done:
		case <-time.After(time.Minute): // the story took the answer already
		}
	})
}

// settle lets the screen come to rest.
func settle(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// last is the newest word about the panel's health.
func (s *stage) last() (fault string) {
	s.glass.change(func() { fault = s.faults[len(s.faults)-1] })
	return fault
}

// shows tells whether the glass shows a view, and the driver believes it.
func (s *stage) shows(t *testing.T, v sale.View) bool {
	t.Helper()
	f, err := s.Renderer.Draw(v)
	if err != nil {
		t.Fatal(err)
	}
	got, ok := s.Picture().(*image.RGBA)
	return ok && bytes.Equal(s.glass.seen(s.Renderer.Model).Pix, f.Pix) && bytes.Equal(got.Pix, f.Image().Pix)
}

func TestTheNewestViewWins(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		if s.Picture() == nil {
			t.Error("no picture before the first view")
		}
		for range 50 {
			s.Show(sale.View{Screen: sale.ScreenAsking})
		}
		thanks := sale.View{Screen: sale.ScreenThanks, Slot: 1, Fen: 100}
		s.Show(thanks)
		settle(time.Second)
		if !s.shows(t, thanks) {
			t.Error("the glass shows an older view")
		}
		if s.last() != "" || len(s.faults) != 1 {
			t.Errorf("a healthy panel told %q", s.faults)
		}
	})
}

func TestAPanelThatComesLateShowsWhatIsTrueThen(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.glass.change(func() { s.missing = true })
		s.Show(sale.View{Screen: sale.ScreenIdle})
		settle(time.Minute)
		if s.Picture().Bounds() != s.Renderer.Model.Bounds() {
			t.Error("without a panel the technician's page has no picture")
		}
		v := sale.View{Screen: sale.ScreenVending, Slot: 2, Fen: 250}
		s.Show(v)
		s.glass.change(func() { s.missing = false })
		settle(11 * time.Second)
		if !s.shows(t, v) {
			t.Error("a panel that came late stays empty")
		}
		if s.last() != "" {
			t.Errorf("told %q", s.faults)
		}
	})
}

func TestAfterABrokenBusTheCustomerSeesTheTruthAgain(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.Show(qrView(url(46)))
		settle(time.Second)
		s.glass.change(func() { s.glass.failAt = -1 })
		s.Show(sale.View{Screen: sale.ScreenThanks, Slot: 12})
		settle(30 * time.Second)
		if s.glass.light.now() == gpio.High {
			t.Error("the code of a sale that is over shines on")
		}
		if last := s.last(); !strings.Contains(last, "bus broken") {
			t.Errorf("a broken bus is told as %q", last)
		}
		before, after := 0, 0
		s.glass.change(func() { before = s.glass.txs })
		settle(time.Minute)
		s.glass.change(func() { after = s.glass.txs })
		if n := after - before; n > 30 {
			t.Errorf("%d transfers in a minute on a bus that is broken", n)
		}
		s.glass.change(func() { s.glass.failAt = 0 })
		settle(11 * time.Second)
		if !s.shows(t, sale.View{Screen: sale.ScreenThanks, Slot: 12}) || s.glass.light.now() == gpio.Low {
			t.Error("after the bus came back the glass shows something else")
		}
		if s.last() != "" {
			t.Errorf("told %q", s.faults)
		}
	})
}

func TestACodeThatCannotBeShownIsRefusedOnceAndToldToTheCustomer(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		v := qrView("weixin://" + strings.Repeat("x", 500))
		for range 5 {
			s.Show(v)
			settle(time.Second)
			v.Left -= time.Second
		}
		if len(s.refused) != 1 || s.refused[0] != v.No {
			t.Errorf("refused %v", s.refused)
		}
		v.Screen, v.Note, v.QR, v.Left = sale.ScreenSorry, sale.NoteUnshown, "", 0
		if !s.shows(t, v) {
			t.Error("the customer is not told")
		}
		if got, err := scan(s.Picture()); err == nil {
			t.Errorf("a wrong code is on the glass: %q", got)
		}
	})
}

func TestNoCodeOutlivesTheKiosk(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.Show(qrView(url(46)))
		settle(time.Second)
		if got, err := scan(s.Picture()); err != nil || got != url(46) {
			t.Fatalf("there is no code on the glass: %q, %v", got, err)
		}
		if err := s.stop(); err != nil {
			t.Error(err)
		}
		if !s.shows(t, sale.View{Screen: sale.ScreenClosed}) {
			t.Error("a customer can still scan the code of a kiosk that has stopped")
		}
	})
}

func TestATestPictureStaysUntilItsTimeIsOverOrACustomerComes(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		resting := sale.View{Screen: sale.ScreenMaintenance}
		s.Show(resting)
		settle(time.Second)
		picture := func(name string) bool {
			settle(time.Second)
			for _, p := range TestPictures(s.Renderer.Model) {
				if p.Name == name {
					return bytes.Equal(s.glass.seen(s.Renderer.Model).Pix, p.Frame.Pix)
				}
			}
			return false
		}
		if err := s.Test("grid", time.Minute); err != nil || !picture("grid") {
			t.Fatalf("a technician does not see the grid: %v", err)
		}
		s.Show(resting) // the same screen again takes nothing away
		if !picture("grid") {
			t.Error("a picture was gone before a technician could look")
		}
		settle(time.Minute + 2*lookEvery)
		if !s.shows(t, resting) {
			t.Error("the picture stays for ever")
		}
		if err := s.Test("bars", time.Hour); err != nil || !picture("bars") {
			t.Errorf("a technician does not see the bars: %v", err)
		}
		s.Show(qrView(url(46)))
		settle(time.Second)
		if !s.shows(t, qrView(url(46))) {
			t.Error("a customer sees a test picture")
		}
		if err := s.Test("bars", time.Hour); err == nil {
			t.Error("a test picture hides a customer's code")
		}
		if err := s.Test("nonsense", time.Hour); err == nil {
			t.Error("a picture that there is not was shown")
		}
	})
}

func TestStaticIsGoneAfterTheNextRefresh(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		v := sale.View{Screen: sale.ScreenThanks}
		s.Show(v)
		settle(time.Second)
		s.glass.change(func() { s.glass.on, s.glass.ram[100][100] = false, 0 })
		settle(11 * time.Minute)
		if !s.glass.on || !s.shows(t, v) {
			t.Error("a panel that static blanked stays blank")
		}
	})
}
