package sale

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Recorder writes down what a shop is told and what it answers, so that Replay can do it again on another
// machine. It never holds up a sale: what does not fit into its queue is dropped and counted, and the
// recording goes on where a replay may begin anew. Steps that change nothing, and the asking of an idle
// shop whether the gateway is there, are not kept.
type Recorder struct {
	Program string // which program this is, for people
	Tape    Tape

	mu    sync.Mutex
	queue []entry
	n     int // steps so far
	lost  int // steps dropped since the last entry; nothing is taken until a replay may begin anew
	bell  chan struct{}
	salt  []byte

	dropped atomic.Int64
	want    atomic.Bool // the shop's memory, at its next quiet moment
}

// Tape keeps a recording. Only one goroutine calls it, and it may block.
type Tape interface {
	// Put appends whole lines. Where begins is true a replay may begin at the first of them, and what was there
	// before may be let go. False: they were not taken, and nothing is until a replay may begin anew.
	Put(lines []byte, begins bool) bool
	// Full tells that the tape would like to begin anew.
	Full() bool
}

// entry is what happened, on its way to the tape.
type entry struct {
	n      int
	at     Instant
	in     Input
	deeds  []Deed
	begin  string
	setup  Setup
	memory []byte
	aside  *View
	fell   string // why there are no deeds
	lost   int
	done   chan struct{} // Flush waits for it
}

const (
	queueMost = 1024
	tabsMost  = 100       // a shop with more to remember is not written down
	lineMost  = 512 << 10 // of one line
	idleMost  = 32 << 10  // of an idle shop's asking before what happens next
)

// Dropped tells how many steps were never recorded.
func (r *Recorder) Dropped() int { return int(r.dropped.Load()) }

// ask lets the shop take a step, and takes it down. A shop that falls over what it is told has that on the tape as well.
func (r *Recorder) ask(s *Shop, at Instant, in Input) []Deed {
	defer r.fallen(at, in)
	deeds := s.Step(at, in)
	r.step(s, at, in, deeds)
	return deeds
}

func (r *Recorder) fallen(at Instant, in Input) {
	why := recover()
	if why == nil {
		return
	}
	if r != nil {
		r.put(entry{at: at, in: in, fell: veil(fmt.Sprint(why))})
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		r.Flush(ctx)
	}
	panic(why)
}

// step takes down a step that was just taken.
func (r *Recorder) step(s *Shop, at Instant, in Input, deeds []Deed) {
	if r == nil {
		return
	}
	if s.quiet(in, deeds) {
		if r.want.Load() {
			r.remember(s, at)
		}
		return
	}
	e := entry{at: at, in: in, deeds: deeds}
	if _, first := in.(Awake); first {
		e.begin, e.setup = beginAwake, s.setup()
	}
	r.put(e)
}

// quiet tells whether a step changed nothing at all: doing without it makes no difference.
func (s *Shop) quiet(in Input, deeds []Deed) bool {
	_, tick := in.(Tick)
	return tick && !s.stirred && onlyAlarms(deeds)
}

func onlyAlarms(deeds []Deed) bool {
	for _, d := range deeds {
		if _, alarm := d.(Alarmed); !alarm {
			return false
		}
	}
	return true
}

// remember takes down all that a shop knows, so that a replay may begin here.
func (r *Recorder) remember(s *Shop, at Instant) {
	if len(s.tabs) > tabsMost {
		return // it would take too long
	}
	if b, err := (lean{r.stand}).text(s); err == nil && len(b) < lineMost {
		r.want.Store(false)
		r.put(entry{at: at, begin: beginMemory, setup: s.setup(), memory: b})
	}
}

// show takes down a view that no shop said.
func (r *Recorder) show(at Instant, v View) {
	if r != nil {
		r.put(entry{at: at, aside: &v})
	}
}

// put never blocks.
func (r *Recorder) put(e entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.in != nil {
		r.n++
	}
	e.n = r.n
	full := len(r.queue) >= queueMost
	if e.done == nil && (full || r.lost > 0 && e.begin == "") {
		r.lost++
		r.dropped.Add(1)
		r.want.Store(true)
		return
	}
	if e.begin != "" {
		e.lost, r.lost = r.lost, 0
	}
	r.queue = append(r.queue, e)
	r.ring()
}

// ring wakes Run. The mutex is held.
func (r *Recorder) ring() {
	if r.bell == nil {
		r.bell = make(chan struct{}, 1)
	}
	select {
	case r.bell <- struct{}{}:
	default:
	}
}

func (r *Recorder) take() []entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	q := r.queue
	r.queue = nil
	return q
}

// Run keeps what is recorded until ctx ends.
func (r *Recorder) Run(ctx context.Context) error {
	r.mu.Lock()
	r.ring()
	bell := r.bell
	r.mu.Unlock()
	s := scribe{Recorder: r}
	for {
		select {
		case <-bell:
			s.write(r.take())
		case <-ctx.Done():
			s.write(r.take())
			s.flush()
			return nil
		}
	}
}

// Flush waits until everything so far is on the tape.
func (r *Recorder) Flush(ctx context.Context) {
	done := make(chan struct{})
	r.put(entry{done: done})
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// stand is what is written instead of the content of a QR code: as long, always the same for the same one in
// this run, and nothing that anybody could pay with.
func (r *Recorder) stand(content string) string {
	r.mu.Lock()
	if r.salt == nil {
		r.salt = make([]byte, 32)
		rand.Read(r.salt)
	}
	mac := hmac.New(sha256.New, r.salt)
	r.mu.Unlock()
	mac.Write([]byte(content))
	text := "recorded:" + hex.EncodeToString(mac.Sum(nil))
	return strings.Repeat(text, len(content)/len(text)+1)[:len(content)]
}
