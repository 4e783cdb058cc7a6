package sale

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// gateModel is the gateway as its manual tells it, without a wire.
type gateModel struct {
	w      *world
	orders map[No]*gateOrder
	away   bool
	barred bool // the merchant may not collect: no order, charge or refund is taken
}

// causes are why a call is refused, by its kind and the word of the gateway's manual. What is not here needs no cause.
var causes = map[string]Cause{
	"query REVOKED":                CauseReversed,
	"query SIGNERROR":              CauseConfig,
	"probe SIGNERROR":              CauseConfig,
	"ask SIGNERROR":                CauseConfig,
	"ask NOTENOUGH":                CausePayerFunds,
	"charge NOTENOUGH":             CausePayerFunds,
	"charge AUTHCODEEXPIRE":        CauseCodeExpired,
	"refund NOTENOUGH":             CauseRefundFunds,
	"refund TRADE_OVERDUE":         CauseRefundImpossible,
	"refund USER_ACCOUNT_ABNORMAL": CauseRefundImpossible,
	"refund INVALID_REQUEST":       CauseRuleLimit,
	"refund RULE_LIMIT":            CauseRuleLimit,
	"refund ERROR":                 CauseGatewayError,
}

type gateOrder struct {
	o       Order
	state   string // trade_state
	paid    Fen
	at      time.Duration // when the order was taken
	paidAt  time.Duration
	refunds map[string]*gateRefund
	lag     time.Duration // a query shows the payment this much later
	tried   time.Duration
	second  string // its transaction id, if it is a second payment: then nothing else finds it
	twin    No     // whose transaction id the gateway gives to this one; "": it has its own
}

type gateRefund struct {
	fen   Fen
	state string
	at    time.Duration
}

// unsure is a refund that the gateway has lost sight of, until it is asked for again under its number (NOTSURE).
const unsure = "unsure"

func (g *gateOrder) refunded() (n Fen) {
	for _, r := range g.refunds {
		if r.state == RefundDone {
			n += r.fen
		}
	}
	if g.state == "REVOKED" {
		n += g.paid
	}
	return n
}

func (m *gateModel) serve(d Call) Answer {
	a := m.handle(d)
	a.Date = m.w.instant().Wall
	return a
}

func (m *gateModel) handle(d Call) Answer {
	w, g := m.w, m.orders[d.Order.No]
	if !w.calm && w.chance(2) && d.Kind != KindCharge {
		return Answer{Outcome: OutcomeAgain, Code: "SYSTEMERROR"}
	}
	switch d.Kind {
	case KindAsk:
		return m.ask(d, g)
	case KindCharge:
		return m.charge(d, g)
	case KindQuery:
		return m.query(d, g)
	case KindCancel:
		return m.cancel(g)
	case KindRefund:
		return m.refund(d, g)
	}
	return Answer{Outcome: OutcomeMissing, Code: "ORDERNOTEXIST"}
}

func (m *gateModel) ask(d Call, g *gateOrder) Answer {
	if g != nil && g.state != "NOTPAY" {
		return Answer{Outcome: OutcomeDenied, Code: "ORDERPAID"}
	}
	if g == nil {
		m.orders[d.Order.No] = &gateOrder{o: d.Order, state: "NOTPAY", at: m.w.now, refunds: map[string]*gateRefund{}}
	}
	return Answer{Outcome: OutcomeAccepted, CodeURL: "qr:" + string(d.Order.No)}
}

func (m *gateModel) charge(d Call, g *gateOrder) Answer {
	w := m.w
	if g != nil {
		w.wrong = append(w.wrong, "a second charge of "+string(d.Order.No))
		return Answer{Outcome: OutcomeDenied, Code: "OUT_TRADE_NO_USED"}
	}
	if w.codes[d.Code] {
		w.wrong = append(w.wrong, "one code charged twice")
	}
	w.codes[d.Code] = true
	g = &gateOrder{o: d.Order, state: "USERPAYING", at: w.now, refunds: map[string]*gateRefund{}}
	switch n := w.rnd.IntN(10); {
	case n < 1:
		m.orders[d.Order.No] = g
		g.state = "PAYERROR"
		return Answer{Outcome: OutcomeDenied, Code: "NOTENOUGH"}
	case n < 5:
		m.orders[d.Order.No] = g
		m.pay(g)
		return m.money(g, OutcomePaid)
	}
	m.orders[d.Order.No] = g
	switch w.rnd.IntN(3) {
	case 0:
		w.after(w.span(time.Second, 60*time.Second), func() { m.pay(g) })
	case 1:
		w.after(w.span(time.Second, 30*time.Second), func() {
			if g.state == "USERPAYING" {
				g.state = []string{"NOTPAY", "PAYERROR"}[w.rnd.IntN(2)]
			}
		})
	}
	return Answer{Outcome: OutcomePaying, Code: "USERPAYING"}
}

