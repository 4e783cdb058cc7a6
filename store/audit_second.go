package store

import (
	"context"

	"kiosk/sale"
)

// checkSecond: the row of a second payment is found by its transaction alone, names the order paid first, and began as found (S7).
func (a *auditor) checkSecond(e *sale.Entry) {
	switch {
	case !e.No.IsSecond():
	case e.No != sale.SecondNumber(e.No.Kiosk(), e.Money.Transaction):
		a.report(RuleIdentity, e.No, "a second payment's number follows from its transaction id, and %s has another", e.Money.Transaction)
	case e.TradeNo() == "" || e.TradeNo().IsSecond():
		a.report(RuleIdentity, e.No, "a second payment that names no order paid first")
	case len(e.Journal) > 0 && e.Journal[0].Event != sale.Found:
		a.report(RuleIdentity, e.No, "a second payment that began as %q: it is found, and nothing else", e.Journal[0].Event)
	}
}

// otherNotices reads signed notices of payments that are not their order's, an hour of the journal and more ago, and whose they are;
// "" if nobody's.
const otherNotices = `SELECT n.no, n.transaction_id, n.fen, ifnull(h.no, '') FROM notices n JOIN orders o ON o.no = n.no
	LEFT JOIN orders h ON h.transaction_id = n.transaction_id AND h.transaction_id <> ''
	WHERE n.kind = 'paid' AND n.transaction_id <> '' AND o.transaction_id <> n.transaction_id AND (h.no IS NOT NULL OR o.transaction_id <> '')
		AND n.at < ` + bookTime + ` - 3600000
	GROUP BY n.transaction_id, n.no`

// checkOtherNotices: a second payment that the gateway spoke of is owed, and no two orders have one payment (L3).
func (a *bookAuditor) checkOtherNotices(ctx context.Context) error {
	return eachRow(ctx, a.q, func(scan scanFunc) error {
		var no, holder sale.No
		var transaction string
		var fen sale.Fen
		if err := scan(&no, &transaction, &fen, &holder); err != nil {
			return err
		}
		switch {
		case holder == "":
			a.report(RuleNotice, no, "a notice says that %s was paid a second time, as %s, and no row owes it: look on the merchant platform", fen.Yuan(), transaction)
		case !holder.IsSecond():
			a.report(RuleNotice, no, "a notice gives it the payment %s, which is order %s's: look on the merchant platform", transaction, holder)
		}
		return nil
	}, otherNotices)
}

// checkPruned: what was pruned had ended a year before the newest lines (J3). Ends later than those were stamped by a clock that ran
// ahead, and say nothing.
func (a *bookAuditor) checkPruned(ctx context.Context) error {
	const newest = `(SELECT max(at) / 1000 + 28800 FROM (SELECT at FROM journal WHERE sure ORDER BY seq DESC LIMIT 15))`
	return eachRow(ctx, a.q, func(scan scanFunc) error {
		var month string
		var n int
		if err := scan(&month, &n); err != nil {
			return err
		}
		a.report(RulePruned, "", "%d orders that ended in %s were pruned within a year: a clock ran ahead, and who pays one of them late is unknown", n, month)
		return nil
	}, `SELECT month, sum(orders) FROM totals WHERE month > strftime('%Y-%m', `+newest+` - 365 * 86400, 'unixepoch')
		AND month <= strftime('%Y-%m', `+newest+`, 'unixepoch') GROUP BY month`)
}
