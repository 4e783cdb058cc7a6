package hw

// What may be wrong with a vend, as the order book spells it.
const (
	FaultBlocked = "blocked"  // the beam was blocked before the start: the motor never ran
	FaultJam     = "jam"      // the spiral did not come home in time
	FaultNoMotor = "no-motor" // the home switch never let go
	FaultNoDrop  = "no-drop"  // a whole turn, and nothing fell
	FaultDouble  = "double"   // two or more edges: dropped, and the slot wants a look
	FaultOff     = "off"      // the outputs were taken away while it ran
	FaultUnknown = "unknown"  // no such slot, or the wires failed
)

// Faults lists every word Vend may say.
var Faults = []string{FaultBlocked, FaultJam, FaultNoMotor, FaultNoDrop, FaultDouble, FaultOff, FaultUnknown}
