package status

import (
	"math"
	"slices"
	"sync"
	"time"
)

// Latency is a wait that a customer notices.
type Latency int

// The latencies that are measured.
const (
	TapToQR     Latency = iota // from the key to the QR code being handed to the panel
	PaidToMotor                // from the payment being known here to the dispenser being told
	MotorToDrop                // from the dispenser being told to its word that something fell, settling included
	latencies
)

// lately is how many of the newest a median is made of.
const lately = 100

// upTo are the upper bounds of the buckets, in seconds.
var upTo = [latencies][]float64{
	TapToQR:     {0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 15},
	PaidToMotor: {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2},
	MotorToDrop: {0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4, 6, 10, 20},
}

// Latencies keeps how long customers waited: the newest of each kind, and a histogram since the start. Its zero
// value is ready; nil measures nothing.
type Latencies struct {
	mu    sync.Mutex
	kinds [latencies]waits
}

type waits struct {
	newest  []time.Duration // a ring
	next    int
	sum     time.Duration
	count   uint64
	buckets []uint64 // each on its own, the last one for what is longer than all
}

// Lately is what the newest waits of a kind were like.
type Lately struct {
	Count    uint64 // since the start
	P50, P95 time.Duration
}

// Add takes note of a wait.
func (l *Latencies) Add(kind Latency, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := &l.kinds[kind]
	if w.buckets == nil {
		w.buckets = make([]uint64, len(upTo[kind])+1)
	}
	i, _ := slices.BinarySearch(upTo[kind], d.Seconds())
	w.buckets[i]++
	w.count++
	w.sum += d
	if len(w.newest) < lately {
		w.newest = append(w.newest, d)
		return
	}
	w.newest[w.next] = d
	w.next = (w.next + 1) % lately
}

// Lately tells of the newest waits of a kind.
func (l *Latencies) Lately(kind Latency) Lately {
	if l == nil {
		return Lately{}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	w := &l.kinds[kind]
	sorted := slices.Sorted(slices.Values(w.newest))
	return Lately{Count: w.count, P50: rank(sorted, 0.5), P95: rank(sorted, 0.95)}
}

// rank is the smallest that at least that part of them does not exceed.
func rank(sorted []time.Duration, part float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(math.Ceil(part*float64(len(sorted))))-1]
}

// histogram is a copy for those who scrape.
func (l *Latencies) histogram(kind Latency) (w waits) {
	if l == nil {
		return w
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	w = l.kinds[kind]
	w.newest, w.buckets = nil, slices.Clone(w.buckets)
	return w
}
