package hw

import "time"

const (
	// homeSamples equal samples make a level stable, or two that are homeStable apart: a busy board samples
	// seldom, and the spiral is at home only for a moment.
	homeSamples = 5
	homeStable  = 5 * time.Millisecond
	// homeDrainMax edges are taken in one sample: a switch that bounces must not keep the beam from being sampled.
	homeDrainMax = 4
	// homeGap without a sample is long enough for a spiral to pass home unseen. Two edges within less are
	// contact bounce or interference.
	homeGap = 25 * time.Millisecond
)

// homeSwitch debounces a home switch. It goes by the level, and by the kernel's edges after a gap between two samples.
type homeSwitch struct {
	input
	atHome    bool      // the level of the last sample
	sameInRow int       // how many samples in a row had it
	since     time.Time // the first of them
	drainedAt time.Time // when the queue of edges was last known to be empty
	edges     int       // since then

	edgePair     bool // after a gap: the switch went and came back since the sample before, or came and went
	passedUnseen bool // after a gap: the same, or it was at home in the sample before and is gone
}

// resetState forgets what happened before the motor started.
func (h *homeSwitch) resetState() {
	h.drainEdges()
	h.atHome, h.sameInRow, h.since, h.drainedAt, h.edges = h.isOn(), 1, time.Now(), time.Now(), 0
}

// sampleSwitch takes the queued edges and one level. Only edges after a gap count: the level says more than
// a bouncing contact as long as it is sampled often enough.
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

// isStable returns whether the debounced level is this one.
func (h *homeSwitch) isStable(at bool) bool {
	return h.atHome == at && (h.sameInRow >= homeSamples || h.sameInRow > 1 && time.Since(h.since) >= homeStable)
}
