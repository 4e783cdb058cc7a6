package pay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"kiosk/sale"
)

// V2 asks the gateway by API v2 (XML). It is a sale.Gateway, and safe for use from many goroutines.
type V2 struct {
	URL        string        // of the gateway; "" means WeChat Pay's own, with its standby
	StandbyURL string        // asked when URL cannot be reached; "" means none
	Payee      sale.Merchant // what new orders are born under; a call goes by the order's own
	Key        string        // the APIv2 key
	NotifyURL  string
	DeviceInfo string       // "" means the kiosk's id, from the order number
	Goods      string       // what stands before a product's name on the customer's phone; "" means 自助售货机
	IP         string       // our IPv4 address; "" means that of the default route
	Plain      *http.Client // without the merchant's certificate; nil means one of its own
	Secapi     *http.Client // with it, and with a transport of its own; nil refuses to refund and reverse

	own   ownParts
	hosts hosts
}

var _ sale.Gateway = (*V2)(nil)

// Ask orders a QR code by unifiedorder.
func (g *V2) Ask(ctx context.Context, o sale.Order) (sale.Answer, error) {
	return unifiedorder.wrap(g.ask(ctx, o))
}

func (g *V2) ask(ctx context.Context, o sale.Order) (sale.Answer, error) {
	if o.Means != sale.Native {
		return sale.Answer{}, errors.New("refuse the order: only a native one has a code to ask for")
	}
	ask := g.goods(o, message{"trade_type": "NATIVE", "product_id": strconv.Itoa(int(o.Slot)), "notify_url": g.NotifyURL})
	if !o.Expires.IsZero() {
		ask["time_expire"] = o.Expires.In(beijing).Format(stamp)
	}
	a, said, err := g.call(ctx, unifiedorder, o, ask)
	if err != nil || said.Outcome != "" {
		return said, err
	}
	said.Outcome = sale.OutcomeAccepted
	said.CodeURL, err = a.need("code_url")
	return said, err
}

// Charge takes the money with a payment code by micropay.
func (g *V2) Charge(ctx context.Context, o sale.Order, code string) (sale.Answer, error) {
	return micropay.wrap(g.charge(ctx, o, code))
}

func (g *V2) charge(ctx context.Context, o sale.Order, code string) (sale.Answer, error) {
	if o.Means != sale.Code {
		return sale.Answer{}, errors.New("refuse the order: only a code one can be charged")
	}
	if !paymentCode(code) {
		return sale.Answer{}, errors.New("refuse the code: it is no WeChat payment code")
	}
	a, said, err := g.call(ctx, micropay, o, g.goods(o, message{"auth_code": code}))
	if err != nil || said.Outcome != "" {
		return said, err
	}
	said.Outcome, said.Code = sale.OutcomePaid, "SUCCESS"
	said.Money, err = a.money()
	return said, err
}

// Query asks what became of an order by orderquery, and by refundquery where money may have gone back.
func (g *V2) Query(ctx context.Context, o sale.Order) (sale.Answer, error) {
	return orderquery.wrap(g.query(ctx, o))
}

func (g *V2) query(ctx context.Context, o sale.Order) (sale.Answer, error) {
	a, said, err := g.call(ctx, orderquery, o, nil)
	if err != nil || said.Outcome != "" {
		return said, err
	}
	word, err := a.need("trade_state")
	if err != nil {
		return said, err
	}
	said = tradeStates[word].answer(word, said.Date)
	repaying := o.State == sale.Refunding || o.State == sale.Owed
	switch said.Outcome {
	case sale.OutcomePaid:
		said.Money, err = a.money()
		if err != nil || !repaying {
			return said, err
		}
		return g.returned(ctx, o, a, said)
	case sale.OutcomeReturned:
		return g.returned(ctx, o, a, said)
	case unknown:
		return said, errors.New("read the answer: trade_state " + plain(word) + " decides nothing")
	}
	return said, nil
}

// Cancel closes an order that the customer pays by QR or page, and reverses one charged by code.
func (g *V2) Cancel(ctx context.Context, o sale.Order) (sale.Answer, error) {
	if o.Means == sale.Code {
		return reverse.wrap(g.reverse(ctx, o))
	}
	_, said, err := g.call(ctx, closeorder, o, nil)
	if said.Outcome == "" {
		said.Outcome = sale.OutcomeAccepted
	}
	return closeorder.wrap(said, err)
}

func (g *V2) reverse(ctx context.Context, o sale.Order) (sale.Answer, error) {
	a, err := g.exchange(ctx, reverse, o, nil)
	if err != nil {
		return sale.Answer{}, err
	}
	if a.get("recall") == "Y" { // whatever else it says
		return sale.Answer{Outcome: sale.OutcomeAgain, Code: "RECALL", Date: a.date}, nil
	}
	said, err := reverse.refusal(a)
	if err != nil || said.Outcome != "" {
		return said, err
	}
	if a.get("recall") != "N" {
		return said, errors.New("read the answer: its recall is neither Y nor N")
	}
	said.Outcome = sale.OutcomeAccepted
	return said, nil
}

// Refund asks for money back.
func (g *V2) Refund(ctx context.Context, o sale.Order) (sale.Answer, error) {
	return refund.wrap(g.refund(ctx, o))
}

func (g *V2) refund(ctx context.Context, o sale.Order) (sale.Answer, error) {
	if o.RefundNo == "" || o.RefundFen < 1 || o.RefundFen > o.Money.Fen {
		return sale.Answer{}, errors.New("refuse the order: its refund has no number, or not a sum that was paid")
	}
	a, said, err := g.call(ctx, refund, o, message{
		"out_refund_no": o.RefundNo,
		"total_fee":     strconv.FormatInt(int64(o.Money.Fen), 10),
		"refund_fee":    strconv.FormatInt(int64(o.RefundFen), 10),
		"notify_url":    g.NotifyURL, // an empty one is not sent
	})
	if err != nil || said.Outcome != "" {
		return said, err
	}
	if no := a.get("out_refund_no"); no != "" && no != o.RefundNo {
		return sale.Answer{}, errors.New("believe the answer: it is for another refund")
	}
	said.Outcome = sale.OutcomeAccepted
	return said, nil
}

// wrap names the call in an error, and lets nothing half read out beside it.
func (e endpoint) wrap(said sale.Answer, err error) (sale.Answer, error) {
	if err != nil {
		return sale.Answer{}, fmt.Errorf("%s: %w", e.what, err)
	}
	return said, nil
}
