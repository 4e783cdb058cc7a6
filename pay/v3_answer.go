package pay

import (
	"context"
	"errors"
	"net/url"
	"time"

	"kiosk/sale"
)

// idNames are all names of ids. An answer must not hold one that its order was not asked for under.
var idNames = []string{"appid", "mchid", "sp_appid", "sp_mchid", "sub_appid", "sub_mchid"}

// verifyFor holds an answer against the order it was asked for. whole demands every id and the number: an
// acknowledgement may leave them out, for it moves nothing.
func (in object) verifyFor(o sale.Order, whole bool) error {
	ours := merchantIDs3(o.Merchant)
	for _, name := range idNames {
		want, _ := ours[name].(string)
		if _, there := in[name]; (there || whole) && in.text(name) != want {
			return errors.New("believe the answer: it is for another " + name)
		}
	}
	if _, there := in["out_trade_no"]; (there || whole) && in.text("out_trade_no") != string(o.TradeNo()) {
		return errOther
	}
	return nil
}

// readTotal reads the amount's total, which coupons do not lower, and its currency.
func (in object) readTotal() (m sale.Money, err error) {
	amount := in.within("amount")
	if m.Fen, err = amount.readFen("total"); err == nil && m.Fen == 0 {
		err = errNothingPaid
	}
	if m.Currency = "CNY"; err == nil && amount["currency"] != nil {
		m.Currency, err = amount.need("currency")
	}
	return m, err
}

func (in object) readPaidAt(optional bool) (time.Time, error) {
	if _, there := in["success_time"]; optional && !there {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, in.text("success_time"))
	if err != nil {
		return time.Time{}, errors.New("read the answer: its success_time is no time")
	}
	return at, nil
}

// readRefundState holds an answer about a refund against ours, and gives its status.
func (in object) readRefundState(o sale.Order) (state string, err error) {
	switch {
	case in.text("out_refund_no") != o.RefundNo:
		return "", errOtherRefund
	case in.text("out_trade_no") != string(o.TradeNo()):
		return "", errOther
	}
	if err := verifyPayment(in, o); err != nil {
		return "", err
	}
	amount := in.within("amount")
	for name, ours := range map[string]sale.Fen{"refund": o.RefundFen, "total": o.Money.Fen} {
		if fen, err := amount.readFen(name); amount[name] != nil && (err != nil || fen != ours) {
			return "", errSum
		}
	}
	state, ok := refundStates3[in.text("status")]
	if !ok {
		return "", unknownWord("status", in.text("status"))
	}
	return state, nil
}

// addRefunds fills in the sum that has gone back of a paid order. API v3 knows a refund by our own number only: money
// that another hand gave back shows as Returned with nothing in Returned and Refund, for a person to look at.
func (g *V3) addRefunds(ctx context.Context, o sale.Order, said sale.Answer) (paper, sale.Answer, error) {
	if o.RefundNo == "" {
		return object{}, said, nil
	}
	path := refundsPath + "/" + url.PathEscape(o.RefundNo)
	if o.Merchant.SubMchID != "" {
		path += "?" + url.Values{"sub_mchid": {o.Merchant.SubMchID}}.Encode()
	}
	in, refused, err := g.exchangeSigned(ctx, refundquery3, o, path, nil)
	switch {
	case err != nil:
		return nil, said, err
	case refused.Outcome == sale.OutcomeMissing:
		return object{}, said, nil
	case refused.Outcome != "":
		return nil, refused, nil
	}
	said.Date = refused.Date
	return in, said, in.addRefund(&said, o)
}

// addRefund adds the sum of our own refund.
func (in object) addRefund(said *sale.Answer, o sale.Order) error {
	state, err := in.readRefundState(o)
	if err != nil {
		return err
	}
	fen, err := in.within("amount").readFen("refund")
	if err != nil {
		return err
	}
	said.Refund, said.Pending = state, state == sale.RefundPending
	if state == sale.RefundDone {
		said.Returned = fen
	}
	return nil
}
