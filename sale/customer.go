package sale

// pressKey takes a key of a slot, if the screen takes one.
func (s *Shop) pressKey(in Pressed) {
	if in.Blocked { // for this press only
		defer s.setBeam(Beam{in.Slot, s.blocked[in.Slot]})
		s.setBeam(Beam{in.Slot, true})
	}
	h, t, c := s.findSlot(in.Slot), s.liveOrder(), s.checkout.Wish
	if h == nil || t != nil && !t.IsTrial() && !s.acceptsPress(t) {
		return
	}
	switch again := in.Slot; {
	case t != nil && again == t.Slot && s.reuseCode(t, h):
	case c != nil && again == c.Slot, c == nil && t != nil && again == t.Slot && s.currentView().QR != "":
		s.giveUp()
	case !s.maySell():
	case s.slotFault(*h) != "":
		if (t == nil || t.IsTrial()) && s.checkout.After != ScreenRefunding { // that the slot does not sell is no reason to take the number away
			s.showSorry(orderOf(*h), noteOfFault(s.slotFault(*h)))
		}
	case s.turnAway(*h):
	default:
		s.choose(&wish{Slot: in.Slot, Draw: in.Draw}, t)
	}
}

// choose keeps what the customer wants next. tickWish lets its order be born.
func (s *Shop) choose(c *wish, t *activeOrder) {
	if !s.isRefundHeld() {
		s.checkout = checkout{}
	}
	s.checkout.Wish = c
	if t != nil {
		s.endWaiting(t)
	}
}

// orderOf is what a screen says of a slot for which no order is born.
func orderOf(h SlotState) Order {
	return Order{Slot: h.Slot, Name: h.Name, NameEN: h.NameEN, Fen: h.Fen}
}

func noteOfFault(fault string) string {
	if fault == NotReadyEmpty {
		return NoteEmpty
	}
	return NoteFault
}

// acceptsPress reports whether a press means anything while an order is live. A choice whose order is not born yet can
// still be changed; a code that was scanned cannot.
func (s *Shop) acceptsPress(t *activeOrder) bool {
	if c := s.checkout.Wish; c != nil {
		return c.Code == ""
	}
	screen := s.currentView().Screen
	return t.Means != Code && (screen == ScreenQR || screen == ScreenSorry)
}

// reuseCode re-uses the live QR order for the same slot at the same price, if the customer gave it up just now, nothing
// was charged instead, and enough time is left.
func (s *Shop) reuseCode(t *activeOrder, h *SlotState) bool {
	end := t.Ask.FullDeadline
	if !t.Ask.Leaving || !s.maySell() || s.slotFault(*h) != "" || t.Ask.Spent || t.State != Waiting || t.Fen != h.Fen || t.Ask.Missed > 0 || !s.gateway.Reached || s.now.Mono >= end-finishFor {
		return false
	}
	t.Ask.Leaving, t.Ask.Deadline = false, end
	s.checkout = checkout{}
	return true
}

// giveUp is the cancel key: it gives up a choice or a QR code, or ends the screen after an order.
func (s *Shop) giveUp() {
	t, c := s.liveOrder(), s.checkout.Wish
	switch {
	case s.isRefundHeld():
	case c != nil && c.Code == "":
		if h := s.findSlot(c.Slot); h != nil {
			s.showSorry(orderOf(*h), NoteCancelled)
		}
	case t == nil || t.IsTrial():
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
	case in.Wallet == KindUnread:
		note = NoteUnread
	case in.Wallet != KindWeChat:
		note = NoteForeign
	case s.charged[in.Code]:
		note = NoteUsed
	default:
		t.Ask.Spent = true
		s.checkout = checkout{Wish: &wish{Slot: t.Slot, Draw: in.Draw, Code: in.Code}}
		s.endWaiting(t)
		return
	}
	s.deeds = append(s.deeds, Forget{in.Code})
	if note != "" {
		s.checkout.Note, s.checkout.NoteUntil = note, s.now.Mono+noteFor
	}
}
