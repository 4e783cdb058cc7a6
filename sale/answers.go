package sale

// answer takes what came back from the gateway.
func (s *Shop) answer(in Answered) {
	if in.Deed == KindProbe {
		s.probed(in)
		return
	}
	t := s.find(in.No)
	if t == nil || t.Call.Kind != in.Deed {
		return
	}
	t.Call.Kind = ""
	known := in.Err == "" && in.Outcome != OutcomeAgain && in.Outcome != OutcomeFaulty
	s.reach(in.Err == "", false)
	if in.Outcome == OutcomeFaulty {
		s.faulty = true
		s.gateway.ProbeDue = s.now.Mono
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
	if t.Call.QueryNext {
		t.Call.QueryNext, t.Due = false, s.now.Mono
	}
}
