package sale

import (
	"slices"
	"strings"
)

// setHealth keeps which parts are broken, sorted by code. An open door ends what the customer was about to pay.
func (s *Shop) setHealth(in Health) {
	i, had := slices.BinarySearchFunc(s.parts, in.Part, func(w Why, p string) int { return strings.Compare(w.Code, p) })
	switch {
	case in.Fault == "" && had:
		s.parts = slices.Delete(s.parts, i, i+1)
	case in.Fault != "" && had:
		s.parts[i].Text = in.Fault
	case in.Fault != "":
		s.parts = slices.Insert(s.parts, i, Why{in.Part, in.Fault})
	}
	if in.Part == NotReadyDoor && in.Fault != "" {
		s.abandonCheckout()
	}
}

// leaveUnshown gives up an order whose code the panel refused to show: nobody can have scanned it.
func (s *Shop) leaveUnshown(in Unshown) {
	t := s.findOrder(in.No)
	if t == nil || !t.State.Live() || t.Ask.Leaving {
		return
	}
	s.raiseAlarm("unshown", t.Slot, t.No, in.Why)
	t.Ask.Spent = true
	s.endWaiting(t)
	s.showSorry(t.Order, NoteUnshown)
}
