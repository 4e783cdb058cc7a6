package hw

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// wireOf draws pulses at random on a wire: their edges in order, and what they are to one who saw all of it.
func wireOf(dice *rand.Rand, start time.Time, d *darkness) (edges []edge, pieces []time.Time, sparks int) {
	at, ended, blank := start, time.Time{}, d.blank
	for range 1 + dice.IntN(12) {
		at = at.Add(time.Duration(1+dice.IntN(120_000)) * us) // up to 120 ms apart
		wide := []time.Duration{time.Duration(1+dice.IntN(20)) * us, time.Duration(1+dice.IntN(1200)) * us, time.Duration(1+dice.IntN(40)) * ms}[dice.IntN(3)]
		fell, rose := at, at.Add(wide)
		edges = append(edges, edge{true, fell, uint32(len(edges) + 1)}, edge{false, rose, uint32(len(edges) + 2)})
		if at = rose; wide < d.least || !rose.After(blank) {
			sparks++
			continue
		}
		if ended.IsZero() || fell.Sub(ended) >= beamGap {
			pieces = append(pieces, fell)
		}
		ended = rose
	}
	return edges, pieces, sparks
}

// However seldom anybody looks, and though an edge takes its time from the interrupt to the reader: what the stamps say is
// what was on the wire.
func TestHoweverLateEdgesAreReadTheyTellTheSame(t *testing.T) {
	total := 0
	for seed := range uint64(3000) {
		dice := rand.New(rand.NewPCG(seed, 5))
		start := time.Now()
		d := &darkness{least: []time.Duration{100 * us, DropLeast, 5 * ms}[dice.IntN(3)]}
		if dice.IntN(2) == 0 {
			d.blank = start.Add(deadTime)
		}
		d.reset(start, false)
		edges, pieces, sparks := wireOf(dice, start, d)
		total += len(pieces)
		slowest := time.Duration(1+dice.IntN(300)) * ms // between two looks
		end := edges[len(edges)-1].at.Add(10 * ms)
		var got glimpse
		for now, next := start, 0; now.Before(end.Add(2 * slowest)); now = now.Add(ms + time.Duration(dice.Int64N(int64(slowest)))) {
			dark := false
			for _, e := range edges {
				if !e.at.After(now) {
					dark = e.on
				}
			}
			for ; next < len(edges) && !edges[next].at.Add(time.Duration(dice.IntN(200))*us).After(now); next++ {
				d.judgeEdge(edges[next], &got)
			}
			d.judgeLevel(now, dark, &got)
		}
		if !slices.Equal(got.pieces, pieces) || got.sparks != sparks || got.unreadable != 0 {
			t.Fatalf("seed %d: %d pieces, %d sparks and %d unreadable; on the wire were %d and %d", seed, len(got.pieces), got.sparks, got.unreadable, len(pieces), sparks)
		}
	}
	if total < 3000 {
		t.Errorf("only %d pieces fell: this shows little", total)
	}
}

// What begins in the window's last moment is the customer's; what begins after it is a late drop.
func TestTheDropWindowEndsWhereItBegan(t *testing.T) {
	for _, row := range []struct {
		after, wide time.Duration
		says        string
		late        []string
	}{
		{2499 * ms, 20 * ms, `true ""`, nil}, {2499*ms + 700*us, 600 * us, `true ""`, nil}, {2502 * ms, 20 * ms, `false "no-drop"`, []string{"edge 1"}},
	} {
		for _, stall := range []time.Duration{0, 300 * ms} {
			inMachine(t, func(t *testing.T, m *machine) {
				m.RetryPulses = -1
				m.spirals[1].drops = nil
				power := m.motor[1].moved
				m.motor[1].moved = func(l gpio.Level) {
					if power(l); l == gpio.Low {
						time.AfterFunc(row.after, func() { m.drop.spark(row.wide) })
					}
				}
				if stall > 0 {
					m.stalls(1200*ms+row.after-5*ms, stall)
				}
				if got := vend(m, 1); got != row.says {
					t.Errorf("%v after motor-off, a stall of %v: %s, want %s", row.after, stall, got, row.says)
				}
				time.Sleep(time.Second)
				m.told.is(t, fmt.Sprintf("%v after motor-off: goods and money both went out", row.after), row.late...)
			})
		}
	}
}
