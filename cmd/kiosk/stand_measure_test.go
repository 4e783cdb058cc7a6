//go:build sim

package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// at is a percentile of what was measured.
func at(percent int, all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	all = slices.Sorted(slices.Values(all))
	return all[len(all)*percent/100]
}

// times is how many times as long b takes as a, at a percentile.
func times(percent int, a, b []time.Duration) float64 {
	return float64(at(percent, b)) / float64(max(1, at(percent, a)))
}

// unlike is how far two measurements of the same thing are from each other.
func unlike(percent int, a, b []time.Duration) float64 {
	x := times(percent, a, b)
	return max(x, 1/x)
}

// compared is a thing measured without something and with it. again is the first once more: what the two differ by is how
// much the machine lets us know.
type compared struct {
	name                 string
	without, again, with []time.Duration
}

// restless is how much longer the same small work takes at the 99th percentile than at the middle, on a machine with
// other things to do; a quiet one has about 4.
const restless = 8

// tell prints the ratios in a line, and holds them to a limit where there is one. A ratio over its limit fails only where
// two equal things, and a control that has nothing to do with the kiosk, tell of a quiet machine.
func (c compared) tell(b *testing.B, limit float64, control compared) {
	b.Helper()
	all, line, busy := slices.Concat(c.without, c.again), "", ""
	same := slices.Concat(control.without, control.again)
	for _, percent := range []int{50, 99} {
		x, noise, ctl := times(percent, all, c.with), unlike(percent, c.without, c.again), times(percent, same, control.with)
		line += fmt.Sprintf("p%d %v → %v: %.2f x (equal runs %.2f x); ", percent, brief(at(percent, all)), brief(at(percent, c.with)), x, noise)
		quiet := 1 + (limit-1)/2
		switch {
		case limit == 0 || x <= limit:
		case noise < quiet && ctl < quiet && at(99, same) < restless*at(50, same):
			b.Errorf("%s: %.2f times as long at the %dth percentile; the limit is %.2f", c.name, x, percent, limit)
		default:
			busy = "over it; the machine is too busy to tell whose fault that is; "
		}
	}
	if limit > 0 {
		line += fmt.Sprintf("limit %.2f x; ", limit)
	}
	b.Logf("%s: %s%s%d and %d measured", c.name, line, busy, len(all), len(c.with))
}

func brief(d time.Duration) time.Duration {
	if d < time.Millisecond {
		return d.Round(time.Microsecond)
	}
	return d.Round(10 * time.Microsecond)
}

// control does the same small work again and again beside a kiosk, of which it knows nothing: some of the processor's,
// and a write that is waited for.
type control struct {
	done chan struct{}
	over sync.WaitGroup
	took []time.Duration
}

func aControl(tb testing.TB) *control {
	tb.Helper()
	f, err := os.Create(filepath.Join(tb.TempDir(), "control"))
	if err != nil {
		tb.Fatal(err)
	}
	c := &control{done: make(chan struct{})}
	c.over.Go(func() {
		defer f.Close()
		block := make([]byte, 64<<10)
		for {
			select {
			case <-c.done:
				return
			case <-time.After(10 * time.Millisecond):
			}
			began := time.Now()
			sum := sha256.Sum256(block)
			copy(block, sum[:])
			if _, err := f.WriteAt(block[:4<<10], 0); err != nil {
				tb.Error(err)
			}
			if err := f.Sync(); err != nil {
				tb.Error(err)
			}
			c.took = append(c.took, time.Since(began))
		}
	})
	return c
}

// end stops it, and hands over what it measured.
func (c *control) end() []time.Duration {
	close(c.done)
	c.over.Wait()
	return c.took
}

// worked is how long this process has used a processor.
func worked(tb testing.TB) time.Duration {
	tb.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
