package main

import (
	"context"
	"maps"
	"sync"
	"time"

	"kiosk/cmd/kiosk/doctor"
	"kiosk/sale"
	"kiosk/status"
)

// tapFresh is how old a key's press may be to have begun the order that is written now.
const tapFresh = 5 * time.Second

// stopwatch stands between the shop and its book, dispenser and keys, and counts what goes by. It changes nothing,
// and nobody waits for it.
type stopwatch struct {
	latencies status.Latencies

	mu      sync.Mutex
	tapped  sale.Slot // the newest key, until an order was born of it
	tapAt   time.Time
	asking  sale.No // the order that waits for its QR code
	askAt   time.Time
	paid    sale.Slot // the slot that was paid for and has not turned
	paidAt  time.Time
	sales   map[sale.Means]status.Sum
	refunds map[string]status.Sum
	settled map[string]int
	moves   map[sale.Event]int
}

// keys notes when a key was pressed: proving the light barrier is part of the wait.
func (w *stopwatch) keys(pressed func(slot int)) func(slot int) {
	return func(slot int) {
		w.mu.Lock()
		w.tapped, w.tapAt = sale.Slot(slot), time.Now()
		w.mu.Unlock()
		pressed(slot)
	}
}

// book watches what is written.
func (w *stopwatch) book(b sale.Book) sale.Book { return &watchedBook{b, w} }

type watchedBook struct {
	sale.Book
	watch *stopwatch
}

func (b *watchedBook) Write(ctx context.Context, p sale.Batch) error {
	began := time.Now()
	err := b.Book.Write(ctx, p)
	if err == nil {
		b.watch.wrote(p.Moves, began, time.Now())
	}
	return err
}

func (w *stopwatch) wrote(moves []sale.Move, began, ended time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range moves {
		w.count(m)
		w.wait(m, began, ended)
	}
}

func (w *stopwatch) count(m sale.Move) {
	if w.moves == nil {
		w.sales, w.refunds = map[sale.Means]status.Sum{}, map[string]status.Sum{}
		w.settled, w.moves = map[string]int{}, map[sale.Event]int{}
	}
	o := m.Order
	if m.Event != sale.Remark {
		w.moves[m.Event]++
	}
	switch {
	case o.State == sale.Sold && m.Event == sale.Dropped:
		w.sales[o.Means] = more(w.sales[o.Means], o.Fen)
	case m.Event == sale.Repaid:
		w.refunds[o.Why] = more(w.refunds[o.Why], o.RefundFen)
	case m.Event == sale.Settled:
		w.settled[o.How]++
	}
}

func more(s status.Sum, fen sale.Fen) status.Sum {
	return status.Sum{Count: s.Count + 1, Fen: s.Fen + fen}
}

func (w *stopwatch) wait(m sale.Move, began, ended time.Time) {
	o := m.Order
	switch {
	case m.Event == sale.Chosen && o.Means == sale.Native:
		w.asking, w.askAt = o.No, began
		if w.tapped == o.Slot && began.Sub(w.tapAt) < tapFresh {
			w.askAt = w.tapAt
		}
		w.tapped = 0
	case m.Event == sale.Asked && o.No == w.asking:
		w.latencies.Add(status.TapToQR, ended.Sub(w.askAt))
		w.asking = ""
	case m.Event == sale.Paid && o.State == sale.Vending:
		w.paid, w.paidAt = o.Slot, began
	case m.From == sale.Vending: // also one that never turned, because the book failed between
		w.paid = 0
	}
}

// dispenser watches what turns.
func (w *stopwatch) dispenser(d sale.Dispenser) sale.Dispenser { return &watchedDispenser{d, w} }

type watchedDispenser struct {
	sale.Dispenser
	watch *stopwatch
}

// Vend times what was paid for; a technician's test is no wait of a customer.
func (d *watchedDispenser) Vend(ctx context.Context, slot int) (bool, string) {
	began := time.Now()
	sold := d.watch.turns(sale.Slot(slot), began)
	dropped, fault := d.Dispenser.Vend(ctx, slot)
	if sold && dropped {
		d.watch.latencies.Add(status.MotorToDrop, time.Since(began))
	}
	return dropped, fault
}

func (w *stopwatch) turns(slot sale.Slot, now time.Time) (sold bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.paid != slot {
		return false
	}
	w.paid = 0
	w.latencies.Add(status.PaidToMotor, now.Sub(w.paidAt))
	return true
}

// readings is what /metrics tells beside what the page shows.
func (k *kiosk) readings() func() status.Readings {
	build, ends := builtFrom(), doctor.MerchantCertificateEnds(&k.conf)
	return func() status.Readings {
		r := k.watch.readings()
		r.Commit, r.Go, r.Wall, r.Certificate = build["commit"], build["go"], k.wires.now(), ends
		if k.scanner != nil {
			c := k.scanner.Counts()
			r.Scanner = map[string]int{"garbage": c.Garbage, "fragment": c.Fragments, "glued": c.Glued, "overflow": c.Overflows, "checksum": c.Sums,
				"unarmed": c.Unarmed, "repeat": c.Repeats, "vanished": c.Vanished, "unasked": c.Unsolicited, "unheard": c.Unanswered}
		}
		if k.alert != nil {
			r.Alerts = k.alert.Counts()
		}
		return r
	}
}

func (w *stopwatch) readings() status.Readings {
	w.mu.Lock()
	defer w.mu.Unlock()
	return status.Readings{Sales: maps.Clone(w.sales), Refunds: maps.Clone(w.refunds), Settled: maps.Clone(w.settled), Moves: maps.Clone(w.moves)}
}
