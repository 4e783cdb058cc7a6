package pay

import (
	"cmp"
	"context"
	"crypto/rsa"
	"maps"
	"net/http"
	"net/url"
	"time"

	"kiosk/sale"
)

// V3 asks the gateway by API v3 (JSON). It is a sale.Gateway, and safe for use from many goroutines.
//
// Answers are verified with WeChat Pay's public key, or with its certificates, which are fetched by need; while
// a merchant changes from one to the other both are held and an answer's serial chooses. A refusal counts only
// if it is signed too: an unsigned one is an error.
type V3 struct {
	URL            string           // of the gateway; "" means WeChat Pay's own, with its standby
	StandbyURL     string           // asked when URL cannot be reached; "" means none
	Payee          sale.Merchant    // the merchant of new orders; a call goes by the order's own
	APIv3Key       string           // 32 characters
	MerchantSerial string           // of the merchant's API certificate
	Merchant       *rsa.PrivateKey  // of the merchant's API certificate
	PublicKeyID    string           // PUB_KEY_ID_…; "" means certificates only
	PublicKey      *rsa.PublicKey   // WeChat Pay's
	NotifyURL      string           // of the webhook, for payments and refunds
	DeviceInfo     string           // "" means the kiosk's id, from the order number
	Store          string           // the shop: WeChat's number of the place, or a code of our own; "" means the kiosk's id
	Goods          string           // the words before a product's name on the customer's phone; "" means 自助售货机
	IP             string           // our IPv4 address; "" means that of the default route
	Plain          *http.Client     // nil means one of its own
	Now            func() time.Time // the wall; nil means time.Now

	own          defaults
	hosts        hosts
	certificates certificateStore
}

var _ sale.Gateway = (*V3)(nil)

func (g *V3) now() time.Time { return readClock(g.Now) }

// Ask orders a QR code.
func (g *V3) Ask(ctx context.Context, o sale.Order) (said sale.Answer, err error) {
	defer wrapError(native3, &said, &err)
	if err := mayAsk(o); err != nil {
		return said, err
	}
	in, said, err := g.exchangeSigned(ctx, native3, o, ordersPath(o.Merchant)+native3.path, g.pageBody(o))
	if err != nil || said.Outcome != "" {
		return said, err
	}
	said.Outcome = sale.OutcomeAccepted
	said.CodeURL, err = in.need("code_url")
	return said, err
}

// Charge takes the money with a payment code by codepay. It is sent once: an error leaves it open whether money moved.
func (g *V3) Charge(ctx context.Context, o sale.Order, code string) (said sale.Answer, err error) {
	defer wrapError(codepay3, &said, &err)
	if err := mayCharge(o, code); err != nil {
		return said, err
	}
	body := g.orderBody(o)
	body["payer"] = fields{"auth_code": code}
	body["scene_info"] = fields{"device_ip": g.own.localAddress(g.IP), "device_id": g.deviceID(o), "store_info": g.storeInfo(o)}
	in, said, err := g.exchangeSigned(ctx, codepay3, o, ordersPath(o.Merchant)+codepay3.path, body)
	if err != nil || said.Outcome != "" {
		return said, err
	}
	said, err = readTradeState(in.text("trade_state"), said.Date)
	switch {
	case err != nil || said.Outcome == sale.OutcomePaying:
	case said.Outcome == sale.OutcomePaid:
		said.Money, err = readMoney(in)
	default:
		err = undecidedState(said.Code)
	}
	return said, err
}

// Query asks for the state of an order, and for our refund if money may have gone back.
func (g *V3) Query(ctx context.Context, o sale.Order) (said sale.Answer, err error) {
	defer wrapError(query3, &said, &err)
	path := "/out-trade-no/" + url.PathEscape(string(o.No))
	if o.No.IsSecond() {
		path = "/id/" + url.PathEscape(o.Money.Transaction)
	}
	in, said, err := g.exchangeSigned(ctx, query3, o, ordersPath(o.Merchant)+path+"?"+merchantQuery(o.Merchant).Encode(), nil)
	if err != nil || said.Outcome != "" {
		return said, err
	}
	return readQueried(ctx, o, in, said, g.addRefunds)
}

