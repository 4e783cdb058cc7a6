package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"kiosk/sale"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// statements are all that a batch needs, prepared once, so that no sale waits for SQL to be parsed.
type statements struct {
	begin, commit, rollback *sql.Stmt
	birth, move, remark     *sql.Stmt // of an order
	setSlot, seedSlot       *sql.Stmt // seedSlot changes nothing that is there
	doubts, alarm           *sql.Stmt
	maintenance, damaged    *sql.Stmt
	asked                   *sql.Stmt   // of a lost book's order
	flipProof               *sql.Stmt   // for CheckWritable
	all                     []*sql.Stmt // to be closed
}

func (st *statements) prepareAll(ctx context.Context, conn *sql.Conn) error {
	const next = "(SELECT ifnull(max(seq), 0) + 1 FROM journal)" // the line that the trigger writes for this move
	all := append(slices.Concat(bornColumns, movedColumns), "seal")
	const insertSlot = "INSERT INTO shelves (" + slotColumns + ", seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (slot) DO "
	for _, p := range []struct {
		to   **sql.Stmt
		text string
	}{
		{&st.begin, "BEGIN IMMEDIATE"},
		{&st.commit, "COMMIT"},
		{&st.rollback, "ROLLBACK"},
		{&st.birth, "INSERT INTO orders (" + strings.Join(all, ", ") + ", birth, line) VALUES (" +
			strings.Repeat("?, ", len(all)) + next + ", " + next + ")"},
		// The state is a condition, so that of two moves from one state the second finds no order; and so is the price,
		// which an order keeps from its birth.
		{&st.move, "UPDATE orders SET " + strings.Join(movedColumns, " = ?, ") + " = ?, seal = ?, line = " + next +
			" WHERE no = ? AND state = ? AND fen = ?"},
		{&st.remark, "UPDATE orders SET reason = ?, updated = ? WHERE no = ? AND state = ?"},
		{&st.setSlot, insertSlot + `UPDATE SET name = excluded.name, name_en = excluded.name_en, fen = excluded.fen,
			stock = excluded.stock, fault = excluded.fault, flag = excluded.flag, seal = excluded.seal`},
		{&st.seedSlot, insertSlot + "NOTHING"},
		{&st.doubts, "INSERT OR REPLACE INTO doubts (id, " + doubtColumns + ", seal) VALUES (1, ?, ?, ?, ?, ?)"},
		{&st.alarm, insertAlarm},
		{&st.maintenance, "INSERT OR REPLACE INTO meta (key, value) VALUES ('maintenance', ?)"},
		{&st.damaged, "INSERT OR REPLACE INTO meta (key, value) VALUES ('damaged', ?)"},
		{&st.asked, "DELETE FROM lost WHERE no = ?"},
		{&st.flipProof, "UPDATE meta SET value = CASE value WHEN '0' THEN '1' ELSE '0' END WHERE key = 'proof'"},
	} {
		stmt, err := conn.PrepareContext(ctx, p.text)
		if err != nil {
			return err
		}
		*p.to, st.all = stmt, append(st.all, stmt)
	}
	return nil
}

// asRefusal marks an error as the book's own no if a constraint or a trigger made it, and not the disk.
func asRefusal(err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_CONSTRAINT {
		return fmt.Errorf("%w: %w", sale.ErrRefused, err)
	}
	return err
}
