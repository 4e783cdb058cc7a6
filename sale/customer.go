package sale

// pressKey takes a key of a slot, if the screen takes one.
func (s *Shop) pressKey(in Pressed) {
	if in.Blocked { // for this press only
		defer s.setBeam(Beam{in.Slot, s.blocked[in.Slot]})
		s.setBeam(Beam{in.Slot, true})
	}
	h, t := s.findSlot(in.Slot), s.liveOrder()
	if h == nil || t != nil && !t.isTrial() && !s.acceptsPress(t) {
		return
	}
	if t != nil && in.Slot == t.Slot && s.reuseCode(t, h) {
		return
	}
	if t != nil && !t.Ask.Leaving && in.Slot == t.Slot {
		s.endWaiting(t)
		s.showSorry(t.Order, NoteCancelled)
		return
	}
	if !s.maySell() {
		return
	}
	if f := s.slotFault(*h); f != "" {
		if t == nil && s.checkout.After != ScreenRefunding { // that the slot does not sell is no reason to take the number away
			s.showSorry(Order{Slot: h.Slot, Name: h.Name, NameEN: h.NameEN, Fen: h.Fen}, noteOfFault(f))
		}
		return
	}
	if s.turnAway(*h) {
		return
	}
	c := &wish{Slot: in.Slot, Draw: in.Draw}
	switch {
	case t == nil && s.isRefundHeld():
		s.checkout.Wish = c
		return
	case t == nil:
		s.beginOrder(*c, nil)
		return
	}
	s.checkout = checkout{Wish: c}
	s.endWaiting(t)
}

func noteOfFault(fault string) string {
	if fault == NotReadyEmpty {
		return NoteEmpty
	}
	return NoteFault
}

// acceptsPress reports whether a press means anything while an order is live.
func (s *Shop) acceptsPress(t *activeOrder) bool {
	screen := s.currentView().Screen
	return t.Means != Code && s.checkout.Wish == nil && (screen == ScreenQR || screen == ScreenSorry)
}

// reuseCode re-uses the live QR order for the same slot at the same price, if its code is off the glass
// for another reason than a scanned code, and enough time is left.
func (s *Shop) reuseCode(t *activeOrder, h *SlotState) bool {
	end := t.Ask.Deadline
	if t.Ask.Leaving {
		end = t.Ask.FullDeadline
	}
	off := t.Ask.Hidden || t.Ask.Leaving
	if !off || !s.maySell() || s.slotFault(*h) != "" || t.Ask.Spent || t.State != Waiting || t.Fen != h.Fen || t.Ask.Missed > 0 || !s.gateway.Reached || s.now.Mono >= end-finishFor {
		return false
	}
	t.Ask.Hidden, t.Ask.Leaving, t.Ask.Deadline = false, false, end
	s.checkout = checkout{}
	return true
}

// giveUp is the cancel key: it gives up a QR code, or ends the screen after an order.
func (s *Shop) giveUp() {
	t := s.liveOrder()
	switch {
	case t == nil && s.isRefundHeld():
	case t == nil:
		s.checkout = checkout{}
	case s.acceptsPress(t) && !t.Ask.Leaving:
		s.endWaiting(t)
		s.showSorry(t.Order, NoteCancelled)
	}
}

// scanCode takes a payment code while the QR code is on the glass.
func (s *Shop) scanCode(in Scanned) {
	t := s.liveOrder()
	note := ""
	switch {
	case !s.armed || t == nil || t.Ask.Leaving:
	case in.Wallet == KindAlipay:
		note = NoteAlipay
	case in.Wallet != KindWeChat:
		note = NoteForeign
	case s.charged[in.Code]:
		note = NoteUsed
	default:
		t.Ask.Hidden, t.Ask.Spent = true, true
		s.checkout = checkout{Wish: &wish{Slot: t.Slot, Draw: in.Draw, Code: in.Code}}
		s.endWaiting(t)
		return
	}
	s.deeds = append(s.deeds, Forget{in.Code})
	if note != "" {
		s.checkout.Note, s.checkout.NoteUntil = note, s.now.Mono+noteFor
	}
}
