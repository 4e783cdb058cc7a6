package store

import (
	"slices"
	"strings"
	"testing"

	"kiosk/sale"
)

// pruned is a book that has lived: some orders were pruned, an old debt stands among them, and the newest are left.
func pruned(t *testing.T) *Book {
	t.Helper()
	b, _ := newBook(t)
	debt := on(5, true, life(5, sale.Misfit, sale.Unpayable))
	for n := 1; n <= 9; n++ {
		moves := on(float64(n), true, life(n, sold...))
		if n == 5 {
			moves = debt
		}
		live(t, b, moves...)
	}
	passTime(t, b, debt[2], 9, 410) // 16 lines
	for n := 10; n <= 13; n++ {
		live(t, b, on(float64(400+n), true, life(n, sold...))...)
	}
	if p := pruneAll(t, b); p.Pruned != 8 {
		t.Fatalf("%d orders were pruned", p.Pruned)
	}
	sound(t, b)
	return b
}

// TestWhatWasDoneToTheBookBehindTheKiosksBackShows: whoever has the card may take every guard away.
func TestWhatWasDoneToTheBookBehindTheKiosksBackShows(t *testing.T) {
	for name, c := range map[string]struct{ rule, do string }{
		"another payment":            {RuleChain, "UPDATE orders SET transaction_id = 'mine' WHERE id = 10"},
		"a smaller debt":             {RuleChain, "UPDATE orders SET paid_fen = 1 WHERE id = 5"},
		"a word of who settled":      {RuleChain, "UPDATE orders SET settled_by = 'me', how = 'cash' WHERE id = 5"},
		"other goods":                {RuleChain, "UPDATE orders SET name = 'gold' WHERE id = 11"},
		"another account":            {RuleChain, "UPDATE orders SET mchid = 'mine' WHERE id = 11"},
		"another hour":               {RuleChain, "UPDATE journal SET at = at + 3600000 WHERE ord = 11"},
		"a clock that was not sure":  {RuleChain, "UPDATE journal SET sure = 0 WHERE seq = (SELECT birth FROM orders WHERE id = 11)"},
		"an order taken out":         {RuleChain, "DELETE FROM journal WHERE ord = 11; DELETE FROM orders WHERE id = 11"},
		"the newest order taken out": {RuleSums, "DELETE FROM journal WHERE ord = 13; DELETE FROM orders WHERE id = 13"},
		"an old debt taken out": {RuleChain, `INSERT OR REPLACE INTO anchors SELECT seq, seal FROM journal WHERE ord = 5;
			DELETE FROM journal WHERE ord = 5; DELETE FROM orders WHERE id = 5`},
		"a line put in": {RuleChain, "INSERT INTO journal (seq, ord, event, state, at, sure, peak, prev, seal) SELECT max(seq) + 1, 13, 'dropped', 'sold', 0, 1, 0, max(seq), seal FROM journal"},
		"lines in another order": {RuleChain, `UPDATE journal SET seq = 1000 WHERE ord = 12 AND event = 'asked';
			UPDATE journal SET seq = seq - 1 WHERE ord = 12 AND event = 'paid'; UPDATE journal SET seq = (SELECT birth + 2 FROM orders WHERE id = 12) WHERE seq = 1000`},
		"a broken seal":            {RuleChain, "UPDATE journal SET seal = zeroblob(32) WHERE seq = (SELECT line FROM orders WHERE id = 10)"},
		"no seal":                  {RuleChain, "UPDATE journal SET seal = NULL WHERE seq = (SELECT line FROM orders WHERE id = 10)"},
		"another anchor":           {RuleChain, "UPDATE anchors SET seal = zeroblob(32)"},
		"a spoilt anchor":          {RuleChain, "UPDATE anchors SET seal = 'x'"},
		"no anchors":               {RuleChain, "DELETE FROM anchors"},
		"more taken than there is": {RuleSums, "UPDATE tallies SET fen = fen + 350 WHERE state = 'sold'"},
		"fewer sold":               {RuleSums, "UPDATE tallies SET orders = orders - 1 WHERE state = 'sold'"},
		"less pruned":              {RuleSums, "UPDATE totals SET fen = fen - 350"},
		"more lines pruned":        {RuleChain, "UPDATE totals SET lines = lines + 1"},
		"a line that is nobody's":  {RuleMoves, "UPDATE journal SET prev = NULL WHERE seq = (SELECT line FROM orders WHERE id = 10)"},
	} {
		t.Run(name, func(t *testing.T) {
			b := pruned(t)
			for _, guard := range []string{"orders_kept", "journal_kept", "journal_fixed", "journal_sealed"} {
				if _, err := b.conn.ExecContext(t.Context(), "DROP TRIGGER "+guard); err != nil {
					t.Fatal(err)
				}
			}
			for _, do := range append([]string{"PRAGMA foreign_keys = 0"}, strings.Split(c.do, ";")...) {
				if _, err := b.conn.ExecContext(t.Context(), do); err != nil {
					t.Fatal(err)
				}
			}
			whole, err := b.Audit(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(whole.Violations, func(v Violation) bool { return v.Rule == c.rule && v.Text != "" }) {
				t.Errorf("the audit says %+v", whole.Violations)
			}
		})
	}
}

func TestTheWholeAuditCountsAndNamesItsHead(t *testing.T) {
	b := pruned(t)
	whole, err := b.Audit(t.Context())
	if err != nil || whole.Orders != 5 || whole.Pruned != 8 || whole.Violations == nil {
		t.Errorf("%+v %v", whole, err)
	}
	head, err := readHead(t.Context(), b.conn)
	if err != nil || head.Line != 12*4+3+16 || len(head.Seal) != 32 || head.Seal != whole.Head.Seal {
		t.Errorf("the head is %+v, the audit's %+v: %v", head, whole.Head, err)
	}
}

// TestTheWholeAuditFindsWhatTheOtherDoes: one way to spoil a book for each rule that needs more than one order, or one.
func TestTheWholeAuditFindsWhatTheOtherDoes(t *testing.T) {
	for name, c := range map[string]struct{ rule, do string }{
		"a number used twice":   {RuleIdentity, "DROP INDEX orders_no; UPDATE orders SET no = (SELECT no FROM orders WHERE id = 10) WHERE id = 11"},
		"a payment used twice":  {RuleIdentity, "DROP INDEX orders_transaction; UPDATE orders SET transaction_id = (SELECT transaction_id FROM orders WHERE id = 10) WHERE id = 11"},
		"a bad number":          {RuleIdentity, "UPDATE orders SET no = 'short' WHERE id = 12"},
		"goods for nothing":     {RuleMoneyFirst, "PRAGMA ignore_check_constraints = 1; UPDATE orders SET transaction_id = '', paid_fen = 0 WHERE id = 12"},
		"another state":         {RuleMoves, "UPDATE orders SET state = 'closed' WHERE id = 12"},
		"a debt without a word": {RuleReason, "UPDATE orders SET word = '' WHERE id = 5"},
		"two at the machine":    {RuleOneLive, "DROP TRIGGER journal_fixed; UPDATE journal SET state = 'vending' WHERE seq = (SELECT line FROM orders WHERE id = 11)"},
	} {
		t.Run(name, func(t *testing.T) {
			b := pruned(t)
			for _, do := range strings.Split(c.do, ";") {
				if _, err := b.conn.ExecContext(t.Context(), do); err != nil {
					t.Fatal(err)
				}
			}
			whole, err := b.Audit(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(whole.Violations, func(v Violation) bool { return v.Rule == c.rule && v.Text != "" }) {
				t.Errorf("the audit says %+v", whole.Violations)
			}
		})
	}
}

// TestARefusedMoveLeavesTheChainWhole: what was hashed for a line that never came is forgotten.
func TestARefusedMoveLeavesTheChainWhole(t *testing.T) {
	b, _ := newBook(t)
	moves := life(1, sold...)
	for _, m := range moves {
		for _, page := range [][]sale.Move{{m, m}, {m, born(2), born(3)}, {{From: sale.Closing, Event: sale.Gone, Order: sale.Order{No: m.Order.No, State: sale.Closed}}}} {
			if err := b.Write(t.Context(), sale.Batch{Moves: page}); err == nil {
				t.Fatal("a page that cannot be was taken")
			}
		}
		live(t, b, m)
	}
	sound(t, b)
}
