// Package record keeps what the shop was told, and replays it.
//
// The one thing to know: a shop is a pure machine, so its inputs are enough. Replay gives them to a new shop and
// compares each deed and each screen with the recorded ones. No payment code is ever in a recording, and the
// contents of QR codes are replaced.
package record

import (
	"context"
	"fmt"
	"slices"
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

	mu      sync.Mutex // keeps the numbers of the queue in order
	n       int        // steps so far
	once    sync.Once
	queue   chan *line
	dropped atomic.Int64
	lost    atomic.Int64 // steps dropped since the last beginning; while it is not 0 only a beginning is taken
	want    atomic.Bool  // the shop's state is wanted at its next quiet moment

	writer // of the goroutine of Run alone
}

// Sink stores a recording. Only one goroutine calls it, and it may block.
type Sink interface {
	// Put appends whole lines. If begins is true a replay can begin at the first of them, and older ones
	// may be deleted. It returns false if it did not store them; then it stores none until a replay can begin anew.
	Put(lines []byte, begins bool) bool
	// Full reports that the sink would like to begin anew.
	Full() bool
}

const maxQueue = 1024 // lines: minutes of a busy shop while the card is slow

// Dropped returns how many steps were never recorded.
func (r *Recorder) Dropped() int { return int(r.dropped.Load()) }

// Step lets the shop take a step and records it. If the shop panics, the input is stored before the panic goes on.
func (r *Recorder) Step(s *sale.Shop, at sale.Instant, in sale.Input) []sale.Deed {
	defer r.recordPanic(at, in)
	deeds := s.Step(at, in)
	r.recordStep(s, at, in, deeds)
	return deeds
}

func (r *Recorder) recordPanic(at sale.Instant, in sale.Input) {
	why := recover()
	if why == nil {
		return
	}
	r.enqueue(&line{Instant: at, in: in, Fell: sale.Redact(fmt.Sprint(why))})
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	r.Flush(ctx)
	panic(why)
}

// recordStep records a step that was just taken. One that changed nothing makes no difference to a replay, so it is not
// kept: it is the moment to copy the state, if that is wanted.
func (r *Recorder) recordStep(s *sale.Shop, at sale.Instant, in sale.Input, deeds []sale.Deed) {
	if isQuiet(s, in, deeds) {
		if r.want.Load() {
			r.recordState(s, at)
		}
		return
	}
	l := &line{Instant: at, in: in, deeds: deeds}
	if _, first := in.(sale.Awake); first {
		l.Begin, l.Shop = beginAwake, s
	}
	r.enqueue(l)
}

func isQuiet(s *sale.Shop, in sale.Input, deeds []sale.Deed) bool {
	_, tick := in.(sale.Tick)
	return tick && !s.Moved() && !slices.ContainsFunc(deeds, isNews)
}

// isNews reports whether a deed is more than an idle shop's alarm clock or probe of the gateway.
func isNews(d sale.Deed) bool {
	c, call := d.(sale.Call)
	_, alarm := d.(sale.Alarmed)
	return !alarm && !(call && c.Kind == sale.KindProbe)
}

// recordState records all that a shop remembers, but for very many orders: copying them would hold up a sale.
func (r *Recorder) recordState(s *sale.Shop, at sale.Instant) {
	if state := s.State(); len(state.Orders) <= 100 {
		r.want.Store(false)
		r.enqueue(&line{Instant: at, Begin: beginState, Shop: s, State: &state})
	}
}

// Show records a view that no shop asked for.
func (r *Recorder) Show(at sale.Instant, v sale.View) { r.enqueue(&line{Instant: at, Aside: &v}) }

// enqueue never blocks. After a loss it takes no line but one that a replay can begin at, and that line says how many steps
// were lost before it.
func (r *Recorder) enqueue(l *line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l.in != nil {
		r.n++
	}
	l.N = r.n
	if l.Begin != "" {
		l.Lost = int(r.lost.Swap(0))
	} else if r.lost.Load() > 0 {
		r.drop(1)
		return
	}
	select {
	case r.openQueue() <- l:
	default:
		r.lost.Add(int64(l.Lost))
		r.drop(1)
	}
}

// drop counts steps that are not recorded, and asks for a new beginning.
func (r *Recorder) drop(steps int) {
	r.lost.Add(int64(steps))
	r.dropped.Add(int64(steps))
	r.want.Store(true)
}

// openQueue makes the queue at its first use, so that a Recorder needs no constructor.
func (r *Recorder) openQueue() chan *line {
	r.once.Do(func() { r.queue = make(chan *line, maxQueue) })
	return r.queue
}

// Run stores what is recorded until ctx ends.
func (r *Recorder) Run(ctx context.Context) error {
	for {
		select {
		case l := <-r.openQueue():
			r.writeLine(l)
		case <-ctx.Done():
			r.writeQueue()
			r.flushPending()
			return nil
		}
	}
}

// Flush waits until all that happened so far is in the sink.
func (r *Recorder) Flush(ctx context.Context) {
	done := make(chan struct{})
	select {
	case r.openQueue() <- &line{flushed: done}:
	case <-ctx.Done():
		return
	}
	select {
	case <-done:
	case <-ctx.Done():
	}
}
