package store

import (
	"context"
	"slices"
	"time"

	"kiosk/sale"
)

// checkHanded: what a person gave up asking about says who, why and that its merchant was away (L2), is the only order that can be
// owed without a payment (L1), and was never paid only if no payment is known and none can come any more (L1).
func (a *auditor) checkHanded(e *sale.Entry) {
	handed := slices.ContainsFunc(e.Journal, func(l sale.Line) bool { return l.Event == sale.Handed })
	if e.State == sale.Owed && e.Money.Fen == 0 && !handed {
		a.report(RuleBalance, e.No, "it is owed, no payment is on record, and nobody has handed it over")
	}
	if !handed {
		return
	}
	if e.Last == sale.Handed {
		switch {
		case e.By == "" || e.Note == "":
			a.report(RuleReason, e.No, "handed over, and nothing says by whom and why")
		case e.Reason == "":
			a.report(RuleReason, e.No, "handed over, and nothing says that its merchant was not in the config")
		}
	}
	if e.Last != sale.Settled || e.How != sale.HowNeverPaid {
		return
	}
	last := e.Journal[len(e.Journal)-1]
	switch {
	case e.Money.Fen != 0:
		a.report(RuleBalance, e.No, "settled as never paid, and %s was paid", e.Money.Fen.Yuan())
	case last.Trusted && e.Trusted && last.At.Before(lastMoment(&e.Order).Add(24*time.Hour)):
		a.report(RuleBalance, e.No, "settled as never paid while it could still be paid")
	}
}

// lastMoment is until when the gateway took money for an order: a code order is charged at its birth.
func lastMoment(o *sale.Order) time.Time {
	if o.Expires.IsZero() {
		return o.Created
	}
	return o.Expires
}

// unansweredNotices reads signed notices of payments whose orders closed without a payment, an hour of the journal and more ago. A
// reversed charge was paid and is closed. One with a reason has reached a person.
const unansweredNotices = `SELECT o.no, n.fen FROM notices n JOIN orders o ON o.no = n.no
	WHERE n.kind = 'paid' AND o.state = 'closed' AND o.paid_fen = 0 AND o.reason = '' AND o.hand <> 'reverse' AND o.word <> 'REVOKED'
		AND n.at < ` + bookTime + ` - 3600000
	GROUP BY o.no`

// checkNotices: a payment that the gateway spoke of was asked after (L3).
func (a *bookAuditor) checkNotices(ctx context.Context) error {
	return eachRow(ctx, a.q, func(scan scanFunc) error {
		var no sale.No
		var fen sale.Fen
		if err := scan(&no, &fen); err != nil {
			return err
		}
		a.report(RuleNotice, no, "a notice says that %s was paid, and it is closed without: look on the merchant platform", fen.Yuan())
		return nil
	}, unansweredNotices)
}

// Broken are the violations that no honest program could have written. The others speak of money at the gateway, or of what an older
// version pruned too soon: the book is whole.
func (a Audited) Broken() []Violation {
	return slices.DeleteFunc(slices.Clone(a.Violations), func(v Violation) bool { return v.Rule == RuleNotice || v.Rule == RulePruned })
}
