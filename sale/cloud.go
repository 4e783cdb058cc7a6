package sale

import "time"

// cloud is what is known of the gateway being there.
type cloud struct {
	reached bool
	known   bool // it was reached once in this life
	since   time.Time
	missed  int // probes without an answer, in a row
	busy    bool
	sent    time.Duration
	due     time.Duration // the next probe
	slotted time.Duration // no call about an old order before
}

const (
	probeAway  = 5 * time.Second
	probeSoon  = time.Second
	callGap    = 334 * time.Millisecond // at most three calls a second about old orders
	missedMany = 2
)

// tickProbe asks for a number that cannot exist: the answer proves line, keys and clock at once.
func (s *Shop) tickProbe() {
	if s.cloud.busy || !s.past(s.cloud.due) {
		return
	}
	s.cloud.busy, s.cloud.sent = true, s.now.Mono
	s.acted = true
	o := Order{No: Number(s.Kiosk, 0, probeDraw), Means: Native, Merchant: s.Merchant, State: New}
	s.deeds = append(s.deeds, Call{Kind: KindProbe, Order: o, Timeout: timeouts[KindProbe]})
}

// probeDraw holds characters that base32 never draws: no order has this number.
const probeDraw = "000000000000000000000018"

// answer takes what came back from the gateway.
func (s *Shop) answer(in Answered) {
	if in.Deed == KindProbe {
		s.probed(in)
		return
	}
	t := s.find(in.No)
	if t == nil || t.busy != in.Deed {
		return
	}
	t.busy = ""
	known := in.Err == "" && in.Outcome != OutcomeAgain && in.Outcome != OutcomeFaulty
	s.reach(in.Err == "", false)
	if in.Outcome == OutcomeFaulty {
		s.faulty = true
		s.cloud.due = s.now.Mono
	}
	switch t.State {
	case Asking, Waiting:
		s.answerLive(t, in, known)
	case Closing:
		s.answerClosing(t, in, known)
	case Refunding:
		s.answerRefunding(t, in, known)
	case Owed:
		s.answerOwed(t, in, known)
	case Closed:
		s.answerClosed(t, in, known)
	case New:
		s.answerStranger(t, in, known)
	}
	if t.fresh {
		t.fresh, t.due = false, s.now.Mono
	}
}

func (s *Shop) probed(in Answered) {
	s.cloud.busy = false
	if in.Err == "" {
		s.faulty = in.Outcome == OutcomeFaulty
		s.reach(true, true)
		return
	}
	s.cloud.missed++
	s.reach(false, true)
}

// reach keeps whether the gateway is there: two probes in a row without an answer mean away,
// any good answer means back, and then everything is due.
func (s *Shop) reach(good, probe bool) {
	c := &s.cloud
	if !good {
		if c.missed >= missedMany || !c.known {
			if c.reached {
				c.since = s.now.Wall
			}
			c.reached = false
		}
		switch {
		case probe && c.reached:
			c.due = s.now.Mono + probeSoon
		case probe:
			c.due = max(s.now.Mono, c.sent+probeAway)
		case c.reached:
			c.due = min(c.due, s.now.Mono)
		}
		return
	}
	c.missed, c.known = 0, true
	if probe || !s.faulty { // only a probe clears a fault: answers about orders must not put it off
		c.due = s.now.Mono + or(s.Probe, 10*time.Second)
	}
	if c.reached {
		return
	}
	c.reached, c.since = true, s.now.Wall
	for _, t := range s.tabs {
		t.checked = false
		if t.State != Closed && !t.barred { // a closed one keeps its few looks for their time
			t.due = min(t.due, s.now.Mono)
		}
	}
}

// turn tells whether a call about an old order may leave now, and takes the place.
func (s *Shop) turn() bool {
	if !s.cloud.reached || !s.past(s.cloud.slotted) {
		return false
	}
	s.cloud.slotted = s.now.Mono + callGap
	return true
}

func or(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}
