package store

import (
	"path/filepath"
	"slices"
	"testing"

	"kiosk/sale"
)

func newest(t *testing.T, b *Book, lines int) Audited {
	t.Helper()
	a, err := b.AuditNewest(t.Context(), lines)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestASoundBookIsSoundFromWhereverItIsLookedAt(t *testing.T) {
	b := pruned(t)
	live(t, b, on(500, true, life(14, sale.Paid))...)
	var last int
	if err := b.conn.QueryRowContext(t.Context(), `SELECT max(seq) FROM journal`).Scan(&last); err != nil || last < 10 {
		t.Fatal(last, err)
	}
	for lines := range last + 2 {
		if a := newest(t, b, lines); len(a.Violations) > 0 || a.Orders < 2 || a.Head.Line != int64(last) {
			t.Errorf("the newest %d lines: %d orders, up to line %d, %v", lines, a.Orders, a.Head.Line, a.Violations)
		}
	}
}

func TestWhatWasDoneToTheNewestOrdersShowsWithoutReadingTheRest(t *testing.T) {
	for name, c := range map[string]struct{ rule, do string }{
		"another payment":         {RuleChain, "UPDATE orders SET transaction_id = 'mine' WHERE id = 13"},
		"a smaller debt of old":   {RuleChain, "UPDATE orders SET paid_fen = 1 WHERE id = 5"},
		"another hour":            {RuleChain, "UPDATE journal SET at = at + 3600000 WHERE ord = 13"},
		"no seal":                 {RuleChain, "UPDATE journal SET seal = NULL WHERE seq = (SELECT line FROM orders WHERE id = 13)"},
		"goods without money":     {RuleMoneyFirst, "UPDATE orders SET transaction_id = '', paid_fen = 0 WHERE id = 13"},
		"a state that is no end":  {RuleMoves, "UPDATE orders SET state = 'closed' WHERE id = 13"},
		"a line that is nobody's": {RuleMoves, "UPDATE journal SET prev = NULL WHERE seq = (SELECT line FROM orders WHERE id = 13)"},
	} {
		t.Run(name, func(t *testing.T) {
			b := pruned(t)
			for _, do := range []string{"DROP TRIGGER orders_kept", "DROP TRIGGER journal_kept", "DROP TRIGGER journal_fixed", "DROP TRIGGER journal_sealed", "PRAGMA ignore_check_constraints = 1", c.do} {
				if _, err := b.conn.ExecContext(t.Context(), do); err != nil {
					t.Fatal(err)
				}
			}
			a := newest(t, b, 3)
			if !slices.ContainsFunc(a.Violations, func(v Violation) bool { return v.Rule == c.rule }) {
				t.Errorf("nobody noticed %q: %v", c.do, a.Violations)
			}
			for _, v := range a.Violations {
				if v.No == string(born(10).Order.No) {
					t.Errorf("an order that nobody looked at is blamed: %v", v)
				}
			}
		})
	}
}

func TestOfALargeBookOnlyTheNewestAreRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kiosk.db")
	fill(t, path, 5000)
	b := openBook(t, path)
	if a := newest(t, b, 500); len(a.Violations) > 0 || a.Orders < 50 || a.Orders > 700 {
		t.Errorf("of 5000 orders %d were read: %v", a.Orders, a.Violations)
	}
}
