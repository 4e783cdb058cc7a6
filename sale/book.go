package sale

import "time"

// Move is one line of the journal: the order as it stands after the event.
type Move struct {
	From    State
	Event   Event
	Order   Order // Updated is the time of the move
	Trusted bool  // whether the clock was trusted then
}

// SlotState is what the book keeps of a slot. The config gives first values; the book wins.
type SlotState struct {
	Slot   Slot
	Name   string
	NameEN string
	Fen    Fen
	Stock  int
	Fault  string // why the slot is set aside; "" while it sells
	Flag   string // something to look at that does not stop it selling
}

// Doubts bound what "in doubt the customer wins" may cost (rule 13).
type Doubts struct {
	Count   int       // doubts without ten proven drops between
	Drops   int       // proven drops since the last doubt
	First   time.Time // when the first of them was, zero if the clock was not trusted
	Stopped string    // why the kiosk is stopped until a person clears it
}

// Batch is what is written in one transaction, in this order.
type Batch struct {
	Moves  []Move
	Slots  []SlotState
	Doubts *Doubts // nil: unchanged
	Alarms []Alarm
	// Maintenance: who took the kiosk out of service, "" once it is back; nil: unchanged.
	Maintenance *string
	// Damaged: why nothing may be sold from this book until a person says so, "" once one did; nil: unchanged.
	Damaged *string `json:",omitempty"`
	Asked   []No    `json:",omitempty"` // numbers of History.Lost that the gateway was asked after
}

// Alarm is something a person should see that moves no order. One of kind AlarmService is an audit line instead: what a
// person did, as data in Act to From, which the page puts into the reader's language.
type Alarm struct {
	At   time.Time
	Slot Slot
	No   No
	Kind string // "stray drop", "double drop", … ; AlarmService is no alarm but a line of who did what
	Text string // in English, for versions that know no Act
	Act  string // a fixed word, such as "restock"; empty in an alarm, and in audit lines of older versions
	Old  string // the value before, a number or a name; empty if the act changes none
	New  string // the value after
	By   string // the name the person gave
	From string // the address or device the person used; may be empty
}

// AlarmService marks what a technician did.
const AlarmService = "service"

// History is what the book remembers at wake.
type History struct {
	Orders []Order // unfinished ones, and the Closed ones under seven days old; oldest first
	Next   int     // the sequence of the next order number
	Slots  []SlotState
	Doubts Doubts
	// Maintenance: who took the kiosk out of service; "" nobody did.
	Maintenance string
	Damaged     string    // why nothing may be sold until a person says so; "" nothing is amiss
	Lost        []Order   // open orders of a lost book that the gateway was not asked after yet, as they stood there
	Last        time.Time // the newest time written with a trusted clock: the wall cannot be before it
}

// Line is one move in the journal.
type Line struct {
	Seq     int64
	No      No
	Event   Event
	State   State // after the event
	At      time.Time
	Trusted bool // whether the clock was, then
}

// Entry is an order with its journal, oldest line first.
type Entry struct {
	Order
	Journal []Line
}
