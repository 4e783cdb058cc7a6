package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"kiosk/sale"
)

func TestEveryFieldOfAnOrderComesBack(t *testing.T) {
	b, path := newBook(t)
	o := born(1).Order
	o.Name, o.Money, o.Source, o.Misfit = "水", sale.Money{Transaction: "t", Fen: 350, Currency: "CNY", At: time.Unix(0, 0).UTC()}, "charge", "sum"
	o.RefundNo, o.Round, o.RefundFen, o.Why, o.Doubt, o.GoodsToo = "r", 2, 350, sale.RefundForMisfit, true, true
	o.GatewayCode, o.ReturnedBy, o.Fault, o.By, o.How, o.Note, o.Reason = "W", "reverse", "jam", "li", "cash", "note", sale.ReasonBalance
	v := reflect.ValueOf(o)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Fatalf("the test leaves %s empty", v.Type().Field(i).Name)
		}
	}
	live(t, b, sale.Move{Event: sale.Chosen, From: sale.New, Order: o})
	b.Close()
	got := recall(t, openBook(t, path)).Orders
	if len(got) != 1 || got[0] != o {
		t.Errorf("written\n%+v\ncame back as\n%+v", o, got)
	}
}

func TestNoTimeStaysNoTime(t *testing.T) {
	b, _ := newBook(t)
	m := born(1)
	m.Order.Expires, m.Order.Created, m.Order.Updated = time.Time{}, time.Time{}, time.Time{}
	live(t, b, m)
	got := list(t, b)[0]
	if !got.Expires.IsZero() || !got.Created.IsZero() || !got.Updated.IsZero() || !got.Money.At.IsZero() || !got.Journal[0].At.IsZero() {
		t.Errorf("a time came out of nothing: %+v", got)
	}
	if !recall(t, b).Last.IsZero() {
		t.Error("the kiosk believes in a time that nobody told it")
	}
}

// TestEveryMoveOfTheMachine writes each state times each event: the known ones are stored with one line, all others refused.
func TestEveryMoveOfTheMachine(t *testing.T) {
	ways := map[sale.State][]sale.Event{
		sale.Asking: {}, sale.Waiting: {sale.Asked}, sale.Vending: {sale.Asked, sale.Paid}, sale.Closing: {sale.Late},
		sale.Refunding: {sale.Asked, sale.Paid, sale.Stuck}, sale.Owed: {sale.Misfit, sale.Unpayable}, sale.Sold: sold,
		sale.Refunded: {sale.Misfit, sale.Repaid}, sale.Closed: {sale.Late, sale.Gone},
	}
	b, _ := newBook(t)
	n, known := 0, 0
	begin := func(from sale.State) sale.Move { // a fresh order in that state
		makeRoom(t, b)
		if n++; from == sale.New {
			return sale.Move{Order: sale.Order{State: sale.New}}
		}
		moves := life(n, ways[from]...)
		live(t, b, moves...)
		return moves[len(moves)-1]
	}
	for _, from := range sale.States {
		m := begin(from)
		before := journal(t, b, m.Order.No)
		for _, e := range sale.Events {
			want, ok := sale.Next(from, e)
			for _, to := range sale.States {
				if ok && to == want {
					continue
				}
				next := m
				if from == sale.New {
					next = born(n)
				}
				next.From, next.Event, next.Order.State = from, e, to
				if err := b.Write(t.Context(), sale.Batch{Moves: []sale.Move{next}}); !errors.Is(err, sale.ErrRefused) {
					t.Errorf("%s in %s to %s, which the machine does not know: %v", e, from, to, err)
				}
			}
		}
		if lines := journal(t, b, m.Order.No); len(lines) != len(before) {
			t.Errorf("refused moves of %s are in the journal: %v", from, lines)
		}
		for _, e := range sale.Events {
			want, ok := sale.Next(from, e)
			if !ok {
				continue
			}
			known++
			m := begin(from)
			before := journal(t, b, m.Order.No)
			next := born(n)
			if from == sale.New {
				next.Event, next.Order.State = e, want
			} else {
				next = after(m, e)
			}
			if err := b.Write(t.Context(), sale.Batch{Moves: []sale.Move{next}}); err != nil {
				t.Errorf("%s in %s to %s was not stored: %v", e, from, want, err)
			}
			lines := journal(t, b, next.Order.No)
			if len(lines) != len(before)+1 || lines[len(lines)-1].Event != e || lines[len(lines)-1].State != want {
				t.Errorf("%s in %s left the journal at %v", e, from, lines)
			}
		}
	}
	if known < 30 {
		t.Errorf("only %d moves were tried", known)
	}
}

