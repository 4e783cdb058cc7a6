package pay

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"

	"kiosk/sale"
)

// V2 asks the gateway by API v2 (XML). It is a sale.Gateway, and safe for use from many goroutines.
type V2 struct {
	URL        string        // of the gateway; "" means WeChat Pay's own, with its standby
	StandbyURL string        // asked when URL cannot be reached; "" means none
	Payee      sale.Merchant // the merchant of new orders; a call goes by the order's own ids, and by this one's way to sign
	Key        string        // the APIv2 key
	NotifyURL  string        // of the webhook, for payments and refunds
	DeviceInfo string        // "" means the kiosk's id, from the order number
	Goods      string        // the words before a product's name on the customer's phone; "" means 自助售货机
	IP         string        // our IPv4 address; "" means that of the default route
	Plain      *http.Client  // without the merchant's certificate; nil means one of its own
	Secapi     *http.Client  // with it, and with a transport of its own; nil refuses to refund and reverse

	own   defaults
	hosts hosts
}

var _ sale.Gateway = (*V2)(nil)

// Ask orders a QR code by unifiedorder.
func (g *V2) Ask(ctx context.Context, o sale.Order) (said sale.Answer, err error) {
	defer wrapError(unifiedorder, &said, &err)
	if err := mayAsk(o); err != nil {
		return said, err
	}
	ask := g.orderFields(o, message{"trade_type": "NATIVE", "product_id": strconv.Itoa(int(o.Slot)), "notify_url": g.NotifyURL})
	if !o.Expires.IsZero() {
		ask["time_expire"] = o.Expires.In(beijing).Format(stampLayout)
	}
	a, said, err := g.callGateway(ctx, unifiedorder, o, ask)
	if err != nil || said.Outcome != "" {
		return said, err
	}
	said.Outcome = sale.OutcomeAccepted
	said.CodeURL, err = a.need("code_url")
	return said, err
}

// Charge takes the money with a payment code by micropay. It is sent once: an error leaves it open whether money moved.
func (g *V2) Charge(ctx context.Context, o sale.Order, code string) (said sale.Answer, err error) {
	defer wrapError(micropay, &said, &err)
	if err := mayCharge(o, code); err != nil {
		return said, err
	}
	a, said, err := g.callGateway(ctx, micropay, o, g.orderFields(o, message{"auth_code": code}))
	if err != nil || said.Outcome != "" {
		return said, err
	}
	said.Outcome, said.Code = sale.OutcomePaid, "SUCCESS"
	if state := cmp.Or(a.text("trade_state"), said.Code); state != said.Code { // seen with USERPAYING and PAYERROR
		return said, undecidedState(state)
	}
	said.Money, err = readMoney(a)
	return said, err
}

// Query asks for the state of an order by orderquery, and for its refunds by refundquery if money may have gone back.
func (g *V2) Query(ctx context.Context, o sale.Order) (said sale.Answer, err error) {
	defer wrapError(orderquery, &said, &err)
	a, said, err := g.callGateway(ctx, orderquery, o, nil)
	if err != nil || said.Outcome != "" {
		return said, err
	}
	return readQueried(ctx, o, a, said, g.addRefunds)
}

// Cancel closes an order that the customer pays by QR or page, and reverses one charged by code. A reverse of a paid order
// gives the money back; a close of a paid order is refused with Paid.
func (g *V2) Cancel(ctx context.Context, o sale.Order) (said sale.Answer, err error) {
	if o.Means == sale.Code {
		return g.reverseCharge(ctx, o)
	}
	defer wrapError(closeorder, &said, &err)
	_, said, err = g.callGateway(ctx, closeorder, o, nil)
	said.Outcome = cmp.Or(said.Outcome, sale.OutcomeAccepted) // an error empties it again
	return said, err
}

// reverseCharge returns Accepted only if no second call is asked for. Even then a query has the last word.
func (g *V2) reverseCharge(ctx context.Context, o sale.Order) (said sale.Answer, err error) {
	defer wrapError(reverse, &said, &err)
	a, err := g.exchangeSigned(ctx, reverse, o, nil)
	if err != nil {
		return said, err
	}
	if a.text("recall") == "Y" { // a second call is asked for, whatever else it says
		return sale.Answer{Outcome: sale.OutcomeAgain, Code: "RECALL", Date: a.date}, nil
	}
	said, err = reverse.readResult(a)
	if err != nil || said.Outcome != "" {
		return said, err
	}
	if a.text("recall") != "N" {
		return said, errors.New("read the answer: its recall is neither Y nor N")
	}
	said.Outcome = sale.OutcomeAccepted
	return said, nil
}

