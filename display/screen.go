package display

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"kiosk/sale"
)

// Screen keeps the panel showing the newest view. It is a sale.Screen.
type Screen struct {
	Open     func() (*Panel, error) // called until it succeeds
	Renderer Renderer
	Health   func(fault string)           // called when the panel's health changes, "": it works; nil is fine
	Refused  func(no sale.No, why string) // called once for an order whose code cannot be shown; nil is fine
	Refresh  time.Duration                // how often all registers and pixels are written again; 0: 10 minutes
	Local    func() string                // the status page's name, for technicians: see Renderer; nil: it has none

	once    sync.Once
	wake    chan struct{}
	mu      sync.Mutex         // guards what follows, and is never held over a call
	view    sale.View          // the newest
	shown   bool               // view was given
	test    *Frame             // a test picture that hides the view
	until   time.Time          // when it goes
	panel   *Panel             // nil until Open has worked
	refused sale.No            // the order whose code was refused last
	fault   string             // what Health got last
	told    bool               // Health was called at all
	state   State              // of the last drawing
	slips   [slipKinds]*handed // the newest of each kind, for the technician at the service key
	veil    *Frame             // what Picture shows while a secret may be on the glass; nil: none is
	veils   int                // how often one came there
}

const (
	refresh   = 10 * time.Minute       // often enough for a panel that a static discharge has blanked
	lookEvery = 3 * time.Second        // a panel that can answer is asked so often whether it is there
	firstWait = 250 * time.Millisecond // after an error; twice as long each time
	lastWait  = 10 * time.Second       // and never longer
)

func (s *Screen) init() {
	s.once.Do(func() { s.wake = make(chan struct{}, 1) })
}

// Show takes a view. It never blocks; only the newest is drawn.
func (s *Screen) Show(v sale.View) {
	s.init()
	s.mu.Lock()
	if v.Screen != s.view.Screen || v.No != s.view.No {
		s.test = nil
	}
	s.view, s.shown = v, true
	s.mu.Unlock()
	s.nudge()
}

func (s *Screen) nudge() {
	select {
	case s.wake <- struct{}{}:
	default: // a token is there already: paint takes the newest view
	}
}

// ErrServing is returned by Test while the panel is a customer's.
var ErrServing = errors.New("show a test picture: a customer is being served, try again after")

// Test shows one of the TestPictures in place of the view, until its time is over or another screen comes. It returns
// an error while a customer is served. It never blocks.
func (s *Screen) Test(name string, hold time.Duration) error {
	s.init()
	for _, p := range TestPictures(s.Renderer.Model) {
		if p.Name != name {
			continue
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.view.No != "" {
			return ErrServing
		}
		s.test, s.until = p.Frame, time.Now().Add(hold)
		s.nudge()
		return nil
	}
	return fmt.Errorf("show a test picture: there is none called %q", name)
}

// Run draws and sends until ctx ends. Before it returns it takes any code off the glass.
func (s *Screen) Run(ctx context.Context) error {
	s.init()
	every := s.Refresh
	if every <= 0 {
		every = refresh
	}
	next := time.NewTimer(every)
	defer next.Stop()
	looks := time.NewTicker(lookEvery)
	defer looks.Stop()
	wait := firstWait
	var again <-chan time.Time
	for {
		if err := s.paint(); err != nil {
			s.health(err.Error())
			again = time.After(wait)
			wait = min(2*wait, lastWait)
		} else {
			s.health("")
			s.painted()
			again, wait = nil, firstWait
		}
		rest, looking := again, false
		select {
		case <-ctx.Done():
			return s.goodbye()
		case <-s.wake:
		case <-s.turn():
		case <-again:
			rest = nil
		case <-looks.C:
			looking = true
		case <-next.C:
			s.renew()
			next.Reset(every)
			rest = nil
		}
		if rest != nil && !pause(ctx, rest) {
			return s.goodbye()
		}
		if looking {
			s.look()
		}
	}
}

// pause lets a broken panel rest even if new views come, and returns false if ctx ends.
func pause(ctx context.Context, until <-chan time.Time) bool {
	select {
	case <-ctx.Done():
		return false
	case <-until:
		return true
	}
}

// paint brings the newest view to the glass.
func (s *Screen) paint() error {
	p, err := s.opened()
	if err != nil {
		return err
	}
	s.mu.Lock()
	v, shown, test := s.view, s.shown, s.test
	if test != nil && !time.Now().Before(s.until) {
		test, s.test = nil, nil
	}
	slip := s.slip()
	s.mu.Unlock()
	if test != nil {
		return s.send(p, test, nil)
	}
	if slip != nil {
		return s.handOver(p, slip)
	}
	if !shown {
		return nil
	}
	f, err := s.frame(v)
	if err != nil {
		return err
	}
	return s.send(p, f, nil)
}

// draw draws a view with what the renderer is to know at this moment.
func (s *Screen) draw(v sale.View) (*Frame, error) {
	draw := s.Renderer
	if s.Local != nil && v.Screen == sale.ScreenMaintenance {
		draw.Local = s.Local()
	}
	return draw.Draw(v)
}

// frame draws a view. If its code cannot be shown the customer reads so, and never sees a wrong code.
func (s *Screen) frame(v sale.View) (*Frame, error) {
	f, err := s.draw(v)
	if err == nil || v.QR == "" {
		return f, err
	}
	s.refuse(v.No, err)
	v.Screen, v.Note, v.QR, v.Left = sale.ScreenSorry, sale.NoteUnshown, "", 0
	return s.Renderer.Draw(v)
}

// refuse reports an order's code once, however often its view comes.
func (s *Screen) refuse(no sale.No, why error) {
	s.mu.Lock()
	again := s.refused == no
	s.refused = no
	s.mu.Unlock()
	if !again && s.Refused != nil {
		s.Refused(no, why.Error())
	}
}

// current is the panel; nil until it is open.
func (s *Screen) current() *Panel {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.panel
}

// opened returns the panel, and opens it first if need be.
func (s *Screen) opened() (*Panel, error) {
	if p := s.current(); p != nil {
		return p, nil
	}
	if s.Open == nil {
		return nil, errors.New("no panel to open")
	}
	p, err := s.Open()
	if err != nil {
		return nil, fmt.Errorf("open panel: %w", err)
	}
	s.mu.Lock()
	s.panel = p
	s.mu.Unlock()
	return p, nil
}

// renew writes the panel again. An error is left to the next Send, which meets it and returns it.
func (s *Screen) renew() {
	if p := s.current(); p != nil {
		_ = p.Refresh()
	}
}

// look finds out whether the panel is still there. If not, the next Send restarts it, or returns the error.
func (s *Screen) look() {
	if p := s.current(); p != nil {
		if err := p.Look(); err != nil {
			s.health(err.Error())
		}
	}
}

// goodbye leaves the closed screen on the glass: a code must not outlive the kiosk that asks after it.
func (s *Screen) goodbye() error {
	p := s.current()
	if p == nil {
		return nil
	}
	f, err := s.Renderer.Draw(sale.View{Screen: sale.ScreenClosed})
	if err != nil {
		return err
	}
	if err := s.send(p, f, nil); err != nil {
		return fmt.Errorf("take the code off the glass: %w", errors.Join(err, p.Off()))
	}
	return nil
}

// health reports a change, once.
func (s *Screen) health(fault string) {
	s.mu.Lock()
	same := s.told && s.fault == fault
	s.told, s.fault = true, fault
	s.mu.Unlock()
	if !same && s.Health != nil {
		s.Health(fault)
	}
}
