package display

import (
	"cmp"
	"image"
	"strings"
	"time"

	"kiosk/sale"
)

// shownTail is how much of an order's number a masked picture shows.
const shownTail = 4

// MaskedPicture returns what the panel shows without what only the customer before it may read: the code is another one,
// and the order's number only its end. It is drawn from the view, so that no pixel of the real code can be in it.
func (s *Screen) MaskedPicture() image.Image {
	f, err := s.drawMasked()
	if err != nil || f == nil {
		f = NewFrame(s.Renderer.Model.Bounds().Dx(), s.Renderer.Model.Bounds().Dy())
	}
	return f.Image()
}

func (s *Screen) drawMasked() (*Frame, error) {
	s.mu.Lock()
	view, shown, test := s.view, s.shown, s.test
	if test != nil && !time.Now().Before(s.until) {
		test = nil
	}
	var slip Slip
	h := s.slip()
	if h != nil {
		slip = h.now() // under the lock, as its time may just begin
	}
	dark := s.panel == nil
	s.mu.Unlock()
	switch {
	case dark:
		return nil, nil
	case test != nil:
		return test, nil
	case h != nil:
		f, veil, err := s.Renderer.Slip(slip)
		return cmp.Or(veil, f), err
	case !shown:
		return nil, nil
	}
	return s.draw(maskView(view))
}

// maskView keeps the layout: what replaces the code and the number is as long as they are.
func maskView(v sale.View) sale.View {
	if v.QR != "" {
		v.QR = strings.Repeat("~", len(v.QR)) // in bytes, as an address is: "*" would make a smaller code
	}
	if no := string(v.No); len(no) > shownTail {
		v.No = sale.No(strings.Repeat("*", len(no)-shownTail) + no[len(no)-shownTail:])
	}
	return v
}
