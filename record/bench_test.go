package record

import (
	"testing"
	"time"

	"kiosk/sale"
)

// nowhere takes every line.
type nowhere struct{ bytes int }

func (n *nowhere) Put(lines []byte, _ bool) bool { n.bytes += len(lines); return true }
func (n *nowhere) Full() bool                    { return false }

// taken are the steps of a storm, as a recorder is told of them.
func taken(b *testing.B) (steps []*line) {
	s := newStreet(1, (*sale.Shop).Step)
	s.seen = func(in sale.Input, deeds []sale.Deed) {
		if !isQuiet(s.shop, in, deeds) {
			steps = append(steps, &line{Instant: s.instant(), in: in, deeds: deeds})
		}
	}
	s.storm(time.Hour, 0)
	if len(steps) < 1000 {
		b.Fatalf("only %d steps", len(steps))
	}
	return steps
}

// emptyQueue throws away what waits for a writer, before the queue is full.
func emptyQueue(r *Recorder) {
	if len(r.queue) < maxQueue/2 {
		return
	}
	for len(r.queue) > 0 {
		<-r.queue
	}
}

// BenchmarkAStormyHour is an hour of a busy, unlucky shop: bare, and with a recorder that is told of each
// step. No disk and no line is in it, so that nothing hides what the recorder adds.
func BenchmarkAStormyHour(b *testing.B) {
	r := &Recorder{Sink: &nowhere{}}
	for name, step := range map[string]func(*sale.Shop, sale.Instant, sale.Input) []sale.Deed{"bare": (*sale.Shop).Step, "recorded": r.Step} {
		b.Run(name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				s := newStreet(1, step)
				s.seen = func(sale.Input, []sale.Deed) {
					n++
					emptyQueue(r)
				}
				s.storm(time.Hour, 0)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/step")
		})
	}
}

// BenchmarkRecorderOnTheSalePath is what a recorder adds to a step before its deeds are done: a place in a queue.
func BenchmarkRecorderOnTheSalePath(b *testing.B) {
	steps, r := taken(b), &Recorder{Sink: &nowhere{}}
	s := &sale.Shop{Kiosk: "K1"}
	b.ReportAllocs()
	for b.Loop() {
		for _, e := range steps {
			r.recordStep(s, e.Instant, e.in, e.deeds)
			emptyQueue(r)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(steps)), "ns/step")
}

// BenchmarkWriter is what a step costs the recorder's own goroutine, and how many bytes it takes.
func BenchmarkWriter(b *testing.B) {
	to := &nowhere{}
	steps, r := taken(b), &Recorder{Sink: to}
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		for _, e := range steps {
			n++
			l := *e
			l.N = n
			if _, first := l.in.(sale.Awake); first {
				l.Begin = beginAwake
			}
			r.writeLine(&l)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(steps)), "ns/step")
	b.ReportMetric(float64(to.bytes)/float64(n), "B/step")
}