// makeRoom empties the machine for the next order, behind the book's back.
func makeRoom(t *testing.T, b *Book) {
	t.Helper()
	if _, err := b.conn.ExecContext(t.Context(), `UPDATE orders SET state = 'closed' WHERE state IN ('asking', 'waiting', 'vending')`); err != nil {
		t.Fatal(err)
	}
}

func journal(t *testing.T, b *Book, no sale.No) []sale.Line {
	t.Helper()
	rows, err := b.conn.QueryContext(t.Context(), `SELECT event, j.state FROM journal j JOIN orders ON orders.id = ord WHERE no = ? ORDER BY seq`, string(no))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var lines []sale.Line
	for rows.Next() {
		var l sale.Line
		if err := rows.Scan(&l.Event, &l.State); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	return lines
}

func TestARefundThatBouncesIsJournalledThoughItStays(t *testing.T) {
	b, _ := newBook(t)
	live(t, b, life(1, sale.Asked, sale.Paid, sale.Stuck, sale.Dropped, sale.Bounced, sale.Repaid)...)
	var got []string
	for _, l := range list(t, b)[0].Journal {
		got = append(got, fmt.Sprintf("%s>%s", l.Event, l.State))
	}
	want := "chosen>asking asked>waiting paid>vending stuck>refunding dropped>refunding bounced>refunding repaid>refunded"
	if strings.Join(got, " ") != want {
		t.Errorf("journal %v", got)
	}
	sound(t, b)
}

func TestARemarkLeavesNoLine(t *testing.T) {
	b, _ := newBook(t)
	moves := life(1, sale.Late)
	o := live(t, b, moves...)
	o.Reason, o.Updated, o.Note, o.Fen = sale.ReasonConfig, o.Updated.Add(time.Hour), "not this", 999
	live(t, b, sale.Move{From: sale.Closing, Event: sale.Remark, Order: o})
	got := list(t, b)[0]
	if got.Reason != sale.ReasonConfig || !got.Updated.Equal(o.Updated) || got.Note != "" || got.Fen != 350 || got.Last != sale.Late || len(got.Journal) != 2 {
		t.Errorf("after the remark: %+v", got)
	}
	o.State = sale.Refunding
	for name, m := range map[string]sale.Move{
		"another state": {From: sale.Refunding, Order: o}, "a move": {From: sale.Closing, Order: o}, "a birth": {From: sale.New, Order: sale.Order{State: sale.New}},
	} {
		if err := b.Write(t.Context(), sale.Batch{Moves: []sale.Move{m}}); !errors.Is(err, sale.ErrRefused) {
			t.Errorf("a remark that is %s: %v", name, err)
		}
	}
}

func TestTheBookRefuses(t *testing.T) {
	type sets = func(m *sale.Move)
	for name, c := range map[string]struct {
		past []sale.Event // of the first order
		next sets         // what the second page tries
	}{
		"a number used twice":          {[]sale.Event{sale.Late}, func(m *sale.Move) { *m = born(1) }},
		"a second live order":          {nil, func(m *sale.Move) { *m = born(2) }},
		"a move from another state":    {nil, func(m *sale.Move) { *m = life(1, sale.Asked, sale.Late)[2] }},
		"a move of an unknown order":   {nil, func(m *sale.Move) { *m = life(2, sale.Late)[1] }},
		"another price":                {nil, func(m *sale.Move) { m.Order.Fen = 1 }},
		"no price":                     {sold, func(m *sale.Move) { *m = born(2); m.Order.Fen = 0 }},
		"an unknown means":             {sold, func(m *sale.Move) { *m = born(2); m.Order.Means = "cash" }},
		"vending for too little":       {[]sale.Event{sale.Asked}, func(m *sale.Move) { m.Order.Money.Fen-- }},
		"vending for other money":      {[]sale.Event{sale.Asked}, func(m *sale.Move) { m.Order.Money.Currency = "USD" }},
		"vending for nothing":          {[]sale.Event{sale.Asked}, func(m *sale.Move) { m.Order.Money.Transaction = "" }},
		"a refund without a number":    {[]sale.Event{sale.Asked, sale.Paid}, func(m *sale.Move) { m.Order.RefundNo = "" }},
		"a refund of more than paid":   {[]sale.Event{sale.Asked, sale.Paid}, func(m *sale.Move) { m.Order.RefundFen++ }},
		"a transaction id used twice":  {sold, func(m *sale.Move) { *m = misfit(2); m.Order.Money.Transaction = "tx" + string(born(1).Order.No) }},
		"a refund number used twice":   {[]sale.Event{sale.Misfit}, func(m *sale.Move) { *m = misfit(2); m.Order.RefundNo = string(born(1).Order.No) + "R1" }},
		"a stranger's number, nothing": {sold, func(m *sale.Move) { *m = born(2); m.Order.No = "" }},
	} {
		t.Run(name, func(t *testing.T) {
			b, _ := newBook(t)
			past := life(1, c.past...)
			live(t, b, past...)
			if strings.Contains(name, "used twice") && name != "a number used twice" {
				live(t, b, born(2))
			}
			next := past[len(past)-1]
			switch next.Order.State {
			case sale.Asking, sale.Waiting:
				next = after(next, sale.Paid)
			case sale.Vending:
				next = after(next, sale.Stuck)
			}
			c.next(&next)
			before := list(t, b)
			if err := b.Write(t.Context(), sale.Batch{Moves: []sale.Move{next}}); !errors.Is(err, sale.ErrRefused) {
				t.Errorf("it was not refused: %v", err)
			}
			if now := list(t, b); !reflect.DeepEqual(before, now) {
				t.Errorf("what was refused changed the book:\n%+v\n%+v", before, now)
			}
		})
	}
}

func misfit(n int) sale.Move { return life(n, sale.Misfit)[1] }

func TestAPageIsWholeOrNotAtAll(t *testing.T) {
	b, _ := newBook(t)
	live(t, b, born(1))
	before, past := list(t, b), recall(t, b)
	page := sale.Batch{
		Moves: []sale.Move{life(1, sale.Late)[1], born(2), born(3)}, // the third is a second live order
		Slots: []sale.SlotState{{Slot: 1}}, Doubts: &sale.Doubts{Count: 1}, Alarms: []sale.Alarm{{Kind: "k"}},
	}
	if err := b.Write(t.Context(), page); !errors.Is(err, sale.ErrRefused) {
		t.Fatalf("two live orders in one page: %v", err)
	}
	if now := list(t, b); !reflect.DeepEqual(before, now) || !reflect.DeepEqual(past, recall(t, b)) {
		t.Errorf("half a page was kept: %+v", now)
	}
	page.Moves = page.Moves[:2]
	if err := b.Write(t.Context(), page); err != nil {
		t.Fatalf("the QR order's end and the code order's birth in one page: %v", err)
	}
	got := recall(t, b)
	if len(got.Orders) != 2 || got.Orders[0].State != sale.Closing || got.Orders[1].State != sale.Asking || len(got.Slots) != 1 || got.Doubts.Count != 1 {
		t.Errorf("the page came back as %+v", got)
	}
	if alarms, err := b.ListAlarms(t.Context(), 0); err != nil || len(alarms) != 1 {
		t.Errorf("alarms %v %v", alarms, err)
	}
	if err := b.Write(t.Context(), sale.Batch{}); err != nil {
		t.Errorf("an empty page: %v", err)
	}
	sound(t, b)
}

func TestAStrangersPaymentIsKept(t *testing.T) {
	b, _ := newBook(t)
	live(t, b, born(1)) // a customer is at the machine meanwhile
	o := sale.Order{No: "K0042-000009ABCDEFGHIJ", State: sale.Owed, Money: sale.Money{Transaction: "x", Fen: 100, Currency: "CNY"}, Source: "query", Updated: noon}
	live(t, b, sale.Move{From: sale.New, Event: sale.Found, Order: o})
	sound(t, b)
}

func TestTheJournalOnlyGrows(t *testing.T) {
	b, _ := newBook(t)
	live(t, b, life(1, sold...)...)
	for _, text := range []string{"DELETE FROM journal", "UPDATE journal SET state = 'closed'", "DELETE FROM orders"} {
		if _, err := b.conn.ExecContext(t.Context(), text); err == nil {
			t.Errorf("%s went through", text)
		}
	}
	if got := list(t, b); len(got) != 1 || len(got[0].Journal) != 4 {
		t.Errorf("history was rewritten: %+v", got)
	}
}

func TestAWriteThatIsNotWantedAnyMore(t *testing.T) {
	b, _ := newBook(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Write(ctx, sale.Batch{Moves: []sale.Move{born(1)}}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if n := len(list(t, b)); n != 0 {
		t.Errorf("%d orders were written after all", n)
	}
}

func TestOpenNeedsItsFolder(t *testing.T) {
	_, err := Open(filepath.Join(t.TempDir(), "data", "kiosk.db"))
	if err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("a missing mount became a book, or more than a line: %v", err)
	}
}
