package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"kiosk/sale"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// statements are all that the writer ever says, prepared once.
type statements struct {
	begin, commit, rollback          *sql.Stmt
	birth, move, remark              *sql.Stmt
	setSlot, seedSlot, doubts, alarm *sql.Stmt
	maintenance                      *sql.Stmt
	flipProof                        *sql.Stmt
	all                              []*sql.Stmt
}

func (st *statements) prepareAll(ctx context.Context, conn *sql.Conn) error {
	const next = "(SELECT ifnull(max(seq), 0) + 1 FROM journal)"
	all := append(append(append([]string{}, bornColumns...), movedColumns...), "seal")
	for _, p := range []struct {
		to   **sql.Stmt
		text string
	}{
		{&st.begin, "BEGIN IMMEDIATE"},
		{&st.commit, "COMMIT"},
		{&st.rollback, "ROLLBACK"},
		{&st.birth, "INSERT INTO orders (" + strings.Join(all, ", ") + ", birth, line) VALUES (" +
			strings.Repeat("?, ", len(all)) + next + ", " + next + ")"},
		// The price is asked for too: an order keeps the one it was born with.
		{&st.move, "UPDATE orders SET " + strings.Join(movedColumns, " = ?, ") + " = ?, seal = ?, line = " + next +
			" WHERE no = ? AND state = ? AND fen = ?"},
		{&st.remark, "UPDATE orders SET reason = ?, updated = ? WHERE no = ? AND state = ?"},
		{&st.setSlot, `INSERT INTO shelves (slot, name, name_en, fen, stock, fault, flag) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (slot) DO UPDATE SET name = excluded.name, name_en = excluded.name_en, fen = excluded.fen,
			stock = excluded.stock, fault = excluded.fault, flag = excluded.flag`},
		{&st.seedSlot, `INSERT INTO shelves (slot, name, name_en, fen, stock, fault, flag) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (slot) DO NOTHING`},
		{&st.doubts, `INSERT OR REPLACE INTO doubts (id, count, drops, first, stopped) VALUES (1, ?, ?, ?, ?)`},
		{&st.alarm, insertAlarm},
		{&st.maintenance, `INSERT OR REPLACE INTO meta (key, value) VALUES ('maintenance', ?)`},
		{&st.flipProof, `UPDATE meta SET value = CASE value WHEN '0' THEN '1' ELSE '0' END WHERE key = 'proof'`},
	} {
		stmt, err := conn.PrepareContext(ctx, p.text)
		if err != nil {
			return err
		}
		*p.to, st.all = stmt, append(st.all, stmt)
	}
	return nil
}

// Write stores a page whole or not at all. See sale.Book.
func (b *Book) Write(ctx context.Context, p sale.Batch) error {
	n := len(p.Moves) + len(p.Slots) + len(p.Alarms)
	if p.Doubts != nil {
		n++
	}
	if p.Maintenance != nil {
		n++
	}
	return b.runTransaction(ctx, n, func(ctx context.Context) error { return b.writeBatch(ctx, &p) })
}

