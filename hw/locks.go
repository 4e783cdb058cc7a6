package hw

import "time"

// unlock gives a lock's coil a pulse and waits until the customer has opened the door, with a second pulse half
// way. The door's contact bounces, so that there is no double. No edge means: not opened, or nobody knows.
func (t *turning) unlock() (dropped bool, fault string) {
	t.beam.stray = t.number
	end := time.Now().Add(t.OpenWait)
	for _, limit := range []time.Time{time.Now().Add(t.OpenWait / 2), end} {
		if fault = t.pulse(); fault != "" || t.fell() {
			break
		}
		if t.until(limit, t.fell) == met {
			break
		}
	}
	switch {
	case t.fell():
		return true, fault
	case fault == "":
		fault = FaultNoDrop
	}
	return false, fault
}

// pulse ends early where the door opens: a coil is not made to be held.
func (t *turning) pulse() (fault string) {
	t.moving.Store(true)
	defer t.moving.Store(false)
	if fault = t.start(); fault != "" {
		return fault
	}
	fault = t.taken(t.until(t.began.Add(t.Pulse), t.fell), "")
	if fault == FaultJam { // the output's own limit came first
		fault = ""
	}
	return t.stop(fault)
}
