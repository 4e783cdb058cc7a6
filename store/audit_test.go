package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"kiosk/sale"
)

// history is a book's worth of entries, newest first, one order for each way an order can go.
func history(t *testing.T) []sale.Entry {
	t.Helper()
	b, _ := newBook(t)
	for i, events := range [][]sale.Event{
		sold,
		{sale.Asked, sale.Paid, sale.Stuck, sale.Dropped, sale.Bounced, sale.Repaid},
		{sale.Asked, sale.Late, sale.Gone},
		{sale.Misfit, sale.Unpayable, sale.Settled},
		{sale.Misfit, sale.Unpayable},
		{sale.Asked, sale.Paid, sale.Woke},
		{sale.Late, sale.Gone, sale.Paid, sale.Repaid},
		{sale.Misfit, sale.Unpayable, sale.Retried},
		{sale.Late, sale.Settled},
	} {
		live(t, b, life(i+1, events...)...)
	}
	live(t, b, sale.Move{From: sale.New, Event: sale.Found, Order: sale.Order{
		No: "K0042-000099ABCDEFGHIJ", State: sale.Owed, Money: sale.Money{Transaction: "x", Fen: 100, Currency: "CNY"}, Source: "query"}})
	live(t, b, life(12, sale.Late, sale.Handed)...)
	settled := life(13, sale.Late, sale.Handed, sale.Settled)
	settled[3].Order.How, settled[3].Order.Updated = sale.HowNeverPaid, noon.Add(25*time.Hour)
	live(t, b, settled...)
	live(t, b, life(14, sale.Misfit, sale.Handed)...)
	live(t, b, life(11, sale.Asked, sale.Paid)...) // at the machine now
	return list(t, b)
}

// auditEntries replays the journals of orders, newest first, against the table of moves and the rules of money. It does not rely
// on the constraints of the book they were read from: the book may be what is wrong.
func auditEntries(entries []sale.Entry) []Violation {
	a := newAuditor()
	// Oldest first, so that of two orders with one number the later is named.
	for _, e := range slices.Backward(entries) {
		a.checkNumber(&e.Order)
		a.checkIdentity(&e.Order)
		a.checkOrder(&e)
	}
	a.crossCheck(entries)
	return a.found
}

// crossCheck replays all journals as one. At no time may two orders have the machine, and no line may stand twice.
func (a *auditor) crossCheck(entries []sale.Entry) {
	var lines []sale.Line
	for _, e := range entries {
		lines = append(lines, e.Journal...)
	}
	slices.SortStableFunc(lines, func(x, y sale.Line) int { return cmp.Compare(x.Seq, y.Seq) })
	for i, line := range lines {
		if i > 0 && lines[i-1].Seq == line.Seq {
			a.report(RuleMoves, line.No, "line %d stands in the journal twice, also for order %s", line.Seq, lines[i-1].No)
		}
		a.followMachine(&line)
	}
}

func TestAnHonestBookPassesTheAudit(t *testing.T) {
	if found := auditEntries(history(t)); len(found) != 0 {
		t.Errorf("an honest book is accused: %+v", found)
	}
	if text, err := json.Marshal(auditEntries(nil)); err != nil || string(text) != "[]" {
		t.Errorf("no violations are %s in JSON: %v", text, err)
	}
	text, err := json.Marshal(Violation{"S1", "n", "t"})
	if err != nil || string(text) != `{"rule":"S1","no":"n","text":"t"}` {
		t.Errorf("a violation is %s in JSON: %v", text, err)
	}
}

