package sale

import (
	"maps"
	"math"
	"slices"
	"time"
)

// Shop is everything the kiosk knows. Step is the only way it changes: no clock, disk, network,
// goroutine, random number or map order inside, so the same inputs always give the same deeds.
// The exported fields are set once, before the first Step; zero means the default.
type Shop struct {
	Kiosk    string
	Merchant Merchant      // what new orders are born under
	Choice   time.Duration // how long a choice may stay on the screen
	Expiry   time.Duration // how long the gateway takes money for a QR order
	Probe    time.Duration // how often an idle shop asks whether the gateway is there

	CodeTimeout time.Duration // how long a payment code may wait for the password

	orders     []*activeOrder // what the shop knows of each order that is not done with, oldest first
	checkout   checkout
	refusals   refusals
	gateway    gatewayState
	wall       wallState
	slots      []SlotState // sorted by slot
	blocked    map[Slot]bool
	parts      []Why // broken parts, by code
	doubts     Doubts
	stuck      stuckVend
	strayAt    time.Duration // when the last stray edge was written down
	next       int           // the sequence of the next order number
	bornAt     time.Duration // when the last order was born, or the wake
	charged    map[Handle]bool
	unexpected map[string]int // events that the machine does not know
	alarms     int
	awake      bool
	maintained string // who took the kiosk out of service; "" nobody did
	damaged    string // why nothing may be sold from the book; "" nothing is amiss
	testing    Slot   // whose motor turns for a technician; 0: none
	address    string
	faulty     bool // the gateway says our configuration is wrong
	armed      bool
	shown      *View

	// Of the step under way only.
	now    Instant
	wakeAt time.Duration // when the shop wants its next step
	acted  bool          // this pass over what is due did something
	moved  bool          // some pass of this step did
	batch  Batch
	deeds  []Deed
	undo   *undo // what it knew before its first move; kept until the next step
}

const never = time.Duration(math.MaxInt64)

// hasCome reports whether a moment has come. If not, the shop asks for its next step then.
func (s *Shop) hasCome(at time.Duration) bool {
	if s.now.Mono >= at {
		return true
	}
	s.wakeAt = min(s.wakeAt, at)
	return false
}

// move takes an order one step through the machine. An event that the machine does not know is counted, and moves nothing.
func (s *Shop) move(t *activeOrder, e Event, fill func(*Order)) bool {
	to, ok := Next(t.State, e)
	if !ok {
		if s.unexpected == nil {
			s.unexpected = map[string]int{}
		}
		s.unexpected[string(t.State)+" "+string(e)]++
		return false
	}
	s.keepUndo()
	from := t.State
	if to != from {
		t.Since, t.Stalled = s.now.Mono, false
	}
	t.State, t.Last, t.Updated, t.Reason, t.Quarantined, t.Undated = to, e, s.now.Wall, "", false, ""
	if fill != nil {
		fill(&t.Order)
	}
	s.batch.Moves = append(s.batch.Moves, Move{From: from, Event: e, Order: t.Order, Trusted: s.now.Trusted})
	s.acted = true
	return true
}

// setReason stores why an order does not move.
func (s *Shop) setReason(t *activeOrder, reason string) {
	if t.Reason == reason {
		return
	}
	s.keepUndo()
	t.Reason, t.Updated = reason, s.now.Wall
	s.batch.Moves = append(s.batch.Moves, Move{From: t.State, Event: Remark, Order: t.Order, Trusted: s.now.Trusted})
}

// raiseAlarm writes down what a person should see.
func (s *Shop) raiseAlarm(kind string, slot Slot, no No, text string) {
	s.alarms++
	s.batch.Alarms = append(s.batch.Alarms, Alarm{At: s.now.Wall, Slot: slot, No: no, Kind: kind, Text: text})
}

// sendCall sends one request about an order; nothing else is sent for it until the answer is back.
func (s *Shop) sendCall(t *activeOrder, kind string, code Handle) {
	t.Call.Kind, t.Call.Sent = kind, s.now.Mono
	s.acted = true
	s.deeds = append(s.deeds, Call{Kind: kind, Order: t.Order, Code: code, Timeout: timeouts[kind]})
}

// timeouts bound each call. A query is short, so that a dead line delays the next one by two beats at most.
var timeouts = map[string]time.Duration{
	KindAsk: 8 * time.Second, KindCharge: 15 * time.Second, KindQuery: 4 * time.Second,
	KindCancel: 10 * time.Second, KindRefund: 10 * time.Second, KindProbe: 4 * time.Second,
}

func (s *Shop) findOrder(no No) *activeOrder {
	for _, t := range s.orders {
		if t.No == no {
			return t
		}
	}
	return nil
}

// liveOrder is the one order that occupies the machine, or nil.
func (s *Shop) liveOrder() *activeOrder {
	for _, t := range s.orders {
		if t.State.Live() {
			return t
		}
	}
	return nil
}

// State returns a copy of all that the shop remembers. The next step does not change it.
func (s *Shop) State() ShopState {
	orders := make([]activeOrder, len(s.orders))
	for i, t := range s.orders {
		orders[i] = *t
	}
	return ShopState{
		orders, s.checkout, s.refusals.clone(), s.gateway, s.wall, slices.Clone(s.slots), maps.Clone(s.blocked), slices.Clone(s.parts), s.doubts, s.stuck, s.strayAt,
		s.next, s.bornAt, maps.Clone(s.charged), maps.Clone(s.unexpected), s.alarms, s.awake, s.maintained, s.testing, s.address, s.faulty,
		s.armed, s.shown, s.damaged,
	}
}

// Restore gives a new shop the memory of another one. The shop owns m from then on.
func (s *Shop) Restore(m ShopState) {
	for i := range m.Orders {
		s.orders = append(s.orders, &m.Orders[i])
	}
	s.checkout, s.refusals, s.gateway, s.wall, s.slots, s.blocked, s.parts, s.doubts, s.stuck = m.Checkout, m.Refusals, m.Gateway, m.Wall, m.Slots, m.Blocked, m.Parts, m.Doubts, m.Stuck
	s.strayAt, s.next, s.bornAt, s.charged, s.unexpected, s.alarms, s.awake = m.StrayAt, m.Next, m.BornAt, m.Charged, m.Unexpected, m.Alarms, m.Awake
	s.maintained, s.testing, s.address, s.faulty, s.armed, s.shown, s.damaged = m.Maintained, m.Testing, m.Address, m.Faulty, m.Armed, m.Shown, m.Damaged
}

// auditAct writes a person's act with the batch of this step. Text, in English, is for versions that know no acts.
func (s *Shop) auditAct(a Alarm) {
	a.At, a.Kind = s.now.Wall, AlarmService
	a.Text += ", by " + FullName(a.By, a.From)
	s.batch.Alarms = append(s.batch.Alarms, a)
}

// undo is what a step knew before its first move. If the book refuses the moves, the shop goes back there.
type undo struct {
	State ShopState
	Batch Batch  // what the step had written down before
	Deeds []Deed // what the step had asked for before: they rest on no move
}

// keepUndo is called before the first move of a step changes anything.
func (s *Shop) keepUndo() {
	if len(s.batch.Moves) > 0 {
		return
	}
	b := s.batch
	b.Slots, b.Alarms = slices.Clone(b.Slots), slices.Clone(b.Alarms)
	s.undo = &undo{s.State(), b, slices.Clone(s.deeds)}
}

// Command is an Input by a person, who waits for an answer: Step gives exactly one Reply to it, after its Write.
type Command interface {
	Input
	applyTo(s *Shop) Refusal
}
