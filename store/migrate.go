package store

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
)

//go:embed migrations/*.sql
var files embed.FS

// migrations are the steps from an empty file to this version, in order of their names.
var migrations = loadMigrations()

func loadMigrations() []string {
	names, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		panic(err)
	}
	var steps []string
	for _, name := range names { // Glob sorts
		text, err := files.ReadFile(name)
		if err != nil {
			panic(err)
		}
		steps = append(steps, string(text))
	}
	return steps
}

// migrate brings an older book to a version, each step whole or not at all.
func migrate(ctx context.Context, conn *sql.Conn, to int) error {
	at, err := version(ctx, conn)
	if err != nil {
		return err
	}
	for v := at + 1; v <= to; v++ {
		err := inTransaction(ctx, conn, func() error {
			if _, err := conn.ExecContext(ctx, migrations[v-1]); err != nil {
				return err
			}
			_, err := conn.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", v))
			return err
		})
		if err != nil {
			return fmt.Errorf("bring the book to version %d: %w", v, err)
		}
	}
	return nil
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

// version reads the book's version, and refuses one that this program does not know.
func version(ctx context.Context, q queryer) (v int, err error) {
	if err := q.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v); err != nil {
		return 0, fmt.Errorf("read the book's version: %w", err)
	}
	if v < 0 || v > len(migrations) {
		return 0, fmt.Errorf("the book is of version %d and this kiosk knows only up to %d: %w", v, len(migrations), ErrNewer)
	}
	return v, nil
}

// parts lists what a book is made of, by kind and name.
func parts(ctx context.Context, q queryer) (map[string]bool, error) {
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

// missing names a part that a book of version v should have and this one lacks; "" if none.
func missing(ctx context.Context, v int, found map[string]bool) (name string, err error) {
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
	if err := migrate(ctx, conn, v); err != nil {
		return "", fmt.Errorf("draw a book of version %d: %w", v, err)
	}
	want, err := parts(ctx, conn)
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
