package sale

import "fmt"

// serve: a technician filled a slot, looked at it and lets it sell again.
func (s *Shop) serve(in Served) {
	h := s.shelf(in.Slot)
	if h == nil {
		return
	}
	text := "looked at"
	if in.Stock >= 0 {
		h.Stock, text = in.Stock, fmt.Sprintf("filled to %d", in.Stock)
	}
	if h.Fault != "" {
		text += ", cleared of " + h.Fault
	}
	h.Fault, h.Flag = "", ""
	s.keep(h)
	s.served(in.Slot, text, in.By)
}

// clearDoubts lets a stopped kiosk sell again.
func (s *Shop) clearDoubts(in Cleared) {
	s.doubts = Doubts{}
	s.page.Doubts = &Doubts{}
	s.served(0, "cleared the stop", in.By)
}

// maintain takes the kiosk out of service, or puts it back. What is charged or vending comes to its end.
func (s *Shop) maintain(in Maintained) {
	if in.By == "" || in.On == (s.maintained != "") {
		return
	}
	text := "back in service"
	s.maintained = ""
	if in.On {
		s.maintained, text = in.By, "out of service"
		s.vacate()
	}
	by := s.maintained
	s.page.Maintenance = &by
	s.served(0, text, in.By)
}

// vacate gives up a QR code that is on the glass: the machine is about to be worked on. Money that
// still comes for it goes back.
func (s *Shop) vacate() {
	t := s.live()
	if t == nil || t.Means == Code || t.State == Vending || t.leaving {
		return
	}
	s.leave(t)
	s.apologise(t.Order, NoteConfig)
}

// served writes down what a person did at the machine, and who.
func (s *Shop) served(slot Slot, text, by string) {
	s.page.Alarms = append(s.page.Alarms, Alarm{At: s.now.Wall, Slot: slot, Kind: AlarmService, Text: text + ", by " + by})
}
