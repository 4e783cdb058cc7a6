package sale

import (
	"testing"
	"time"
)

// nowhere takes every line.
type nowhere struct{ bytes int }

func (n *nowhere) Put(lines []byte, _ bool) bool { n.bytes += len(lines); return true }
func (n *nowhere) Full() bool                    { return false }

// taken are the steps of a storm, as a recorder is told of them.
func taken(b *testing.B) (steps []entry) {
	w := newWorld(1, rough)
	w.seen = func(in Input, deeds []Deed) { steps = append(steps, entry{at: w.instant(), in: in, deeds: deeds}) }
	w.after(time.Second, w.customer)
	w.after(time.Second, w.weather)
	w.run(time.Hour)
	if len(steps) < 1000 {
		b.Fatalf("only %d steps", len(steps))
	}
	return steps
}

// BenchmarkAStormyHour is an hour of a busy, unlucky shop among models: bare, and with a recorder that is told of each
// step. No disk and no line is in it, so that nothing hides what the recorder adds.
func BenchmarkAStormyHour(b *testing.B) {
	for name, r := range map[string]*Recorder{"bare": nil, "recorded": {Tape: &nowhere{}}} {
		b.Run(name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				w := newWorld(1, rough)
				w.seen = func(in Input, deeds []Deed) {
					n++
					r.step(w.shop, w.instant(), in, deeds)
					if r != nil && len(r.queue) >= queueMost/2 {
						r.queue = r.queue[:0]
					}
				}
				w.after(time.Second, w.customer)
				w.after(time.Second, w.weather)
				w.run(time.Hour)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/step")
		})
	}
}

// BenchmarkRecorderOnTheSalePath is what a recorder adds to a step before its deeds are done: a place in a queue.
func BenchmarkRecorderOnTheSalePath(b *testing.B) {
	steps, r := taken(b), &Recorder{Tape: &nowhere{}}
	s := &Shop{awake: true}
	b.ReportAllocs()
	for b.Loop() {
		for _, e := range steps {
			r.step(s, e.at, e.in, e.deeds)
			if len(r.queue) >= queueMost/2 {
				r.queue = r.queue[:0]
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(steps)), "ns/step")
}

// BenchmarkScribe is what a step costs the recorder's own goroutine, and how many bytes it takes.
func BenchmarkScribe(b *testing.B) {
	to := &nowhere{}
	steps, r := taken(b), &Recorder{Tape: to}
	done, n := scribe{Recorder: r}, 0
	b.ReportAllocs()
	for b.Loop() {
		for _, e := range steps {
			n++
			e.n = n
			if _, first := e.in.(Awake); first {
				e.begin = beginAwake
			}
			done.write([]entry{e})
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(steps)), "ns/step")
	b.ReportMetric(float64(to.bytes)/float64(n), "B/step")
}
