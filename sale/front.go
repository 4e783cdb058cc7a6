package sale

import (
	"slices"
	"time"
)

// front is what the customer at the machine is doing, beyond what the live order says.
type front struct {
	Of    Order         // whose tail it is
	Tail  string        // thanks, sorry or refunding, after the order has left the machine
	Until time.Duration // when the tail gives way
	Note  string
	Mute  time.Duration // when a note beside the QR code goes away
	Next  *choice       // what comes as soon as the live order is known not to be paid
}

// choice is a customer's wish: a slot, or a scanned code for the slot already chosen.
type choice struct {
	Slot Slot
	Draw string
	Code Handle
}

const (
	thanksFor    = 5 * time.Second
	sorryFor     = 6 * time.Second
	refundingFor = 30 * time.Second
	noteFor      = 4 * time.Second
	finishFor    = 30 * time.Second // the QR code leaves the glass this long before the deadline
)

// press takes a key of a slot, if the screen takes one.
func (s *Shop) press(in Pressed) {
	h, t := s.shelf(in.Slot), s.live()
	if h == nil || t != nil && !s.takes(t) {
		return
	}
	if t != nil && in.Slot == t.Slot && s.again(t, h) {
		return
	}
	if t != nil && !t.Leaving && in.Slot == t.Slot {
		s.leave(t)
		s.apologise(t.Order, NoteCancelled)
		return
	}
	if len(s.why()) > 0 {
		return
	}
	if f := s.fault(*h); f != "" {
		if t == nil {
			s.apologise(Order{Slot: h.Slot, Name: h.Name, NameEN: h.NameEN, Fen: h.Fen}, emptyOr(f))
		}
		return
	}
	c := &choice{Slot: in.Slot, Draw: in.Draw}
	if t == nil {
		s.begin(*c, nil)
		return
	}
	s.front = front{Next: c}
	s.leave(t)
}

func emptyOr(fault string) string {
	if fault == NotReadyEmpty {
		return NoteEmpty
	}
	return NoteFault
}

// takes tells whether a press means anything while an order is live.
func (s *Shop) takes(t *tab) bool {
	screen := s.view().Screen
	return t.Means != Code && s.front.Next == nil && (screen == ScreenQR || screen == ScreenSorry)
}

// again re-uses the live QR order for the same slot at the same price, if its code is off the glass
// for another reason than a scanned code, and enough time is left.
func (s *Shop) again(t *tab, h *SlotState) bool {
	end := t.Deadline
	if t.Leaving {
		end = t.Full
	}
	off := t.Hidden || t.Leaving
	if !off || len(s.why()) > 0 || s.fault(*h) != "" || t.Scanned || t.State != Waiting || t.Fen != h.Fen || t.Missed > 0 || !s.cloud.Reached || s.now.Mono >= end-finishFor {
		return false
	}
	t.Hidden, t.Leaving, t.Deadline = false, false, end
	s.front = front{}
	return true
}

// giveUp is the cancel key: it gives up a QR code, or puts a tail away.
func (s *Shop) giveUp() {
	t := s.live()
	switch {
	case t == nil:
		s.front = front{}
	case s.takes(t) && !t.Leaving:
		s.leave(t)
		s.apologise(t.Order, NoteCancelled)
	}
}

// scan takes a payment code while the QR code is on the glass.
func (s *Shop) scan(in Scanned) {
	t := s.live()
	note := ""
	switch {
	case !s.armed || t == nil || t.Leaving:
	case in.Wallet == KindAlipay:
		note = NoteAlipay
	case in.Wallet != KindWeChat:
		note = NoteForeign
	case s.charged[in.Code]:
		note = NoteUsed
	default:
		t.Hidden, t.Scanned = true, true
		s.front = front{Next: &choice{Slot: t.Slot, Draw: in.Draw, Code: in.Code}}
		s.leave(t)
		return
	}
	s.deeds = append(s.deeds, Forget{in.Code})
	if note != "" {
		s.front.Note, s.front.Mute = note, s.now.Mono+noteFor
	}
}

// begin gives birth to an order and sends what its state asks for. A code order takes its choice from prior.
func (s *Shop) begin(c choice, prior *tab) {
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
		h := s.shelf(c.Slot)
		o.Name, o.NameEN, o.Fen = h.Name, h.NameEN, h.Fen
		o.Expires = s.now.Wall.Add(or(s.Expiry, 5*time.Minute)).Truncate(time.Second)
	}
	m := s.now.Mono
	t := &tab{Order: o, Born: m, Left: m, Ended: m, Heard: m, Deadline: m + wait, Checked: true}
	s.tabs = append(s.tabs, t)
	s.front = front{}
	s.move(t, Chosen, nil)
	s.call(t, kind, c.Code)
}

