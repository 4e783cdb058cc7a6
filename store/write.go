package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"kiosk/sale"
)

// Write stores a batch whole or not at all, and returns when it is on the card. See sale.Book.
func (b *Book) Write(ctx context.Context, p sale.Batch) error {
	n := len(p.Moves) + len(p.Slots) + len(p.Alarms) + len(p.Asked)
	for _, there := range []bool{p.Doubts != nil, p.Maintenance != nil, p.Damaged != nil} {
		if there {
			n++
		}
	}
	if beginsSale(&p) {
		if err := b.CheckFiles(); err != nil {
			return fmt.Errorf("write the book: %w", err)
		}
	}
	return b.runTransaction(ctx, n, func(ctx context.Context) error { return b.writeBatch(ctx, &p) })
}

// beginsSale is true for the first write of a sale, and for one that doubts the book: from there the shop can begin anew
// without harm to anybody.
func beginsSale(p *sale.Batch) bool {
	return p.Damaged != nil || slices.ContainsFunc(p.Moves, func(m sale.Move) bool { return m.From == sale.New && m.Event == sale.Chosen })
}

// runTransaction runs n statements as one. A single statement is a transaction by itself: that saves a sale two more. Once
// begun it does not stop with ctx, because half way it is unknown whether the move was written.
func (b *Book) runTransaction(ctx context.Context, n int, do func(context.Context) error) error {
	if n == 0 {
		return ctx.Err()
	}
	if err := b.lockWriter(ctx); err != nil {
		return fmt.Errorf("write the book: %w", err)
	}
	defer b.unlockWriter()
	b.countWrite(n) // also if it fails: an estimate is enough
	ctx = context.WithoutCancel(ctx)
	if n == 1 {
		err := do(ctx)
		b.chain.dropHead(err)
		return err
	}
	if _, err := b.st.begin.ExecContext(ctx); err != nil {
		return fmt.Errorf("begin a page: %w", err)
	}
	err := do(ctx)
	if err == nil {
		if _, err = b.st.commit.ExecContext(ctx); err == nil {
			return nil
		}
		err = fmt.Errorf("commit a page: %w", err)
	}
	b.chain.dropHead(err)
	// SQLite may have rolled back by itself; then this has nothing left to do.
	_, _ = b.st.rollback.ExecContext(ctx)
	return err
}

// writeBatch writes in the order of the fields: the moves come first, because the book may refuse them.
func (b *Book) writeBatch(ctx context.Context, p *sale.Batch) error {
	for i := range p.Moves {
		if err := b.writeMove(ctx, &p.Moves[i]); errors.Is(err, sale.ErrRefused) {
			return &sale.RefusedError{No: p.Moves[i].Order.No, Err: err}
		} else if err != nil {
			return err
		}
	}
	for _, s := range p.Slots {
		if err := writeSlot(ctx, b.st.setSlot, s); err != nil {
			return err
		}
	}
	if d := p.Doubts; d != nil {
		_, err := b.st.doubts.ExecContext(ctx, sealedDoubts(d)...)
		if err != nil {
			return fmt.Errorf("write doubts: %w", asRefusal(err))
		}
	}
	if p.Maintenance != nil {
		if _, err := b.st.maintenance.ExecContext(ctx, *p.Maintenance); err != nil {
			return fmt.Errorf("write the maintenance: %w", asRefusal(err))
		}
	}
	if p.Damaged != nil {
		if _, err := b.st.damaged.ExecContext(ctx, *p.Damaged); err != nil {
			return fmt.Errorf("write the damage: %w", asRefusal(err))
		}
	}
	for _, no := range p.Asked {
		if _, err := b.st.asked.ExecContext(ctx, string(no)); err != nil {
			return fmt.Errorf("write that %s was asked after: %w", no, asRefusal(err))
		}
	}
	for _, a := range p.Alarms {
		if _, err := b.st.alarm.ExecContext(ctx, sealedAlarm(&a)...); err != nil {
			return fmt.Errorf("write an alarm: %w", asRefusal(err))
		}
	}
	return nil
}

// writeMove asks the table of moves first, and then the book, in the statement that moves the order, whether the order
// stands where the move begins. The book believes no caller.
func (b *Book) writeMove(ctx context.Context, m *sale.Move) error {
	o := &m.Order
	to, known := sale.Next(m.From, m.Event)
	if m.Event == sale.Remark { // is no move: it changes the reason of an order in any state
		to, known = m.From, m.From != sale.New
	}
	if !known || to != o.State {
		return fmt.Errorf("%w: order %s: the machine has no %q from %s to %s", sale.ErrRefused, o.No, m.Event, m.From, o.State)
	}
	stmt, h, err := b.bindMove(ctx, m)
	if err != nil {
		return err
	}
	res, err := stmt.ExecContext(ctx, b.args...)
	if err != nil {
		return fmt.Errorf("write order %s: %q from %s to %s: %w", o.No, m.Event, m.From, o.State, asRefusal(err))
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errors.Join(fmt.Errorf("%w: order %s: not stored as %s for %s", sale.ErrRefused, o.No, m.From, o.Fen.Yuan()), err)
	}
	if h != nil {
		b.chain.head = h.chainLink()
	}
	return nil
}

// bindMove fills in a move's statement, with the hash of the line that it will write. A remark writes no line.
func (b *Book) bindMove(ctx context.Context, m *sale.Move) (stmt *sql.Stmt, h lineHash, err error) {
	o := &m.Order
	if m.Event == sale.Remark {
		b.args = append(b.args[:0], o.Reason, unixMillis(o.Updated), string(o.No), string(m.From))
		return b.st.remark, nil, nil
	}
	birth := m.From == sale.New
	args, born := b.args[:0], 0 // the list is used again: a move allocates little
	if birth {
		args, born = bornValues(args, o), len(bornColumns)
	}
	args = movedValues(args, m)
	if h, err = b.chain.hashMove(ctx, m, args[:born], args[born:]); err != nil {
		return nil, nil, err
	}
	if b.args = append(args, []byte(h)); birth {
		return b.st.birth, h, nil
	}
	b.args = append(b.args, string(o.No), string(m.From), int64(o.Fen))
	return b.st.move, h, nil
}

func sealedDoubts(d *sale.Doubts) []any {
	values := doubtValues(d)
	return append(values, sealRow("doubts", values))
}

// writeSlot writes a slot by one of two statements: setSlot replaces what is there, seedSlot keeps it.
func writeSlot(ctx context.Context, stmt *sql.Stmt, s sale.SlotState) error {
	values := slotValues(&s)
	_, err := stmt.ExecContext(ctx, append(values, sealRow("shelves", values))...)
	if err != nil {
		return fmt.Errorf("write slot %d: %w", s.Slot, asRefusal(err))
	}
	return nil
}

// SeedSlots gives slots the config's values if the book does not know them yet. From then on the book's values count.
func (b *Book) SeedSlots(ctx context.Context, slots []sale.SlotState) error {
	return b.runTransaction(ctx, len(slots), func(ctx context.Context) error {
		for _, s := range slots {
			if err := writeSlot(ctx, b.st.seedSlot, s); err != nil {
				return err
			}
		}
		return nil
	})
}

// CheckWritable changes one stored byte, through the same log and sync as a move, so that nil means that a move can be
// written. The book grows by nothing, however often it is called.
func (b *Book) CheckWritable(ctx context.Context) error {
	err := b.runTransaction(ctx, 1, func(ctx context.Context) error {
		res, err := b.st.flipProof.ExecContext(ctx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return errors.Join(errors.New("its proof byte is gone"), err)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("prove the book: %w", err)
	}
	return nil
}
