package metrics

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

// recentMost is how many of the newest a median is made of.
const recentMost = 100

// bucketBounds are the upper bounds of the histograms, in seconds.
var bucketBounds = [latencies][]float64{
	TapToQR:     {0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 15},
	PaidToMotor: {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2},
	MotorToDrop: {0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4, 6, 10, 20},
}

// Latencies keeps how long customers waited: the newest of each kind, and a histogram since the start. Its zero value is ready.
type Latencies struct {
	mu    sync.Mutex
	kinds [latencies]histogram
}

type histogram struct {
	newest  []time.Duration // a ring
	next    int
	sum     time.Duration
	count   uint64
	buckets []uint64 // each on its own, the last one for what is longer than all
}

// Recent is what the newest waits of a kind were like.
type Recent struct {
	Count    uint64 // since the start
	P50, P95 time.Duration
}

// AddWait takes note of a wait.
func (l *Latencies) AddWait(kind Latency, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := &l.kinds[kind]
	if h.buckets == nil {
		h.buckets = make([]uint64, len(bucketBounds[kind])+1)
	}
	i, _ := slices.BinarySearch(bucketBounds[kind], d.Seconds())
	h.buckets[i]++
	h.count++
	h.sum += d
	if len(h.newest) < recentMost {
		h.newest = append(h.newest, d)
		return
	}
	h.newest[h.next] = d
	h.next = (h.next + 1) % recentMost
}

// RecentWaits returns how long the newest waits of a kind were.
func (l *Latencies) RecentWaits(kind Latency) Recent {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := &l.kinds[kind]
	sorted := slices.Sorted(slices.Values(h.newest))
	return Recent{Count: h.count, P50: percentile(sorted, 0.5), P95: percentile(sorted, 0.95)}
}

// percentile is the smallest that at least that part of them does not exceed (nearest rank).
func percentile(sorted []time.Duration, part float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(math.Ceil(part*float64(len(sorted))))-1]
}

// copyHistogram is a copy for a scrape.
func (l *Latencies) copyHistogram(kind Latency) histogram {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.kinds[kind]
	h.newest, h.buckets = nil, slices.Clone(h.buckets)
	return h
}
