// Package record keeps what the shop was told, and replays it.
//
// The one thing to know: a shop is a pure machine, so its inputs are enough. Replay gives them to a new shop and
// compares each deed and each screen with the recorded ones. No payment code is ever in a recording, and the
// contents of QR codes are replaced.
package record

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

	"kiosk/sale"
)

// Recorder writes down what a shop is told and what it answers, so that Replay can do it again on another
// machine. It never holds up a sale: steps that do not fit into its queue are dropped and counted, and the
// recording goes on once a replay can begin anew. Steps that change nothing, and an idle shop's probes of
// the gateway, are not kept.
type Recorder struct {
	Program string // the name of this program, for people
	Sink    Sink

	mu    sync.Mutex
	queue []entry
	n     int // steps so far
	lost  int // steps dropped since the last entry; none is taken until a replay can begin anew
	bell  chan struct{}
	salt  []byte

	dropped atomic.Int64
	want    atomic.Bool // the shop's state is wanted at its next quiet moment
}

// Sink stores a recording. Only one goroutine calls it, and it may block.
type Sink interface {
	// Put appends whole lines. If begins is true a replay can begin at the first of them, and older ones
	// may be deleted. It returns false if it did not store them; then it stores none until a replay can begin anew.
	Put(lines []byte, begins bool) bool
	// Full reports that the sink would like to begin anew.
	Full() bool
}

// entry is one thing that happened, on its way to the sink.
type entry struct {
	n     int
	at    sale.Instant
	in    sale.Input
	deeds []sale.Deed
	begin string
	shop  *sale.Shop      // with begin: only its exported fields are read, which no step changes
	state *sale.ShopState // with beginState
	aside *sale.View
	fell  string // why there are no deeds
	lost  int
	done  chan struct{} // Flush waits for it
}

const (
	maxQueue  = 1024
	maxOrders = 100       // the state of a shop with more orders is not copied: it would take too long
	maxLine   = 512 << 10 // bytes
	maxIdle   = 32 << 10  // bytes of an idle shop's probes before its state replaces them
)

// Dropped returns how many steps were never recorded.
func (r *Recorder) Dropped() int { return int(r.dropped.Load()) }

// Step lets the shop take a step and records it. If the shop panics, the input is stored before the panic goes on.
func (r *Recorder) Step(s *sale.Shop, at sale.Instant, in sale.Input) []sale.Deed {
	defer r.recordPanic(at, in)
	deeds := s.Step(at, in)
	r.recordStep(s, at, in, deeds)
	return deeds
}

// recordPanic waits up to a second for the sink: the process is about to end.
func (r *Recorder) recordPanic(at sale.Instant, in sale.Input) {
	why := recover()
	if why == nil {
		return
	}
	r.enqueue(entry{at: at, in: in, fell: sale.Redact(fmt.Sprint(why))})
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	r.Flush(ctx)
	panic(why)
}

// recordStep takes down a step that was just taken.
func (r *Recorder) recordStep(s *sale.Shop, at sale.Instant, in sale.Input, deeds []sale.Deed) {
	if isQuiet(s, in, deeds) {
		if r.want.Load() {
			r.recordState(s, at)
		}
		return
	}
	e := entry{at: at, in: in, deeds: deeds}
	if _, first := in.(sale.Awake); first {
		e.begin, e.shop = beginAwake, s
	}
	r.enqueue(e)
}

// isQuiet reports whether a step changed nothing at all: a replay without it makes no difference.
func isQuiet(s *sale.Shop, in sale.Input, deeds []sale.Deed) bool {
	_, tick := in.(sale.Tick)
	return tick && !s.Moved() && onlyAlarms(deeds)
}

// onlyAlarms reports whether a step wants no more than to be called again.
func onlyAlarms(deeds []sale.Deed) bool {
	for _, d := range deeds {
		if _, alarm := d.(sale.Alarmed); !alarm {
			return false
		}
	}
	return true
}

// recordState takes down all that a shop remembers, so that a replay can begin here.
func (r *Recorder) recordState(s *sale.Shop, at sale.Instant) {
	if state := s.State(); len(state.Orders) <= maxOrders {
		r.want.Store(false)
		r.enqueue(entry{at: at, begin: beginState, shop: s, state: &state})
	}
}

// Show takes down a view that no shop asked for.
func (r *Recorder) Show(at sale.Instant, v sale.View) {
	v.QR = r.placeholder(v.QR)
	r.enqueue(entry{at: at, aside: &v})
}

// enqueue never blocks.
func (r *Recorder) enqueue(e entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.in != nil {
		r.n++
	}
	e.n = r.n
	full := len(r.queue) >= maxQueue
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
	r.wakeRun()
}

// wakeRun wakes Run. The mutex is held.
func (r *Recorder) wakeRun() {
	if r.bell == nil {
		r.bell = make(chan struct{}, 1)
	}
	select {
	case r.bell <- struct{}{}:
	default:
	}
}

// takeQueue empties the queue for the one goroutine that writes.
func (r *Recorder) takeQueue() []entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	q := r.queue
	r.queue = nil
	return q
}

// Run stores what is recorded until ctx ends.
func (r *Recorder) Run(ctx context.Context) error {
	r.mu.Lock()
	r.wakeRun()
	bell := r.bell
	r.mu.Unlock()
	w := writer{Recorder: r}
	for {
		select {
		case <-bell:
			w.writeBatch(r.takeQueue())
		case <-ctx.Done():
			w.writeBatch(r.takeQueue())
			w.flushPending()
			return nil
		}
	}
}

// Flush waits until all that happened so far is in the sink.
func (r *Recorder) Flush(ctx context.Context) {
	done := make(chan struct{})
	r.enqueue(entry{done: done})
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// placeholder stands for the content of a QR code: of the same length, the same for the same content in this run,
// and of no use to pay with.
func (r *Recorder) placeholder(content string) string {
	if content == "" {
		return ""
	}
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
