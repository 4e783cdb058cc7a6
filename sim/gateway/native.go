package gateway

import (
	"fmt"
	"time"
)

// createOrder makes an order that a phone can pay by its code_url, or its owner by prepay_id. The same number with
// the same parameters gets a fresh code_url as long as nothing has come of it.
func (g *Gateway) createOrder(q *request) reply {
	if g.kept.Mode == ModeNone {
		return failReply("NOAUTH", words["NOAUTH"])
	}
	kind := q.params["trade_type"]
	means := map[string]string{"NATIVE": byNative, "JSAPI": byJSAPI}[kind]
	if kind == "JSAPI" && g.Rules.JSAPI {
		if r, ok := g.knowsPayer(q); !ok {
			return r
		}
	} else if kind != "NATIVE" {
		if kind == "JSAPI" || kind == "APP" || kind == "MWEB" {
			return failReply("NOAUTH", words["NOAUTH"]) // this merchant has opened code and Native pay only
		}
		return failReply("PARAM_ERROR", "trade_type参数格式有误")
	}
	same := g.sameAs(q)
	o := g.memo.byNo[q.No]
	switch {
	case o == nil:
		expires, bad := g.expiryOf(q)
		if bad != "" {
			return failReply("PARAM_ERROR", bad)
		}
		o = g.bookOrder(q, means, same)
		o.Expires, o.OpenID = expires, orWord(q.params["sub_openid"], q.params["openid"])
		g.moveOrder(o, notPay, q.now)
		g.payByScript(o, q)
	case o.isPaid():
		return failReply("ORDERPAID", words["ORDERPAID"])
	case o.State == closed || o.State == revoked:
		return failReply("ORDERCLOSED", words["ORDERCLOSED"])
	case o.Means != means || o.Params != same:
		code := orWord(g.Rules.OtherParams, "OUT_TRADE_NO_USED")
		return failReply(code, words[code])
	}
	dice := g.random(o.No, fmt.Sprint("ticket ", len(o.Tickets)))
	t := ticket{drawLetters(dice, 9, base62), "wx" + q.now.In(beijing).Format(stampLayout) + drawLetters(dice, 20, base62), q.now}
	o.Tickets = append(o.Tickets, t)
	g.indexOrder(o)
	g.memo.dirty = true
	if means == byJSAPI {
		return successReply("trade_type", kind, "prepay_id", t.Pre)
	}
	return successReply("trade_type", kind, "prepay_id", t.Pre, "code_url", codeURLStart+t.Token)
}

// codeURLStart begins every QR code of a Native order; the ticket follows, which alone finds the order.
const codeURLStart = "weixin://wxpay/bizpayurl?pr="

// bookOrder books a new number. Its first state is for the caller to turn.
func (g *Gateway) bookOrder(q *request, means, same string) *order {
	sum, _ := parseFen(q.params["total_fee"])
	o := &order{No: q.No, Means: means, Fen: sum, Attach: q.params["attach"], Device: q.params["device_info"],
		Params: same, Created: q.now, API: q.API, Kind: q.kind, URL: q.params["notify_url"], Body: q.params["body"]}
	if q.t.Hide > 0 {
		o.Hidden = q.now.Add(q.t.Hide)
	}
	g.kept.Orders = append(g.kept.Orders, o)
	g.indexOrder(o)
	return o
}

// expiryOf is the last moment a phone may pay; zero is only the order's own end.
func (g *Gateway) expiryOf(q *request) (at time.Time, bad string) {
	if q.params["time_expire"] == "" {
		return time.Time{}, ""
	}
	at, _ = time.ParseInLocation(stampLayout, q.params["time_expire"], beijing) // its shape is checked by now
	start := q.now
	if s := q.params["time_start"]; s != "" {
		start, _ = time.ParseInLocation(stampLayout, s, beijing)
	}
	switch {
	case !at.After(q.now):
		return at, "time_expire时间过短"
	case g.Rules.StrictExpiry && at.Sub(start) < 5*time.Minute:
		return at, "time_expire时间过短，至少5分钟"
	case at.Before(q.now.Add(time.Minute)):
		at = q.now.Add(time.Minute)
	}
	return at, ""
}

// closeOrder ends an unpaid Native or JSAPI order. Paid and closed ones say so however young they are.
func (g *Gateway) closeOrder(q *request) reply {
	o := g.memo.byNo[q.No]
	switch {
	case o == nil || o.State == dead || q.now.Before(o.Hidden):
		return failReply("ORDERNOTEXIST", words["ORDERNOTEXIST"])
	case o.Means == byCode:
		return failReply("TRADE_ERROR", "付款码支付订单请使用撤销接口")
	case o.isPaid():
		return failReply("ORDERPAID", words["ORDERPAID"])
	case o.State == closed:
		return failReply("ORDERCLOSED", words["ORDERCLOSED"])
	case q.now.Before(o.Created.Add(or(g.Rules.CloseAfter, 5*time.Minute))):
		return failReply(orWord(g.Rules.CloseEarly, "TRADE_STATE_ERROR"), "订单生成后不能马上调用关单接口，最短调用时间间隔为5分钟")
	}
	g.moveOrder(o, closed, q.now)
	return successReply("result_msg", "OK")
}
