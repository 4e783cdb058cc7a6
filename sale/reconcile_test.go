package sale

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

var china = time.FixedZone("Beijing", 8*60*60)

// aDay is a day of sales as book and gateway both saw it, and the gateway's bill of the next day too.
type aDay struct {
	dice  *rand.Rand
	start time.Time
	n     int
	book  []Entry
	bills [2]Bill
}

// honest makes a day of so many customers, with every way a sale can end, around both midnights too.
func honest(seed uint64, sales int) *aDay {
	d := &aDay{dice: rand.New(rand.NewPCG(seed, 7)), start: time.Date(2026, 3, 2, 0, 0, 0, 0, china)}
	d.bills = [2]Bill{{Day: d.start}, {Day: d.start.AddDate(0, 0, 1)}}
	ways := []func(at time.Time){d.sold, d.sold, d.sold, d.sold, d.sold, d.sold, d.closed, d.refunded, d.refunded, d.late,
		d.reversed, d.reversedLate, d.bounced, d.waitsForRefund, d.found, d.byOtherHand, d.waiting}
	for i := range sales {
		at := d.start.Add(time.Duration(d.dice.IntN(86400)) * time.Second)
		if i%25 == 0 {
			at = d.start.Add([]time.Duration{0, time.Second, 86399 * time.Second, 86398 * time.Second}[i/25%4])
		}
		ways[d.dice.IntN(len(ways))](at)
	}
	for i := range 20 { // a neighbour's kiosk on the same merchant number
		o := d.order(d.start.Add(time.Duration(i) * time.Hour))
		d.book = d.book[:len(d.book)-1]
		o.No = Number("K00", i, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
		d.pays(&o.Order, d.start.Add(time.Hour))
	}
	return d
}

func (d *aDay) order(at time.Time) *Entry {
	d.n++
	d.book = append(d.book, Entry{Order: Order{No: Number("K0042", d.n, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), Means: Native, Fen: Fen(100 + d.dice.IntN(900)), Created: at.Add(-time.Minute), State: Asking, Last: Chosen}})
	e := &d.book[len(d.book)-1]
	d.line(e, Chosen, Asking, at.Add(-time.Minute))
	return e
}

func (d *aDay) line(e *Entry, event Event, to State, at time.Time) {
	e.State, e.Last = to, event
	e.Journal = append(e.Journal, Line{No: e.No, Event: event, State: to, At: at, Trusted: true})
}

// row puts a line into the bill of the day it happened on; what happens on other days is in neither.
func (d *aDay) row(r BillRow) {
	for i := range d.bills {
		from := d.start.AddDate(0, 0, i)
		if !r.At.Before(from) && r.At.Before(from.AddDate(0, 0, 1)) {
			d.bills[i].Rows = append(d.bills[i].Rows, r)
		}
	}
}

func (d *aDay) pays(o *Order, at time.Time) Money {
	m := Money{Transaction: fmt.Sprintf("42%026d", len(d.bills[0].Rows)*1000+len(d.bills[1].Rows)*100000000+d.n), Fen: o.Fen, Currency: "CNY", At: at}
	d.row(BillRow{State: BillPaid, No: o.No, Transaction: m.Transaction, Fen: m.Fen, Currency: "CNY", At: at})
	return m
}

func (d *aDay) paid(at time.Time, to State) *Entry {
	e := d.order(at)
	e.Money = d.pays(&e.Order, at)
	d.line(e, Paid, to, at.Add(3*time.Second))
	return e
}

func (d *aDay) sold(at time.Time) {
	d.line(d.paid(at, Vending), Dropped, Sold, at.Add(8*time.Second))
}

func (d *aDay) closed(at time.Time) { d.line(d.order(at), Gone, Closed, at.Add(6*time.Minute)) }

func (d *aDay) waiting(at time.Time) { d.line(d.order(at), Late, Closing, at) }

// owes begins a refund after a payment, and tells when the gateway gave the money back: at once, or days later.
func (d *aDay) owes(at time.Time) (*Entry, time.Time) {
	e := d.paid(at, Vending)
	d.line(e, Stuck, Refunding, at.Add(12*time.Second))
	e.Round, e.RefundNo, e.RefundFen, e.Why = 1, refundNo(e.No, 1), e.Money.Fen, RefundForStuck
	back := []time.Duration{14 * time.Second, time.Minute, 5 * time.Hour, 26 * time.Hour, 90 * time.Hour}
	return e, at.Add(back[d.dice.IntN(len(back))])
}

func (d *aDay) gives(e *Entry, number string, state string, at time.Time) {
	d.row(BillRow{State: BillRefund, No: e.No, Transaction: e.Money.Transaction, RefundNo: number, RefundFen: e.RefundFen, RefundState: state, At: at})
}

func (d *aDay) refunded(at time.Time) {
	e, back := d.owes(at)
	d.gives(e, e.RefundNo, "SUCCESS", back)
	e.ReturnedBy = "refund"
	d.line(e, Repaid, Refunded, back.Add(time.Duration(d.dice.IntN(600))*time.Second))
}

func (d *aDay) bounced(at time.Time) {
	e, back := d.owes(at)
	d.gives(e, e.RefundNo, "FAIL", at.Add(20*time.Second))
	d.line(e, Bounced, Refunding, at.Add(time.Minute))
	e.Round, e.RefundNo = 2, refundNo(e.No, 2)
	d.gives(e, e.RefundNo, "SUCCESS", back.Add(2*time.Minute))
	e.ReturnedBy = "refund"
	d.line(e, Repaid, Refunded, back.Add(3*time.Minute))
}

func (d *aDay) waitsForRefund(at time.Time) {
	e, _ := d.owes(at)
	d.gives(e, e.RefundNo, "PROCESSING", at.Add(15*time.Second))
}

func (d *aDay) byOtherHand(at time.Time) {
	e, back := d.owes(at)
	d.gives(e, "PLATFORM"+fmt.Sprint(d.n), "SUCCESS", back)
	e.ReturnedBy = "other"
	d.line(e, Repaid, Refunded, back.Add(time.Hour))
}

func (d *aDay) late(at time.Time) {
	e := d.order(at)
	d.line(e, Late, Closing, at.Add(-time.Second))
	e.Money = d.pays(&e.Order, at)
	d.line(e, Paid, Refunding, at.Add(5*time.Second))
	e.Round, e.RefundNo, e.RefundFen, e.Why, e.ReturnedBy = 1, refundNo(e.No, 1), e.Money.Fen, RefundForLate, "refund"
	d.gives(e, e.RefundNo, "SUCCESS", at.Add(20*time.Second))
	d.line(e, Repaid, Refunded, at.Add(30*time.Second))
}

// reversed is a code that was charged and taken back before anybody here knew of the money.
func (d *aDay) reversed(at time.Time) { d.takenBack(at, at.Add(40*time.Second)) }

func (d *aDay) reversedLate(at time.Time) { d.takenBack(at, at.Add(20*time.Hour)) }

func (d *aDay) takenBack(at, back time.Time) {
	e := d.order(at)
	m := d.pays(&e.Order, at)
	d.row(BillRow{State: BillRevoked, No: e.No, Transaction: m.Transaction, Fen: e.Fen, RefundFen: e.Fen, At: back})
	d.line(e, Late, Closing, at.Add(45*time.Second))
	e.Means, e.ReturnedBy, e.GatewayCode = Code, "reverse", "REVOKED"
	d.line(e, Gone, Closed, back.Add(time.Second))
}

func (d *aDay) found(at time.Time) {
	e := d.order(at)
	e.Journal = nil
	e.Money = d.pays(&e.Order, at)
	d.line(e, Found, Owed, at.Add(10*time.Hour))
}

func TestAnHonestDayLeavesNothingToFind(t *testing.T) {
	rows := 0
	for seed := range uint64(40) {
		d := honest(seed, 500)
		for _, b := range d.bills {
			rows += len(b.Rows)
			for _, f := range Reconcile("K0042", b, d.book) {
				t.Errorf("seed %d, bill of %s: a clerk looks for money that is not lost: %+v", seed, b.Day.Format(time.DateOnly), f)
			}
		}
	}
	if rows < 40*400 {
		t.Fatalf("only %d rows were compared", rows)
	}
}

// plants are the ways book and bill can differ. Each changes one order and says what must be found.
var plants = []struct {
	kind  string
	start func(d *aDay, at time.Time)
	bend  func(d *aDay, e *Entry)
}{
	{FindPaidNotSold, (*aDay).closed, func(d *aDay, e *Entry) { d.pays(&e.Order, e.Created.Add(time.Minute)) }},
	{FindPaidNotSold, (*aDay).waiting, func(d *aDay, e *Entry) { d.pays(&e.Order, e.Created.Add(time.Minute)) }},
	{FindPaidUnknown, (*aDay).sold, func(d *aDay, e *Entry) {
		d.book = d.book[:len(d.book)-1]
	}},
	{FindRefundOpen, (*aDay).waitsForRefund, func(d *aDay, e *Entry) { d.gives(e, e.RefundNo, "SUCCESS", e.Money.At) }},
	{FindRefundOpen, (*aDay).waitsForRefund, func(d *aDay, e *Entry) {
		d.gives(e, e.RefundNo, "SUCCESS", e.Money.At)
		e.State, e.GatewayCode = Owed, "CHANGE"
	}},
	{FindRefundSold, (*aDay).sold, func(d *aDay, e *Entry) {
		d.row(BillRow{State: BillRefund, No: e.No, Transaction: e.Money.Transaction, RefundNo: "X1", RefundFen: e.Fen, RefundState: "SUCCESS", At: e.Money.At})
	}},
	{FindRefundUnknown, (*aDay).late, func(d *aDay, e *Entry) { d.gives(e, "PLATFORM1", "SUCCESS", e.Money.At) }},
	{FindPaidDiffers, (*aDay).sold, func(d *aDay, e *Entry) { e.Money.Fen-- }},
	{FindRefundDiffers, (*aDay).late, func(d *aDay, e *Entry) { e.RefundFen-- }},
	{FindPaidMissing, (*aDay).sold, func(d *aDay, e *Entry) { d.drop(e.No, BillPaid) }},
	{FindRefundMissing, (*aDay).late, func(d *aDay, e *Entry) { d.drop(e.No, BillRefund) }},
	{FindPaidTwice, (*aDay).sold, func(d *aDay, e *Entry) { d.pays(&e.Order, e.Money.At.Add(time.Second)) }},
	{FindPaidTwice, (*aDay).sold, func(d *aDay, e *Entry) {
		d.row(BillRow{State: BillPaid, No: e.No, Transaction: e.Money.Transaction, Fen: e.Fen, At: e.Money.At})
	}},
	{FindRefundDiffers, (*aDay).late, func(d *aDay, e *Entry) { d.gives(e, e.RefundNo, "SUCCESS", e.Money.At) }},
	{FindRefundSold, (*aDay).sold, func(d *aDay, e *Entry) {
		d.row(BillRow{State: BillRevoked, No: e.No, Transaction: e.Money.Transaction, Fen: e.Fen, RefundFen: e.Fen, At: e.Money.At})
	}},
	{FindRefundUnknown, (*aDay).closed, func(d *aDay, e *Entry) {
		d.row(BillRow{State: BillRefund, No: e.No, RefundNo: "X2", RefundFen: e.Fen, RefundState: "SUCCESS", At: e.Created.Add(time.Minute)})
	}},
}

func (d *aDay) drop(no No, state string) {
	for i := range d.bills {
		rows := d.bills[i].Rows
		for j := len(rows) - 1; j >= 0; j-- {
			if rows[j].No == no && rows[j].State == state {
				rows = append(rows[:j:j], rows[j+1:]...)
			}
		}
		d.bills[i].Rows = rows
	}
}

func TestEveryPlantedDifferenceIsFoundAndNothingElse(t *testing.T) {
	for seed := range uint64(20) {
		d := honest(seed, 500)
		want := map[string]int{}
		for i, p := range plants {
			p.start(d, d.start.Add(time.Duration(2+i)*time.Hour))
			e := &d.book[len(d.book)-1]
			no := e.No
			p.bend(d, e)
			want[fmt.Sprint(p.kind, " ", no)]++
		}
		got := map[string]int{}
		for _, f := range Reconcile("K0042", d.bills[0], d.book) {
			got[fmt.Sprint(f.Kind, " ", f.No)]++
			if f.Text == "" || f.Fen == 0 {
				t.Errorf("seed %d: a person could do nothing with %+v", seed, f)
			}
			if bent := f.Kind == FindPaidDiffers || f.Kind == FindRefundDiffers && f.Off != 0; bent && f.Gap() != 1 || !bent && f.Gap() != f.Fen {
				t.Errorf("seed %d: it is said to be off by %v: %+v", seed, f.Gap(), f)
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("seed %d:\nplanted %v\n  found %v", seed, want, got)
		}
	}
}

func TestAReversedChargeThatStillHangsHereIsFound(t *testing.T) {
	d := honest(1, 10)
	d.reversed(d.start.Add(time.Hour))
	e := &d.book[len(d.book)-1]
	e.State, e.ReturnedBy, e.GatewayCode = Closing, "", ""
	got := Reconcile("K0042", d.bills[0], d.book)
	if len(got) != 1 || got[0].Kind != FindRefundOpen || got[0].No != e.No {
		t.Errorf("the order would hang for ever: %+v", got)
	}
}

func TestABillRowMovesNothingAndIsReadInTheSameOrderEveryTime(t *testing.T) {
	d := honest(3, 200)
	for i, p := range plants {
		p.start(d, d.start.Add(time.Duration(i)*time.Hour))
		p.bend(d, &d.book[len(d.book)-1])
	}
	first := Reconcile("K0042", d.bills[0], d.book)
	for range 5 {
		d.dice.Shuffle(len(d.book), func(i, j int) { d.book[i], d.book[j] = d.book[j], d.book[i] })
		if again := Reconcile("K0042", d.bills[0], d.book); !reflect.DeepEqual(again, first) {
			t.Fatal("two readings of one bill differ")
		}
	}
}
