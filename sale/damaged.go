package sale

// wakeLost takes up the open orders of a lost book. The gateway is asked after each once: what was paid is owed, and a
// person decides, because nobody knows any more whether the goods fell.
func (s *Shop) wakeLost(lost []Order) {
	for _, o := range lost {
		t := &activeOrder{Order: o, Due: s.now.Mono, Lost: o.State}
		t.State = New
		s.orders = append(s.orders, t)
	}
}

// noteDamage stops the sale until a person says so. Who has chosen already is served: the money is asked after as ever.
func (s *Shop) noteDamage(in BookDamaged) {
	if in.Why == s.damaged {
		return
	}
	s.damaged = in.Why
	s.batch.Damaged = &in.Why
	s.raiseAlarm("book", 0, "", in.Why)
}

// applyTo lets the kiosk sell from a new book.
func (in AcceptBook) applyTo(s *Shop) Refusal {
	switch {
	case in.By == "":
		return RefusedInvalid
	case s.damaged == "":
		return RefusedSound
	}
	old, none := s.damaged, ""
	s.damaged, s.batch.Damaged = "", &none
	s.auditAct(Alarm{Act: string(ActAcceptBook), Old: old, By: in.By, From: in.From, Text: "lets it sell from this book: " + old})
	return ""
}
