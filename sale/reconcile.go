package sale

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// The kinds of findings.
const (
	FindPaidNotSold   = "paid there, not sold here"
	FindPaidUnknown   = "paid there, unknown here"
	FindPaidTwice     = "paid twice"
	FindPaidMissing   = "paid here, not in the bill"
	FindPaidDiffers   = "amount differs"
	FindRefundOpen    = "refunded there, open here"
	FindRefundSold    = "refunded there, sold here"
	FindRefundUnknown = "refunded by another hand"
	FindRefundMissing = "refunded here, not in the bill"
	FindRefundDiffers = "refund amount differs"
)

// Finding is one thing in which a bill and the book differ. It moves nothing: it is for people, and for a nudge.
type Finding struct {
	Kind        string `json:"kind"`
	No          No     `json:"no"`
	Transaction string `json:"transaction_id"`
	Fen         Fen    `json:"fen"`               // the sum at the gateway, or in the book if the gateway has none
	Off         Fen    `json:"off_fen,omitempty"` // by how much two sums differ; 0: all of it is missing on one side
	Text        string `json:"text"`
}

// Gap is how much money the finding is about.
func (f Finding) Gap() Fen { return cmp.Or(f.Off, f.Fen) }

// Reconciliation is how one day's bill compared with the book. Sums are of this kiosk's own numbers, as the bill has them.
type Reconciliation struct {
	Day      time.Time // at 00:00 UTC, standing for the date in Beijing
	At       time.Time // when it was compared
	Rows     int       // of the whole bill, the merchant's other machines too
	Sales    int
	Sold     Fen
	Repaid   int
	Back     Fen
	Findings []Finding
}

// Reconcile holds the rows of one kiosk's numbers in a bill against its book. An honest book gives none, whatever
// was under way at midnight: what cannot be told from one day's bill alone is not reported.
func Reconcile(kiosk string, b Bill, book []Entry) []Finding {
	r := reconciler{from: Midnight(b.Day), orders: map[No]*account{}, found: []Finding{}}
	r.to = r.from.AddDate(0, 0, 1)
	for i := range book {
		if book[i].No.Kiosk() == kiosk {
			r.accountOf(book[i].No).entry = &book[i]
		}
	}
	for _, row := range b.Rows {
		if row.No.Kiosk() != kiosk {
			continue
		}
		a := r.accountOf(row.No)
		if second := r.orders[SecondNumber(kiosk, row.Transaction)]; second != nil { // the book knows that payment by a number of its own
			a = second
		}
		a.addRow(row)
	}
	for _, a := range r.sortedAccounts() {
		r.judgeAccount(a)
	}
	return r.found
}

// Beijing is the gateway's time zone, by which it cuts its bills. It has no summer time.
var Beijing = time.FixedZone("Beijing", 8*60*60)

// Midnight is when a day begins in Beijing; the day is the date as it is written.
func Midnight(day time.Time) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, Beijing)
}

type reconciler struct {
	from, to time.Time
	orders   map[No]*account
	found    []Finding
}

// account is what both sides know of one number.
type account struct {
	no                    No
	entry                 *Entry
	paid, refunds, revoke []BillRow
}

func (r *reconciler) accountOf(no No) *account {
	a := r.orders[no]
	if a == nil {
		a = &account{no: no}
		r.orders[no] = a
	}
	return a
}

func (r *reconciler) sortedAccounts() []*account {
	var all []*account
	for _, a := range r.orders {
		all = append(all, a)
	}
	slices.SortFunc(all, func(x, y *account) int { return cmp.Compare(x.no, y.no) })
	return all
}

func (a *account) addRow(row BillRow) {
	switch row.State {
	case BillPaid:
		a.paid = append(a.paid, row)
	case BillRefund:
		a.refunds = append(a.refunds, row)
	case BillRevoked:
		a.revoke = append(a.revoke, row)
	}
}

func (r *reconciler) report(kind string, a *account, transaction string, fen Fen, format string, args ...any) {
	r.found = append(r.found, Finding{Kind: kind, No: a.no, Transaction: transaction, Fen: fen, Text: fmt.Sprintf(format, args...)})
}

// reportSums reports two sums that should be one.
func (r *reconciler) reportSums(kind string, a *account, transaction string, there, here Fen, format string) {
	r.report(kind, a, transaction, there, format, there.Yuan(), here.Yuan())
	r.found[len(r.found)-1].Off = max(there-here, here-there)
}

func (r *reconciler) judgeAccount(a *account) {
	if a.entry == nil {
		r.reportUnknown(a)
		return
	}
	r.judgePayments(a)
	r.judgeReversed(a)
	r.judgeRefunds(a)
	r.findMissing(a)
}

// reportUnknown: the gateway knows a number of ours that the book does not. A person decides; nothing is repaid from a bill.
func (r *reconciler) reportUnknown(a *account) {
	for _, row := range slices.Concat(a.paid, a.revoke) {
		r.report(FindPaidUnknown, a, row.Transaction, row.Fen, "%s was paid at %s, and the book has no such order", row.Fen.Yuan(), clockTime(row))
		return
	}
	for _, row := range a.refunds {
		r.report(FindRefundUnknown, a, row.Transaction, row.RefundFen, "%s went back under %s, and the book has no such order", row.RefundFen.Yuan(), row.RefundNo)
	}
}

