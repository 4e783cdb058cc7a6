package pay

import (
	"context"
	"errors"
	"strconv"

	"kiosk/sale"
)

// mostRefunds bounds the list; the gateway allows fifty refunds of one order.
const mostRefunds = 100

// addRefunds fills in the sums that have gone back of a paid order, from all pages of refundquery or not at all: half a
// list would show money as kept that was repaid, and it would be repaid again.
func (g *V2) addRefunds(ctx context.Context, o sale.Order, order answer, said sale.Answer) (sale.Answer, error) {
	refunds, seen := answer{}, map[string]bool{}
	for want := 1; len(seen) < want; {
		ask := message{}
		if len(seen) > 0 {
			ask["offset"] = strconv.Itoa(len(seen))
		}
		a, refused, err := g.callGateway(ctx, refundquery, o, ask)
		if err != nil {
			return said, err
		}
		if refused.Code == noRefund {
			if len(seen) > 0 {
				return said, errCutList
			}
			break
		}
		if refused.Outcome != "" {
			return refused, nil
		}
		if want, err = sumRefunds(&said, a, o.RefundNo, seen); err != nil {
			return said, err
		}
		refunds, said.Date = a, a.date
	}
	if said.Outcome != sale.OutcomeReturned {
		return said, nil
	}
	var err error
	said.Money, err = readReturnedMoney(order, refunds)
	return said, err
}

// errCutList: a page that counts more refunds than it lists would hide money that went back.
var errCutList = errors.New("read the refunds: some are counted but not listed")

// sumRefunds adds one page of refunds and returns how many there are in all.
func sumRefunds(said *sale.Answer, a answer, ours string, seen map[string]bool) (int, error) {
	want, ok := parseDigits(a.get("refund_count"))
	if !ok {
		return 0, errors.New("read the refunds: they are not counted")
	}
	if all, ok := parseDigits(a.get("total_refund_count")); ok {
		want = max(want, all)
	}
	n, before := 0, len(seen)
	if a.get("out_refund_no_0") == "" {
		n = before // a later page may number on from its offset
	}
	for ; ; n++ {
		at := strconv.Itoa(n)
		no := a.get("out_refund_no_" + at)
		if no == "" {
			break
		}
		fen, err := a.readFen("refund_fee_" + at)
		state, ok := refundStates[a.get("refund_status_"+at)]
		if err != nil || !ok || seen[no] || len(seen) == mostRefunds {
			return 0, errors.New("read the refunds: one is doubled, or its sum or status is not known")
		}
		seen[no] = true
		switch state {
		case sale.RefundDone:
			said.Returned += fen
		case sale.RefundPending:
			said.Pending = true
		}
		if no == ours {
			said.Refund = state
		}
	}
	if len(seen) == before && int64(before) < want {
		return 0, errCutList
	}
	return int(want), nil
}

// readReturnedMoney reads the payment of an order whose money went back. The sum may stand in either answer, the time in
// neither.
func readReturnedMoney(order, refunds answer) (m sale.Money, err error) {
	if _, err := order.need("out_trade_no"); err != nil {
		return m, err
	}
	src := order
	if order.get("total_fee") == "" {
		src = refunds
	}
	if m, err = src.readTotal(); err != nil {
		return m, err
	}
	if m.Transaction = order.get("transaction_id"); m.Transaction == "" {
		if m.Transaction, err = refunds.need("transaction_id"); err != nil {
			return m, err
		}
	}
	if order.get("time_end") != "" {
		m.At, err = order.readPaidAt()
	}
	return m, err
}
