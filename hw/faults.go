package hw

// The faults of a vend, in the words that the order book stores.
const (
	FaultBlocked = "blocked"  // the beam was blocked, or blind, before the start: the motor never ran
	FaultDoor    = "door"     // the door was open before the start: the motor never ran
	FaultJam     = "jam"      // the spiral did not come home in time
	FaultNoMotor = "no-motor" // the home switch never let go
	FaultNoDrop  = "no-drop"  // a whole turn and its retry pulses, and nothing fell; or a lock that nobody opened
	FaultDouble  = "double"   // two drops or more: the customer has the goods, and a technician should check the slot
	FaultOff     = "off"      // all outputs were cut while it ran, or the door was opened
	FaultUnknown = "unknown"  // no such slot, or the wires failed
)

// Faults lists every fault that Vend may return.
var Faults = []string{FaultBlocked, FaultDoor, FaultJam, FaultNoMotor, FaultNoDrop, FaultDouble, FaultOff, FaultUnknown}

// The words that Note gets. They change nothing about the vend, but a technician wants to know them.
const (
	NoteRetried = "nudged"  // a whole turn dropped nothing, and retry pulses followed
	NoteOverrun = "overrun" // the spiral passed home while the board was too busy to sample: it stopped late
	NoteAway    = "away"    // the spiral stands away from home: the next turn is a part of one
)
