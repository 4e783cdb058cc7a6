package house_test

import (
	"context"
	"reflect"
	"slices"
	"time"

	"kiosk/sale"
)

const cardTakes = 5 * time.Millisecond

// ledger is the book on its card. A write that the power cut came before is not there; one it came after is,
// though nobody hears of it.
type ledger struct{ l *life }

func (b ledger) Write(ctx context.Context, p sale.Batch) error {
	return b.do(func() error {
		before, after := error(nil), error(nil)
		if b.l.h.spoil != nil {
			before, after = b.l.h.spoil()
		}
		if before != nil {
			return before
		}
		if err := b.l.book.Write(ctx, p); err != nil {
			if !b.l.h.isUnheard(p) { // a vend's outcome is written again: nobody can know that it is there
				b.l.h.blame("the kiosk asks for what the book refuses: " + err.Error())
			}
			return err
		}
		if after != nil {
			b.l.h.keepUnheard(p)
		}
		if hear := b.l.h.hear; hear != nil {
			for _, m := range p.Moves {
				hear(m.Order.No, m.Event)
			}
		}
		return after
	})
}

// keepUnheard keeps what is on disk though the kiosk heard that the write failed.
func (h *house) keepUnheard(p sale.Batch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unheard = append(h.unheard, p)
}

// isUnheard reports whether just this is on disk, and the kiosk cannot know.
func (h *house) isUnheard(p sale.Batch) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.ContainsFunc(h.unheard, func(w sale.Batch) bool { return reflect.DeepEqual(w, p) })
}

func (b ledger) Load(ctx context.Context) (past sale.History, err error) {
	err = b.do(func() error { past, err = b.l.book.Load(ctx); return err })
	return past, err
}

func (b ledger) CheckWritable(ctx context.Context) error {
	return b.do(func() error {
		if b.l.h.spoil != nil {
			if before, _ := b.l.h.spoil(); before != nil {
				return before
			}
		}
		return b.l.book.CheckWritable(ctx)
	})
}

func (b ledger) do(deed func() error) error {
	if err := b.l.touch(); err != nil {
		return err
	}
	time.Sleep(cardTakes) // whoever does not wait for the card is seen to be too early
	err := b.lit(deed)
	if dark := b.l.touch(); dark != nil {
		return dark
	}
	return err
}

func (b ledger) lit(deed func() error) error {
	b.l.disk.Lock()
	defer b.l.disk.Unlock()
	if b.l.dead {
		return errDark
	}
	return deed()
}

// What may become of a vend.
const (
	fateDrop    = "drop"
	fateJam     = "jam"
	fateNoDrop  = "no drop"
	fateLate    = "late drop"
	fateDouble  = "double drop"
	fateBlocked = "blocked"
)

// drawer is the motors and light barriers: whether anybody is told or not, the goods fall or they do not.
type drawer struct{ l *life }

func (d drawer) Vend(_ context.Context, slot int) (int, string) {
	h := d.l.h
	if d.l.touch() != nil {
		return 0, sale.FaultOff
	}
	no := d.whose(slot)
	fate := h.fate(no)
	h.mu.Lock()
	h.fates[fate]++
	if fate != fateBlocked {
		h.motors[no]++
	}
	h.mu.Unlock()
	if fate == fateBlocked {
		return 0, sale.FaultBlocked
	}
	if !d.turns(fellAt) {
		return 0, sale.FaultOff
	}
	if fate == fateDrop || fate == fateDouble {
		h.fell(no)
	}
	if d.l.touch() != nil || !d.turns(vendTook-fellAt) || d.l.touch() != nil {
		return 0, sale.FaultOff
	}
	switch fate {
	case fateDrop:
		return 1, ""
	case fateDouble:
		return 2, sale.FaultDouble
	case fateJam:
		return 0, sale.FaultJam
	case fateLate:
		go d.late(no, slot)
	}
	return 0, sale.FaultNoDrop
}

// whose asks the card, and nobody else, for whom the motor turns.
func (d drawer) whose(slot int) sale.No {
	d.l.disk.Lock()
	defer d.l.disk.Unlock()
	list, err := d.l.book.ListOrders(context.Background(), 0, string(sale.Vending))
	if err != nil || len(list) != 1 || int(list[0].Slot) != slot {
		d.l.h.blame("the motor turned, and the book says nothing of it: after a power cut it would turn again")
		return "nobody's"
	}
	return list[0].No
}

// turns tells whether the motor had power for so long.
func (d drawer) turns(so time.Duration) bool {
	select {
	case <-time.After(so):
		return d.l.power.Err() == nil
	case <-d.l.motor:
	case <-d.l.power.Done():
	}
	return false
}

// late is something that fell after everybody had stopped looking.
func (d drawer) late(no sale.No, slot int) {
	select {
	case <-time.After(20 * time.Second):
		d.l.h.fell(no)
		d.l.clerk.Post(sale.Edge{Slot: sale.Slot(slot)})
	case <-d.l.power.Done():
	}
}

// Off takes the motor's power away; without a motor under way it takes nothing.
func (d drawer) Off() {
	select {
	case d.l.motor <- struct{}{}:
		<-time.After(time.Millisecond)
		select {
		case <-d.l.motor:
		default:
		}
	default:
	}
}

func (h *house) fell(no sale.No) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.goods[no]++
}

// panel is the glass.
type panel struct{ l *life }

func (p panel) Show(v sale.View) {
	if p.l.touch() != nil {
		return
	}
	h := p.l.h
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.life == p.l {
		h.view = v
	}
}

// module is the scan module.
type module struct{ l *life }

func (m module) Arm(bool) { _ = m.l.touch() }