func TestTheAuditFinds(t *testing.T) {
	honest := history(t)
	line := func(e *sale.Entry, i int) *sale.Line { return &e.Journal[i] }
	for name, c := range map[string]struct {
		order int
		rule  string
		spoil func(e *sale.Entry)
	}{
		"goods for nothing":             {1, RuleMoneyFirst, func(e *sale.Entry) { e.Money = sale.Money{} }},
		"goods for too little":          {1, RuleMoneyFirst, func(e *sale.Entry) { e.Money.Fen-- }},
		"goods for dollars":             {1, RuleMoneyFirst, func(e *sale.Entry) { e.Money.Currency = "USD" }},
		"a stuck vend for too little":   {2, RuleMoneyFirst, func(e *sale.Entry) { e.Fen++ }},
		"a motor turned by a refusal":   {1, RuleMoneyFirst, func(e *sale.Entry) { line(e, 2).Event = sale.Refused }},
		"a motor turned twice":          {2, RuleOneVend, func(e *sale.Entry) { line(e, 4).State = sale.Vending }},
		"a refund under no number":      {6, RuleOneRefund, func(e *sale.Entry) { e.RefundNo = "" }},
		"a refund under another number": {6, RuleOneRefund, func(e *sale.Entry) { e.RefundNo += "R1" }},
		"a refund of another round":     {6, RuleOneRefund, func(e *sale.Entry) { e.Round = 2 }},
		"a refund of more":              {6, RuleOneRefund, func(e *sale.Entry) { e.RefundFen++ }},
		"a refund of a sold order":      {1, RuleOneRefund, func(e *sale.Entry) { e.RefundFen = e.Fen }},
		"an order that is not born":     {3, RuleMoves, func(e *sale.Entry) { e.Journal = e.Journal[1:] }},
		"an order without a journal":    {3, RuleMoves, func(e *sale.Entry) { e.Journal = nil }},
		"a journal cut short":           {3, RuleMoves, func(e *sale.Entry) { e.Journal = e.Journal[:2] }},
		"a move left out":               {3, RuleMoves, func(e *sale.Entry) { e.Journal = slices.Delete(e.Journal, 2, 3) }},
		"a move that leads elsewhere":   {3, RuleMoves, func(e *sale.Entry) { line(e, 1).State = sale.Closing }},
		"another last event":            {3, RuleMoves, func(e *sale.Entry) { e.Last = sale.Settled }},
		"another state":                 {5, RuleMoves, func(e *sale.Entry) { e.State = sale.Closed }},
		"lines in another order":        {3, RuleMoves, func(e *sale.Entry) { line(e, 2).Seq = line(e, 1).Seq }},
		"another order's line":          {3, RuleMoves, func(e *sale.Entry) { line(e, 1).No = "K" }},
		"a line that stands twice":      {3, RuleMoves, func(e *sale.Entry) { line(e, 0).Seq-- }},
		"a short number":                {3, RuleIdentity, func(e *sale.Entry) { e.No = e.No[:19] }},
		"a long number":                 {3, RuleIdentity, func(e *sale.Entry) { e.No += "ABC" }},
		"small letters in a number":     {3, RuleIdentity, func(e *sale.Entry) { e.No = e.No[:28] + "ab" }},
		"a number of no kiosk":          {3, RuleIdentity, func(e *sale.Entry) { e.No = "-" + e.No[1:] }},
		"a number used twice":           {3, RuleIdentity, func(e *sale.Entry) { e.No = born(1).Order.No }},
		"a payment used twice":          {7, RuleIdentity, func(e *sale.Entry) { e.Money.Transaction = "tx" + string(born(1).Order.No) }},
		"a refund used twice":           {6, RuleIdentity, func(e *sale.Entry) { e.RefundNo = string(born(2).Order.No) + "R2" }},
		"money kept":                    {3, RuleBalance, func(e *sale.Entry) { e.Money = sale.Money{Transaction: "t", Fen: 350} }},
		"a payment of nothing":          {6, RuleBalance, func(e *sale.Entry) { e.Money.Fen, e.RefundFen = 0, 0 }},
		"a payment on no record":        {7, RuleBalance, func(e *sale.Entry) { e.Money, e.RefundFen = sale.Money{}, 0 }},
		"a refund by nobody":            {7, RuleBalance, func(e *sale.Entry) { e.RefundNo, e.ReturnedBy = "", "" }},
		"debts without a reason":        {5, RuleReason, func(e *sale.Entry) { e.GatewayCode = "" }},
		"settled by nobody":             {4, RuleReason, func(e *sale.Entry) { e.By = "" }},
		"settled in no way":             {9, RuleReason, func(e *sale.Entry) { e.How = "" }},
		"retried by nobody":             {8, RuleReason, func(e *sale.Entry) { e.By = "" }},
		"owed without a payment":        {11, RuleBalance, func(e *sale.Entry) { line(e, 2).Event, e.Last = sale.Unpayable, sale.Unpayable }},
		"handed over by nobody":         {11, RuleReason, func(e *sale.Entry) { e.By = "" }},
		"handed over for no reason":     {11, RuleReason, func(e *sale.Entry) { e.Note = "" }},
		"handed over though it is ours": {11, RuleReason, func(e *sale.Entry) { e.GatewayCode, e.Reason = "WORD", "" }},
		"paid, and never paid":          {12, RuleBalance, func(e *sale.Entry) { e.Money = sale.Money{Transaction: "t", Fen: 350} }},
		"never paid, said too early":    {12, RuleBalance, func(e *sale.Entry) { line(e, 3).At = noon.Add(23 * time.Hour) }},
		"two customers at once":         {1, RuleOneLive, func(e *sale.Entry) { line(e, 3).Seq += 2; e.Journal = e.Journal[:4] }},
	} {
		t.Run(name, func(t *testing.T) {
			entries := slices.Clone(honest)
			at := len(entries) - c.order
			entries[at].Journal = slices.Clone(entries[at].Journal)
			c.spoil(&entries[at])
			found := auditEntries(entries)
			if !slices.ContainsFunc(found, func(v Violation) bool { return v.Rule == c.rule && v.Text != "" }) {
				t.Errorf("the audit says %s", fmt.Sprint(found))
			}
		})
	}
}
