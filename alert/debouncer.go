package alert

import "time"

const (
	stillFor = time.Minute // a state must last so long before it is told

	waverMany  = 6                // changes without standing still
	waverFor   = 10 * time.Minute // after so long of that the group hears that it wavers
	waverAgain = time.Hour        // and again
	wavering   = "~"
)

// debouncer decides when a condition's state is news. Without it a loose cable would send a message every few seconds, and
// a group that reads too many reads none.
type debouncer struct {
	told    string // what the group knows, or will when the queue is delivered
	now     string
	since   time.Time
	changes int // since it last stood still
	first   time.Time
}

// noteState takes note of a state, and reports whether it is news: it has lasted, or it keeps changing.
func (d *debouncer) noteState(state string, now time.Time) (news bool, changes int) {
	if state != d.now {
		if d.changes == 0 {
			d.first = now
		}
		d.now, d.since, d.changes = state, now, d.changes+1
	}
	limit := waverFor
	if d.told == wavering {
		limit = waverAgain
	}
	was := d.told
	switch still := now.Sub(d.since) >= stillFor; {
	case still:
		d.told = d.now
	case d.changes >= waverMany && now.Sub(d.first) >= limit:
		d.told, was = wavering, ""
	default:
		return false, d.changes
	}
	changes, d.changes = d.changes, 0
	return d.told != was, changes
}
