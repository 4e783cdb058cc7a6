package gateway

import (
	"time"
)

// queryOrder tells the state of an order, and the money only where there was some.
func (g *Gateway) queryOrder(q *request) reply {
	if r, ok := q.oneID(); !ok {
		return r
	}
	if g.tooFast(q) {
		return failReply("FREQUENCY_LIMITED", words["FREQUENCY_LIMITED"])
	}
	o := g.findOrder(q)
	seen := q.now.Add(-max(g.Rules.QueryLag, q.t.Lag, 0))
	if o == nil || q.now.Before(o.Hidden) || o.stateAt(seen) == "" || o.stateAt(seen) == dead {
		return failReply("ORDERNOTEXIST", words["ORDERNOTEXIST"])
	}
	state := orWord(q.t.State, o.stateAt(seen))
	r := successReply("out_trade_no", o.No, "trade_state", state, "trade_state_desc", stateWords[state], "device_info", o.Device)
	r.outcome = state
	if state == success || state == refund {
		if !o.isPaid() {
			return r // only a script says so of an unpaid order
		}
		for _, e := range g.paidFields(o) {
			if e.Name != "out_trade_no" {
				r.fields = append(r.fields, e)
			}
		}
		return r
	}
	return r.withField("attach", o.Attach)
}

// stateWords are trade_state_desc, which people read and nothing decides by.
var stateWords = map[string]string{
	success: "支付成功", refund: "订单发生过退款", notPay: "订单未支付", closed: "订单已关闭",
	revoked: "订单已撤销", userPaying: "需要用户输入支付密码", payError: "支付失败",
}

// paidFields are what a paid order is answered with, by the charge as by the query.
func (g *Gateway) paidFields(o *order) []element {
	dice := g.random(o.No, "payer")
	kind := map[string]string{byNative: "NATIVE", byCode: "MICROPAY", byJSAPI: "JSAPI"}[o.Means]
	bank := []string{"OTHERS", "CFT", "CMB_DEBIT", "ICBC_CREDIT"}[dice.IntN(4)]
	fields := []element{
		{"out_trade_no", o.No}, {"transaction_id", o.TransactionID}, {"trade_type", kind}, {"bank_type", bank},
		{"openid", orWord(o.OpenID, "o"+drawLetters(dice, 27, base62))}, {"is_subscribe", []string{"Y", "N"}[dice.IntN(2)]},
		{"total_fee", formatInt(o.Fen)}, {"fee_type", "CNY"}, {"cash_fee", formatInt(o.Fen - o.Coupon)}, {"cash_fee_type", "CNY"},
		{"time_end", o.PaidAt.In(beijing).Format(stampLayout)},
	}
	if g.SubAppID != "" {
		fields = append(fields, element{"sub_openid", "o" + drawLetters(dice, 27, base62)}, element{"sub_is_subscribe", "N"})
	}
	if o.Coupon > 0 {
		fields = append(fields, element{"coupon_fee", formatInt(o.Coupon)}, element{"coupon_count", "1"},
			element{"coupon_id_0", drawDigits(dice, 10)}, element{"coupon_fee_0", formatInt(o.Coupon)}, element{"coupon_type_0", "NO_CASH"},
			element{"settlement_total_fee", formatInt(o.Fen - o.Coupon)})
	}
	if o.Attach != "" {
		fields = append(fields, element{"attach", o.Attach})
	}
	return fields
}

// oneID demands exactly one of the two ways to name an order.
func (q *request) oneID() (reply, bool) {
	byTxn, byNo := q.params["transaction_id"] != "", q.params["out_trade_no"] != ""
	switch {
	case byTxn && byNo:
		return failReply("PARAM_ERROR", "transaction_id和out_trade_no只能填一个"), false
	case !byTxn && !byNo:
		return failReply("LACK_PARAMS", "缺少参数out_trade_no或transaction_id"), false
	}
	return reply{}, true
}

