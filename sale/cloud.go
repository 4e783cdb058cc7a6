package sale

import "time"

// cloud is what is known of the gateway being there.
type cloud struct {
	Reached bool
	Known   bool // it was reached once in this life
	Since   time.Time
	Missed  int // probes without an answer, in a row
	Busy    bool
	Sent    time.Duration
	Due     time.Duration // the next probe
	Slotted time.Duration // no call about an old order before
}

const (
	probeAway  = 5 * time.Second
	probeSoon  = time.Second
	callGap    = 334 * time.Millisecond // at most three calls a second about old orders
	missedMany = 2
)

// tickProbe asks for a number that cannot exist: the answer proves line, keys and clock at once.
func (s *Shop) tickProbe() {
	if s.cloud.Busy || !s.past(s.cloud.Due) {
		return
	}
	s.cloud.Busy, s.cloud.Sent = true, s.now.Mono
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
	if t == nil || t.Busy != in.Deed {
		return
	}
	t.Busy = ""
	known := in.Err == "" && in.Outcome != OutcomeAgain && in.Outcome != OutcomeFaulty
	s.reach(in.Err == "", false)
	if in.Outcome == OutcomeFaulty {
		s.faulty = true
		s.cloud.Due = s.now.Mono
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
	if t.Fresh {
		t.Fresh, t.Due = false, s.now.Mono
	}
}

func (s *Shop) probed(in Answered) {
	s.cloud.Busy = false
	if in.Err == "" {
		s.faulty = in.Outcome == OutcomeFaulty
		s.reach(true, true)
		return
	}
	s.cloud.Missed++
	s.reach(false, true)
}

// reach keeps whether the gateway is there: two probes in a row without an answer mean away,
// any good answer means back, and then everything is due.
func (s *Shop) reach(good, probe bool) {
	c := &s.cloud
	if !good {
		if c.Missed >= missedMany || !c.Known {
			if c.Reached {
				c.Since = s.now.Wall
			}
			c.Reached = false
		}
		switch {
		case probe && c.Reached:
			c.Due = s.now.Mono + probeSoon
		case probe:
			c.Due = max(s.now.Mono, c.Sent+probeAway)
		case c.Reached:
			c.Due = min(c.Due, s.now.Mono)
		}
		return
	}
	c.Missed, c.Known = 0, true
	if probe || !s.faulty { // only a probe clears a fault: answers about orders must not put it off
		c.Due = s.now.Mono + or(s.Probe, 10*time.Second)
	}
	if c.Reached {
		return
	}
	c.Reached, c.Since = true, s.now.Wall
	for _, t := range s.tabs {
		t.Checked = false
		if t.State != Closed && !t.Barred { // a closed one keeps its few looks for their time
			t.Due = min(t.Due, s.now.Mono)
		}
	}
}

// turn tells whether a call about an old order may leave now, and takes the place.
func (s *Shop) turn() bool {
	if !s.cloud.Reached || !s.past(s.cloud.Slotted) {
		return false
	}
	s.cloud.Slotted = s.now.Mono + callGap
	return true
}

func or(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}
