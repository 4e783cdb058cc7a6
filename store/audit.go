package store

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kiosk/sale"
)

// Violation is a rule that the book breaks, and with it what somebody may have lost.
type Violation struct {
	Rule string `json:"rule"`
	No   string `json:"no"`
	Text string `json:"text"`
}

// The rules of an audit: S is for a sale, L for the ledger, J for the journal.
const (
	RuleMoneyFirst = "S1" // no goods without the money for them
	RuleOneVend    = "S2" // no motor turns twice for one order
	RuleOneRefund  = "S3" // what goes back is what was paid, once, under one number
	RuleOneLive    = "S4" // one customer at the machine
	RuleMoves      = "S5" // orders move only as the machine allows, and every move is journalled
	RuleIdentity   = "S7" // numbers are the kiosk's own, and unique
	RuleBalance    = "L1" // every fen paid is goods, a refund, or owed
	RuleReason     = "L2" // what waits for a person says why; what a person did says who
	RuleNotice     = "L3" // a payment that the gateway spoke of was asked after, and is one order's
	RulePruned     = "J3" // nothing was pruned before its time
	RuleChain      = "J1" // no line of the journal, and no order, was changed, put in or taken out behind the kiosk's back
	RuleRows       = "J3" // no slot, alarm, notice or doubt was changed or taken out behind the kiosk's back
	RuleSums       = "J2" // the sums over all time are what is left and what was pruned
)

// checkOrder checks what one order shows by itself.
func (a *auditor) checkOrder(e *sale.Entry) {
	a.replayJournal(e)
	a.checkMoney(e)
	a.checkRefund(&e.Order)
	a.checkReasons(e)
	a.checkHanded(e)
	a.checkSecond(e)
}

// auditor collects violations, and what later orders are compared with.
type auditor struct {
	found []Violation
	torn  string             // the first violation that only damage explains, or somebody's hand
	seen  map[string]sale.No // by the kind of an id and the id, whose it is
	live  sale.No            // which order has the machine
}

func newAuditor() auditor { return auditor{found: []Violation{}, seen: map[string]sale.No{}} }

func (a *auditor) report(rule string, no sale.No, format string, args ...any) {
	v := Violation{rule, string(no), fmt.Sprintf(format, args...)}
	a.found = append(a.found, v)
	if rule == RuleChain || rule == RuleRows || rule == RuleSums {
		a.markTorn(v)
	}
}

// reportTorn is report for a rule that a program may break, too, where this one could not have.
func (a *auditor) reportTorn(rule string, no sale.No, format string, args ...any) {
	a.report(rule, no, format, args...)
	a.markTorn(a.found[len(a.found)-1])
}

func (a *auditor) markTorn(v Violation) {
	if a.torn == "" {
		a.torn = strings.TrimSpace(v.Rule+" "+v.No) + ": " + v.Text
	}
}

var goodNumber = regexp.MustCompile(`^[0-9A-Z]{1,12}-[0-9A-Z-]+$`)

// checkNumber: a number must fit the gateway's out_trade_no, and begin with the kiosk's id so that machines never collide.
func (a *auditor) checkNumber(o *sale.Order) {
	if no := string(o.No); len(no) < 20 || len(no) > 32 || !goodNumber.MatchString(no) {
		a.report(RuleIdentity, o.No, "the number is not a kiosk id, a dash and 20 to 32 characters of 0-9 A-Z - in all")
	}
}

func (a *auditor) checkIdentity(o *sale.Order) {
	a.checkUnique("order number", string(o.No), o.No)
	a.checkUnique("transaction id", o.Money.Transaction, o.No)
	a.checkUnique("refund number", o.RefundNo, o.No)
}

func (a *auditor) checkUnique(kind, id string, no sale.No) {
	if id == "" {
		return
	}
	key := kind + " " + id
	if other, twice := a.seen[key]; twice {
		a.report(RuleIdentity, no, "its %s is order %s's too", key, other)
		return
	}
	a.seen[key] = no
}

// replayJournal replays the moves of one order from its birth (S5). Into Vending leads only a payment (S1), once (S2).
func (a *auditor) replayJournal(e *sale.Entry) {
	state, seq, vends := sale.New, int64(0), 0
	for _, line := range e.Journal {
		if line.No != e.No {
			a.reportTorn(RuleMoves, e.No, "line %d is of order %s", line.Seq, line.No)
		}
		if line.Seq <= seq {
			a.reportTorn(RuleMoves, e.No, "line %d stands after line %d", line.Seq, seq)
		}
		to, known := sale.Next(state, line.Event)
		if !known {
			a.report(RuleMoves, e.No, "line %d: the machine has no %q in %s", line.Seq, line.Event, state)
		} else if to != line.State {
			a.report(RuleMoves, e.No, "line %d: %q in %s leads to %s, not %s", line.Seq, line.Event, state, to, line.State)
		}
		if line.State == sale.Vending {
			if vends++; vends > 1 {
				a.report(RuleOneVend, e.No, "line %d: its motor was turned a second time", line.Seq)
			}
			if line.Event != sale.Paid {
				a.report(RuleMoneyFirst, e.No, "line %d: its motor was turned by %q, not by a payment", line.Seq, line.Event)
			}
		}
		state, seq = line.State, max(seq, line.Seq) // as written, so that the next line is not blamed too
	}
	switch {
	case len(e.Journal) == 0:
		a.reportTorn(RuleMoves, e.No, "it has no journal: nobody knows how it came to be %s", e.State)
	case state != e.State:
		a.reportTorn(RuleMoves, e.No, "it is stored as %s, but its journal ends in %s", e.State, state)
	case e.Journal[len(e.Journal)-1].Event != e.Last:
		a.reportTorn(RuleMoves, e.No, "its last event is stored as %q, but its journal ends with %q", e.Last, e.Journal[len(e.Journal)-1].Event)
	}
}

