package hw

import "time"

const (
	// homeSamples looks in a row make the home switch believed, or homeSure between two of them: a busy board
	// looks seldom, and the spiral is at home for a moment only.
	homeSamples  = 5
	homeStable   = 5 * time.Millisecond
	homeDrainMax = 4 // edges taken in one look: a switch that bounces must not hide the beam
	// homeGap without a look is long enough for a spiral to come home and leave again; two edges in less are
	// a spark or a bounce, since somebody saw the switch before and after.
	homeGap = 25 * time.Millisecond
)

// homeSwitch follows a home switch by its level, and by the kernel's edges where nobody looked for a while.
type homeSwitch struct {
	input
	atHome    bool      // what the last look found
	sameInRow int       // looks in a row that found the same
	since     time.Time // the first of them
	drainedAt time.Time // the last time that no edge was left
	edges     int       // since then

	edgePair     bool // the last look came late, and the switch went and came back meanwhile, or came and went
	passedUnseen bool // that, or it was seen at home and is gone
}

// resetState forgets what happened before the motor started.
func (h *homeSwitch) resetState() {
	h.drainEdges()
	h.atHome, h.sameInRow, h.since, h.drainedAt, h.edges = h.isOn(), 1, time.Now(), time.Now(), 0
}

func (h *homeSwitch) sampleSwitch() {
	timely := false
	var empty time.Time
	for range homeDrainMax {
		began := time.Now()
		if !h.waitEdge(beamFast) {
			empty = time.Now()
			timely = empty.Sub(began) < beamTimely
			break
		}
		h.edges++
	}
	at, now := h.isOn(), time.Now()
	gap := now.Sub(h.drainedAt) > homeGap
	h.edgePair = gap && h.edges > 1
	h.passedUnseen = h.edgePair || gap && h.atHome && !at
	if at != h.atHome {
		h.atHome, h.sameInRow, h.since = at, 0, now
	}
	h.sameInRow++
	if timely {
		h.drainedAt, h.edges = empty, 0
	}
}

// isStable tells whether the switch stands so, for sure.
func (h *homeSwitch) isStable(at bool) bool {
	return h.atHome == at && (h.sameInRow >= homeSamples || h.sameInRow > 1 && time.Since(h.since) >= homeStable)
}
