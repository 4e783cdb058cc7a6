package sale

import (
	"testing"
)

// nowhere takes every line.
type nowhere struct{ bytes int }

func (n *nowhere) Put(lines []byte, _ bool) bool { n.bytes += len(lines); return true }
func (n *nowhere) Full() bool                    { return false }

// taken are the steps of a storm, as a recorder is told of them.
func taken(b *testing.B) (steps []entry) {
	w := newWorld(1, rough)
	w.seen = func(in Input, deeds []Deed) { steps = append(steps, entry{at: w.instant(), in: in, deeds: deeds}) }
	w.after(1e9, w.customer)
	w.after(1e9, w.weather)
	w.run(3600e9)
	if len(steps) < 1000 {
		b.Fatalf("only %d steps", len(steps))
	}
	return steps
}

// BenchmarkStep is a step of the shop, bare.
func BenchmarkStep(b *testing.B) {
	steps := taken(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); {
		s := &Shop{Kiosk: "K1"}
		s.Step(Instant{}, Awake{})
		for _, e := range steps {
			if _, first := e.in.(Awake); first {
				s = &Shop{Kiosk: "K1"}
			}
			s.Step(e.at, e.in)
			if i++; i%len(steps) == 0 {
				break
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(steps)), "ns/step")
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