// wasEver is true if the order is in a state, or was.
func wasEver(e *sale.Entry, s sale.State) bool {
	return e.State == s || slices.ContainsFunc(e.Journal, func(l sale.Line) bool { return l.State == s })
}

// checkMoney: goods only against a full payment in yuan (S1), and a payment on record wherever money was paid (L1).
func (a *auditor) checkMoney(e *sale.Entry) {
	m := e.Money
	if wasEver(e, sale.Vending) || wasEver(e, sale.Sold) {
		switch {
		case m.Transaction == "":
			a.report(RuleMoneyFirst, e.No, "goods were given out, but no payment is on record")
		case m.Fen != e.Fen:
			a.report(RuleMoneyFirst, e.No, "goods for %s were given out against a payment of %s", e.Fen.Yuan(), m.Fen.Yuan())
		case m.Currency != "CNY":
			a.report(RuleMoneyFirst, e.No, "goods were given out against money in %q, not CNY", m.Currency)
		}
	}
	if (m.Transaction == "") != (m.Fen == 0) { // a payment has both or neither
		a.report(RuleBalance, e.No, "transaction id %q with a payment of %s", m.Transaction, m.Fen.Yuan())
	}
	if e.State == sale.Closed && m.Fen != 0 {
		a.report(RuleBalance, e.No, "closed with the customer's %s kept", m.Fen.Yuan())
	}
	for _, line := range e.Journal {
		// Each of these events says that the gateway has money for the order, whatever became of it.
		paid := line.Event == sale.Paid || line.Event == sale.Misfit || line.Event == sale.Found
		if paid && m.Fen == 0 {
			a.report(RuleBalance, e.No, "line %d says %q, but no payment is on record", line.Seq, line.Event)
		}
	}
}

// checkRefund: all of the payment goes back under one number. The gateway takes a repeated number for the same refund, and
// another number for a second one.
func (a *auditor) checkRefund(o *sale.Order) {
	if o.State == sale.Refunding && o.RefundNo == "" {
		a.report(RuleOneRefund, o.No, "it is being refunded under no number: a repeated refund would pay twice")
	}
	if o.RefundNo != "" {
		if want := string(o.No) + "R" + strconv.Itoa(o.Round); o.RefundNo != want || o.Round < 1 {
			a.report(RuleOneRefund, o.No, "its refund number is %s in round %d", o.RefundNo, o.Round)
		}
		if o.RefundFen != o.Money.Fen {
			a.report(RuleOneRefund, o.No, "%s was paid, but %s is refunded", o.Money.Fen.Yuan(), o.RefundFen.Yuan())
		}
	}
	if o.State == sale.Sold && (o.RefundNo != "" || o.RefundFen != 0) {
		a.report(RuleOneRefund, o.No, "goods and money both went out, and it counts as sold")
	}
	settled := o.By != "" && o.How != "" // a person gave it back another way
	if o.State == sale.Refunded && o.RefundNo == "" && o.ReturnedBy == "" && !settled {
		a.report(RuleBalance, o.No, "it counts as refunded, but nobody returned the money")
	}
}

// checkReasons: an owed order says why, and what a person did says who (L2). An order that a notice or a bill revealed has
// no word of the gateway.
func (a *auditor) checkReasons(e *sale.Entry) {
	born := len(e.Journal) > 0 && e.Journal[0].Event == sale.Found // it was owed from the first
	if e.State == sale.Owed && e.GatewayCode == "" && e.Reason == "" && !born {
		a.report(RuleReason, e.No, "money is owed, and nothing says why it could not go back")
	}
	if e.Last == sale.Settled && (e.By == "" || e.How == "") {
		a.report(RuleReason, e.No, "settled, and nothing says by whom and how")
	}
	if e.Last == sale.Retried && e.By == "" {
		a.report(RuleReason, e.No, "sent back for another refund, and nothing says by whom")
	}
}

// followMachine takes the lines of all orders in turn and notes which order has the machine.
func (a *auditor) followMachine(line *sale.Line) {
	switch {
	case !line.State.Live(): // the order is past the machine, or never came to it
		if a.live == line.No {
			a.live = ""
		}
	case a.live != "" && a.live != line.No:
		a.report(RuleOneLive, line.No, "line %d: it is %s while order %s still has the machine", line.Seq, line.State, a.live)
	default:
		a.live = line.No
	}
}
