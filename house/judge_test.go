package house_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"kiosk/sale"
	"kiosk/sim/gateway"
	"kiosk/store"
)

// verdict is what a book holds in the end, and what somebody lost.
type verdict struct {
	orders []sale.Entry
	wrong  []string
}

// judge compares the book on the card with the gateway's and with what fell, never with the screen.
// owing tells which orders may end with a person: the gateway refused to give their money back.
func (h *house) judge(owing func(sale.No) bool) verdict {
	entries, err := readBook(h.path())
	if err != nil {
		return verdict{wrong: []string{"the book cannot be read: " + err.Error()}}
	}
	j := judgement{h: h, verdict: verdict{orders: entries, wrong: append([]string(nil), h.wrong...)}, gate: map[sale.No]gateway.Order{}}
	for _, g := range h.gate.Orders() {
		no := sale.No(g.OutTradeNo)
		if g.Second {
			no = sale.SecondNumber(no.Kiosk(), g.TransactionID)
		}
		j.gate[no] = g
	}
	known := map[sale.No]bool{}
	for i := range entries {
		known[entries[i].No] = true
		j.order(&entries[i], owing)
	}
	for no, g := range j.gate {
		if !known[no] && g.TransactionID != "" {
			j.say(no, "gone", "the customer paid, and the book never heard of it")
		}
	}
	for no, n := range h.goods {
		if !known[no] {
			j.say(no, "gone", "%d of the goods fell for no order", n)
		}
	}
	audited, err := auditBook(h.path())
	if err != nil {
		j.wrong = append(j.wrong, "the book cannot be audited: "+err.Error())
	}
	for _, v := range audited.Violations {
		j.wrong = append(j.wrong, fmt.Sprintf("audit %s: %s: %s", v.Rule, v.No, v.Text))
	}
	for _, v := range h.gate.Violations() {
		if h.excused(v) {
			continue
		}
		j.wrong = append(j.wrong, "the gateway saw what must never be seen: "+v+h.calls(v))
	}
	return j.verdict
}

// excused tells which complaints of the gateway are its own doing, by what it answered before:
// it said REFUND of an order and hid which, and was asked for that refund, which it refused.
func (h *house) excused(complaint string) bool {
	refunded, hidden := false, false
	for _, c := range h.gate.Log() {
		if c.No == "" || !strings.Contains(complaint, c.No) {
			continue
		}
		said, _, _ := strings.Cut(c.Outcome, ",")
		switch c.Endpoint {
		case "orderquery":
			refunded = said == "REFUND"
		case "refundquery":
			hidden = hidden || refunded && said == "REFUNDNOTEXIST"
		}
	}
	return hidden && strings.HasSuffix(complaint, "was to be refunded twice")
}

// calls are what the gateway was asked about the order that a text speaks of.
func (h *house) calls(text string) string {
	var b strings.Builder
	for _, c := range h.gate.Log() {
		if c.No != "" && strings.Contains(text, c.No) {
			fmt.Fprintf(&b, "\n\t%s %s %s %s: %s", c.At.Format("15:04:05.0"), c.Host, c.Endpoint, c.RefundNo, c.Outcome)
		}
	}
	return b.String()
}

func readBook(path string) ([]sale.Entry, error) {
	r, err := store.OpenReader(path)
	if err != nil {
		return nil, err
	}
	entries, err := r.ListOrders(context.Background(), 0, "")
	return entries, errors.Join(err, r.Close())
}

type judgement struct {
	verdict
	h    *house
	gate map[sale.No]gateway.Order
}

func (j *judgement) say(no sale.No, state sale.State, format string, args ...any) {
	j.wrong = append(j.wrong, fmt.Sprintf("%s (%s): ", no, state)+fmt.Sprintf(format, args...))
}

func (j *judgement) order(e *sale.Entry, owing func(sale.No) bool) {
	g, goods := j.gate[e.No], j.h.goods[e.No]
	paid, back := int64(0), g.RefundedFen
	if g.TransactionID != "" {
		paid = g.Fen
	}
	say := func(format string, args ...any) { j.say(e.No, e.State, format, args...) }
	if n := j.h.motors[e.No]; n > 1 {
		say("the motor turned %d times for one order", n)
	}
	if goods > 0 && paid == 0 {
		say("gave goods, took no money")
	}
	if goods > 0 && back > 0 && !e.Doubt {
		say("goods and money both went out, and nobody doubts it")
	}
	switch {
	case e.State == sale.Owed && (owing(e.No) || e.No.IsSecond()): // a second payment goes back when a person says so
		if e.GatewayCode == "" {
			say("kept the money, and nothing says why")
		}
		if e.No.IsSecond() && (back != 0 || e.Money.Transaction != g.TransactionID) {
			say("a second payment by %s is owed, and %d of %s went back", e.Money.Transaction, back, g.TransactionID)
		}
		return
	case !e.State.Over():
		say("never came to an end: kept the money, gave no goods")
		return
	case paid > 0 && goods == 0 && back < paid:
		say("kept the money, gave no goods: paid %d, %d came back", paid, back)
	}
	switch e.State {
	case sale.Sold:
		if g.State != "SUCCESS" || back != 0 || goods != 1 || paid != int64(e.Fen) {
			say("sold, but the gateway says %s, %d of %d came back, and %d fell", g.State, back, paid, goods)
		}
	case sale.Closed:
		if paid != back {
			say("closed with the customer's %d", paid-back)
		}
	case sale.Refunded:
		if paid == 0 || back != paid {
			say("counts as refunded, but %d was paid and %d came back", paid, back)
		}
	}
}

func auditBook(path string) (store.Audited, error) {
	r, err := store.OpenReader(path)
	if err != nil {
		return store.Audited{}, err
	}
	audited, err := r.Audit(context.Background())
	return audited, errors.Join(err, r.Close())
}
