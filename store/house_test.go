package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kiosk/sale"
)

var noon = time.UnixMilli(1_760_000_000_123).UTC()

func newBook(t testing.TB) (*Book, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kiosk.db")
	return openBook(t, path), path
}

func openBook(t testing.TB, path string) *Book {
	t.Helper()
	b, err := Open(path)
	if err != nil {
		t.Fatalf("the kiosk cannot open its book: %v", err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// born is the birth of the n-th order, with every field of a birth filled in.
func born(n int) sale.Move {
	return sale.Move{From: sale.New, Event: sale.Chosen, Trusted: true, Order: sale.Order{
		No: sale.Number("K0042", n, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), Choice: fmt.Sprint("choice ", n), Means: sale.Native,
		Slot: 3, Name: "可口可乐 330ml", NameEN: "Coke 330ml", Fen: 350,
		Merchant: sale.Merchant{API: "v2", AppID: "wx1", MchID: "m1", SubAppID: "wx2", SubMchID: "m2", SignType: "MD5", Key: "f00d"},
		State:    sale.Asking, Last: sale.Chosen, Created: noon, Updated: noon, Expires: noon.Add(5 * time.Minute), Trusted: true,
	}}
}

// after is the order's next move: the fields a kiosk fills in with each event.
func after(m sale.Move, e sale.Event) sale.Move {
	o := m.Order
	to, ok := sale.Next(o.State, e)
	if !ok {
		panic(fmt.Sprintf("no %s from %s", e, o.State))
	}
	switch e {
	case sale.Paid, sale.Misfit:
		o.Money = sale.Money{Transaction: "tx" + string(o.No), Fen: o.Fen, Currency: "CNY", At: noon.Add(time.Second)}
		o.Source = "query"
		if e == sale.Misfit {
			o.Misfit, o.Money.Fen = "sum", o.Fen+1
		}
	case sale.Bounced:
		o.Round = 2
	case sale.Stuck, sale.Dropped:
		o.Fault = sale.FaultNoDrop
		o.GoodsToo = o.State == sale.Refunding
	case sale.Repaid, sale.Unpayable, sale.Refused, sale.Gone:
		o.GatewayCode, o.ReturnedBy = "WORD", "refund"
	case sale.Settled, sale.Retried:
		o.By, o.How, o.Note = "li", "cash", "at the machine"
	case sale.Handed:
		o.By, o.Note = "li", "asks there"
	}
	if to == sale.Refunding {
		o.Round = max(o.Round, 1)
		o.RefundNo = fmt.Sprintf("%sR%d", o.No, o.Round)
		o.RefundFen, o.Why, o.Doubt = o.Money.Fen, sale.RefundForStuck, true
	}
	o.State, o.Last, o.Updated = to, e, o.Updated.Add(time.Second)
	if o.Reason = ""; e == sale.Handed {
		o.Reason = sale.ReasonForeign
	}
	return sale.Move{From: m.Order.State, Event: e, Order: o, Trusted: m.Trusted}
}

// life is an order's moves from its birth on.
func life(n int, events ...sale.Event) []sale.Move {
	moves := []sale.Move{born(n)}
	for _, e := range events {
		moves = append(moves, after(moves[len(moves)-1], e))
	}
	return moves
}

var sold = []sale.Event{sale.Asked, sale.Paid, sale.Dropped}

// live writes moves one page at a time, as the clerk does.
func live(t testing.TB, b *Book, moves ...sale.Move) sale.Order {
	t.Helper()
	for _, m := range moves {
		if err := b.Write(context.Background(), sale.Batch{Moves: []sale.Move{m}}); err != nil {
			t.Fatalf("the book did not take %s %s: %v", m.Order.No, m.Event, err)
		}
	}
	return moves[len(moves)-1].Order
}

type lister interface {
	ListOrders(context.Context, int, string) ([]sale.Entry, error)
}

func list(t testing.TB, b lister) []sale.Entry {
	t.Helper()
	entries, err := b.ListOrders(context.Background(), 0, "")
	if err != nil {
		t.Fatalf("the orders cannot be read: %v", err)
	}
	return entries
}

func recall(t testing.TB, b *Book) sale.History {
	t.Helper()
	past, err := b.Load(context.Background())
	if err != nil {
		t.Fatalf("the kiosk wakes without a memory: %v", err)
	}
	return past
}

// sound fails unless SQLite and the audit both find the book good.
func sound(t testing.TB, b *Book) {
	t.Helper()
	var word string
	if err := b.conn.QueryRowContext(context.Background(), "PRAGMA integrity_check(1)").Scan(&word); err != nil || word != "ok" {
		t.Errorf("the book is damaged: %s %v", word, err)
	}
	for _, v := range auditEntries(list(t, b)) {
		t.Errorf("%s %s: %s", v.Rule, v.No, v.Text)
	}
	whole, err := b.Audit(context.Background())
	if err != nil {
		t.Errorf("the book cannot be audited: %v", err)
	}
	for _, v := range whole.Violations {
		t.Errorf("%s %s: %s", v.Rule, v.No, v.Text)
	}
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// spoilt closes a book, lets something be done to its files, and opens it again.
func spoilt(t *testing.T, b *Book, do func(path string)) *Book {
	t.Helper()
	path := b.path
	b.Close()
	do(path)
	return openBook(t, path)
}

// sqlOn does something to a closed book behind the kiosk's back.
func sqlOn(t *testing.T, path string, does ...string) {
	t.Helper()
	inside(t, path, append([]string{"PRAGMA foreign_keys = 0"}, does...)...)
}

// without does something while some triggers are away, and puts them back, as a person who hides would.
func without(t *testing.T, b *Book, path string, triggers []string, does ...string) {
	t.Helper()
	parts, err := drawParts(t.Context(), len(migrations))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, name := range triggers {
		all = append(all, "DROP TRIGGER "+name)
	}
	all = append(all, does...)
	for _, name := range triggers {
		all = append(all, parts["trigger "+name])
	}
	sqlOn(t, path, all...)
}

func mustBytes(b []byte, _ error) []byte { return b }
