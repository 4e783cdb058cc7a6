package store

import (
	"testing"
)

// TestARowThatSomebodyChangedIsDamage: every row that the chain does not cover has a seal.
func TestARowThatSomebodyChangedIsDamage(t *testing.T) {
	for name, c := range map[string]struct {
		trigger []string
		do      string
	}{
		"a price":                 {[]string{"shelves_unsealed"}, "UPDATE shelves SET fen = 1 WHERE slot = 3"},
		"a stock":                 {[]string{"shelves_unsealed"}, "UPDATE shelves SET stock = 999 WHERE slot = 3"},
		"what a person did":       {nil, "UPDATE alarms SET text = 'filled to 10, by Boss at 10.0.0.1' WHERE id = 2"},
		"a line taken out":        {nil, "DELETE FROM alarms WHERE id = 2"},
		"a notice":                {nil, "UPDATE notices SET fen = 1 WHERE id = 2"},
		"the doubts":              {nil, "UPDATE doubts SET count = 0, drops = 99"},
		"a sold order's time":     {nil, "UPDATE orders SET updated = updated + 60000 WHERE id = 1"},
		"an open order's birth":   {nil, "UPDATE orders SET mchid = 'mine' WHERE id = 4"},
		"an open order's sum":     {nil, "UPDATE orders SET paid_fen = 1, refund_fen = 1 WHERE id = 4"},
		"a line's time":           {[]string{"journal_fixed"}, "UPDATE journal SET at = at + 60000 WHERE seq = 3"},
		"a line's way back":       {[]string{"journal_fixed"}, "UPDATE journal SET prev = NULL WHERE seq = 3"},
		"a state":                 {nil, "UPDATE orders SET state = 'closed' WHERE id = 1"},
		"a value of another kind": {nil, "UPDATE orders SET round = 'x' WHERE id = 4"},
	} {
		t.Run(name, func(t *testing.T) {
			b, path := newBook(t)
			lives(t, b, 1, 9)
			b = spoilt(t, b, func(string) { without(t, b, path, c.trigger, c.do) })
			if b.SetAside() == "" || recall(t, b).Damaged == "" {
				t.Errorf("it is used as it is: %q", b.SetAside())
			}
		})
	}
}

// TestAShelfThatWasChangedWithoutASealIsTold: an older kiosk does that, and a person at a shell.
func TestAShelfThatWasChangedWithoutASealIsTold(t *testing.T) {
	b, _ := newBook(t)
	lives(t, b, 1, 9)
	b = spoilt(t, b, func(path string) { sqlOn(t, path, "UPDATE shelves SET fen = 1 WHERE slot = 3") })
	if len(b.Told()) != 1 || b.SetAside() != "" {
		t.Errorf("told %q; %q", b.Told(), b.SetAside())
	}
	if _, err := b.conn.ExecContext(t.Context(), "UPDATE shelves SET fen = 2 WHERE slot = 3"); err != nil {
		t.Fatal(err)
	}
	if whole, err := b.Audit(t.Context()); err != nil || whole.Damage() == "" {
		t.Errorf("while the kiosk runs it is found by nothing: %v", err)
	}
}
