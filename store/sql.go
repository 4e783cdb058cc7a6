package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// queryer is what connections, pools and transactions have in common.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// scanFunc copies the columns of a row, as sql.Rows.Scan does.
type scanFunc = func(into ...any) error

// eachRow calls do for each row of a query, and stops at the first error. A query of at most one row goes through it too:
// no row is then no error, as it is with QueryRowContext.
func eachRow(ctx context.Context, q queryer, do func(scan scanFunc) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := do(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// readAll reads every row of a query; fields lists the places of a row's columns. The list is empty rather than nil, so
// that it is [] in JSON.
func readAll[T any](ctx context.Context, q queryer, fields func(*T) []any, query string, args ...any) ([]T, error) {
	all := []T{}
	err := eachRow(ctx, q, func(scan scanFunc) error {
		var row T
		err := scan(fields(&row)...)
		all = append(all, row)
		return err
	}, query, args...)
	return all, err
}

// statement is SQL and its arguments.
type statement struct {
	text string
	args []any
}

// execAll carries out statements in one transaction.
func execAll(ctx context.Context, conn *sql.Conn, list []statement) error {
	return inTransaction(ctx, conn, func() error {
		for _, s := range list {
			if _, err := conn.ExecContext(ctx, s.text, s.args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// inTransaction does not use database/sql's own transactions: they begin as readers, and a reader that turns writer may be
// refused half way. IMMEDIATE takes the right to write first.
func inTransaction(ctx context.Context, conn *sql.Conn, do func() error) error {
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := do()
	if err == nil {
		_, err = conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		// SQLite may have rolled back by itself; then this has nothing left to do.
		_, _ = conn.ExecContext(ctx, "ROLLBACK")
	}
	return err
}

// limited ends a query whose last argument is a limit, 0 for none: SQLite takes a negative one for none.
const limited = " LIMIT ifnull(nullif(?, 0), -1)"

// jsonList is how a list of any length becomes one argument; json_each takes it apart.
func jsonList[T ~int64 | ~string | [2]int64](of []T) string {
	text, err := json.Marshal(of)
	if err != nil {
		panic(err) // numbers and strings always have a JSON
	}
	return string(text)
}

// unixMillis is a time as the book keeps it. Without a clock a kiosk lives in 1970, so 0 is a time, and NULL is none.
func unixMillis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// nullTime reads such a time back.
type nullTime struct{ t *time.Time }

func (n nullTime) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*n.t = time.Time{}
	case int64:
		*n.t = time.UnixMilli(v).UTC()
	default:
		return fmt.Errorf("a time is stored as %T", v)
	}
	return nil
}

// boolToInt is a bool as SQLite stores it. A hash covers stored values, so the driver must not choose.
func boolToInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
