package sale

import "time"

const (
	callGap = 334 * time.Millisecond // at most three calls a second about old orders
	maxPoll = time.Hour
)

// doublePause doubles a pause from one second up to most.
func doublePause(d, most time.Duration) time.Duration { return min(max(2*d, time.Second), most) }

// markSince remarks that a reason began to hold, or that it is over. The remark is in the book, so a kiosk that is
// switched off every night still reaches a limit of days. It is dated once the wall is steady; without a trusted clock nothing begins.
func (s *Shop) markSince(t *activeOrder, reason string, on bool) {
	switch {
	case on && !s.isSteady():
		t.Undated = reason
	case on && (t.Reason == "" || t.Reason == ReasonOverdue):
		s.setReason(t, reason)
	case !on && t.Undated == reason:
		t.Undated = ""
	}
	if !on && t.Reason == reason {
		s.setReason(t, "")
	}
}

// tickUndated dates the remarks that waited for a steady wall.
func (s *Shop) tickUndated() {
	for _, t := range s.orders {
		if t.Undated == "" || !s.now.Trusted || !s.hasCome(s.wall.Since+steadyFor) {
			continue
		}
		reason := t.Undated
		t.Undated = ""
		s.markSince(t, reason, true)
	}
}

// hasLasted reports whether a reason has held for that long: since a moment of this life, or by the trusted clock since the remark.
func (s *Shop) hasLasted(t *activeOrder, reason string, from, limit time.Duration) bool {
	return s.now.Mono-from >= limit || t.Reason == reason && s.isSteady() && s.now.Wall.Sub(t.Updated) >= limit
}

// nextPoll returns the wait after a wait of d.
func nextPoll(d time.Duration) time.Duration {
	for _, p := range polls {
		if p > d {
			return p
		}
	}
	return min(2*d, maxPoll)
}

// polls are the waits for an accepted refund to become money.
var polls = []time.Duration{3 * time.Second, 10 * time.Second, 30 * time.Second, 60 * time.Second}

// mayCall reports whether a call about an old order may leave now, and if so takes the place.
func (s *Shop) mayCall() bool {
	if !s.gateway.Reached || !s.hasCome(s.gateway.NextCall) {
		return false
	}
	s.gateway.NextCall = s.now.Mono + callGap
	return true
}
