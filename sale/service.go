package sale

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// obeyCommand does what a person commands, and answers it: one Reply for each Command.
func (s *Shop) obeyCommand(in Command) {
	var r Reply
	if s.awake {
		r.Refusal = in.applyTo(s)
	} else {
		r.Refusal = RefusedStarting
	}
	if h := s.findSlot(slotOf(in)); h != nil {
		r.Product = s.productOf(*h)
	}
	s.deeds = append(s.deeds, r)
}

// slotOf is the slot that a command speaks of; 0: none.
func slotOf(in Command) Slot {
	switch in := in.(type) {
	case ClearSlot:
		return in.Slot
	case CountStock:
		return in.Slot
	case SetOnSale:
		return in.Slot
	case EditProduct:
		return in.Slot
	case BeginTestVend:
		return in.Slot
	case EndTestVend:
		return in.Slot
	}
	return 0
}

// refuseChange is why a person may not change a slot now.
func (s *Shop) refuseChange(n Slot, by string) Refusal {
	switch {
	case by == "":
		return RefusedInvalid
	case s.findSlot(n) == nil:
		return RefusedSlot
	case s.isSelling(n):
		return RefusedSelling
	}
	return ""
}

// applyTo: a technician looked at a slot and lets it sell again. A fault that came after the look stays.
func (in ClearSlot) applyTo(s *Shop) Refusal {
	if why := s.refuseChange(in.Slot, in.By); why != "" {
		return why
	}
	h := s.findSlot(in.Slot)
	switch {
	case h.Fault != in.Fault || h.Flag != in.Flag:
		return RefusedOther
	case h.Fault == FaultOffSale && h.Flag == "": // that one is ended by its own command
		return RefusedOff
	}
	text, fault := "looked at", ""
	if h.Fault != "" && h.Fault != FaultOffSale {
		text += ", cleared of " + h.Fault
		fault, h.Fault = h.Fault, ""
	}
	flag := h.Flag
	if h.Flag != "" {
		text += ", no longer flagged " + h.Flag
		h.Flag = ""
	}
	s.writeSlot(h)
	s.auditAct(Alarm{Slot: in.Slot, Act: string(ActClearSlot), Old: strings.TrimSuffix(fault+"|"+flag, "|"), By: in.By, From: in.From, Text: text})
	return ""
}

// applyTo: a technician counted a slot. Counting is not looking at it: faults and flags stay.
func (in CountStock) applyTo(s *Shop) Refusal {
	if why := s.refuseChange(in.Slot, in.By); why != "" {
		return why
	}
	h := s.findSlot(in.Slot)
	switch {
	case in.Stock < 0:
		return RefusedInvalid
	case h.Stock != in.Was:
		return RefusedMoved
	}
	h.Stock = in.Stock
	s.writeSlot(h)
	s.auditAct(Alarm{Slot: in.Slot, Act: string(ActCountStock), Old: strconv.Itoa(in.Was), New: strconv.Itoa(in.Stock), By: in.By, From: in.From,
		Text: fmt.Sprintf("filled to %d, was %d", in.Stock, in.Was)})
	return ""
}

// applyTo takes a slot off sale, or puts it back. A fault is not hidden under it.
func (in SetOnSale) applyTo(s *Shop) Refusal {
	h := s.findSlot(in.Slot)
	switch {
	case h == nil:
		return RefusedSlot
	case in.On && h.Fault != FaultOffSale:
		return RefusedOnAlready
	case !in.On && h.Fault == FaultOffSale:
		return RefusedOffAlready
	case !in.On && h.Fault != "":
		return RefusedAside
	}
	if why := s.refuseChange(in.Slot, in.By); why != "" {
		return why
	}
	act, text := ActOffSale, "taken off sale"
	h.Fault = FaultOffSale
	if in.On {
		act, text = ActOnSale, "put back on sale"
		h.Fault = ""
	}
	s.writeSlot(h)
	s.auditAct(Alarm{Slot: in.Slot, Act: string(act), By: in.By, From: in.From, Text: text})
	return ""
}

// applyTo lets a stopped kiosk sell again.
func (in ClearStop) applyTo(s *Shop) Refusal {
	s.doubts = Doubts{}
	s.batch.Doubts = &Doubts{}
	s.auditAct(Alarm{Act: string(ActClearStop), By: in.By, From: in.From, Text: "cleared the stop"})
	return ""
}

// applyTo takes the kiosk out of service, or puts it back. A motor that turns comes to its end; money that comes
// from now on goes back. It stays out of service while a motor turns for a technician, for a customer's sale
// would find it at work.
func (in SetMaintenance) applyTo(s *Shop) Refusal {
	switch {
	case in.By == "":
		return RefusedInvalid
	case in.On && s.maintained != "":
		return RefusedOutAlready
	case !in.On && s.maintained == "":
		return RefusedInAlready
	case s.testing != 0:
		return RefusedTurning
	}
	act, text := ActMaintenanceOff, "back in service"
	s.maintained = ""
	if in.On {
		act, text = ActMaintenanceOn, "out of service"
		s.maintained = FullName(in.By, in.From)
		s.abandonCheckout()
	}
	by := s.maintained
	s.batch.Maintenance = &by
	s.auditAct(Alarm{Act: string(act), By: in.By, From: in.From, Text: text})
	return ""
}