// Cancel closes an order that the customer pays by QR or page, and reverses one charged by code.
func (g *V3) Cancel(ctx context.Context, o sale.Order) (said sale.Answer, err error) {
	path := ordersPath(o.Merchant) + "/out-trade-no/" + url.PathEscape(string(o.No))
	e, body := close3, fields{}
	for name, all := range merchantQuery(o.Merchant) {
		body[name] = all[0]
	}
	if o.Means == sale.Code {
		e, path = reverse3, path+"/reverse"
		maps.Copy(body, merchantIDs3(o.Merchant))
	} else {
		path += "/close"
	}
	defer wrapError(e, &said, &err)
	_, said, err = g.exchangeSigned(ctx, e, o, path, body)
	said.Outcome = cmp.Or(said.Outcome, sale.OutcomeAccepted) // an error empties it again
	return said, err
}

// Refund asks for money back.
func (g *V3) Refund(ctx context.Context, o sale.Order) (said sale.Answer, err error) {
	defer wrapError(refund3, &said, &err)
	if err := mayRefund(o); err != nil {
		return said, err
	}
	body := fields{
		"out_refund_no": o.RefundNo,
		"amount":        fields{"refund": o.RefundFen, "total": o.Money.Fen, "currency": "CNY"},
	}
	for name, id := range tradeID(o) {
		body[name] = id
	}
	if g.NotifyURL != "" {
		body["notify_url"] = g.NotifyURL
	}
	if o.Merchant.SubMchID != "" {
		body["sub_mchid"] = o.Merchant.SubMchID
	}
	in, said, err := g.exchangeSigned(ctx, refund3, o, refundsPath, body)
	if err != nil || said.Outcome != "" {
		return said, err
	}
	if _, err := in.readRefundState(o); err != nil {
		return said, err
	}
	said.Outcome = sale.OutcomeAccepted
	return said, nil
}

// fields are the body of a request. They are written in the order of their names, so that a request sent again does not
// differ: the gateway takes a number with other fields for another order, and refuses it.
type fields = map[string]any

const refundsPath = "/v3/refund/domestic/refunds"

// ordersPath is the path of all orders: a service provider has its own.
func ordersPath(p sale.Merchant) string {
	if p.SubMchID != "" {
		return "/v3/pay/partner/transactions"
	}
	return "/v3/pay/transactions"
}

// merchantIDs3 are the ids of API v3 that an order is asked for under, and that its answers must name.
func merchantIDs3(p sale.Merchant) fields {
	if p.SubMchID == "" {
		return fields{"appid": p.AppID, "mchid": p.MchID}
	}
	all := fields{"sp_appid": p.AppID, "sp_mchid": p.MchID, "sub_mchid": p.SubMchID}
	if p.SubAppID != "" {
		all["sub_appid"] = p.SubAppID
	}
	return all
}

// merchantQuery are the ids that a query or a close goes by.
func merchantQuery(p sale.Merchant) url.Values {
	if p.SubMchID == "" {
		return url.Values{"mchid": {p.MchID}}
	}
	return url.Values{"sp_mchid": {p.MchID}, "sub_mchid": {p.SubMchID}}
}

// orderBody are the fields that all ways to pay share.
func (g *V3) orderBody(o sale.Order) fields {
	body := fields{
		"description":  phoneText(g.Goods, o.Name, 127),
		"out_trade_no": o.No,
		"amount":       fields{"total": o.Fen, "currency": "CNY"},
	}
	maps.Copy(body, merchantIDs3(o.Merchant))
	return body
}

// pageBody is an order that the customer pays on the phone's own page.
func (g *V3) pageBody(o sale.Order) fields {
	body := g.orderBody(o)
	body["notify_url"] = g.NotifyURL
	body["scene_info"] = fields{"payer_client_ip": g.own.localAddress(g.IP), "device_id": g.deviceID(o)}
	if !o.Expires.IsZero() {
		body["time_expire"] = o.Expires.In(beijing).Format(time.RFC3339)
	}
	return body
}

// deviceID names the kiosk in the gateway's risk control and on its bills.
func (g *V3) deviceID(o sale.Order) string { return clipBytes(cmp.Or(g.DeviceInfo, o.No.Kiosk()), 32) }

// storeInfo names the place of a code payment: the law wants to know it.
func (g *V3) storeInfo(o sale.Order) fields {
	switch {
	case g.Store == "":
		return fields{"out_id": o.No.Kiosk()}
	case onlyDigits(g.Store):
		return fields{"id": g.Store}
	}
	return fields{"out_id": clipBytes(g.Store, 256)}
}