// pay is the customer's yes, wherever it was given.
func (m *gateModel) pay(g *gateOrder) {
	if g.state != "NOTPAY" && g.state != "USERPAYING" {
		return
	}
	if !g.o.Expires.IsZero() && m.w.instant().Wall.After(g.o.Expires) {
		return
	}
	g.state, g.paid, g.paidAt = "SUCCESS", g.o.Fen, m.w.now
	if !m.w.calm && m.w.chance(3) {
		g.paid += 10 // a sum that differs
	}
	if !m.w.calm && m.w.chance(20) {
		g.lag = m.w.span(0, 10*time.Second)
	}
	if !m.w.calm && m.w.chance(m.w.faults.twins) && len(m.w.book.birth) > 1 {
		g.twin = m.w.book.birth[m.w.rnd.IntN(len(m.w.book.birth))]
	}
	if !m.w.calm && m.w.chance(m.w.faults.again) {
		m.w.after(m.w.span(time.Second, 10*time.Minute), func() {
			if transaction, _ := m.w.payAgain(g.o.No); m.w.chance(70) { // else the bill tells
				m.w.notify(g.o.No, transaction)
			}
		})
	}
	m.w.stats["paid "+string(g.o.Means)]++
}

func (m *gateModel) money(g *gateOrder, says Outcome) Answer {
	return Answer{Outcome: says, Code: g.state, Money: Money{cmp.Or(g.second, "T"+string(cmp.Or(g.twin, g.o.No))), g.paid, "CNY", m.w.instant().Wall}}
}

func (m *gateModel) query(d Call, g *gateOrder) Answer {
	if g == nil || g.paid == 0 && m.w.now-g.at < g.lag {
		return Answer{Outcome: OutcomeMissing, Code: "ORDERNOTEXIST"}
	}
	says := map[string]Outcome{"NOTPAY": OutcomeUnpaid, "USERPAYING": OutcomePaying, "PAYERROR": OutcomeFailed,
		"CLOSED": OutcomeGone, "REVOKED": OutcomeGone, "SUCCESS": OutcomePaid}[g.state]
	if g.state == "SUCCESS" && m.w.now-g.paidAt < g.lag {
		return Answer{Outcome: OutcomeUnpaid, Code: "NOTPAY"}
	}
	if says != OutcomePaid {
		return Answer{Outcome: says, Code: g.state}
	}
	a := m.money(g, OutcomePaid)
	if len(g.refunds) > 0 {
		a.Outcome, a.Code, a.Returned = OutcomeReturned, "REFUND", g.refunded()
		for _, no := range slices.Sorted(maps.Keys(g.refunds)) {
			r := g.refunds[no]
			if r.state == RefundPending && m.w.now-r.at > 2*time.Second {
				r.state = RefundDone
				switch {
				case m.w.calm:
				case m.w.chance(5):
					r.state = RefundClosed
				case m.w.chance(5):
					r.state = unsure
					m.w.stats["notsure"]++
				}
				return m.query(d, g)
			}
			if no == d.Order.RefundNo && r.state != unsure {
				a.Refund = r.state
			}
			a.Pending = a.Pending || r.state == RefundPending
		}
	}
	return a
}

func (m *gateModel) cancel(g *gateOrder) Answer {
	if g == nil {
		return Answer{Outcome: OutcomeMissing}
	}
	age := m.w.now - g.at
	switch {
	case g.o.Means == Code && age < 15*time.Second, g.o.Means != Code && age < 5*time.Minute:
		return Answer{Outcome: OutcomeDenied, Code: "TRADE_STATE_ERROR"}
	case g.state == "SUCCESS" && g.o.Means != Code:
		return Answer{Outcome: OutcomePaid, Code: "ORDERPAID"}
	case g.o.Means == Code:
		if g.state != "SUCCESS" || len(g.refunds) == 0 {
			g.state = "REVOKED"
		}
	case g.state == "NOTPAY":
		g.state = "CLOSED"
		if !m.w.calm && m.w.chance(5) { // users report it: paid all the same
			m.w.after(m.w.span(time.Second, 9*time.Minute), func() {
				if g.state == "CLOSED" {
					g.state, g.paid, g.paidAt = "SUCCESS", g.o.Fen, m.w.now
					m.w.deliver(g.o.No)
				}
			})
		}
	}
	return Answer{Outcome: OutcomeAccepted}
}

func (m *gateModel) refund(d Call, g *gateOrder) Answer {
	if g == nil || g.state != "SUCCESS" {
		return Answer{Outcome: OutcomeMissing, Code: "ORDERNOTEXIST"}
	}
	if r := g.refunds[d.Order.RefundNo]; r != nil {
		if r.state == unsure {
			r.state, r.at = RefundPending, m.w.now
		}
		return Answer{Outcome: OutcomeAccepted}
	}
	if g.tried != 0 && m.w.now-g.tried < time.Minute {
		return Answer{Outcome: OutcomeAgain, Code: "FREQUENCY_LIMITED"}
	}
	g.tried = m.w.now
	if g.refunded()+d.Order.RefundFen > g.paid {
		m.w.wrong = append(m.w.wrong, "more asked back than was paid: "+string(d.Order.No))
	}
	if !m.w.calm && m.w.chance(3) {
		return Answer{Outcome: OutcomeDenied, Code: []string{"NOTENOUGH", "ERROR"}[m.w.rnd.IntN(2)]}
	}
	g.refunds[d.Order.RefundNo] = &gateRefund{d.Order.RefundFen, RefundPending, m.w.now}
	return Answer{Outcome: OutcomeAccepted}
}

// sharesPayment reports whether an order and another one have one transaction id: whichever is paid second, the book refuses.
func (m *gateModel) sharesPayment(g *gateOrder) bool {
	for _, o := range m.orders {
		if o.twin == g.o.No {
			return true
		}
	}
	return g.twin != ""
}
