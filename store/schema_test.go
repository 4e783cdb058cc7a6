package store

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
)

func TestABookOfAnotherShapeIsDamage(t *testing.T) {
	for name, do := range map[string]string{
		"a foreign trigger":  "CREATE TRIGGER evil AFTER INSERT ON orders BEGIN UPDATE shelves SET fen = 1; END",
		"a foreign table":    "CREATE TABLE evil (n)",
		"a foreign index":    "CREATE INDEX evil ON orders (name)",
		"a foreign view":     "CREATE VIEW evil AS SELECT 1",
		"a lost trigger":     "DROP TRIGGER alarms_bounded",
		"another version":    "PRAGMA user_version = 1",
		"no version":         "PRAGMA user_version = 0",
		"a version to come":  "PRAGMA user_version = 4099",
		"a negative version": "PRAGMA user_version = -2147483645",
	} {
		t.Run(name, func(t *testing.T) {
			b, _, backup := backedUp(t)
			if whole, err := b.Audit(t.Context()); err != nil || len(whole.Violations) > 0 {
				t.Fatal(whole, err)
			}
			path := b.path
			b.Close()
			inside(t, path, do)
			inside(t, backup, do)
			r, err := openReader(context.Background(), path)
			if err == nil {
				if whole, err := r.Audit(t.Context()); err != nil || whole.Damage() == "" {
					t.Errorf("the audit finds nothing: %v", err)
				}
				r.Close()
			}
			b = openBook(t, path)
			if b.SetAside() == "" || recall(t, b).Damaged == "" {
				t.Errorf("the kiosk sells from it: %q", b.SetAside())
			}
			b.Close()
			if _, err := restore(t, path, backup, anyKiosk); err == nil || !strings.Contains(err.Error(), "damaged") {
				t.Errorf("it is restored: %v", err)
			}
		})
	}
}

// TestAStepIsNeverChanged: books in the field were made by the very words of each step, comments included, and a start compares
// them. A new step is added below; an old one stays as it is.
func TestAStepIsNeverChanged(t *testing.T) {
	was := []string{
		"ff18a109c5c3d3d9", // 0001_book.sql
		"97358dd36fbcc504", // 0002_notices.sql
		"0e8b52f87b03528e", // 0003_bill_sums.sql
		"e9c388dd54116422", // 0004_keeping.sql
		"7152a3be2730bc36", // 0005_acts.sql
		"a9e950f8d08d97a6", // 0006_seals.sql
	}
	for i, text := range migrations {
		if got := fmt.Sprintf("%x", sha256.Sum256([]byte(text)))[:16]; i >= len(was) || got != was[i] {
			t.Errorf("step %d is %s now: every book of before counts as damaged", i+1, got)
		}
	}
}
