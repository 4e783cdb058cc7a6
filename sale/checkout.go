package sale

import (
	"cmp"
	"time"
)

const (
	thanksFor    = 5 * time.Second
	sorryFor     = 6 * time.Second
	numberFor    = 20 * time.Second // with a number that somebody may write down
	refundingFor = time.Minute      // to read why, and to note the order's number
	owedFor      = 3 * time.Minute  // to call the number that is shown
	holdFor      = 5 * time.Second  // no key takes a refund's screen away sooner: hands still press for the goods
	noteFor      = 4 * time.Second

	expiryFor = 7 * time.Minute // of a QR code: some gateways want more than five, and our clock may be a minute off

	pacedFrom   = 10 // orders in Closing: from then on
	birthPace   = 10 * time.Second
	crowdedFrom = 40 // only a restart leads there: every close then waits anew
	crowdedPace = 90 * time.Second
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
		kind, wait = KindCharge, cmp.Or(s.CodeTimeout, chargeFor)
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
	s.bornAt = m
	t := &activeOrder{Order: o, Heard: m, Ask: askState{Born: m, Sent: m, Returned: m, Deadline: m + wait, Checked: true}}
	s.orders = append(s.orders, t)
	s.checkout = checkout{}
	s.move(t, Chosen, nil)
	s.sendCall(t, kind, c.Code)
}

// fulfilWish charges the code that was scanned, once the order before it is over; a choice is left to tickWish. A code is
// charged only if the gateway said plainly that the order before it is not paid.
func (s *Shop) fulfilWish(t *activeOrder, unpaid bool) bool {
	c := s.checkout.Wish
	if c == nil || c.Code == "" {
		return c != nil
	}
	h := s.findSlot(c.Slot)
	if unpaid && s.maySell() && h != nil && s.slotFault(*h) == "" {
		s.beginOrder(*c, t)
		return true
	}
	note := NoteUnknown
	if unpaid && s.countClosing() >= maxClosing {
		note = NoteBusy
	}
	s.dropCode(t, note)
	return true
}

// tickWish lets the chosen order be born once the order before it is over and its own ask may leave.
func (s *Shop) tickWish() {
	c := s.checkout.Wish
	if c == nil || s.liveOrder() != nil || s.isRefundHeld() {
		return
	}
	h := s.findSlot(c.Slot)
	switch {
	case h == nil || !s.maySell():
		s.checkout.Wish, s.acted = nil, true
	case s.slotFault(*h) != "" && s.checkout.After != "": // that the slot does not sell is no reason to take a number away
		s.checkout.Wish, s.acted = nil, true
	case s.slotFault(*h) != "":
		s.showSorry(orderOf(*h), noteOfFault(s.slotFault(*h)))
		s.acted = true
	case s.hasCome(s.mayBearAt()):
		s.beginOrder(*c, nil)
	case s.checkout.After != "":
		s.checkout, s.acted = checkout{Wish: c}, true
	default:
		s.hasCome(s.mayBearAt() - s.untilBirth() + time.Second) // the countdown
	}
}

// mayBearAt is when an order may be born: at once, or at a slow pace while many are being closed. So nobody at the keys
// fills the gateway with orders that nobody pays.
func (s *Shop) mayBearAt() time.Duration {
	switch n := s.countClosing(); {
	case n >= crowdedFrom:
		return s.bornAt + crowdedPace
	case n >= pacedFrom:
		return s.bornAt + birthPace
	}
	return s.now.Mono
}

// untilBirth is how long a choice still waits for its order, in whole seconds.
func (s *Shop) untilBirth() time.Duration { return wholeSeconds(s.mayBearAt() - s.now.Mono) }

// wholeSeconds rounds a countdown up, so that it ends at one.
func wholeSeconds(left time.Duration) time.Duration {
	return (max(left, 0) + time.Second - 1).Truncate(time.Second)
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
	if o.IsTrial() {
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

// tickCheckout ends screens and notes when their time is over, begins what was chosen, and keeps the countdown running.
func (s *Shop) tickCheckout() {
	f := &s.checkout
	if f.After != "" && s.hasCome(f.Until) {
		*f = checkout{Wish: f.Wish}
		s.acted = true
	}
	if f.NoteUntil != 0 && s.hasCome(f.NoteUntil) {
		f.Note, f.NoteUntil = "", 0
		s.acted = true
	}
	s.tickWish()
	if t := s.liveOrder(); t != nil {
		if v, ok := s.viewLive(t); ok && v.Left > 0 {
			s.hasCome(s.countdown(t) - v.Left + time.Second)
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
