package status

import (
	"fmt"
	"strings"
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

const (
	sparkBins = 96 // a quarter of an hour each
	sparkTall = 40
	sparkWide = 288
)

// drawSparks draws the figures that were sampled.
func (h *boardHistory) drawSparks(lang string) (out []spark) {
	now := time.Now()
	all := h.samplesSince(now.Add(-samplesKept * sampleEvery))
	line := func(key, unit string, of func(sample) (float64, bool)) {
		if s, ok := sparkPath(all, now, unit, of); ok {
			s.Key, s.Name = key, words.Labels[key].in(lang)
			out = append(out, s)
		}
	}
	line("g.heat", "%.0f °C", func(s sample) (float64, bool) { return float64(s.celsius), s.celsius != 0 })
	line("g.goods", "%.1f °C", func(s sample) (float64, bool) { return float64(s.goods), s.hasGood })
	line("g.memory", "%.0f MiB", func(s sample) (float64, bool) { return float64(s.freeMiB), s.freeMiB > 0 })
	if len(all) > 0 {
		out = append(out, undervoltagePath(all, now, lang))
	}
	return out
}

// binSamples is where on the line a moment stands.
func binSamples(at, now time.Time) int {
	return min(sparkBins-1, max(0, sparkBins-1-int(now.Sub(at)*sparkBins/(samplesKept*sampleEvery))))
}

func sparkPath(all []sample, now time.Time, unit string, of func(sample) (float64, bool)) (s spark, ok bool) {
	var sums [sparkBins]float64
	var counts [sparkBins]int
	var low, high, last float64
	for _, one := range all {
		v, has := of(one)
		if !has {
			continue
		}
		if !ok {
			low, high = v, v
		}
		low, high, last, ok = min(low, v), max(high, v), v, true
		i := binSamples(one.at, now)
		sums[i], counts[i] = sums[i]+v, counts[i]+1
	}
	if !ok {
		return s, false
	}
	s.Kind, s.Now = "trace", fmt.Sprintf(unit, last)
	if least, most := fmt.Sprintf(unit, low), fmt.Sprintf(unit, high); least != most {
		s.Range = least + " … " + most
	}
	var path strings.Builder
	pen := "M"
	for i := range sums {
		if counts[i] == 0 {
			pen = "M" // nobody looked then
			continue
		}
		y := float64(sparkTall) / 2
		if high > low {
			y = 3 + (high-sums[i]/float64(counts[i]))/(high-low)*(sparkTall-6)
		}
		fmt.Fprintf(&path, "%s%d %.0f", pen, i*sparkWide/sparkBins, y)
		if pen == "M" {
			fmt.Fprint(&path, "h2") // a lone one shows too
		}
		pen = "L"
	}
	s.Path = path.String()
	return s, true
}

// undervoltagePath marks the quarters of an hour in which the supply was too low.
func undervoltagePath(all []sample, now time.Time, lang string) spark {
	var path strings.Builder
	minutes, was := 0, -1
	for _, s := range all {
		if !s.low {
			continue
		}
		minutes++
		if i := binSamples(s.at, now); i != was {
			was = i
			fmt.Fprintf(&path, "M%d 4h2v36h-2z", i*sparkWide/sparkBins)
		}
	}
	s := spark{Key: "g.volts", Name: words.Labels["g.volts"].in(lang), Kind: "mark-low", Path: path.String(), Now: words.Labels["volts+"].in(lang)}
	if minutes > 0 {
		s.Now = fmt.Sprintf(words.Labels["volts-"].in(lang), minutes)
	}
	return s
}
