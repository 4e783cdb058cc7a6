package sale

import "time"

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
