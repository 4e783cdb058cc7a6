package sale

import "reflect"

// Step takes one thing that happened and says what to do, in order.
func (s *Shop) Step(now Instant, in Input) []Deed {
	s.now, s.batch, s.deeds, s.moved = now, Batch{}, nil, false
	s.take(in)
	for s.awake {
		s.alarm, s.acted = never, false
		s.tick()
		if !s.acted {
			break
		}
		s.moved = true
	}
	s.present()
	return s.out()
}

func (s *Shop) out() []Deed {
	var out []Deed
	if p := s.batch; len(p.Moves)+len(p.Slots)+len(p.Alarms) > 0 || p.Doubts != nil || p.Maintenance != nil {
		out = append(out, Write{p})
	}
	out = append(out, s.deeds...)
	if s.awake && s.alarm < never {
		out = append(out, Alarmed{s.alarm})
	}
	return out
}

func (s *Shop) take(in Input) {
	if cmd, ok := in.(Command); ok {
		s.obey(cmd)
		return
	}
	if _, first := in.(Awake); !first && !s.awake {
		switch in := in.(type) {
		case Health:
			s.health(in)
		case Located:
			s.address = in.Address
		}
		return // nothing happens before the book is read
	}
	switch in := in.(type) {
	case Awake:
		s.wake(in.History, in.Barred)
	case Pressed:
		s.press(in)
	case GaveUp:
		s.giveUp()
	case Scanned:
		s.scan(in)
	case Answered:
		s.answer(in)
	case Vended:
		s.vended(in)
	case Edge:
		s.edge(in)
	case Beam:
		s.beam(in)
	case Health:
		s.health(in)
	case Unshown:
		s.unshown(in)
	case Nudged:
		s.nudge(in)
	case Located:
		s.address = in.Address
	}
}

// tick does one thing that is due, or finds out when the next one will be.
func (s *Shop) tick() {
	s.tickFront()
	for _, t := range s.orders {
		if t.State.Live() {
			s.tickLive(t)
		}
	}
	s.tickProbe()
	s.tickOld()
	s.sweep()
}

func (s *Shop) present() {
	v := s.view()
	if s.shown == nil || !reflect.DeepEqual(*s.shown, v) {
		s.shown = &v
		s.deeds = append(s.deeds, Show{v})
	}
	if on := s.armable(); on != s.armed {
		s.armed = on
		s.deeds = append(s.deeds, Arm{on})
	}
}

// sweep forgets what is done with: the book remembers it.
func (s *Shop) sweep() {
	keep := s.orders[:0]
	for _, t := range s.orders {
		if !t.State.Over() || t.Call.Kind != "" || t.State == Closed && t.Looks > 0 {
			keep = append(keep, t)
		}
	}
	clear(s.orders[len(keep):])
	s.orders = keep
}

// Moved reports whether the last step did anything that was due. A Tick that did not, and brought no deed but an
// Alarmed, left the shop as it was.
func (s *Shop) Moved() bool { return s.moved }
