package sale

import "testing"

func TestATechnicianReadsWhyTheGatewaysAnswerIsNotKnown(t *testing.T) {
	w := calmWorld(t)
	const why = `ask for a code: believe the answer: an unsigned refusal (unsigned: "x")`
	says := func(in Answered, want string) {
		t.Helper()
		w.tell(in)
		if got := w.shop.Snapshot().Cloud.Trouble; got != want {
			t.Errorf("after the %s a technician reads %q, not %q", in.Deed, got, want)
		}
	}
	says(Answered{Deed: KindAsk, Err: why}, why)
	says(Answered{Deed: KindProbe, Answer: Answer{Outcome: OutcomeMissing}}, why) // a query that works proves nothing of asks
	says(Answered{Deed: KindAsk, Answer: Answer{Outcome: OutcomeAccepted}}, "")
}
