package sale

import "time"

const (
	thanksFor    = 5 * time.Second
	sorryFor     = 6 * time.Second
	refundingFor = time.Minute     // to read why, and to note the order's number
	owedFor      = 3 * time.Minute // to call the number that is shown
	holdFor      = 5 * time.Second // no key takes a refund's screen away sooner: hands still press for the goods
	noteFor      = 4 * time.Second
)

// beginOrder creates an order and sends its first call. A code order takes the customer's choice from prior.
func (s *Shop) beginOrder(c wish, prior *activeOrder) {
	no := Number(s.Kiosk, s.next, c.Draw)
	s.next++
	o := Order{No: no, Choice: string(no), Means: Native, Slot: c.Slot, State: New,
		Merchant: s.Merchant, Created: s.now.Wall, Trusted: s.now.Trusted}
	kind, wait := KindAsk, askFor
	if prior != nil {
		o.Choice, o.Means, o.Name, o.NameEN, o.Fen = prior.Choice, Code, prior.Name, prior.NameEN, prior.Fen
		kind, wait = KindCharge, chargeFor
		if s.charged == nil {
			s.charged = map[Handle]bool{}
		}
		s.charged[c.Code] = true
	} else {
		if h := s.findSlot(c.Slot); h != nil {
			o.Name, o.NameEN, o.Fen = h.Name, h.NameEN, h.Fen
		} else {
			o = TrialOrder(no, s.Merchant, s.longestName())
			o.Created, o.Trusted = s.now.Wall, s.now.Trusted
		}
		o.Expires = s.now.Wall.Add(s.expiresIn()).Truncate(time.Second)
		s.refusals.AskedAt = s.now.Mono
	}
	m := s.now.Mono
	t := &activeOrder{Order: o, Heard: m, Ask: askState{Born: m, Sent: m, Returned: m, Deadline: m + wait, Checked: true}}
	s.orders = append(s.orders, t)
	s.checkout = checkout{}
	s.move(t, Chosen, nil)
	s.sendCall(t, kind, c.Code)
}

// fulfilWish begins the order that the customer wanted instead, once the one before it is over. A code is charged only
// if the gateway said plainly that the order before it is not paid.
func (s *Shop) fulfilWish(t *activeOrder, unpaid bool) bool {
	c := s.checkout.Wish
	s.checkout.Wish = nil
	if c == nil {
		return false
	}
	h := s.findSlot(c.Slot)
	sells := s.maySell() && h != nil && s.slotFault(*h) == ""
	switch {
	case c.Code == "" && sells:
		s.beginOrder(*c, nil)
	case c.Code == "":
	case sells && unpaid:
		s.beginOrder(*c, t)
	default:
		note := NoteUnknown
		if unpaid && s.countClosing() >= maxClosing {
			note = NoteBusy
		}
		s.checkout.Wish = c
		s.dropCode(t, note)
	}
	return true
}

// dropCode forgets a scanned code that was not charged, and says so.
func (s *Shop) dropCode(t *activeOrder, note string) {
	if c := s.checkout.Wish; c != nil && c.Code != "" {
		s.checkout.Wish = nil
		s.deeds = append(s.deeds, Forget{c.Code})
		s.showSorry(t.Order, note)
	}
}

func (s *Shop) showSorry(o Order, note string) { s.showAfter(o, ScreenSorry, note, sorryFor) }

// showAfter shows a screen about an order that has left the machine, or is leaving it, for a time.
func (s *Shop) showAfter(o Order, screen, note string, d time.Duration) {
	if o.isTrial() {
		return // nobody waits for it
	}
	s.checkout = checkout{Order: o, After: screen, Note: note, Until: s.now.Mono + d}
}

// showRefund shows why the money goes back, and the number to quote.
func (s *Shop) showRefund(o Order) {
	s.showAfter(o, ScreenRefunding, NoteReturned, refundingFor)
	s.checkout.Held = s.now.Mono + holdFor
}

// noteRefund tells the customer who still reads of a refund what came of it.
func (s *Shop) noteRefund(no No, note string, d time.Duration) {
	if f := &s.checkout; f.After == ScreenRefunding && f.Order.No == no {
		f.Note, f.Until = note, max(f.Until, s.now.Mono+d)
	}
}

// isRefundHeld reports whether a refund's screen stands too short a time for a key to take it away.
func (s *Shop) isRefundHeld() bool {
	return s.checkout.After == ScreenRefunding && !s.hasCome(s.checkout.Held)
}

// tickCheckout ends screens and notes when their time is over, and keeps the countdown beside a QR code running.
func (s *Shop) tickCheckout() {
	f := &s.checkout
	if f.After != "" && s.hasCome(f.Until) {
		*f = checkout{Wish: f.Wish}
		s.acted = true
	}
	if f.After == ScreenRefunding && f.Wish != nil && s.hasCome(f.Held) {
		s.fulfilWish(nil, true)
		s.acted = true
	}
	if f.NoteUntil != 0 && s.hasCome(f.NoteUntil) {
		f.Note, f.NoteUntil = "", 0
		s.acted = true
	}
	if t := s.liveOrder(); t != nil {
		if v, ok := s.viewLive(t); ok && v.Left > 0 {
			end, _ := s.countdown(t)
			s.hasCome(end - v.Left + time.Second)
		}
	}
}

// noteOfCause returns the note for a refusal.
func noteOfCause(c Cause) string {
	switch c {
	case CauseCodeExpired:
		return NoteExpired
	case CausePayerFunds:
		return NoteBalance
	case CauseConfig:
		return NoteConfig
	}
	return NoteDeclined
}

// abandonCheckout gives up a QR code that is on the glass: the machine is about to be worked on. Money that
// still comes for it goes back.
func (s *Shop) abandonCheckout() {
	t := s.liveOrder()
	if t == nil || t.Means == Code || t.State == Vending || t.Ask.Leaving {
		return
	}
	s.endWaiting(t)
	s.showSorry(t.Order, NoteConfig)
}

// endWaiting gives up the wait for a payment: one query sent from now on decides what the order becomes.
func (s *Shop) endWaiting(t *activeOrder) {
	if t.Ask.Leaving {
		return
	}
	t.Ask.Leaving, t.Ask.FullDeadline, t.Ask.Deadline = true, t.Ask.Deadline, s.now.Mono
	t.Due = s.now.Mono
	t.Call.QueryNext = t.Call.Kind != ""
}
