package sale

import "slices"

const provenDrops = 10 // so many in a row end the doubts

// slotFault says why a slot does not sell; "" sells.
func (s *Shop) slotFault(h SlotState) string {
	switch {
	case h.Fault != "":
		return h.Fault
	case s.blocked[h.Slot]:
		return FaultBlocked
	case h.Stock <= 0:
		return NotReadyEmpty
	}
	return ""
}

func (s *Shop) findSlot(n Slot) *SlotState {
	for i := range s.slots {
		if s.slots[i].Slot == n {
			return &s.slots[i]
		}
	}
	return nil
}

// writeSlot writes a slot with the batch of this step: once, as it stands at the end.
func (s *Shop) writeSlot(h *SlotState) {
	s.batch.Slots = slices.DeleteFunc(s.batch.Slots, func(o SlotState) bool { return o.Slot == h.Slot })
	s.batch.Slots = append(s.batch.Slots, *h)
}

// listProducts is what the idle screen and the status page show.
func (s *Shop) listProducts() []Product {
	out := make([]Product, 0, len(s.slots))
	for _, h := range s.slots {
		out = append(out, s.productOf(h))
	}
	return out
}

func (s *Shop) productOf(h SlotState) Product {
	return Product{h.Slot, h.Name, h.NameEN, h.Fen, h.Stock, s.slotFault(h), h.Flag, h.Fault != ""}
}

// takeFromStock takes what fell out of a slot's stock and counts a proven drop.
func (s *Shop) takeFromStock(n Slot, pieces int, fault string) {
	if h := s.findSlot(n); h != nil {
		h.Stock = max(h.Stock-pieces, 0)
		switch fault {
		case "":
		case FaultDouble:
			h.Flag = fault
		default:
			h.Fault = fault
		}
		s.writeSlot(h)
	}
	if d := s.doubts; d.Count > 0 {
		if d.Drops++; d.Drops >= provenDrops {
			d = Doubts{Stopped: d.Stopped}
		}
		s.doubts, s.batch.Doubts = d, &d
	}
}

// flagSlot marks a slot for a technician to look at. It goes on selling, and a flag that it has stays.
func (s *Shop) flagSlot(n Slot, flag string) {
	if h := s.findSlot(n); h != nil && h.Flag == "" {
		h.Flag = flag
		s.writeSlot(h)
	}
}

// setAside takes a slot off sale for its fault, until a person clears it.
func (s *Shop) setAside(n Slot, fault string) {
	if h := s.findSlot(n); h != nil {
		h.Fault = fault
		s.writeSlot(h)
	}
}

// isSelling reports whether the order that occupies the machine is for that slot.
func (s *Shop) isSelling(n Slot) bool {
	t := s.liveOrder()
	return t != nil && t.Slot == n
}

func (s *Shop) setBeam(in Beam) {
	if s.blocked == nil {
		s.blocked = map[Slot]bool{}
	}
	s.blocked[in.Slot] = in.Blocked
}
