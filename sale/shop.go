package sale

import (
	"math"
	"reflect"
	"time"
)

// Shop is everything the kiosk knows. Step is the only way it changes: no clock, disk, network,
// goroutine, dice or map order inside, so the same inputs always give the same deeds.
// The exported fields are set once, before the first Step; zero means the default.
type Shop struct {
	Kiosk    string
	Merchant Merchant      // what new orders are born under
	Choice   time.Duration // how long a choice may stay on the screen
	Expiry   time.Duration // how long the gateway takes money for a QR order
	Probe    time.Duration // how often an idle shop asks whether the gateway is there

	tabs       []*tab // what the shop knows of each order that is not done with, oldest first
	front      front
	cloud      cloud
	shelves    []SlotState // by slot
	blocked    map[Slot]bool
	parts      []Why // broken parts, by code
	doubts     Doubts
	stuck      stuckVend
	stray      time.Duration // when the last stray edge was written down
	next       int
	charged    map[Handle]bool
	strays     map[string]int
	alarms     int
	awake      bool
	maintained string // who took the kiosk out of service; "" nobody did
	testing    Slot   // whose motor turns for a technician; 0: none
	address    string
	faulty     bool // the gateway says our configuration is wrong
	armed      bool
	shown      *View

	// Of the step under way only.
	now     Instant
	alarm   time.Duration
	acted   bool
	stirred bool // something that was due was done
	page    Batch
	deeds   []Deed
}

// tab is an order with what is known of it in this life only.
type tab struct {
	Order    `json:"order"`
	Busy     string        // the call in flight
	Sent     time.Duration // when it left
	Due      time.Duration // when to act next
	Left     time.Duration // when the ask or charge left, or the wake
	Ended    time.Duration // when the charge's deed ended, or the wake
	Born     time.Duration // when it was chosen
	Deadline time.Duration // while live: when waiting is over
	Full     time.Duration // what the deadline was before the customer left
	Heard    time.Duration // the last answer that told the order's state
	Missed   int           // beats without an answer, in a row
	Pause    time.Duration // the back-off that grows
	Fresh    bool          // look at once, as soon as the call in flight is back

	URL     string // what the QR code holds
	Hidden  bool   // the code is off the glass
	Leaving bool   // the customer gave it up, or a code was scanned instead
	Scanned bool   // a code was scanned: this QR never comes back
	Checked bool   // since the gateway came back, a vending order was asked after once

	Acked   bool          // the gateway acknowledged a cancel
	Stage   int           // where the cancel round stands: query, cancel, query
	Missing time.Duration // since when the gateway knows nothing of it; 0: it does
	TryAt   time.Duration // no refund before
	Errs    int           // refunds refused for good
	Back    bool          // the last query says that some of it has gone back
	Denied  time.Duration // since when the gateway denies the payment; 0: it does not
	Looks   int           // closed: how often to look again
	Barred  bool          // the book refused its last move
}

const never = time.Duration(math.MaxInt64)

// Step takes one thing that happened and says what to do, in order.
func (s *Shop) Step(now Instant, in Input) []Deed {
	s.now, s.page, s.deeds, s.stirred = now, Batch{}, nil, false
	s.take(in)
	for s.awake {
		s.alarm, s.acted = never, false
		s.tick()
		if !s.acted {
			break
		}
		s.stirred = true
	}
	s.present()
	return s.out()
}

func (s *Shop) out() []Deed {
	var out []Deed
	if p := s.page; len(p.Moves)+len(p.Slots)+len(p.Alarms) > 0 || p.Doubts != nil || p.Maintenance != nil {
		out = append(out, Write{p})
	}
	out = append(out, s.deeds...)
	if s.awake && s.alarm < never {
		out = append(out, Alarmed{s.alarm})
	}
	return out
}

