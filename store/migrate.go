package store

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations are the steps from an empty file to this version, in order of their names.
//
// After a deploy that did not do well the version before goes on with the book that this one has brought up. So a
// step only adds: tables, indexes, triggers, columns that may be left out; and it reckons with lines that the version
// before writes afterwards. A step that cannot is listed in breaking, and from then on there is no way back.
var migrations = loadMigrations()

// breaking steps are not understood by the versions before them.
var breaking = map[int]bool{1: true, 2: true, 3: true}

func loadMigrations() []string {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		panic(err)
	}
	var steps []string
	for _, name := range names { // Glob sorts
		text, err := migrationFiles.ReadFile(name)
		if err != nil {
			panic(err)
		}
		steps = append(steps, string(text))
	}
	return steps
}

// migrateBook brings an older book to a version, each step whole or not at all. A newer one is left as it is.
func migrateBook(ctx context.Context, conn *sql.Conn, to int) error {
	at, err := readVersion(ctx, conn)
	if err != nil {
		return err
	}
	for v := at + 1; v <= to; v++ {
		if err := inTransaction(ctx, conn, func() error { return runMigration(ctx, conn, v) }); err != nil {
			return fmt.Errorf("bring the book to version %d: %w", v, err)
		}
	}
	return nil
}

// runMigration takes one step and notes it: user_version tells older kiosks what they must know at least,
// and meta how far the book has come.
func runMigration(ctx context.Context, conn *sql.Conn, v int) error {
	if _, err := conn.ExecContext(ctx, migrations[v-1]); err != nil {
		return err
	}
	if breaking[v] {
		_, err := conn.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", v))
		return err
	}
	_, err := conn.ExecContext(ctx, `INSERT OR REPLACE INTO meta (key, value) VALUES ('steps', ?)`, fmt.Sprint(v))
	return err
}

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

// queryer is what connections and pools have in common.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// readVersion reads how far the book has come, and refuses one that needs a newer program. It may have come further than
// this program goes: what was added since is none of its business.
func readVersion(ctx context.Context, q queryer) (v int, err error) {
	if err := q.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v); err != nil {
		return 0, fmt.Errorf("read the book's version: %w", err)
	}
	if v < 0 || v > len(migrations) {
		return 0, fmt.Errorf("the book is of version %d and this kiosk knows only up to %d: %w", v, len(migrations), ErrNewer)
	}
	var kept int
	if err := q.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = 'meta'`).Scan(&kept); err != nil {
		return 0, fmt.Errorf("read the book's version: %w", err)
	}
	if v == 0 || kept == 0 {
		return v, nil // a new one, a stranger, or one that has lost a part
	}
	var steps int
	err = q.QueryRowContext(ctx, `SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'steps'`).Scan(&steps)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("read the book's version: %w", err)
	}
	return max(v, steps), nil
}

// listParts lists what a book is made of, by kind and name.
func listParts(ctx context.Context, q queryer) (map[string]bool, error) {
	rows, err := q.QueryContext(ctx, `SELECT type || ' ' || name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'`)
	if err != nil {
		return nil, fmt.Errorf("list the book's tables: %w", err)
	}
	defer rows.Close()
	found := map[string]bool{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("list the book's tables: %w", err)
		}
		found[name] = true
	}
	return found, rows.Err()
}

// missingPart names a part that a book of version v should have and this one lacks; "" if none.
func missingPart(ctx context.Context, v int, found map[string]bool) (name string, err error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return "", err
	}
	defer func() { err = cmp.Or(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer func() { err = cmp.Or(err, conn.Close()) }()
	if err := migrateBook(ctx, conn, min(v, len(migrations))); err != nil {
		return "", fmt.Errorf("draw a book of version %d: %w", v, err)
	}
	want, err := listParts(ctx, conn)
	if err != nil {
		return "", err
	}
	for part := range want {
		if !found[part] {
			name = max(name, part) // the same one every time
		}
	}
	return name, nil
}
