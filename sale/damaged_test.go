package sale

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// lostOrder is an open order as the head of a lost book names it.
func lostOrder(w *world, n int, state State) Order {
	no := Number("K1", n, "LOSTLOSTLOSTLOSTLOSTLOSTLOST")
	o := Order{No: no, Choice: string(no), Means: Native, Slot: 2, Fen: 350, Merchant: w.shop.Merchant, Created: w.instant().Wall, State: state}
	if state == Refunding {
		o.Round, o.RefundNo = 1, refundNo(no, 1)
	}
	return o
}

// TestWhatALostBookLeftOpenIsAskedAfterOnce: what was paid is owed, with the refund number that it had; the rest is forgotten.
func TestWhatALostBookLeftOpenIsAskedAfterOnce(t *testing.T) {
	w := calmWorld(t)
	paid, refunding, unpaid := lostOrder(w, 1, Closing), lostOrder(w, 2, Refunding), lostOrder(w, 3, Closing)
	partly, back := lostOrder(w, 4, Refunding), lostOrder(w, 5, Refunding)
	money := func(o Order) Money {
		return Money{Transaction: "tx" + string(o.No), Fen: 350, Currency: "CNY", At: w.instant().Wall}
	}
	asked := map[No]int{}
	w.answer = func(c Call) (Answer, bool) {
		if c.Kind != KindQuery {
			return Answer{}, false
		}
		asked[c.Order.No]++
		switch c.Order.No {
		case paid.No, refunding.No:
			return Answer{Outcome: OutcomePaid, Money: money(c.Order)}, true
		case unpaid.No:
			return Answer{Outcome: OutcomeUnpaid}, true
		case partly.No:
			return Answer{Outcome: OutcomeReturned, Money: money(c.Order), Returned: 100}, true
		case back.No:
			return Answer{Outcome: OutcomeReturned, Money: money(c.Order), Returned: 350}, true
		}
		return Answer{}, false
	}
	w.book.damaged, w.book.lost = "its file is gone", []Order{paid, refunding, unpaid, partly, back}
	w.boot()
	w.wait(time.Minute)
	for _, o := range []Order{paid, refunding, unpaid, partly, back} {
		if asked[o.No] != 1 {
			t.Errorf("order %s, which was %s, is asked after %d times", o.No, o.State, asked[o.No])
		}
		if !slices.Contains(w.book.asked, o.No) {
			t.Errorf("the book is not told that %s was asked after", o.No)
		}
	}
	for _, o := range []Order{paid, refunding, partly} {
		if got := w.book.orders[o.No]; got.State != Owed || got.Money.Fen != 350 || got.RefundNo != o.RefundNo || o.RefundNo != "" && got.RefundFen != 350 {
			t.Errorf("a customer who paid for %s is not owed: %+v", o.No, got)
		}
	}
	for _, o := range []Order{unpaid, back} {
		if got, there := w.book.orders[o.No]; there {
			t.Errorf("nobody is owed for %s: %+v", o.No, got)
		}
	}
	if len(w.book.birth) != 3 {
		t.Errorf("%d orders were written", len(w.book.birth))
	}
}

// TestAKioskWithADamagedBookSellsOnlyAfterAPersonsWord: whoever presses a key, and whatever else is well.
func TestAKioskWithADamagedBookSellsOnlyAfterAPersonsWord(t *testing.T) {
	w := calmWorld(t)
	w.book.damaged = "its file is gone"
	w.boot()
	w.wait(10 * time.Second)
	s := w.shop.Snapshot()
	if s.Ready || len(s.Why) != 1 || s.Why[0].Code != NotReadyDamaged || w.view.Screen != ScreenMaintenance {
		t.Errorf("ready %v, %v, %s", s.Ready, s.Why, w.view.Screen)
	}
	w.press(1)
	if len(w.book.birth) != 0 {
		t.Fatal("it sells from a new book, and nobody has looked")
	}
	for _, c := range []struct {
		cmd  AcceptBook
		want Refusal
	}{{AcceptBook{}, RefusedInvalid}, {AcceptBook{By: "anna", From: "192.168.1.7"}, ""}, {AcceptBook{By: "anna"}, RefusedSound}} {
		w.seen = func(_ Input, deeds []Deed) {
			if got, early := replies(deeds); len(got) != 1 || got[0].Refusal != c.want || early {
				t.Errorf("%+v: %+v", c.cmd, got)
			}
		}
		w.tell(c.cmd)
		w.seen = nil
	}
	w.wait(time.Second)
	if w.press(1); len(w.book.birth) != 1 {
		t.Error("it never sells again")
	}
}

// TestABookInDoubtStopsTheNextSaleAndNotThisOne: a customer who has chosen is served, and the doubt is written down first.
func TestABookInDoubtStopsTheNextSaleAndNotThisOne(t *testing.T) {
	w := calmWorld(t)
	no := w.qr(t, 1)
	w.tell(BookDamaged{Why: "its file was deleted"})
	w.tell(BookDamaged{Why: "its file was deleted"})
	if w.book.damaged != "its file was deleted" || w.book.doubted != 1 {
		t.Errorf("the book says %q, written %d times", w.book.damaged, w.book.doubted)
	}
	w.gate.pay(w.gate.orders[no])
	w.wait(20 * time.Second)
	if w.state(no) != Sold {
		t.Errorf("who had paid gets nothing: %s", w.state(no))
	}
	w.wait(time.Minute)
	if w.press(2); len(w.book.birth) != 1 || !strings.Contains(w.shop.Snapshot().Why[0].Text, "deleted") {
		t.Error("it sells on into a book that is in doubt")
	}
}
