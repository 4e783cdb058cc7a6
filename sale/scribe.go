package sale

import "bytes"

// scribe is the one who writes.
type scribe struct {
	*Recorder
	pending []byte // lines not on the tape yet
	begins  bool   // a replay may begin at the first of them
	idle    bool   // all of them but the first are of an idle shop
	stopped bool   // the tape, or a line that was too long, broke the recording
	unkept  int    // steps since, of which the next beginning will tell
}

func (s *scribe) write(batch []entry) {
	substance := false
	for _, e := range batch {
		if e.done != nil {
			s.flush()
			close(e.done)
			continue
		}
		if s.line(e) {
			substance = true
		}
	}
	if substance {
		s.flush()
	}
}

// line adds one entry to what is pending, and tells whether it is worth a write.
func (s *scribe) line(e entry) bool {
	b, err := s.encode(e)
	if err != nil || len(b) > lineMost {
		s.stop(1)
		return false
	}
	switch {
	case s.stopped && e.begin == "":
		s.stop(1)
		return false
	case e.begin != "":
		if !(s.idle && e.begin == beginMemory) { // an idle stretch is left out: the memory stands for it
			s.flush()
		}
		s.stopped, s.unkept = false, 0
		s.pending, s.begins, s.idle = append(s.pending[:0], b...), true, true
		return e.begin == beginAwake
	}
	s.pending = append(s.pending, b...)
	if e.idles() {
		if len(s.pending) > idleMost {
			s.want.Store(true)
		}
		return false
	}
	s.idle = false
	return true
}

// idles tells whether an entry is no more than an idle shop's asking whether the gateway is there.
func (e entry) idles() bool {
	a, answer := e.in.(Answered)
	_, tick := e.in.(Tick)
	if !tick && !(answer && a.Deed == KindProbe) {
		return false
	}
	for _, d := range e.deeds {
		c, call := d.(Call)
		_, alarm := d.(Alarmed)
		if !alarm && !(call && c.Kind == KindProbe) {
			return false
		}
	}
	return true
}

func (s *scribe) flush() {
	if len(s.pending) == 0 {
		return
	}
	if !s.Tape.Put(s.pending, s.begins) {
		s.stop(bytes.Count(s.pending, []byte{'\n'}))
	}
	s.pending, s.begins, s.idle = s.pending[:0], false, true
	if s.Tape.Full() {
		s.want.Store(true)
	}
}

// stop ends what can be replayed, until it may begin anew.
func (s *scribe) stop(steps int) {
	s.stopped = true
	s.unkept += steps
	s.dropped.Add(int64(steps))
	s.want.Store(true)
}

func (s *scribe) encode(e entry) ([]byte, error) {
	write := lean{s.stand}
	l := line{N: e.n, Begin: e.begin, Fell: e.fell, Memory: e.memory, Mono: e.at.Mono, Wall: e.at.Wall.UTC(), Doubt: !e.at.Trusted}
	if e.begin != "" {
		l.Format, l.Program, l.Setup, l.Lost = scriptFormat, s.Program, &e.setup, e.lost+s.unkept
	}
	if e.aside != nil {
		v := *e.aside
		l.Aside = &v
	}
	if e.in == nil {
		return l.bytes()
	}
	l.Kind, l.Deeds = kindOf(e.in), telling(e.at.Mono, e.deeds)
	text, err := write.text(e.in)
	if err != nil {
		return nil, err
	}
	if string(text) != "{}" {
		l.Input = text
	}
	if l.Digest, err = write.digest(e.deeds); err != nil {
		return nil, err
	}
	return l.bytes()
}
