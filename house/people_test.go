package house_test

import (
	"time"

	"kiosk/sale"
)

// person is somebody before the machine, with a phone. What they do they do whether it has power or not.
type person struct {
	h   *house
	url string // the code their phone has scanned from the glass
}

func (h *house) seen() sale.View {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.view
}

// until looks at the machine ten times a second until it is so, or patience ends.
func (h *house) until(patience time.Duration, so func() bool) bool {
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		if so() {
			return true
		}
		if !time.Now().Before(end) {
			return false
		}
	}
}

func (h *house) shows(screen string) func() bool {
	return func() bool { return h.seen().Screen == screen }
}

// press presses a key once the machine offers something.
func (p *person) press(slot int, patience time.Duration) bool {
	if !p.h.until(patience, p.h.shows(sale.ScreenIdle)) {
		return false
	}
	if l := p.h.now(); l != nil {
		l.clerk.Press(slot)
	}
	return true
}

// scan points the phone at the glass.
func (p *person) scan(patience time.Duration) bool {
	return p.h.until(patience, func() bool {
		if v := p.h.seen(); v.QR != "" {
			p.url = v.QR
		}
		return p.url != ""
	})
}

// phone pays, leaves or waits at the password.
func (p *person) phone(do string) string {
	if p.url == "" {
		return ""
	}
	_, text, err := p.h.gate.Pay(p.url, do)
	if err != nil {
		p.h.blame("the glass showed a code that is not the gateway's: " + err.Error())
	}
	return text
}

// hold holds a payment code to the scan module.
func (p *person) hold(asks bool) {
	code := p.h.gate.NewCode(asks)
	if l := p.h.now(); l != nil && l.touch() == nil {
		l.clerk.Scan(code, sale.KindWeChat)
	}
}

// password answers the newest prompt, if there is one that can still be answered.
func (p *person) password(do string) bool {
	_, err := p.h.gate.Password(do)
	return err == nil
}

// look is the shop as it was after its last step; false while nobody is home or the book is not read.
func (h *house) look() (sale.Snapshot, bool) {
	l := h.now()
	if l == nil {
		return sale.Snapshot{}, false
	}
	s := l.clerk.Snapshot()
	for _, w := range s.Why {
		if w.Code == sale.NotReadyStarting || w.Code == "book" {
			return s, false
		}
	}
	return s, true
}

// settle lets time pass until no order is under way, and until the closed ones were looked at again.
func (h *house) settle(patience time.Duration) bool {
	quiet := func() bool {
		s, up := h.look()
		return up && s.Open == 0 && (s.Front == nil || s.Front.Screen == sale.ScreenThanks)
	}
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if !quiet() {
			time.Sleep(5 * time.Second)
			continue
		}
		time.Sleep(11 * time.Minute)
		if quiet() {
			return true
		}
	}
	return false
}
