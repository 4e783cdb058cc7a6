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
var migrationFiles embed.FS

// migrations are the steps from an empty file to this version, in order of their names.
//
// When a deploy is undone, the version before goes on with the book that this one has migrated. So a step only adds
// tables, indexes, triggers, and columns that may be left out, and it allows for the lines that the version before writes
// afterwards. A step that cannot is listed in breaking, and then no deploy is undone across it.
var migrations = loadMigrations()

// breaking lists the steps that the versions before them do not understand.
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

// migrateBook brings an older book to a version, each step whole or not at all. A newer book stays as it is.
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

// runMigration takes one step and notes it. user_version is the version that a program must know at least, and an older
// program refuses a larger one; so additive steps are counted in meta instead.
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

// readVersion reads how many steps the book has taken, and refuses a book that needs a newer program. It may be more steps
// than this program has: a newer one added something that this one can leave alone.
func readVersion(ctx context.Context, q queryer) (v int, err error) {
	if err := q.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v); err != nil {
		return 0, fmt.Errorf("read the book's version: %w", err)
	}
	if v < 0 || v > len(migrations) {
		return 0, fmt.Errorf("the book is of version %d and this kiosk knows only up to %d: %w", v, len(migrations), ErrNewer)
	}
	var kept, steps int
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = 'meta'`).Scan(&kept)
	if err == nil && v > 0 && kept > 0 { // else it is new, a stranger, or has lost a part
		err = q.QueryRowContext(ctx, `SELECT ifnull((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'steps'), 0)`).Scan(&steps)
	}
	if err != nil {
		return 0, fmt.Errorf("read the book's version: %w", err)
	}
	return max(v, steps), nil
}

// listParts lists what a book is made of, by kind and name.
func listParts(ctx context.Context, q queryer) (map[string]bool, error) {
	found := map[string]bool{}
	err := eachRow(ctx, q, func(scan scanFunc) error {
		var name string
		err := scan(&name)
		found[name] = true
		return err
	}, `SELECT type || ' ' || name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'`)
	if err != nil {
		return nil, fmt.Errorf("list the book's tables: %w", err)
	}
	return found, nil
}

// missingPart names a table, index or trigger that a book of version v should have and this one lacks; "" if none. What it
// should have is read from a new book in memory.
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
