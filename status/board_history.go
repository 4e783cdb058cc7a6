package status

import (
	"sync"
	"time"

	"kiosk/sale"
)

const (
	sampleEvery = time.Minute
	samplesKept = 24 * 60 // a day of them, and never more
)

// sample is the board at one moment. A figure that it does not have is none of its own.
type sample struct {
	at      time.Time // its monotonic part counts
	celsius float32   // 0: no thermometer
	goods   float32
	hasGood bool
	freeMiB int32 // of memory
	low     bool  // the supply was under its limit
}

// boardHistory is the last day of the board: a ring of samples.
type boardHistory struct {
	mu   sync.Mutex
	kept []sample
	next int
}

// addSample puts a sample in place of the oldest once a day of them is kept.
func (h *boardHistory) addSample(s sample) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.kept) < samplesKept {
		h.kept = append(h.kept, s)
		return
	}
	h.kept[h.next] = s
	h.next = (h.next + 1) % samplesKept
}

// samplesSince is what was sampled after a moment, oldest first.
func (h *boardHistory) samplesSince(t time.Time) (out []sample) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range h.kept {
		if s := h.kept[(h.next+i)%len(h.kept)]; s.at.After(t) {
			out = append(out, s)
		}
	}
	return out
}

// sampleOf keeps of the board what the page draws, in a tenth of the memory.
func sampleOf(board sale.Facts, at time.Time) sample {
	s := sample{at: at, low: board.PowerLow != nil && *board.PowerLow, hasGood: board.Goods != nil}
	if board.Celsius != nil {
		s.celsius = float32(*board.Celsius)
	}
	if s.hasGood {
		s.goods = float32(*board.Goods)
	}
	if board.MemoryFree != nil {
		s.freeMiB = int32(*board.MemoryFree)
	}
	return s
}
