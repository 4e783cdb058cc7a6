package hw

import "time"

const (
	// homeEqual looks in a row make the home switch believed, or homeSure between two of them: a busy board
	// looks seldom, and the spiral is at home for a moment only.
	homeEqual = 5
	homeSure  = 5 * time.Millisecond
	homeDrain = 4 // edges taken in one look: a switch that bounces must not hide the beam
	// homeGap without a look is long enough for a spiral to come home and leave again; two edges in less are
	// a spark or a bounce, since somebody saw the switch before and after.
	homeGap = 25 * time.Millisecond
)

// homing follows a home switch by its level, and by the kernel's edges where nobody looked for a while.
type homing struct {
	input
	at    bool      // what the last look found
	equal int       // looks in a row that found the same
	since time.Time // the first of them
	calm  time.Time // the last time that no edge was left
	edges int       // since then

	pair   bool // the last look came late, and the switch went and came back meanwhile, or came and went
	missed bool // that, or it was seen at home and is gone
}

// begin forgets what happened before the motor started.
func (h *homing) begin() {
	h.drain()
	h.at, h.equal, h.since, h.calm, h.edges = h.on(), 1, time.Now(), time.Now(), 0
}

func (h *homing) look() {
	timely := false
	var empty time.Time
	for range homeDrain {
		began := time.Now()
		if !h.wait(beamFast) {
			empty = time.Now()
			timely = empty.Sub(began) < beamTimely
			break
		}
		h.edges++
	}
	at, now := h.on(), time.Now()
	gap := now.Sub(h.calm) > homeGap
	h.pair = gap && h.edges > 1
	h.missed = h.pair || gap && h.at && !at
	if at != h.at {
		h.at, h.equal, h.since = at, 0, now
	}
	h.equal++
	if timely {
		h.calm, h.edges = empty, 0
	}
}

// is tells whether the switch stands so, for sure.
func (h *homing) is(at bool) bool {
	return h.at == at && (h.equal >= homeEqual || h.equal > 1 && time.Since(h.since) >= homeSure)
}
