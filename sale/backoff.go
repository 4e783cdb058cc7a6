package sale

import "time"

// grow doubles a pause from one second up to most.
func grow(d, most time.Duration) time.Duration { return min(max(2*d, time.Second), most) }

// overdue remarks once that an order has been open for more than a day.
func (s *Shop) overdue(t *activeOrder) {
	if t.Reason == "" && s.now.Trusted && t.Trusted && s.now.Wall.Sub(t.Created) > overdueAfter && (t.State == Closing || t.State == Refunding) {
		s.remark(t, ReasonOverdue)
	}
}

// since remarks when something began, or that it is over. The remark is in the book, so that a limit of
// days is reached by a kiosk, too, that is switched off every night; without a trusted clock nothing begins.
func (s *Shop) since(t *activeOrder, reason string, on bool) {
	switch {
	case on && s.now.Trusted && (t.Reason == "" || t.Reason == ReasonOverdue):
		s.remark(t, reason)
	case !on && t.Reason == reason:
		s.remark(t, "")
	}
}

// lasted tells whether it is so for that long: in this life, from a moment of it, or by the trusted clock since the remark.
func (s *Shop) lasted(t *activeOrder, reason string, from, limit time.Duration) bool {
	return s.now.Mono-from >= limit || t.Reason == reason && s.now.Trusted && s.now.Wall.Sub(t.Updated) >= limit
}

func nextPoll(d time.Duration) time.Duration {
	for _, p := range polls {
		if p > d {
			return p
		}
	}
	return min(2*d, pollMost)
}

// polls are the waits for an accepted refund to become money.
var polls = []time.Duration{3 * time.Second, 10 * time.Second, 30 * time.Second, 60 * time.Second}