func (s *Shop) take(in Input) {
	if cmd, ok := in.(Command); ok {
		s.obey(cmd)
		return
	}
	if _, first := in.(Awake); !first && !s.awake {
		switch in := in.(type) {
		case Health:
			s.health(in)
		case Located:
			s.address = in.Address
		}
		return // nothing happens before the book is read
	}
	switch in := in.(type) {
	case Awake:
		s.wake(in.History, in.Barred)
	case Pressed:
		s.press(in)
	case GaveUp:
		s.giveUp()
	case Scanned:
		s.scan(in)
	case Answered:
		s.answer(in)
	case Vended:
		s.vended(in)
	case Edge:
		s.edge(in)
	case Beam:
		s.beam(in)
	case Health:
		s.health(in)
	case Unshown:
		s.unshown(in)
	case Nudged:
		s.nudge(in)
	case Located:
		s.address = in.Address
	}
}

// tick does one thing that is due, or finds out when the next one will be.
func (s *Shop) tick() {
	s.tickFront()
	for _, t := range s.tabs {
		if t.State.Live() {
			s.tickLive(t)
		}
	}
	s.tickProbe()
	s.tickOld()
	s.sweep()
}

// past tells whether a moment has come; if not, the shop will be called then.
func (s *Shop) past(at time.Duration) bool {
	if s.now.Mono >= at {
		return true
	}
	s.alarm = min(s.alarm, at)
	return false
}

// move takes an order one step through the machine, if the machine knows the step.
func (s *Shop) move(t *tab, e Event, fill func(*Order)) bool {
	to, ok := Next(t.State, e)
	if !ok {
		if s.strays == nil {
			s.strays = map[string]int{}
		}
		s.strays[string(t.State)+" "+string(e)]++
		return false
	}
	from := t.State
	t.State, t.Last, t.Updated, t.Reason = to, e, s.now.Wall, ""
	if fill != nil {
		fill(&t.Order)
	}
	s.page.Moves = append(s.page.Moves, Move{From: from, Event: e, Order: t.Order, Trusted: s.now.Trusted})
	s.acted = true
	return true
}

// remark stores why an order does not move.
func (s *Shop) remark(t *tab, reason string) {
	if t.Reason == reason {
		return
	}
	t.Reason, t.Updated = reason, s.now.Wall
	s.page.Moves = append(s.page.Moves, Move{From: t.State, Event: Remark, Order: t.Order, Trusted: s.now.Trusted})
}

func (s *Shop) warn(kind string, slot Slot, no No, text string) {
	s.alarms++
	s.page.Alarms = append(s.page.Alarms, Alarm{At: s.now.Wall, Slot: slot, No: no, Kind: kind, Text: text})
}

// call sends one request about an order; nothing else is sent for it until the answer is back.
func (s *Shop) call(t *tab, kind string, code Handle) {
	t.Busy, t.Sent = kind, s.now.Mono
	s.acted = true
	s.deeds = append(s.deeds, Call{Kind: kind, Order: t.Order, Code: code, Timeout: timeouts[kind]})
}

// timeouts bound each call. A query is short, so that a dead line costs one beat or two, no more.
var timeouts = map[string]time.Duration{
	KindAsk: 8 * time.Second, KindCharge: 15 * time.Second, KindQuery: 4 * time.Second,
	KindCancel: 10 * time.Second, KindRefund: 10 * time.Second, KindProbe: 4 * time.Second,
}

func (s *Shop) find(no No) *tab {
	for _, t := range s.tabs {
		if t.No == no {
			return t
		}
	}
	return nil
}

// live is the one order that occupies the machine, or nil.
func (s *Shop) live() *tab {
	for _, t := range s.tabs {
		if t.State.Live() {
			return t
		}
	}
	return nil
}

// sweep forgets what is done with: the book remembers it.
func (s *Shop) sweep() {
	keep := s.tabs[:0]
	for _, t := range s.tabs {
		if !t.State.Over() || t.Busy != "" || t.State == Closed && t.Looks > 0 {
			keep = append(keep, t)
		}
	}
	clear(s.tabs[len(keep):])
	s.tabs = keep
}

func (s *Shop) present() {
	v := s.view()
	if s.shown == nil || !reflect.DeepEqual(*s.shown, v) {
		s.shown = &v
		s.deeds = append(s.deeds, Show{v})
	}
	if on := s.armable(); on != s.armed {
		s.armed = on
		s.deeds = append(s.deeds, Arm{on})
	}
}
