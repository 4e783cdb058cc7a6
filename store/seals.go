package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"

	"kiosk/sale"
)

// A row seal is a digest of one row of shelves, doubts, alarms or notices. Orders and lines have the chain instead. A row
// that an older version wrote has none.

// stepSeals is the step that brought the row seals.
const stepSeals = 6

// sealRow covers a row's values and the table they belong to.
func sealRow(table string, values []any) []byte {
	return halfSHA256(appendValues(appendText(nil, table), values...))
}

func slotValues(s *sale.SlotState) []any {
	return []any{int64(s.Slot), s.Name, s.NameEN, int64(s.Fen), int64(s.Stock), s.Fault, s.Flag}
}

func slotFields(s *sale.SlotState) []any {
	return []any{&s.Slot, &s.Name, &s.NameEN, &s.Fen, &s.Stock, &s.Fault, &s.Flag}
}

const slotColumns = "slot, name, name_en, fen, stock, fault, flag"

func doubtValues(d *sale.Doubts) []any {
	return []any{int64(d.Count), int64(d.Drops), unixMillis(d.First), d.Stopped}
}

func doubtFields(d *sale.Doubts) []any {
	return []any{&d.Count, &d.Drops, nullTime{&d.First}, &d.Stopped}
}

const doubtColumns = "count, drops, first, stopped"

// sealedTable is a table whose rows are sealed one by one.
type sealedTable struct {
	name, key, columns string
	// read reads the columns into a row, and returns their values as a seal covers them.
	read func(scan scanFunc, more ...any) ([]any, error)
	// grows is true for a table that is only added to: its keys have no gaps.
	grows bool
}

// readRow makes a sealedTable's read from a row's fields and values.
func readRow[T any](fields, values func(*T) []any) func(scanFunc, ...any) ([]any, error) {
	return func(scan scanFunc, more ...any) ([]any, error) {
		var row T
		err := scan(append(more, fields(&row)...)...)
		return values(&row), err
	}
}

var sealedTables = []sealedTable{
	{"shelves", "slot", slotColumns, readRow(slotFields, slotValues), false},
	{"doubts", "id", doubtColumns, readRow(doubtFields, doubtValues), false},
	{"alarms", "id", alarmColumns, readRow(alarmFields, alarmValues), true},
	{"notices", "id", noticeColumns, readRow(noticeFields, noticeValues), true},
}

// unsealedKey is where meta keeps up to which row of a growing table a missing seal is known of.
func (s *sealedTable) unsealedKey() string { return "unsealed_" + s.name }

// knownUnsealed is the last row of a growing table that may lack its seal.
func (s *sealedTable) knownUnsealed(ctx context.Context, q queryer) (key int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT ifnull((SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?), 0)`, s.unsealedKey()).Scan(&key)
	return key, err
}

// adoptUnsealed takes over the rows that an older version wrote, and returns how many they are. Rows that change are sealed
// at once; of a growing table it is only noted up to which row the seals are missing.
func adoptUnsealed(ctx context.Context, conn *sql.Conn) (n int, err error) {
	for _, s := range sealedTables {
		adopt := s.sealMissing
		if s.grows {
			adopt = s.noteMissing
		}
		found, err := adopt(ctx, conn)
		if err != nil {
			return 0, fmt.Errorf("adopt what an older kiosk wrote into %s: %w", s.name, err)
		}
		n += found
	}
	return n, nil
}

func (s *sealedTable) sealMissing(ctx context.Context, conn *sql.Conn) (n int, err error) {
	var list []statement
	err = eachRow(ctx, conn, func(scan scanFunc) error {
		var key int64
		values, err := s.read(scan, &key)
		list = append(list, statement{"UPDATE " + s.name + " SET seal = ? WHERE " + s.key + " = ?", []any{sealRow(s.name, values), key}})
		return err
	}, "SELECT "+s.key+", "+s.columns+" FROM "+s.name+" WHERE seal IS NULL")
	if err != nil || len(list) == 0 {
		return 0, err
	}
	return len(list), execAll(ctx, conn, list)
}

func (s *sealedTable) noteMissing(ctx context.Context, conn *sql.Conn) (n int, err error) {
	known, err := s.knownUnsealed(ctx, conn)
	if err != nil {
		return 0, err
	}
	var last int64
	row := conn.QueryRowContext(ctx, "SELECT count(*), ifnull(max("+s.key+"), 0) FROM "+s.name+" WHERE seal IS NULL AND "+s.key+" > ?", known)
	if err := row.Scan(&n, &last); err != nil || n == 0 {
		return 0, err
	}
	_, err = conn.ExecContext(ctx, `INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)`, s.unsealedKey(), fmt.Sprint(last))
	return n, err
}

// checkRows checks the row seals of all sealed tables; of a growing one the newest rows, 0 for all.
func (a *bookAuditor) checkRows(ctx context.Context, newest int) error {
	if a.noRows {
		return nil
	}
	for _, s := range sealedTables {
		if err := a.checkTable(ctx, &s, newest); err != nil {
			return err
		}
	}
	return nil
}

func (a *bookAuditor) checkTable(ctx context.Context, s *sealedTable, newest int) error {
	known, err := s.knownUnsealed(ctx, a.q)
	if err != nil {
		return err
	}
	after := int64(0)
	return eachRow(ctx, a.q, func(scan scanFunc) error {
		var key int64
		var seal []byte
		values, err := s.read(scan, &key, &seal)
		if err != nil {
			return err
		}
		switch {
		case seal == nil && (key <= known && s.grows || a.adopts):
		case seal == nil:
			a.report(RuleRows, "", "row %d of %s has no seal: an older kiosk or somebody else wrote it", key, s.name)
		case !bytes.Equal(seal, sealRow(s.name, values)):
			a.report(RuleRows, "", "row %d of %s is not what was sealed: somebody changed it", key, s.name)
		}
		if s.grows && after != 0 && key != after-1 {
			a.report(RuleRows, "", "rows of %s are missing between %d and %d", s.name, key, after)
		}
		after = key
		return nil
	}, "SELECT "+s.key+", seal, "+s.columns+" FROM "+s.name+" ORDER BY "+s.key+" DESC"+limited, newest)
}