// follow does what the customer wanted instead, now that the order before it is known not to be paid.
// For a code nothing less than a plain "not paid" will do.
func (s *Shop) follow(t *tab, unpaid bool) bool {
	c := s.front.Next
	s.front.Next = nil
	if c == nil {
		return false
	}
	h := s.shelf(c.Slot)
	clear := len(s.why()) == 0 && h != nil && s.fault(*h) == ""
	switch {
	case c.Code == "" && clear:
		s.begin(*c, nil)
	case c.Code == "":
		s.front = front{}
	case clear && unpaid:
		s.begin(*c, t)
	default:
		note := NoteUnknown
		if unpaid && s.closing() >= maxClosing {
			note = NoteBusy
		}
		s.front.Next = c
		s.dropCode(t, note)
	}
	return true
}

// dropCode forgets a scanned code that was not charged, and says so.
func (s *Shop) dropCode(t *tab, note string) {
	if c := s.front.Next; c != nil && c.Code != "" {
		s.front.Next = nil
		s.deeds = append(s.deeds, Forget{c.Code})
		s.apologise(t.Order, note)
	}
}

func (s *Shop) apologise(o Order, note string) { s.finish(o, ScreenSorry, note, sorryFor) }

func (s *Shop) finish(o Order, tail, note string, d time.Duration) {
	s.front = front{Of: o, Tail: tail, Note: note, Until: s.now.Mono + d}
}

// tickFront lets tails and notes go when their time is over.
func (s *Shop) tickFront() {
	f := &s.front
	if f.Tail != "" && s.past(f.Until) {
		*f = front{Next: f.Next}
		s.acted = true
	}
	if f.Mute != 0 && s.past(f.Mute) {
		f.Note, f.Mute = "", 0
		s.acted = true
	}
}

// noteOf is what the customer reads of a refusal.
func noteOf(c Cause) string {
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

// view is what the panel shows now.
func (s *Shop) view() View {
	if t := s.live(); t != nil {
		if v, ok := s.viewLive(t); ok {
			return v
		}
	}
	if f := s.front; f.Tail != "" {
		v := viewOf(f.Of, f.Tail)
		v.Note = f.Note
		return v
	}
	why := s.why()
	has := func(codes ...string) bool {
		return slices.ContainsFunc(why, func(w Why) bool { return slices.Contains(codes, w.Code) })
	}
	switch {
	case len(why) == 0:
		return View{Screen: ScreenIdle, Products: s.wares()}
	case has(NotReadyMaintenance, NotReadyDoor):
		return View{Screen: ScreenMaintenance, Why: why, Address: s.address}
	case has(NotReadyOffline):
		return View{Screen: ScreenOffline, Why: why}
	case has(NotReadyStopped) || len(s.parts) > 0:
		return View{Screen: ScreenMaintenance, Why: why, Address: s.address}
	}
	return View{Screen: ScreenClosed, Why: why}
}

func viewOf(o Order, screen string) View {
	return View{Screen: screen, No: o.No, Slot: o.Slot, Name: o.Name, NameEN: o.NameEN, Fen: o.Fen}
}

// viewLive is the screen of the live order; none while the customer reads why it was given up.
func (s *Shop) viewLive(t *tab) (View, bool) {
	v := viewOf(t.Order, ScreenAsking)
	c := s.front.Next
	switch {
	case t.State == Vending:
		v.Screen = ScreenVending
	case t.Means == Code && t.State == Asking:
		v.Screen = ScreenCharging
	case t.Means == Code:
		v.Screen = ScreenPassword
	case c != nil && c.Code != "":
		v.Screen, v.Note = ScreenCharging, NoteChecking
	case c != nil:
		if h := s.shelf(c.Slot); h != nil {
			v.Slot, v.Name, v.NameEN, v.Fen = h.Slot, h.Name, h.NameEN, h.Fen
		}
	case s.front.Tail != "":
		return v, false
	case t.State == Asking && t.Leaving && !s.cloud.Reached, t.State == Waiting && t.Missed >= missedMany:
		v.Screen, v.Note, v.Why = ScreenOffline, NoteUnsettled, s.why()
	case t.Leaving:
		v.Note = NoteChecking
	case t.State == Waiting:
		s.viewQR(t, &v)
	}
	return v, true
}

func (s *Shop) viewQR(t *tab, v *View) {
	v.Screen, v.Note = ScreenQR, s.front.Note
	end := t.Deadline - finishFor
	switch {
	case s.now.Mono >= end || t.Hidden:
		v.Note, end = NoteFinish, t.Deadline
	default:
		v.QR = t.URL
	}
	if left := end - s.now.Mono; left > 0 {
		secs := (left + time.Second - 1) / time.Second
		v.Left = secs * time.Second
		s.past(end - (secs-1)*time.Second)
	}
}

// armable tells whether a payment code can be used now.
func (s *Shop) armable() bool {
	t := s.live()
	return t != nil && t.Means != Code && t.State == Waiting && !t.Leaving && t.Missed < missedMany && t.URL != "" &&
		s.now.Mono < t.Deadline
}
