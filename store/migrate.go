package store

import (
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
func readVersion(ctx context.Context, q queryer) (int, error) {
	user, steps, err := readSteps(ctx, q)
	if err == nil && (user < 0 || user > len(migrations)) {
		err = newerError(user)
	}
	return max(user, steps), err
}

func newerError(v int) error {
	return fmt.Errorf("the book is of version %d and this kiosk knows only up to %d: %w", v, len(migrations), ErrNewer)
}

// readSteps reads the version that a program must know at least, and how many steps meta counts.
func readSteps(ctx context.Context, q queryer) (user, steps int, err error) {
	var kept int
	err = q.QueryRowContext(ctx, "PRAGMA user_version").Scan(&user)
	if err == nil {
		err = q.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = 'meta'`).Scan(&kept)
	}
	if err == nil && user > 0 && kept > 0 { // else it is new, a stranger, or has lost a part
		err = q.QueryRowContext(ctx, `SELECT ifnull((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'steps'), 0)`).Scan(&steps)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("read the book's version: %w", err)
	}
	return user, steps, nil
}
