package metrics

import (
	"maps"
	"sync"
	"time"

	"kiosk/sale"
)

// tapFresh is how old a key's press may be to have begun the order that is written now.
const tapFresh = 5 * time.Second

// Tally counts what the clerk did, and times what a customer waited for. All of it is since the process began; its zero
// value is ready.
type Tally struct {
	Latencies Latencies

	mu      sync.Mutex
	counted counts
	tapped  sale.Slot // the newest key, until an order was born of it
	tapAt   time.Time
	asking  sale.No // the order that waits for its QR code
	askAt   time.Time
	paid    sale.No // the order that was paid and has not turned its motor
	paidAt  time.Time
}

// counts is what was counted.
type counts struct {
	Sales   map[sale.Means]sum // goods that fell and were paid, at what they cost
	Refunds map[string]sum     // money that went back, by why: sale.RefundForStuck …
	Settled map[string]int     // owed orders that a person settled, by how
	Moves   map[sale.Event]int // of all orders
}

// sum is how often, and how much in all.
type sum struct {
	Count int
	Fen   sale.Fen
}

func (s sum) addSale(fen sale.Fen) sum { return sum{s.Count + 1, s.Fen + fen} }

// NotePress notes when a key was pressed, which is before the clerk hears of it: testing the light barrier is part of the wait.
func (t *Tally) NotePress(slot sale.Slot) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tapped, t.tapAt = slot, time.Now()
}

// Observe is the clerk's: it hears of each deed that has come to its end. A move counts once it is on disk.
func (t *Tally) Observe(o sale.Observation) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch d := o.Deed.(type) {
	case sale.Write:
		if o.Err != nil {
			return
		}
		for _, m := range d.Batch.Moves {
			t.countMove(m)
			t.timeMove(m, o.Began, o.Began.Add(o.Took))
		}
	case sale.Vend:
		if d.Order.No != t.paid {
			return
		}
		t.paid = ""
		t.Latencies.AddWait(PaidToMotor, o.Began.Sub(t.paidAt))
		if o.Dropped {
			t.Latencies.AddWait(MotorToDrop, o.Took)
		}
	}
}

func (t *Tally) countMove(m sale.Move) {
	c, o := &t.counted, m.Order
	if c.Moves == nil {
		*c = counts{map[sale.Means]sum{}, map[string]sum{}, map[string]int{}, map[sale.Event]int{}}
	}
	if m.Event != sale.Remark {
		c.Moves[m.Event]++
	}
	switch {
	case o.State == sale.Sold && m.Event == sale.Dropped:
		c.Sales[o.Means] = c.Sales[o.Means].addSale(o.Fen)
	case m.Event == sale.Repaid:
		c.Refunds[o.Why] = c.Refunds[o.Why].addSale(o.RefundFen)
	case m.Event == sale.Settled:
		c.Settled[o.How]++
	}
}

func (t *Tally) timeMove(m sale.Move, began, ended time.Time) {
	o := m.Order
	switch {
	case m.Event == sale.Chosen && o.Means == sale.Native:
		t.asking, t.askAt = o.No, began
		if t.tapped == o.Slot && began.Sub(t.tapAt) < tapFresh {
			t.askAt = t.tapAt
		}
		t.tapped = 0
	case m.Event == sale.Asked && o.No == t.asking:
		t.Latencies.AddWait(TapToQR, ended.Sub(t.askAt))
		t.asking = ""
	case m.Event == sale.Paid && o.State == sale.Vending:
		t.paid, t.paidAt = o.No, began
	case m.From == sale.Vending: // also one that never turned, because the book failed between
		t.paid = ""
	}
}

// copyCounts are a copy for those who read.
func (t *Tally) copyCounts() counts {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.counted
	return counts{maps.Clone(c.Sales), maps.Clone(c.Refunds), maps.Clone(c.Settled), maps.Clone(c.Moves)}
}