func (r *reconciler) judgePayments(a *account) {
	e := a.entry
	ours, has := e.Money.Transaction, e.Money.Fen != 0
	if ours == "" && len(a.paid) > 0 {
		ours = a.paid[0].Transaction
	}
	seen := map[string]bool{}
	for _, row := range a.paid {
		switch {
		case seen[row.Transaction]:
			r.report(FindPaidTwice, a, row.Transaction, row.Fen, "%s paid at %s stands in the bill twice", row.Fen.Yuan(), clockTime(row))
		case row.Transaction != ours:
			r.report(FindPaidTwice, a, row.Transaction, row.Fen, "%s was paid at %s a second time, beside %s", row.Fen.Yuan(), clockTime(row), ours)
		case !has && !reversedHere(e) && len(a.revoke) == 0:
			r.report(FindPaidNotSold, a, row.Transaction, row.Fen, "%s was paid at %s, and the order is %s", row.Fen.Yuan(), clockTime(row), e.State)
		case has && row.Fen != e.Money.Fen:
			r.reportSums(FindPaidDiffers, a, row.Transaction, row.Fen, e.Money.Fen, "%s was paid there, and the book has %s")
		}
		seen[row.Transaction] = true
	}
}

// reversedHere reports whether the book knows that the gateway took a charge back, on that day or the next.
func reversedHere(e *Entry) bool { return e.ReturnedBy == "reverse" || e.GatewayCode == codeReversed }

// judgeReversed judges the rows of charges that were taken back.
func (r *reconciler) judgeReversed(a *account) {
	if len(a.revoke) > 0 {
		r.judgeReturned(a, a.revoke[0])
	}
}

// judgeReturned judges money that surely went back, by the state the order is in here.
func (r *reconciler) judgeReturned(a *account, row BillRow) {
	switch e := a.entry; {
	case e.State == Sold || e.State == Vending:
		r.report(FindRefundSold, a, row.Transaction, row.RefundFen, "%s went back, and the goods count as sold", row.RefundFen.Yuan())
	case !e.State.Over():
		r.report(FindRefundOpen, a, row.Transaction, row.RefundFen, "%s went back, and the order is still %s", row.RefundFen.Yuan(), e.State)
	}
}

func (r *reconciler) judgeRefunds(a *account) {
	e, done := a.entry, false
	for _, row := range a.refunds {
		back := row.RefundState == "" || row.RefundState == "SUCCESS"
		switch {
		case e.State == Sold || e.State == Vending:
			r.judgeReturned(a, row)
		case !e.refundedUnder(row.RefundNo):
			if !returnedElsewhere(e) {
				r.report(FindRefundUnknown, a, row.Transaction, row.RefundFen, "%s went back under %s, which is no number of ours", row.RefundFen.Yuan(), row.RefundNo)
			}
		case row.RefundFen != e.RefundFen:
			r.reportSums(FindRefundDiffers, a, row.Transaction, row.RefundFen, e.RefundFen, "%s went back, and the book has %s")
		case back && done:
			r.report(FindRefundDiffers, a, row.Transaction, row.RefundFen, "%s went back a second time", row.RefundFen.Yuan())
		case back:
			done = true
			r.judgeReturned(a, row)
		}
	}
}

// refundedUnder reports whether the order ever asked for its money back under a number.
func (e *Entry) refundedUnder(number string) bool {
	for round := 1; round <= max(e.Round, 1); round++ {
		if number == refundNo(e.No, round) {
			return e.RefundNo != ""
		}
	}
	return false
}

// returnedElsewhere reports whether the book already says that somebody else returned the money.
func returnedElsewhere(e *Entry) bool { return e.ReturnedBy == "other" || e.How == "platform" }

// findMissing looks for what the book surely has on this day and the bill has not.
func (r *reconciler) findMissing(a *account) {
	e := a.entry
	if len(a.paid)+len(a.revoke) == 0 && e.Money.Transaction != "" && r.isWithin(e.Money.At) {
		r.report(FindPaidMissing, a, e.Money.Transaction, e.Money.Fen, "the book has %s paid at %s", e.Money.Fen.Yuan(), e.Money.At.In(r.from.Location()).Format(time.TimeOnly))
	}
	if len(a.refunds) == 0 && e.State == Refunded && e.ReturnedBy == "refund" && r.repaidToday(e) {
		r.report(FindRefundMissing, a, e.Money.Transaction, e.RefundFen, "the book has %s repaid under %s", e.RefundFen.Yuan(), e.RefundNo)
	}
}

func (r *reconciler) isWithin(t time.Time) bool { return !t.Before(r.from) && t.Before(r.to) }

// midnightMargin is kept clear of midnight by our clock, which may be a minute off the gateway's.
const midnightMargin = 2 * time.Minute

// repaidToday reports whether a refund surely began and ended on this day. One that spans midnight, or was timed by a
// clock that was not trusted, stands in a bill that the book cannot name.
func (r *reconciler) repaidToday(e *Entry) bool {
	began, ended, sure := time.Time{}, time.Time{}, true
	for _, l := range e.Journal {
		if l.State == Refunding && began.IsZero() {
			began, sure = l.At, sure && l.Trusted
		}
		if l.Event == Repaid {
			ended, sure = l.At, sure && l.Trusted
		}
	}
	return sure && !began.IsZero() && r.isWithin(began.Add(-midnightMargin)) && r.isWithin(ended.Add(midnightMargin))
}

func clockTime(row BillRow) string { return row.At.Format(time.TimeOnly) }
