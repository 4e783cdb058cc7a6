package sale

import (
	"cmp"
	"time"
)

const (
	probeAway = 5 * time.Second
	probeSoon = time.Second
)

// tickProbe asks for a number that cannot exist: the answer proves line, keys and clock at once.
func (s *Shop) tickProbe() {
	if s.gateway.Probing || !s.hasCome(s.gateway.ProbeDue) {
		return
	}
	s.gateway.Probing, s.gateway.ProbeSent = true, s.now.Mono
	trial := s.refusesAsks() && s.now.Mono >= s.refusals.TrialAt
	s.acted = true
	o := Order{No: Number(s.Kiosk, 0, probeDraw), Means: Native, Merchant: s.Merchant, State: New}
	s.deeds = append(s.deeds, Call{Kind: KindProbe, Order: o, Draw: trial, Timeout: timeouts[KindProbe]})
}

// takeProbe takes the answer to a probe. Only a probe clears a fault of our configuration.
func (s *Shop) takeProbe(in Answered) {
	s.gateway.Probing, s.gateway.Refused = false, in.Refused
	if in.Err == "" {
		s.faulty = in.Outcome == OutcomeFaulty
		s.noteReached(true, true)
		s.tryOrder(in.Draw)
		return
	}
	s.gateway.Missed++
	s.noteReached(false, true)
}

// noteReached notes whether the gateway answered. Two probes in a row without an answer mean that it is away;
// any good answer means that it is back, and then every order is due.
func (s *Shop) noteReached(good, probe bool) {
	c := &s.gateway
	if !good {
		if c.Missed >= maxMissed || !c.Known {
			if c.Reached {
				c.Since = s.now.Wall
			}
			c.Reached = false
		}
		switch {
		case probe && c.Reached:
			c.ProbeDue = s.now.Mono + probeSoon
		case probe:
			c.ProbeDue = max(s.now.Mono, c.ProbeSent+probeAway)
		case c.Reached:
			c.ProbeDue = min(c.ProbeDue, s.now.Mono)
		}
		return
	}
	c.Missed, c.Known = 0, true
	if probe || !s.faulty { // only a probe clears a fault: answers about orders must not put it off
		c.ProbeDue = s.now.Mono + cmp.Or(s.Probe, 10*time.Second)
	}
	if c.Reached {
		return
	}
	c.Reached, c.Since = true, s.now.Wall
	for _, t := range s.orders {
		t.Ask.Checked = false
		if t.State != Closed && !t.Quarantined { // a closed one keeps its few looks for their time
			t.Due = min(t.Due, s.now.Mono)
		}
	}
}

// noteTrouble keeps why a call failed, for a technician to read. Nothing is decided by it: it may quote an unsigned answer.
func (s *Shop) noteTrouble(in Answered) {
	if c := &s.gateway; in.Err != "" || in.Deed == c.TroubleOf {
		c.Trouble, c.TroubleOf = in.Err, in.Deed
	}
}
