package sale

import (
	"cmp"
	"slices"
	"time"
)

// currentView is what the panel shows now.
func (s *Shop) currentView() View {
	if t := s.liveOrder(); t != nil {
		if v, ok := s.viewLive(t); ok {
			return v
		}
	}
	if v, ok := s.viewWish(); ok {
		return v
	}
	if f := s.checkout; f.After != "" && !(f.After == ScreenRefunding && s.maintained != "") { // a technician has the panel
		v := viewOf(f.Order, f.After)
		v.Note = f.Note
		if f.After == ScreenRefunding {
			v.Cause = cmp.Or(f.Order.Fault, f.Order.Why)
		}
		return v
	}
	why := s.whyNotReady()
	has := func(codes ...string) bool {
		return slices.ContainsFunc(why, func(w Why) bool { return slices.Contains(codes, w.Code) })
	}
	switch {
	case len(why) == 0:
		return View{Screen: ScreenIdle, Products: s.listProducts()}
	case s.maySell():
		return View{Screen: ScreenIdle, Note: NoteMayFail, Why: why, Products: s.listProducts()}
	case has(NotReadyMaintenance, NotReadyDoor):
		return View{Screen: ScreenMaintenance, Why: why, Address: s.address}
	case has(NotReadyOffline):
		return View{Screen: ScreenOffline, Why: why}
	case has(NotReadyStopped, NotReadyDamaged) || len(s.parts) > 0:
		return View{Screen: ScreenMaintenance, Why: why, Address: s.address}
	}
	return View{Screen: ScreenClosed, Why: why}
}

func viewOf(o Order, screen string) View {
	return View{Screen: screen, No: o.No, Slot: o.Slot, Name: o.Name, NameEN: o.NameEN, Fen: o.Fen}
}

// viewLive is the screen of the live order; none while the customer reads why it was given up.
func (s *Shop) viewLive(t *activeOrder) (View, bool) {
	v := viewOf(t.Order, ScreenAsking)
	c := s.checkout.Wish
	switch {
	case t.IsTrial() && c == nil:
		return v, false
	case t.State == Vending:
		v.Screen = ScreenVending
	case t.Means == Code && t.State == Asking:
		v.Screen = ScreenCharging
	case t.Means == Code:
		v.Screen, v.Left = ScreenPassword, wholeSeconds(t.Ask.Deadline-s.now.Mono)
	case c != nil && c.Code != "":
		v.Screen, v.Note = ScreenCharging, NoteChecking
	case c != nil:
		return s.viewWish()
	case s.checkout.After != "":
		return v, false
	case t.State == Asking && t.Ask.Leaving && !s.gateway.Reached, t.State == Waiting && t.Ask.Missed >= maxMissed:
		v.Screen, v.Note, v.Why = ScreenOffline, NoteUnsettled, s.whyNotReady()
		if t.State == Waiting && !t.Ask.Leaving && !s.isFinishing(t) {
			v.Note = NoteGap
		}
	case t.Ask.Leaving:
		v.Note = NoteChecking
	case t.State == Waiting:
		s.viewQR(t, &v)
	}
	return v, true
}

// viewWish is the screen of a choice whose order is not born yet; while it waits for its turn, with the seconds.
func (s *Shop) viewWish() (View, bool) {
	c := s.checkout.Wish
	if c == nil || c.Code != "" || s.checkout.After != "" {
		return View{}, false
	}
	h := s.findSlot(c.Slot)
	if h == nil {
		return View{}, false
	}
	v := viewOf(orderOf(*h), ScreenAsking)
	if s.liveOrder() == nil {
		v.Note, v.Left = NotePaced, s.untilBirth()
	}
	return v, true
}

func (s *Shop) viewQR(t *activeOrder, v *View) {
	v.Screen, v.Note, v.QR = ScreenQR, s.checkout.Note, t.Ask.URL
	if s.isFinishing(t) {
		v.Note, v.QR = NoteFinish, ""
	}
	v.Left = wholeSeconds(s.countdown(t) - s.now.Mono)
}

// finishFor is how long before the deadline the QR code leaves the glass.
const finishFor = 30 * time.Second

// isFinishing reports whether the QR code is off the glass for good, and only phones that have scanned it can still pay.
func (s *Shop) isFinishing(t *activeOrder) bool {
	return s.now.Mono >= t.Ask.Deadline-finishFor
}

// countdown returns when the QR code leaves the glass, or when the waiting is over.
func (s *Shop) countdown(t *activeOrder) time.Duration {
	if t.Means == Code || s.isFinishing(t) {
		return t.Ask.Deadline
	}
	return t.Ask.Deadline - finishFor
}

// wantsCode reports whether a payment code can be used now.
func (s *Shop) wantsCode() bool {
	t := s.liveOrder()
	return t != nil && t.Means != Code && t.State == Waiting && !t.Ask.Leaving && t.Ask.Missed < maxMissed && t.Ask.URL != "" &&
		s.now.Mono < t.Ask.Deadline
}
