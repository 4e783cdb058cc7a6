package sale

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// What came of a vend is worth more than any other page that the book did not take: waking knows only that a motor may have
// turned, and repays a customer who holds the goods. So it is kept in memory, and written before the next shop wakes.

// vendOutcomes are the batches of deeds that say what came of a vend.
func vendOutcomes(deeds []Deed) (out []Batch) {
	for _, d := range deeds {
		w, is := d.(Write)
		if is && slices.ContainsFunc(w.Batch.Moves, func(m Move) bool { return m.From == Vending }) {
			out = append(out, w.Batch)
		}
	}
	return out
}

// keepOutcomes keeps what the ended life did not write: the vend that the failed write told of, and the vends that were
// under way. Their motors have stopped by now.
func (l *life) keepOutcomes() {
	l.unwritten = append(l.unwritten, vendOutcomes(l.failed)...)
	for _, in := range l.inbox.takeVended() {
		l.unwritten = append(l.unwritten, vendOutcomes(l.stepShop(l.clock.instant(), in))...)
	}
}

// takeVended takes the outcomes of vends out of the queue.
func (b *inbox) takeVended() (out []Vended) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = slices.DeleteFunc(b.queue, func(m message) bool {
		v, is := m.in.(Vended)
		if is {
			out = append(out, v)
		}
		return is
	})
	return out
}

// writeOutcomes writes what was kept. One that the book refuses is in it already, or no longer true.
func (c *Clerk) writeOutcomes(ctx context.Context) error {
	for len(c.unwritten) > 0 {
		wctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeFor)
		err := c.Book.Write(wctx, c.unwritten[0])
		cancel()
		switch {
		case errors.Is(err, ErrRefused):
			c.log(fmt.Sprintf("what came of a vend is not written any more: %v", err))
		case err != nil:
			return err
		}
		c.unwritten = c.unwritten[1:]
	}
	return nil
}