// Refund asks for money back.
func (g *V2) Refund(ctx context.Context, o sale.Order) (said sale.Answer, err error) {
	defer wrapError(refund, &said, &err)
	if err := mayRefund(o); err != nil {
		return said, err
	}
	a, said, err := g.callGateway(ctx, refund, o, message{
		"out_refund_no": o.RefundNo,
		"total_fee":     strconv.FormatInt(int64(o.Money.Fen), 10),
		"refund_fee":    strconv.FormatInt(int64(o.RefundFen), 10),
		"notify_url":    g.NotifyURL, // an empty one is not sent
	})
	if err != nil || said.Outcome != "" {
		return said, err
	}
	if a.text("out_refund_no") != o.RefundNo {
		return said, errOtherRefund
	}
	for name, ours := range map[string]sale.Fen{"refund_fee": o.RefundFen, "total_fee": o.Money.Fen} {
		if fen, err := a.readFen(name); a.text(name) != "" && (err != nil || fen != ours) {
			return said, errSum
		}
	}
	said.Outcome = sale.OutcomeAccepted
	return said, verifyPayment(a, o)
}

// mostRefunds bounds the list; the gateway allows fifty refunds of one order.
const mostRefunds = 100

// addRefunds fills in the sums that have gone back of a paid order, from all pages of refundquery or not at all: half a
// list would show money as kept that was repaid, and it would be repaid again.
func (g *V2) addRefunds(ctx context.Context, o sale.Order, said sale.Answer) (paper, sale.Answer, error) {
	refunds, seen := answer{}, map[string]bool{}
	for want := 1; len(seen) < want; {
		ask := message{}
		if len(seen) > 0 {
			ask["offset"] = strconv.Itoa(len(seen))
		}
		a, refused, err := g.callGateway(ctx, refundquery, o, ask)
		switch {
		case err != nil:
			return nil, said, err
		case refused.Code == noRefund && len(seen) > 0:
			return nil, said, errCutList
		case refused.Code == noRefund:
			return refunds, said, nil
		case refused.Outcome != "":
			return nil, refused, nil
		}
		if err = verifyPayment(a, o); err != nil {
			return nil, said, err
		}
		if want, err = sumRefunds(&said, a, o.RefundNo, seen); err != nil {
			return nil, said, err
		}
		if total, err := a.readFen("total_fee"); err == nil && (said.Returned > total || o.Money.Fen != 0 && total != o.Money.Fen) {
			return nil, said, errSum
		}
		refunds, said.Date = a, a.date
	}
	return refunds, said, nil
}

// errCutList: a page that counts more refunds than it lists would hide money that went back.
var errCutList = errors.New("read the refunds: some are counted but not listed")

// sumRefunds adds one page of refunds and returns how many there are in all.
func sumRefunds(said *sale.Answer, a answer, ours string, seen map[string]bool) (int, error) {
	want, ok := parseDigits(a.text("refund_count"))
	if !ok {
		return 0, errors.New("read the refunds: they are not counted")
	}
	if all, ok := parseDigits(a.text("total_refund_count")); ok {
		want = max(want, all)
	}
	n, before := 0, len(seen)
	if a.text("out_refund_no_0") == "" {
		n = before // a later page may number on from its offset
	}
	for ; ; n++ {
		at := strconv.Itoa(n)
		no := a.text("out_refund_no_" + at)
		if no == "" {
			break
		}
		fen, err := a.readFen("refund_fee_" + at)
		state, ok := refundStates[a.text("refund_status_"+at)]
		if !ok {
			return 0, unknownWord("refund_status", a.text("refund_status_"+at))
		}
		if err != nil || seen[no] || len(seen) == mostRefunds {
			return 0, errors.New("read the refunds: one is doubled, or its sum is not known")
		}
		seen[no] = true
		if state == sale.RefundDone {
			said.Returned += fen
		}
		said.Pending = said.Pending || state == sale.RefundPending || state == notSure && no != ours // only its own number cures it
		if no == ours {
			said.Refund = state
		}
	}
	if len(seen) == before && int64(before) < want {
		return 0, errCutList
	}
	return int(want), nil
}
