package record

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"kiosk/sale"
)

// writer gathers lines for the sink: an SD card wears with every write, so an idle shop's lines wait for a better reason.
type writer struct {
	pending []byte // lines that are not in the sink yet
	begins  bool   // a replay can begin at the first of them
	idle    int    // bytes of an idle shop's probes among them
	busy    bool   // and there is more than those, so that they are worth a write
	stopped bool   // the sink or a line that was too long broke the recording
	salt    string // of the placeholders
}

const maxLine = 512 << 10 // bytes: a state of as many orders as are copied fits twice

func (r *Recorder) writeQueue() {
	for len(r.openQueue()) > 0 {
		r.writeLine(<-r.queue)
	}
}

// writeLine adds a line to those pending, and stores them all when no more are waiting.
func (r *Recorder) writeLine(l *line) {
	if l.flushed != nil {
		r.flushPending()
		close(l.flushed)
		return
	}
	b, err := r.encodeStep(l)
	if err != nil || len(b) > maxLine || r.stopped && l.Begin == "" {
		r.stopped = true
		r.drop(1)
		return
	}
	if l.Begin != "" {
		r.beginPending(l.Begin)
	}
	r.pending = append(r.pending, b...)
	switch {
	case l.Begin == beginState:
	case !l.isIdle():
		r.busy = true
	default:
		if r.idle += len(b); r.idle > 32<<10 { // soon the state replaces them
			r.want.Store(true)
		}
	}
	if r.busy && len(r.queue) == 0 {
		r.flushPending()
	}
}

// beginPending makes room for a beginning. A state replaces an idle stretch, which then never reaches the sink.
func (r *Recorder) beginPending(begin string) {
	if r.busy || begin == beginAwake {
		r.flushPending()
	}
	r.pending, r.begins, r.idle, r.stopped = r.pending[:0], true, 0, false
}

func (r *Recorder) flushPending() {
	if len(r.pending) == 0 {
		return
	}
	if !r.Sink.Put(r.pending, r.begins) {
		r.stopped = true
		r.drop(bytes.Count(r.pending, []byte{'\n'}))
	}
	r.pending, r.begins, r.idle, r.busy = r.pending[:0], false, 0, false
	if r.Sink.Full() {
		r.want.Store(true)
	}
}

// isIdle reports whether a line is no more than an idle shop's probe of the gateway.
func (l *line) isIdle() bool {
	a, answer := l.in.(sale.Answered)
	_, tick := l.in.(sale.Tick)
	return (tick || answer && a.Deed == sale.KindProbe) && !slices.ContainsFunc(l.deeds, isNews)
}

// encodeStep makes JSON of a line. It replaces what QR codes hold in copies: the shop and its clerk still use the deeds.
func (r *Recorder) encodeStep(l *line) ([]byte, error) {
	if l.Begin != "" {
		l.Format, l.Program = format, r.Program
	}
	if l.State != nil {
		for i := range l.State.Orders {
			ask := &l.State.Orders[i].Ask
			ask.URL = r.placeholder(ask.URL)
		}
		if l.State.Shown != nil {
			shown := *l.State.Shown
			shown.QR = r.placeholder(shown.QR)
			l.State.Shown = &shown
		}
	}
	if l.Aside != nil {
		l.Aside.QR = r.placeholder(l.Aside.QR)
	}
	if l.in == nil {
		return l.encodeLine()
	}
	if a, ok := l.in.(sale.Answered); ok {
		a.CodeURL = r.placeholder(a.CodeURL)
		l.in = a
	}
	deeds := slices.Clone(l.deeds)
	for i, d := range deeds {
		if show, ok := d.(sale.Show); ok {
			show.View.QR = r.placeholder(show.View.QR)
			deeds[i] = show
		}
	}
	l.Kind, l.Deeds, l.Digest = l.in.Kind(), summarizeDeeds(l.Mono, deeds), digestDeeds(deeds)
	var err error
	if l.Input, err = json.Marshal(l.in); err != nil {
		return nil, err
	}
	return l.encodeLine()
}

// placeholder stands for the content of a QR code: of the same length, the same for the same content in this run,
// and of no use to pay with.
func (r *Recorder) placeholder(content string) string {
	if content == "" {
		return ""
	}
	if r.salt == "" {
		r.salt = rand.Text()
	}
	sum := sha256.Sum256([]byte(r.salt + content))
	text := "recorded:" + hex.EncodeToString(sum[:])
	return strings.Repeat(text, len(content)/len(text)+1)[:len(content)]
}
