package hw

// What may be wrong with a vend, as the order book spells it.
const (
	FaultBlocked = "blocked"  // the beam was blocked, or blind, before the start: the motor never ran
	FaultDoor    = "door"     // the door was open before the start: the motor never ran
	FaultJam     = "jam"      // the spiral did not come home in time
	FaultNoMotor = "no-motor" // the home switch never let go
	FaultNoDrop  = "no-drop"  // a whole turn and its nudges, and nothing fell; or a lock that nobody opened
	FaultDouble  = "double"   // two or more edges: dropped, and the slot wants a look
	FaultOff     = "off"      // the outputs were taken away while it ran, or the door was opened
	FaultUnknown = "unknown"  // no such slot, or the wires failed
)

// Faults lists every word Vend may say.
var Faults = []string{FaultBlocked, FaultDoor, FaultJam, FaultNoMotor, FaultNoDrop, FaultDouble, FaultOff, FaultUnknown}

// What Note tells of a vend beside its outcome: nothing that changes it, but something a technician wants to know.
const (
	NoteRetried = "nudged"  // a whole turn dropped nothing, and it was pushed again
	NoteOverrun = "overrun" // the spiral passed home while the board had no time to look: stopped late
	NoteAway    = "away"    // the spiral stands away from home: the next turn is a part of one
)
