package sale

import "slices"

// State is where an order stands, as the book stores it.
type State string

// The states of an order. New is the absent row; Sold, Refunded and Closed are ends.
const (
	New       State = "new"
	Asking    State = "asking"
	Waiting   State = "waiting"
	Vending   State = "vending"
	Closing   State = "closing"
	Refunding State = "refunding"
	Owed      State = "owed"
	Sold      State = "sold"
	Refunded  State = "refunded"
	Closed    State = "closed"
)

// States lists every state in the order of a sale's life.
var States = []State{New, Asking, Waiting, Vending, Closing, Refunding, Owed, Sold, Refunded, Closed}

// Event is what happened to an order, as the journal stores it.
type Event string

// The events of an order. Remark is no move: it only renews the stored reason.
const (
	Remark    Event = ""
	Chosen    Event = "chosen"
	Found     Event = "found"
	Asked     Event = "asked"
	Paid      Event = "paid"
	Misfit    Event = "misfit"
	Refused   Event = "refused"
	Late      Event = "late"
	Gone      Event = "gone"
	Dropped   Event = "dropped"
	Stuck     Event = "stuck"
	Repaid    Event = "repaid"
	Bounced   Event = "bounced"
	Unpayable Event = "unpayable"
	Settled   Event = "settled"
	Retried   Event = "retried"
	Handed    Event = "handed"
	Woke      Event = "woke"
)

// Events lists every event that can move an order.
var Events = []Event{
	Chosen, Found, Asked, Paid, Misfit, Refused, Late, Gone, Dropped, Stuck,
	Repaid, Bounced, Unpayable, Settled, Retried, Handed, Woke,
}

// moves is the whole machine. A move not listed cannot happen: its event is counted and dropped.
var moves = map[State]map[Event]State{
	New:       {Chosen: Asking, Found: Owed},
	Asking:    {Asked: Waiting, Paid: Vending, Misfit: Refunding, Refused: Closing, Late: Closing, Woke: Closing},
	Waiting:   {Paid: Vending, Misfit: Refunding, Refused: Closing, Late: Closing, Woke: Closing},
	Vending:   {Dropped: Sold, Stuck: Refunding, Woke: Refunding},
	Closing:   {Gone: Closed, Paid: Refunding, Misfit: Refunding, Settled: Closed, Handed: Owed, Woke: Closing},
	Refunding: {Repaid: Refunded, Bounced: Refunding, Unpayable: Owed, Handed: Owed, Dropped: Refunding, Woke: Refunding},
	Owed:      {Repaid: Refunded, Settled: Refunded, Retried: Refunding, Woke: Owed},
	Closed:    {Paid: Refunding, Misfit: Refunding},
}

// Next returns the state to which an event takes an order, and whether the machine knows that move at all.
func Next(s State, e Event) (State, bool) {
	to, ok := moves[s][e]
	return to, ok
}

// Over reports whether a state is an end: nothing is owed to anybody and nothing is under way.
func (s State) Over() bool { return s == Sold || s == Refunded || s == Closed }

// Live reports whether a state occupies the machine: at most one order may.
func (s State) Live() bool { return s == Asking || s == Waiting || s == Vending }

// Known reports whether the word is one of our states.
func (s State) Known() bool { return slices.Contains(States, s) }