// applyTo gives a slot another name, price or stock. An order keeps what it was born with, so nothing changes under
// a customer who has chosen.
func (in EditProduct) applyTo(s *Shop) Refusal {
	if why := s.refuseChange(in.Slot, in.By); why != "" {
		return why
	}
	if in.Name == "" || in.Fen < 1 {
		return RefusedInvalid
	}
	h := s.findSlot(in.Slot)
	if in.Stock < 0 {
		in.Stock, in.Was = h.Stock, h.Stock
	}
	switch {
	case in.isOutdated(*h):
		return RefusedEdited
	case h.Stock != in.Was:
		return RefusedMoved
	}
	old, now := Listing{h.Name, h.Fen, h.Stock}, Listing{in.Name, in.Fen, in.Stock}
	h.Name, h.NameEN, h.Fen, h.Stock = in.Name, cmp.Or(in.NameEN, in.Name), in.Fen, in.Stock
	s.writeSlot(h)
	s.auditAct(Alarm{Slot: in.Slot, Act: string(ActEditProduct), Old: old.encodeJSON(), New: now.encodeJSON(), By: in.By, From: in.From,
		Text: fmt.Sprintf("now %s, %s, %d in it; was %s, %s, %d", now.Name, now.Fen.Yuan(), now.Stock, old.Name, old.Fen.Yuan(), old.Stock)})
	return ""
}

// isOutdated reports whether somebody has changed a name or the price since the form was printed.
func (in EditProduct) isOutdated(h SlotState) bool {
	return in.WasFen != 0 && in.WasFen != h.Fen || in.WasName != "" && in.WasName != h.Name || in.WasNameEN != "" && in.WasNameEN != h.NameEN
}

// applyTo: a motor is about to turn for a technician. It is written first: a power cut leaves a line.
func (in BeginTestVend) applyTo(s *Shop) Refusal {
	switch {
	case in.By == "":
		return RefusedInvalid
	case s.findSlot(in.Slot) == nil:
		return RefusedSlot
	case s.maintained == "":
		return RefusedInService
	case s.liveOrder() != nil:
		return RefusedServing
	case s.testing != 0:
		return RefusedTurning
	}
	s.testing = in.Slot
	s.auditAct(Alarm{Slot: in.Slot, Act: string(ActTestBegun), By: in.By, From: in.From, Text: "test vend begun"})
	return ""
}

// applyTo writes down what a test vend came to. The technician who stands there has seen it: it sets nothing aside, and
// counts neither as a doubt nor as a proven drop. But a motor ran: what falls from now on belongs to no order before it.
func (in EndTestVend) applyTo(s *Shop) Refusal {
	begun := s.testing == in.Slot
	if begun {
		s.testing = 0
	}
	came, text := in.Fault, in.Fault
	switch {
	case in.Dropped && in.Fault == "":
		came, text = "dropped", "dropped"
	case in.Dropped:
		came, text = "dropped|"+in.Fault, "dropped, "+in.Fault
	case in.Fault != "":
	case begun:
		came, text = TestGivenUp, "given up before the motor turned"
	default:
		return RefusedInvalid
	}
	if in.Dropped || in.Fault != "" && motorRan(in.Fault) {
		s.stuck = stuckVend{}
	}
	s.auditAct(Alarm{Slot: in.Slot, Act: string(ActTested), New: came, By: in.By, From: in.From, Text: "test vend: " + text})
	return ""
}

// applyTo writes down what a person did beside the shop.
func (in NoteAct) applyTo(s *Shop) Refusal {
	text, known := actTexts[in.Act]
	if !known || in.By == "" {
		return RefusedInvalid
	}
	switch {
	case in.Act == ActScanTest && in.What == "":
		text = "scan test: nothing read"
	case in.Act == ActGuesses:
		wrong, blocked, from := SplitGuesses(in.What)
		text = fmt.Sprintf(text, wrong, blocked, from)
	case strings.Contains(text, "%s"):
		text = fmt.Sprintf(text, in.What)
	}
	s.auditAct(Alarm{Act: string(in.Act), New: in.What, By: in.By, From: in.From, Text: text})
	return ""
}

// actTexts says in English what NoteAct notes, for versions of the program that know no acts.
var actTexts = map[Act]string{
	ActSignIn: "signed in", ActSignOut: "signed out", ActPicture: "showed the test picture %s", ActScanTest: "scan test: read a code of kind %s",
	ActLocate: "made it beep and blink", ActReconcile: "compared the bill of %s", ActReconcileNot: "the bill of %s could not be compared",
	ActBackup: "took a backup", ActBundle: "took a bundle", ActRestart: "restarted the program", ActEndSession: "signed out %s", ActGuesses: "%s wrong secrets, %s more turned away, from %s",
}
