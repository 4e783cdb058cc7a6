package sale

// The faults a Dispenser may report.
const (
	FaultBlocked = "blocked"  // the beam was blocked before the start: the motor never ran
	FaultJam     = "jam"      // the spiral did not come home in time
	FaultNoMotor = "no-motor" // the home switch never let go
	FaultNoDrop  = "no-drop"  // a whole turn, and nothing fell
	FaultDoor    = "door"     // the door was open before the start: the motor never ran
	FaultDouble  = "double"   // two pieces or more: dropped, and the slot is flagged
	FaultOff     = "off"      // the outputs were taken away while it ran
	FaultUnknown = "unknown"  // no such slot, or the wires failed
)

// Faults lists every word a Dispenser may say.
var Faults = []string{FaultBlocked, FaultJam, FaultNoMotor, FaultNoDrop, FaultDoor, FaultDouble, FaultOff, FaultUnknown}

// FaultDoubt sets a slot aside whose motor may have been running when the power went.
const FaultDoubt = "doubt"

// FaultOffSale is on a slot that a technician took off sale: nothing is wrong with it, and only a person puts it back. It is
// kept as a fault, so that a version that does not know the word does not sell from it either.
const FaultOffSale = "off sale"

// FlagNoisy is on a slot whose light barrier's wire shows edges that cannot be read: a drop there may not be seen.
const FlagNoisy = "noisy light barrier"

// FlagRestored is on every slot after a restoring: what was sold since the backup is not in its stock.
const FlagRestored = "restored: count the stock"

// The codes of /readyz that the shop itself gives; parts give their own.
const (
	NotReadyStarting    = "starting"
	NotReadyStopped     = "stopped"
	NotReadyConfig      = "config"
	NotReadyOffline     = "offline"
	NotReadyClock       = "clock"
	NotReadyBusy        = "busy"
	NotReadyRefused     = "refused" // orders are refused for a reason that lies with the merchant or the config; keys are taken
	NotReadyEmpty       = "empty"
	NotReadyMaintenance = "maintenance"
	NotReadyDoor        = "door" // also the part's name in Health
	NotReadyMerchant    = "merchant"
	NotReadyDamaged     = "damaged" // the book was, or may have been
)
