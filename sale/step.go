package sale

import "reflect"

// Step takes one thing that happened and says what to do, in order.
func (s *Shop) Step(now Instant, in Input) []Deed {
	s.now, s.batch, s.deeds, s.moved = now, Batch{}, nil, false
	if _, refused := in.(Barred); !refused {
		s.undo = nil
	}
	s.watchWall()
	s.takeInput(in)
	for s.awake {
		s.wakeAt, s.acted = never, false
		s.doDue()
		if !s.acted {
			break
		}
		s.moved = true
	}
	s.showChanges()
	return s.collectDeeds()
}

// collectDeeds puts the write first: the deeds after it rest on it.
func (s *Shop) collectDeeds() []Deed {
	var out []Deed
	if b := s.batch; len(b.Moves)+len(b.Slots)+len(b.Alarms) > 0 || b.Doubts != nil || b.Maintenance != nil || b.Damaged != nil || len(b.Asked) > 0 {
		out = append(out, Write{b})
	}
	out = append(out, s.deeds...)
	if s.awake && s.wakeAt < never {
		out = append(out, Alarmed{s.wakeAt})
	}
	return out
}

func (s *Shop) takeInput(in Input) {
	if cmd, ok := in.(Command); ok {
		s.obeyCommand(cmd)
		return
	}
	if _, first := in.(Awake); !first && !s.awake {
		switch in := in.(type) {
		case Health:
			s.setHealth(in)
		case Located:
			s.address = in.Address
		}
		return // nothing else is taken before the book is read
	}
	switch in := in.(type) {
	case Awake:
		s.wakeOrders(in.History, in.Quarantined)
	case Pressed:
		s.pressKey(in)
	case GaveUp:
		s.giveUp()
	case Scanned:
		s.scanCode(in)
	case Answered:
		s.takeAnswer(in)
	case Vended:
		s.endVend(in)
	case Edge:
		s.noteEdge(in)
	case Beam:
		s.setBeam(in)
	case Health:
		s.setHealth(in)
	case Unshown:
		s.leaveUnshown(in)
	case Barred:
		s.undoMoves(in.No)
	case Nudged:
		s.nudgeOrder(in)
	case Located:
		s.address = in.Address
	case BookDamaged:
		s.noteDamage(in)
	}
}

// doDue does what is due now, or finds out when the next thing will be. Step repeats it until nothing is due.
func (s *Shop) doDue() {
	s.tickCheckout()
	for _, t := range s.orders {
		if t.State.Live() {
			s.tickLive(t)
		}
	}
	s.tickUndated()
	s.tickProbe()
	s.tickOld()
	s.dropFinished()
}

// showChanges shows the view if it has changed, and arms or disarms the scan module.
func (s *Shop) showChanges() {
	v := s.currentView()
	if s.shown == nil || !reflect.DeepEqual(*s.shown, v) {
		s.shown = &v
		s.deeds = append(s.deeds, Show{v})
	}
	if on := s.wantsCode(); on != s.armed {
		s.armed = on
		s.deeds = append(s.deeds, Arm{on})
	}
}

// dropFinished forgets the orders that are done with: the book remembers them.
func (s *Shop) dropFinished() {
	keep := s.orders[:0]
	for _, t := range s.orders {
		if !t.State.Over() || t.Call.Kind != "" || t.State == Closed && (t.Rechecks > 0 && s.isOurs(t) || t.Noticed) {
			keep = append(keep, t)
		}
	}
	clear(s.orders[len(keep):])
	s.orders = keep
}

// Moved reports whether the last step did anything that was due. If a Tick did nothing, and its only deed is Alarmed, the
// shop is unchanged.
func (s *Shop) Moved() bool { return s.moved }
