package pay

import (
	"cmp"
	"net/url"
	"time"

	"kiosk/sale"
)

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
func merchantIDs3(p sale.Merchant) map[string]string {
	if p.SubMchID == "" {
		return map[string]string{"appid": p.AppID, "mchid": p.MchID}
	}
	all := map[string]string{"sp_appid": p.AppID, "sp_mchid": p.MchID, "sub_mchid": p.SubMchID}
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

// addIDs adds the ids of the merchant that a request is for.
func addIDs(body fields, p sale.Merchant) {
	for name, id := range merchantIDs3(p) {
		body[name] = id
	}
}

// orderBody are the fields that all ways to pay share.
func (g *V3) orderBody(o sale.Order) fields {
	body := fields{
		"description":  phoneText(g.Goods, o.Name),
		"out_trade_no": o.No,
		"amount":       fields{"total": o.Fen, "currency": "CNY"},
	}
	addIDs(body, o.Merchant)
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
func (g *V3) deviceID(o sale.Order) string { return cmp.Or(g.DeviceInfo, o.No.Kiosk()) }

// storeInfo names the place of a code payment: the law wants to know it.
func (g *V3) storeInfo(o sale.Order) fields {
	switch {
	case g.Store == "":
		return fields{"out_id": o.No.Kiosk()}
	case onlyDigits(g.Store):
		return fields{"id": g.Store}
	}
	return fields{"out_id": g.Store}
}
