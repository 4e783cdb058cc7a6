package hw

import "time"

// openLock gives a lock's coil a pulse and waits until the customer has opened the door, with a second pulse half
// way. The door's contact bounces, so that there is no double. No edge means: not opened, or nobody knows.
func (t *vendCycle) openLock() (dropped bool, fault string) {
	t.beam.strayOf = t.number
	end := time.Now().Add(t.OpenWait)
	for _, limit := range []time.Time{time.Now().Add(t.OpenWait / 2), end} {
		if fault = t.pulseLock(); fault != "" || t.hasDropped() {
			break
		}
		if t.watchUntil(limit, t.hasDropped) == endMet {
			break
		}
	}
	switch {
	case t.hasDropped():
		return true, fault
	case fault == "":
		fault = FaultNoDrop
	}
	return false, fault
}

// pulseLock ends early where the door opens: a coil is not made to be held.
func (t *vendCycle) pulseLock() (fault string) {
	t.motorOn.Store(true)
	defer t.motorOn.Store(false)
	if fault = t.powerOn(); fault != "" {
		return fault
	}
	fault = t.faultOf(t.watchUntil(t.onAt.Add(t.Pulse), t.hasDropped), "")
	if fault == FaultJam { // the output's own limit came first
		fault = ""
	}
	return t.powerOff(fault)
}
