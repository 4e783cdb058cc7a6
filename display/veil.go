package display

import (
	"context"
	"errors"
	"fmt"
	"image"
	"time"

	"kiosk/sale"
)

const (
	slipBeat = time.Second     // a countdown goes on
	slipTurn = 8 * time.Second // a hotspot's slip turns over: time enough to aim a telephone
)

// handed is a slip on the screen.
type handed struct {
	Slip
	since, until time.Time
	waits        bool          // its time begins once it is on the glass
	seen         chan struct{} // closed then
}

// Hand shows a slip in place of the view, until its time is over or Take removes it. It replaces a slip of its kind. It
// never hides a customer's order, and a hotspot's slip never hides the list of goods. Hand never blocks.
func (s *Screen) Hand(slip Slip) { s.hand(slip, false) }

// HandOver is Hand, but returns once the slip is on the glass, when its time begins. An error means that it was never
// shown, and is removed.
func (s *Screen) HandOver(ctx context.Context, slip Slip) error {
	h := s.hand(slip, true)
	select {
	case <-h.seen:
		return nil
	case <-ctx.Done():
	}
	select {
	case <-h.seen:
		return nil
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.slips[slip.Kind] == h {
		s.slips[slip.Kind] = nil
		s.nudge()
	}
	switch {
	case s.fault != "":
		return fmt.Errorf("show a slip: %s", s.fault)
	case s.view.No != "":
		return errors.New("show a slip: a customer is being served, try again after")
	}
	return fmt.Errorf("show a slip: %w", context.Cause(ctx))
}

func (s *Screen) hand(slip Slip, waits bool) *handed {
	s.init()
	h := &handed{Slip: slip, waits: waits, seen: make(chan struct{})}
	h.begin()
	s.mu.Lock()
	s.slips[slip.Kind] = h
	s.mu.Unlock()
	s.nudge()
	return h
}

func (h *handed) begin() {
	h.since = time.Now()
	if h.Left > 0 && !h.waits {
		h.until = h.since.Add(h.Left)
	}
}

// Take removes the slip of a kind.
func (s *Screen) Take(kind SlipKind) {
	s.init()
	s.mu.Lock()
	s.slips[kind] = nil
	s.mu.Unlock()
	s.nudge()
}

// slip is the one to show now, if any. It is called under the lock.
func (s *Screen) slip() *handed {
	for kind, h := range s.slips {
		switch {
		case h == nil:
		case !h.until.IsZero() && !time.Now().Before(h.until):
			s.slips[kind] = nil
		case s.view.No == "" && (h.Kind != SlipHotspot || s.view.Screen != sale.ScreenIdle):
			return h
		}
	}
	return nil
}

// turn fires when the slip on the glass must be drawn again; nil if there is none.
func (s *Screen) turn() <-chan time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.slip()
	if h == nil {
		return nil
	}
	every := slipBeat
	if h.Kind == SlipHotspot {
		every = slipTurn
	}
	wait := every - time.Since(h.since)%every
	if rest := time.Until(h.until); !h.until.IsZero() && rest < wait {
		wait = rest
	}
	return time.After(wait)
}

// handOver brings a slip to the glass.
func (s *Screen) handOver(p *Panel, h *handed) error {
	slip := h.now()
	f, veil, err := s.Renderer.Slip(slip)
	if err != nil {
		return err
	}
	if err := s.send(p, f, veil); err != nil {
		return err
	}
	select {
	case <-h.seen:
		return nil
	default:
	}
	if err := p.Look(); err != nil { // a bus takes bytes for a panel that is not there
		return err
	}
	s.mu.Lock()
	if h.waits {
		h.waits = false
		h.begin()
	}
	s.mu.Unlock()
	close(h.seen)
	return nil
}

// now is the slip as it is to be drawn.
func (h *handed) now() Slip {
	slip := h.Slip
	if !h.until.IsZero() {
		slip.Left = time.Until(h.until)
	}
	slip.web = slip.Kind == SlipHotspot && slip.Address != "" && slip.Secret != "" && time.Since(h.since)/slipTurn%2 == 1
	return slip
}

// send sends a frame. Its veil counts from before the first pixel of the secret travels until the next frame is sent.
func (s *Screen) send(p *Panel, f, veil *Frame) error {
	if veil != nil {
		s.mu.Lock()
		s.veil = veil
		s.veils++
		s.mu.Unlock()
	}
	if err := p.Send(f); err != nil {
		return err
	}
	s.mu.Lock()
	s.veil = veil
	s.mu.Unlock()
	return nil
}

// Picture returns the picture on the panel, without the secret of a slip; it is black before the first one.
func (s *Screen) Picture() image.Image {
	for {
		p, veil, before := s.veiled()
		switch {
		case p == nil:
			return NewFrame(s.Renderer.Model.Bounds().Dx(), s.Renderer.Model.Bounds().Dy()).Image()
		case veil != nil:
			return veil.Image()
		}
		f := p.Picture()
		if _, _, after := s.veiled(); after == before { // else a secret came while it was looked at
			return f.Image()
		}
	}
}

func (s *Screen) veiled() (*Panel, *Frame, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.panel, s.veil, s.veils
}
