package store

import (
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

// second is the birth of a second payment of an order.
func second(first sale.Order, transaction string) sale.Move {
	o := first
	o.No, o.Choice, o.State, o.Last = sale.SecondNumber("K0042", transaction), string(first.No), sale.Owed, sale.Found
	o.Money = sale.Money{Transaction: transaction, Fen: first.Fen, Currency: "CNY", At: noon}
	o.GatewayCode, o.Updated, o.RefundNo, o.Round, o.RefundFen, o.Why = "FOUND", noon.Add(time.Hour), "", 0, 0, ""
	return sale.Move{From: sale.New, Event: sale.Found, Order: o, Trusted: true}
}

func told(t *testing.T, b *Book, id string, no sale.No, transaction string) {
	t.Helper()
	n := sale.Notice{ID: id, API: "v2", Kind: sale.NoticePaid, No: no, Transaction: transaction, Fen: 350, Currency: "CNY", State: "SUCCESS", At: noon}
	if _, err := b.KeepNotice(t.Context(), n); err != nil {
		t.Fatal(err)
	}
}

func violations(t *testing.T, b *Book) (all []Violation) {
	t.Helper()
	a, err := b.Audit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return a.Violations
}

func TestTheAuditSeesASecondPaymentThatNobodyOwes(t *testing.T) {
	b, path := newBook(t)
	const again = "4200001234202603020000000002"
	first := live(t, b, on(0, true, life(1, sold...))...)
	other := live(t, b, on(0, true, life(2, sale.Late, sale.Gone))...)
	told(t, b, "own", first.No, first.Money.Transaction)
	live(t, b, on(1, true, life(3, sold...))...)
	sound(t, b)
	told(t, b, "again", first.No, again)
	told(t, b, "wrong", other.No, first.Money.Transaction)
	text := ""
	for _, v := range violations(t, b) {
		if text += v.Text + "\n"; v.Rule != RuleNotice {
			t.Errorf("%+v", v)
		}
	}
	for _, want := range []string{"paid a second time, as " + again, "is order " + string(first.No) + "'s"} {
		if !strings.Contains(text, want) {
			t.Errorf("nobody reads %q in %s", want, text)
		}
	}
	live(t, b, second(first, again))
	for _, v := range violations(t, b) {
		if v.No != string(other.No) {
			t.Errorf("once it is owed the audit says %+v", v)
		}
	}
	b.Close()
	if past := recall(t, openBook(t, path)); len(past.Orders) < 1 || past.Orders[len(past.Orders)-1].TradeNo() != first.No {
		t.Errorf("waking forgets the second payment: %+v", past.Orders)
	}
}

func TestTheAuditKnowsASecondPaymentsRow(t *testing.T) {
	for name, spoil := range map[string]func(m *sale.Move){
		"another transaction": func(m *sale.Move) { m.Order.Money.Transaction = "4200001234202603020000000003" },
		"no first order":      func(m *sale.Move) { m.Order.Choice = "" },
		"of another second":   func(m *sale.Move) { m.Order.Choice = string(m.Order.No) },
	} {
		b, _ := newBook(t)
		first := live(t, b, life(1, sold...)...)
		m := second(first, "4200001234202603020000000002")
		spoil(&m)
		live(t, b, m)
		if got := violations(t, b); len(got) != 1 || got[0].Rule != RuleIdentity {
			t.Errorf("%s: the audit says %+v", name, got)
		}
	}
}

// What an older version pruned by a wild clock shows in the months of what is gone.
func TestTheAuditSeesWhatWasPrunedTooSoon(t *testing.T) {
	b, _ := newBook(t)
	for n := 1; n <= 6; n++ {
		live(t, b, on(float64(n), true, life(n, sold...))...)
	}
	last := born(1).Order
	if _, err := b.conn.ExecContext(t.Context(), `INSERT OR REPLACE INTO meta (key, value) VALUES ('pruning', '8')`); err != nil {
		t.Fatal(err)
	}
	old := pruneList{ids: []int64{1, 2}, lines: []int64{4, 8}, keys: []int64{hashKey(last.No), hashKey(born(2).Order.No)}}
	if err := b.deleteBatch(t.Context(), old, 8); err != nil {
		t.Fatal(err)
	}
	got := violations(t, b)
	if len(got) != 1 || got[0].Rule != RulePruned || !strings.Contains(got[0].Text, "2 orders") {
		t.Errorf("two orders of this week are gone, and the audit says %+v", got)
	}
	if a, err := b.Audit(t.Context()); err != nil || len(a.Broken()) != 0 {
		t.Errorf("the book counts as broken by it: %v %v", a.Broken(), err)
	}
}
