package record

import (
	"bytes"
	"encoding/json"

	"kiosk/sale"
)

// writer turns entries into lines and hands them to the sink, several at once.
type writer struct {
	*Recorder
	pending []byte // lines that are not in the sink yet
	begins  bool   // a replay can begin at the first of them
	head    int    // bytes of that first one
	idle    bool   // all of them but the first are an idle shop's
	stopped bool   // the sink or a line that was too long broke the recording
	skipped int    // steps since then; the next beginning says so
}

// writeBatch turns entries into lines. Idle ones stay pending until something happens, so that an idle kiosk writes nothing.
func (w *writer) writeBatch(batch []entry) {
	substance := false
	for _, e := range batch {
		if e.done != nil {
			w.flushPending()
			close(e.done)
			continue
		}
		if w.addEntry(e) {
			substance = true
		}
	}
	if substance {
		w.flushPending()
	}
}

// addEntry adds one line to those pending, and reports whether it is worth a write.
func (w *writer) addEntry(e entry) bool {
	b, err := w.encodeEntry(e)
	if err != nil || len(b) > maxLine {
		w.stopUntilBeginning(1)
		return false
	}
	switch {
	case w.stopped && e.begin == "":
		w.stopUntilBeginning(1)
		return false
	case e.begin != "":
		if !(w.idle && e.begin == beginState) { // the state replaces an idle stretch
			w.flushPending()
		}
		w.stopped, w.skipped = false, 0
		w.pending, w.begins, w.head, w.idle = append(w.pending[:0], b...), true, len(b), true
		return e.begin == beginAwake
	}
	w.pending = append(w.pending, b...)
	if e.isIdle() {
		if len(w.pending)-w.head > maxIdle {
			w.want.Store(true)
		}
		return false
	}
	w.idle = false
	return true
}

// isIdle reports whether an entry is no more than an idle shop's probe of the gateway.
func (e entry) isIdle() bool {
	a, answer := e.in.(sale.Answered)
	_, tick := e.in.(sale.Tick)
	if !tick && !(answer && a.Deed == sale.KindProbe) {
		return false
	}
	for _, d := range e.deeds {
		c, call := d.(sale.Call)
		_, alarm := d.(sale.Alarmed)
		if !alarm && !(call && c.Kind == sale.KindProbe) {
			return false
		}
	}
	return true
}

// flushPending hands the pending lines to the sink. If the sink takes none, the recording stops until a replay can begin anew.
func (w *writer) flushPending() {
	if len(w.pending) == 0 {
		return
	}
	if !w.Sink.Put(w.pending, w.begins) {
		w.stopUntilBeginning(bytes.Count(w.pending, []byte{'\n'}))
	}
	w.pending, w.begins, w.head, w.idle = w.pending[:0], false, 0, true
	if w.Sink.Full() {
		w.want.Store(true)
	}
}

// stopUntilBeginning drops steps, and all that follow, until a replay can begin anew.
func (w *writer) stopUntilBeginning(steps int) {
	w.stopped = true
	w.skipped += steps
	w.dropped.Add(int64(steps))
	w.want.Store(true)
}

func (w *writer) encodeEntry(e entry) (b []byte, err error) {
	l := line{N: e.n, Begin: e.begin, Fell: e.fell, Mono: e.at.Mono, Wall: e.at.Wall, Doubt: !e.at.Trusted, Aside: e.aside}
	if e.begin != "" {
		l.Format, l.Program, l.Shop, l.Lost = format, w.Program, e.shop, e.lost+w.skipped
	}
	if e.state != nil {
		if l.State, err = compactJSON(*e.state, w.placeholder); err != nil {
			return nil, err
		}
	}
	if e.in == nil {
		return l.encodeLine()
	}
	l.Kind, l.Deeds = e.in.Kind(), summarizeDeeds(e.at.Mono, e.deeds)
	if l.Input, err = compactJSON(e.in, w.placeholder); err != nil {
		return nil, err
	}
	if l.Digest, err = digestDeeds(e.deeds, w.placeholder); err != nil {
		return nil, err
	}
	return l.encodeLine()
}

// compactJSON writes a value as JSON without what is zero. hide replaces what QR codes hold; nil: nothing is replaced.
func compactJSON(v any, hide func(string) string) (json.RawMessage, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var tree any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&tree); err != nil {
		return nil, err
	}
	if b, err = json.Marshal(pruneZeros(tree, hide)); err != nil || string(b) == "null" {
		return nil, err
	}
	return b, nil
}

// pruneZeros drops the zero members of objects, at every depth; what is zero becomes nil.
func pruneZeros(v any, hide func(string) string) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if code, ok := member.(string); ok && hide != nil && holdsQR[name] {
				member = hide(code)
			}
			if v[name] = pruneZeros(member, hide); v[name] == nil {
				delete(v, name)
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		for i := range v {
			v[i] = pruneZeros(v[i], hide)
		}
	case bool, string, json.Number:
		if v == false || v == "" || v == json.Number("0") || v == "0001-01-01T00:00:00Z" {
			return nil
		}
	}
	return v
}

// holdsQR names the fields of Answer, View and the shop's state that hold the content of a QR code.
var holdsQR = map[string]bool{"CodeURL": true, "QR": true, "URL": true}
