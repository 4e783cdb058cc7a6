package hw

import "time"

const (
	// DropLeast is how long a beam must be dark for a drop, unless the slot says otherwise: something 3 mm high that falls
	// at 4 m/s darkens it for 0.75 ms, the spark of a motor for a few µs.
	DropLeast = 500 * time.Microsecond
	// deadTime is how long after the first switch-on of a vend nothing can have fallen: 80 ms are a fall of 31 mm from
	// rest, and the motor's inrush sparks in that time.
	deadTime = 80 * time.Millisecond
	// looksApart is how far two dark looks must be apart to prove what no stamp proves.
	looksApart = time.Millisecond
	// beamGap is how long the beam must be clear between two pieces: one that tumbles breaks it more than once.
	// A piece in free fall has passed in less time (0.2 m at 2.4 m/s and more), a second one comes later.
	beamGap = 60 * time.Millisecond
)

// glimpse is what one observation of a beam brought.
type glimpse struct {
	pieces     []time.Time // when it became dark for each piece that was not seen before
	sparks     int         // dark for too short a time, or over in the dead time
	unreadable int         // edges without a partner, and the level proved nothing
}

// darkness judges whether what darkens a beam is a piece or a spark. The stamps of both edges decide, so it does not matter
// how late they are read. Where a stamp is missing two dark looks decide.
type darkness struct {
	least time.Duration // how long it must be dark
	blank time.Time     // the end of the dead time: what is over by then is a spark

	since    time.Time // edges from before do not count
	dark     bool
	began    time.Time // the stamp of the edge; zero: only a look has seen it
	seen     time.Time // the first of the dark looks in a row
	cleared  time.Time // it is dark, and a look was clear: the edge may be on its way
	judged   bool      // it is a piece, or was there before
	ended    time.Time // of the last piece
	clearAt  time.Time // the last clear look
	number   uint32    // of the last edge
	unpaired bool      // an edge had no partner: the next looks decide
}

// reset forgets what was seen. What darkens the beam now is no new piece.
func (d *darkness) reset(now time.Time, dark bool) {
	*d = darkness{least: d.least, blank: d.blank, since: now, dark: dark, judged: dark, clearAt: now, number: d.number}
}

// isUndecided returns whether a look will say more soon.
func (d *darkness) isUndecided() bool {
	return d.unpaired || d.dark && (!d.judged || !d.cleared.IsZero())
}

// judgeEdge takes the edges one after the other, as they happened.
func (d *darkness) judgeEdge(e edge, g *glimpse) {
	lost := e.number != d.number+1
	d.number = e.number
	if e.at.Before(d.since) {
		return
	}
	d.cleared = time.Time{}
	if lost {
		if d.dark && d.judged {
			d.ended = e.at // at the latest
		}
		d.unpaired, d.dark = true, false
	}
	switch {
	case e.on && !d.dark:
		d.dark, d.judged, d.began, d.seen = true, false, e.at, time.Time{}
	case e.on && !d.judged: // dark twice, so a clear edge is missing; or a look was quicker than the edge
		d.unpaired = d.unpaired || !d.began.IsZero()
		d.began = e.at
	case e.on:
	case d.dark:
		d.end(e.at, g)
	default:
		d.unpaired = true
	}
}

func (d *darkness) end(at time.Time, g *glimpse) {
	switch {
	case d.judged:
	case d.began.IsZero():
		d.unpaired = true
	case d.isLong(d.began, at):
		d.take(d.began, g)
	case !d.unpaired:
		g.sparks++
	}
	if d.judged {
		d.ended = at
	}
	d.dark = false
}

// isLong returns whether darkness from one moment to the other is no spark.
func (d *darkness) isLong(from, to time.Time) bool {
	return to.Sub(from) >= d.least && to.After(d.blank)
}

// take makes a piece of the darkness, or a part of the piece before it.
func (d *darkness) take(began time.Time, g *glimpse) {
	d.judged, d.unpaired = true, false
	if d.ended.IsZero() || began.Sub(d.ended) >= beamGap {
		g.pieces = append(g.pieces, began)
	}
}

// judgeLevel takes the level at a moment when every edge before it was judged.
func (d *darkness) judgeLevel(now time.Time, dark bool, g *glimpse) {
	switch {
	case dark && !d.dark:
		d.dark, d.judged, d.began, d.seen = true, false, time.Time{}, now
	case dark:
		d.judgeDark(now, g)
	case d.dark && d.cleared.IsZero():
		d.cleared = now
	case d.dark && now.Sub(d.cleared) >= looksApart: // no edge comes any more
		if d.judged {
			d.ended = d.cleared
		}
		d.unpaired = d.unpaired || !d.judged
		d.dark, d.cleared = false, time.Time{}
	}
	if dark {
		return
	}
	d.clearAt = now
	if d.unpaired && !d.dark {
		g.unreadable++
		d.unpaired = false
	}
}

// judgeDark takes another dark look.
func (d *darkness) judgeDark(now time.Time, g *glimpse) {
	if !d.cleared.IsZero() && d.began.IsZero() {
		d.seen = now // it was clear in between
	}
	d.cleared = time.Time{}
	switch {
	case d.judged:
	case !d.began.IsZero():
		if d.isLong(d.began, now) {
			d.take(d.began, g)
		}
	case now.Sub(d.seen) >= looksApart && d.isLong(d.seen, now):
		// It became dark after the last clear look at the earliest.
		d.take(d.clearAt, g)
	}
}