// runTransaction runs n statements as one. A single one is a transaction by itself, and one sync.
// What has begun is not interrupted: half a commit would be a move of which nobody knows.
func (b *Book) runTransaction(ctx context.Context, n int, do func(context.Context) error) error {
	if n == 0 {
		return ctx.Err()
	}
	if err := b.lockWriter(ctx); err != nil {
		return fmt.Errorf("write the book: %w", err)
	}
	defer b.unlockWriter()
	b.sinceCheckpoint.Add(int64(n))
	ctx = context.WithoutCancel(ctx)
	if n == 1 {
		err := do(ctx)
		b.dropHead(err)
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
	b.dropHead(err)
	// SQLite may have rolled back by itself; then this has nothing left to do.
	_, _ = b.st.rollback.ExecContext(ctx)
	return err
}

func (b *Book) writeBatch(ctx context.Context, p *sale.Batch) error {
	for i := range p.Moves {
		if err := b.writeMove(ctx, &p.Moves[i]); err != nil {
			return err
		}
	}
	for _, s := range p.Slots {
		if err := b.writeSlot(ctx, b.st.setSlot, s); err != nil {
			return err
		}
	}
	if d := p.Doubts; d != nil {
		_, err := b.st.doubts.ExecContext(ctx, int64(d.Count), int64(d.Drops), unixMillis(d.First), d.Stopped)
		if err != nil {
			return fmt.Errorf("write doubts: %w", asRefusal(err))
		}
	}
	if p.Maintenance != nil {
		if _, err := b.st.maintenance.ExecContext(ctx, *p.Maintenance); err != nil {
			return fmt.Errorf("write the maintenance: %w", asRefusal(err))
		}
	}
	for _, a := range p.Alarms {
		_, err := b.st.alarm.ExecContext(ctx, alarmValues(&a)...)
		if err != nil {
			return fmt.Errorf("write an alarm: %w", asRefusal(err))
		}
	}
	return nil
}

// writeMove asks the machine first and then the book, in one statement, whether the order stands where the move begins.
func (b *Book) writeMove(ctx context.Context, m *sale.Move) error {
	o := &m.Order
	to, known := sale.Next(m.From, m.Event)
	if m.Event == sale.Remark {
		to, known = m.From, m.From != sale.New
	}
	if !known || to != o.State {
		return fmt.Errorf("%w: order %s: the machine has no %q from %s to %s", sale.ErrRefused, o.No, m.Event, m.From, o.State)
	}
	stmt, s, err := b.bindMove(ctx, m)
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
	if s != nil {
		b.head = s.chainLink()
	}
	return nil
}

// bindMove fills in a move's statement, with the seal of the line it will write. A remark writes none.
func (b *Book) bindMove(ctx context.Context, m *sale.Move) (stmt *sql.Stmt, s lineHash, err error) {
	o := &m.Order
	if m.Event == sale.Remark {
		b.args = append(b.args[:0], o.Reason, unixMillis(o.Updated), string(o.No), string(m.From))
		return b.st.remark, nil, nil
	}
	birth := m.From == sale.New
	args, born := b.args[:0], 0
	if birth {
		args, born = bornValues(args, o), len(bornColumns)
	}
	args = movedValues(args, m)
	if s, err = b.hashMove(ctx, m, args[:born], args[born:]); err != nil {
		return nil, nil, err
	}
	if b.args = append(args, []byte(s)); birth {
		return b.st.birth, s, nil
	}
	b.args = append(b.args, string(o.No), string(m.From), int64(o.Fen))
	return b.st.move, s, nil
}

func (b *Book) writeSlot(ctx context.Context, stmt *sql.Stmt, s sale.SlotState) error {
	_, err := stmt.ExecContext(ctx, int64(s.Slot), s.Name, s.NameEN, int64(s.Fen), int64(s.Stock), s.Fault, s.Flag)
	if err != nil {
		return fmt.Errorf("write slot %d: %w", s.Slot, asRefusal(err))
	}
	return nil
}

// asRefusal names an error as the book's own no where it is that, and not the disk's.
func asRefusal(err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_CONSTRAINT {
		return fmt.Errorf("%w: %w", sale.ErrRefused, err)
	}
	return err
}

// SeedSlots gives slots their first values: those the book knows already stay as they are.
func (b *Book) SeedSlots(ctx context.Context, shelves []sale.SlotState) error {
	return b.runTransaction(ctx, len(shelves), func(ctx context.Context) error {
		for _, s := range shelves {
			if err := b.writeSlot(ctx, b.st.seedSlot, s); err != nil {
				return err
			}
		}
		return nil
	})
}

// CheckWritable turns one stored byte over, through the log and the sync that a move takes. The book grows by nothing.
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