// findOrder takes the transaction id first, as the gateway does.
func (g *Gateway) findOrder(q *request) *order {
	if id := q.params["transaction_id"]; id != "" {
		return g.memo.byTxn[id]
	}
	return g.memo.byNo[q.params["out_trade_no"]]
}

// tooFast counts the queries of one order within a second.
func (g *Gateway) tooFast(q *request) bool {
	limit := or(g.Rules.Queries, 20)
	if limit == 0 {
		return false
	}
	recent := timesAfter(g.memo.asked[q.No], q.now.Add(-time.Second))
	if len(recent) >= limit {
		return true
	}
	g.memo.asked[q.No] = append(recent, q.now)
	return false
}

// timesAfter drops the times up to and including then.
func timesAfter(times []time.Time, then time.Time) []time.Time {
	for len(times) > 0 && !times[0].After(then) {
		times = times[1:]
	}
	return times
}

// reverse undoes a code payment: unpaid it is revoked for ever, paid the money goes back.
func (g *Gateway) reverse(q *request) reply {
	if q.params["transaction_id"] == "" && q.params["out_trade_no"] == "" {
		return failReply("LACK_PARAMS", "缺少参数out_trade_no或transaction_id")
	}
	if q.t.Recall && !q.t.After {
		return successReply("recall", "Y") // SUCCESS and yet not done: the trap of this call
	}
	r := g.undoCharge(q, g.findOrder(q))
	if q.t.Recall {
		return successReply("recall", "Y")
	}
	return r
}

// undoCharge is where a reverse is decided. recall=Y asks for the same call again; an order nobody knows is booked as revoked if
// the rules say so, so that a charge that comes late finds it closed.
func (g *Gateway) undoCharge(q *request, o *order) reply {
	if o == nil {
		if id := q.params["transaction_id"]; id != "" {
			return failReply("INVALID_TRANSACTIONID", words["INVALID_TRANSACTIONID"]).withField("recall", "N")
		}
		if code := orWord(g.Rules.ReverseMissing, "ORDERNOTEXIST"); code != "SUCCESS" {
			return failReply(code, words[code]).withField("recall", "N")
		}
		o = g.bookOrder(q, byCode, "")
		o.Created = q.now.Add(-time.Hour)
	}
	age := q.now.Sub(o.Created)
	switch {
	case o.Means != byCode:
		return failReply("TRADE_ERROR", "订单支付场景不正确").withField("recall", "N")
	case !o.Reversed.IsZero():
		return successReply("recall", "N")
	case o.State == revoked:
		g.acknowledge(q, o)
		return successReply("recall", "N")
	case len(o.Refunds) > 0:
		return failReply("TRADE_ERROR", "订单已发生退款").withField("recall", "N")
	case age > 7*24*time.Hour:
		return failReply("REVERSE_EXPIRE", words["REVERSE_EXPIRE"]).withField("recall", "N")
	case o.State == userPaying && (g.Rules.WaitWhilePaying || age < or(g.Rules.ReverseAfter, 15*time.Second)):
		return failReply("USERPAYING", "支付中，不能撤销").withField("recall", "Y")
	case age < or(g.Rules.ReverseAfter, 15*time.Second):
		return failReply("SYSTEMERROR", "支付后15秒内不能撤销，请稍后重试").withField("recall", "Y")
	}
	g.acknowledge(q, o)
	o.Turns, o.Turn = time.Time{}, ""
	switch {
	case o.isPaid() && g.Rules.ReversedPaid == refund:
		g.giveBack(o, "REVERSE"+o.No, o.Fen, q.now, q.now)
	case o.State == payError && g.Rules.KeepPayError:
	default:
		g.moveOrder(o, revoked, q.now)
	}
	return successReply("recall", "N")
}

// acknowledge remembers that the client may now believe the money safe from us. An answer
// that says otherwise, or that never arrives, binds the gateway all the same.
func (g *Gateway) acknowledge(q *request, o *order) {
	o.Reversed, g.memo.dirty = q.now, true
}
