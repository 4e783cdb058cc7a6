package sale

import (
	"cmp"
	"fmt"
	"slices"
)

// serve: a technician looked at a slot and lets it sell again. A fault that came after the look stays.
func (s *Shop) serve(in Served) {
	h := s.shelf(in.Slot)
	if h == nil || s.selling(in.Slot) || h.Fault != in.Fault || h.Flag != in.Flag {
		return
	}
	text := "looked at"
	if h.Fault != "" && h.Fault != FaultOffSale { // that one is ended by its own word
		text += ", cleared of " + h.Fault
		h.Fault = ""
	}
	if h.Flag != "" {
		text += ", no longer flagged " + h.Flag
		h.Flag = ""
	}
	s.keep(h)
	s.served(in.Slot, text, in.By)
}

// stock: a technician counted a slot. Counting is not looking at it: faults and flags stay.
func (s *Shop) stock(in Stocked) {
	h := s.shelf(in.Slot)
	if h == nil || in.By == "" || in.Stock < 0 || h.Stock != in.Was || s.selling(in.Slot) {
		return
	}
	h.Stock = in.Stock
	s.keep(h)
	s.served(in.Slot, fmt.Sprintf("filled to %d, was %d", in.Stock, in.Was), in.By)
}

// offer takes a slot off sale, or puts it back. A fault is not hidden under it.
func (s *Shop) offer(in Offered) {
	from, to, text := "", FaultOffSale, "taken off sale"
	if in.On {
		from, to, text = FaultOffSale, "", "put back on sale"
	}
	h := s.shelf(in.Slot)
	if h == nil || in.By == "" || h.Fault != from || s.selling(in.Slot) {
		return
	}
	h.Fault = to
	s.keep(h)
	s.served(in.Slot, text, in.By)
}

// selling tells whether the order that occupies the machine is for that slot.
func (s *Shop) selling(n Slot) bool {
	t := s.live()
	return t != nil && t.Slot == n
}

// clearDoubts lets a stopped kiosk sell again.
func (s *Shop) clearDoubts(in Cleared) {
	s.doubts = Doubts{}
	s.page.Doubts = &Doubts{}
	s.served(0, "cleared the stop", in.By)
}

// maintain takes the kiosk out of service, or puts it back. A motor that turns comes to its end; money that comes
// from now on goes back. It stays out of service while a motor turns for a technician, for a customer's sale
// would find it at work.
func (s *Shop) maintain(in Maintained) {
	if in.By == "" || in.On == (s.maintained != "") || s.testing != 0 {
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

// change gives a slot another name, price or stock. An order keeps what it was born with, so nothing changes under
// a customer who has chosen.
func (s *Shop) change(in Changed) {
	h := s.shelf(in.Slot)
	if h == nil || in.By == "" || in.Name == "" || in.Fen < 1 || s.selling(in.Slot) {
		return
	}
	if in.Stock < 0 {
		in.Stock, in.Was = h.Stock, h.Stock
	}
	if h.Stock != in.Was {
		return
	}
	text := fmt.Sprintf("now %s, %s, %d in it; was %s, %s, %d", in.Name, in.Fen.Yuan(), in.Stock, h.Name, h.Fen.Yuan(), h.Stock)
	h.Name, h.NameEN, h.Fen, h.Stock = in.Name, cmp.Or(in.NameEN, in.Name), in.Fen, in.Stock
	s.keep(h)
	s.served(in.Slot, text, in.By)
}

// test: a motor is about to turn for a technician. It is written first: a power cut leaves a line.
func (s *Shop) test(in Testing) {
	if in.By == "" || s.shelf(in.Slot) == nil || s.maintained == "" || s.testing != 0 || s.live() != nil {
		return
	}
	s.testing = in.Slot
	s.served(in.Slot, "test vend begun", in.By)
}

// tested writes down what a test vend came to. Whoever stands there has seen it: it sets nothing aside, and counts
// neither as a doubt nor as a proven drop. But a motor ran: what falls from now on belongs to no order before it.
func (s *Shop) tested(in Tested) {
	begun, text := s.testing == in.Slot, "test vend: "
	if begun {
		s.testing = 0
	}
	switch {
	case in.Dropped && in.Fault == "":
		text += "dropped"
	case in.Dropped:
		text += "dropped, " + in.Fault
	case in.Fault != "":
		text += in.Fault
	case begun:
		text += "given up before the motor turned"
	default:
		return
	}
	if in.Dropped || in.Fault != "" && ran(in.Fault) {
		s.stuck = stuckVend{}
	}
	s.served(in.Slot, text, in.By)
}

// handsInside tells whether somebody may be working at the machine: then no motor turns for a customer.
func (s *Shop) handsInside() bool {
	return s.maintained != "" || slices.ContainsFunc(s.parts, func(w Why) bool { return w.Code == NotReadyDoor })
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
