package sale

import "slices"

// takeAnswer takes what came back from the gateway to the state that the order is in now: it may have moved since the
// call left. An answer to another call than the one in flight is dropped.
func (s *Shop) takeAnswer(in Answered) {
	s.noteTrouble(in)
	if in.Deed == KindProbe {
		s.takeProbe(in)
		return
	}
	t := s.findOrder(in.No)
	if t == nil || t.Call.Kind != in.Deed {
		return
	}
	t.Call.Kind = ""
	s.noteRefusal(t, in)
	known := in.Err == "" && in.Outcome != OutcomeAgain && in.Outcome != OutcomeFaulty && !s.isOfOther(t, in)
	s.noteReached(in.Err == "", false)
	if in.Outcome == OutcomeFaulty { // a probe finds out whether it is more than orders that are refused
		s.faulty = s.faulty || !slices.Contains(orderCalls, in.Deed)
		s.gateway.ProbeDue = s.now.Mono
	}
	if in.Err != "" && in.Code != "" && in.Code != t.Word {
		t.Word = in.Code
		s.raiseAlarm("unknown word", t.Slot, t.No, in.Deed+": "+in.Code)
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
		s.answerUnknown(t, in, known)
	}
	switch {
	case t.Quarantined:
		t.Due = s.now.Mono + hourly
	case t.Call.QueryNext:
		t.Call.QueryNext, t.Due = false, s.now.Mono
	}
}
