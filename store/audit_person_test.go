package store

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

// A notice was taken and answered, and the order it speaks of was never asked after: under a former key nobody could.
func TestTheAuditFindsAPaymentThatOnlyANoticeSpokeOf(t *testing.T) {
	for name, c := range map[string]struct {
		change func(m *sale.Move)
		later  time.Duration
		found  int
	}{
		"kept":             {nil, 2 * time.Hour, 1},
		"a moment ago":     {nil, time.Minute, 0},
		"told to a person": {func(m *sale.Move) { m.Order.Reason = sale.ReasonNotice }, 2 * time.Hour, 0},
		"reversed by us":   {func(m *sale.Move) { m.Order.ReturnedBy = "reverse" }, 2 * time.Hour, 0},
	} {
		b, path := newBook(t)
		moves := life(1, sale.Late, sale.Gone)
		moves[2].Order.ReturnedBy = ""
		if c.change != nil {
			c.change(&moves[2])
		}
		o := live(t, b, moves...)
		if _, err := b.KeepNotice(t.Context(), sale.Notice{ID: "1", API: "v2", Kind: sale.NoticePaid, No: o.No, Fen: 350, Currency: "CNY", At: noon}); err != nil {
			t.Fatal(err)
		}
		next := born(2)
		next.Order.Updated = noon.Add(c.later)
		live(t, b, next)
		whole, err := b.Audit(t.Context())
		if err != nil || len(whole.Violations) != c.found {
			t.Fatalf("%s: %+v, %v", name, whole.Violations, err)
		}
		if c.found == 0 {
			continue
		}
		if v := whole.Violations[0]; v.Rule != RuleNotice || v.No != string(o.No) || !strings.Contains(v.Text, "3.50") {
			t.Errorf("%+v", v)
		}
		backup := filepath.Join(t.TempDir(), "backup.db")
		if err := b.Backup(t.Context(), backup); err != nil {
			t.Fatal(err)
		}
		b.Close()
		if _, err := restore(t, path, backup, func(string, sale.History) error { return nil }); err != nil {
			t.Errorf("a backup that knows of the money is refused: %v", err)
		}
	}
}
