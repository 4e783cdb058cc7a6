package gateway

import (
	"fmt"
	"time"
)

// refunding is one out_refund_no. What has become of it follows from the time.
type refunding struct {
	No     string    `json:"no"`
	ID     string    `json:"id"`
	Fen    int64     `json:"fen"`
	At     time.Time `json:"at"`
	Ends   time.Time `json:"ends,omitzero"`
	End    string    `json:"end"` // SUCCESS, CHANGE, REFUNDCLOSE, NOTSURE or, for ever, PROCESSING
	API    string    `json:"api,omitempty"`
	URL    string    `json:"notify_url,omitempty"`
	Source string    `json:"source,omitempty"` // who asked for it; "" is the API
}

// What may become of a refund beside SUCCESS. CHANGE means that the money came back to the merchant, since the customer's account
// could not take it: a person must give it.
const (
	processing  = "PROCESSING"
	refundClose = "REFUNDCLOSE"
	refundLost  = "CHANGE"
	notSure     = "NOTSURE" // v2 only: until the same number is sent again
)

// stateAt follows from the time alone: nobody has to wake up when a refund ends.
func (r *refunding) stateAt(now time.Time) string {
	if r.End == processing || now.Before(r.Ends) {
		return processing
	}
	return r.End
}

// returnedFen is the money that is back with the customer.
func (o *order) returnedFen(now time.Time) int64 {
	if o.isPaid() && o.State == revoked {
		return o.Fen
	}
	return o.sumRefunds(func(r *refunding) bool { return r.stateAt(now) == success })
}

// promisedFen is what refunds have laid a hand on, done or not.
func (o *order) promisedFen(now time.Time) int64 {
	return o.sumRefunds(func(r *refunding) bool { return r.stateAt(now) != refundClose })
}

// sumRefunds adds up the refunds that are meant.
func (o *order) sumRefunds(which func(*refunding) bool) (fen int64) {
	for _, r := range o.Refunds {
		if which(r) {
			fen += r.Fen
		}
	}
	return fen
}

// refund accepts a refund; the money moves later. The same number again changes nothing.
func (g *Gateway) refund(q *request) reply {
	if q.params["transaction_id"] == "" && q.params["out_trade_no"] == "" {
		return failReply("LACK_PARAMS", "缺少参数out_trade_no或transaction_id")
	}
	g.memo.badTries = timesAfter(g.memo.badTries, q.now.Add(-time.Second))
	if len(g.memo.badTries) >= 6 {
		return failReply("INVALID_REQ_TOO_MUCH", words["INVALID_REQ_TOO_MUCH"])
	}
	r := g.acceptRefund(q, g.findOrder(q))
	if r.outcome != success && r.outcome != "FREQUENCY_LIMITED" && r.outcome != "NOTENOUGH" {
		g.memo.badTries = append(g.memo.badTries, q.now)
	}
	return r
}

// acceptRefund refuses in the order of the real gateway: a number that was used, then the order, then the sums, then the rates, and
// at last the merchant's balance. What was to go out twice is a violation of the client.
func (g *Gateway) acceptRefund(q *request, o *order) reply {
	total, _ := parseFen(q.params["total_fee"])
	sum, _ := parseFen(q.params["refund_fee"])
	no := q.params["out_refund_no"]
	if first := g.memo.byRefund[no]; first != nil {
		return g.repeatRefund(q, first, o, no, total, sum)
	}
	switch {
	case o == nil || !o.isPaid() || q.now.Before(o.Hidden):
		return failReply("ORDERNOTEXIST", "订单不存在或未支付")
	case o.State == revoked:
		return failReply("ERROR", "订单已撤销")
	case q.params["out_trade_no"] != "" && q.params["out_trade_no"] != o.No:
		return failReply("INVALID_TRANSACTIONID", words["INVALID_TRANSACTIONID"])
	case total != o.Fen:
		return failReply("ERROR", "订单金额或退款金额与之前请求不一致，请核实后再试")
	case g.kept.Mode == ModeOwes:
		return failReply("USER_ACCOUNT_ABNORMAL", words["USER_ACCOUNT_ABNORMAL"])
	case q.now.After(o.PaidAt.AddDate(or(g.Rules.RefundYears, 1), 0, 0)):
		return failReply("TRADE_OVERDUE", words["TRADE_OVERDUE"])
	case o.promisedFen(q.now) == o.Fen:
		g.addViolation("order " + o.No + " was to be refunded twice")
		return failReply("ERROR", "订单已全额退款")
	case o.promisedFen(q.now)+sum > o.Fen:
		g.addViolation("order " + o.No + " was to be refunded beyond its price")
		return failReply("ERROR", "累计退款金额大于支付金额")
	case len(o.Refunds) >= 50:
		return failReply("ERROR", "一笔订单最多退款50次")
	case !o.Gap.IsZero() && q.now.Before(o.Gap.Add(or(g.Rules.RefundGap, time.Minute))):
		return failReply("FREQUENCY_LIMITED", words["FREQUENCY_LIMITED"])
	case q.now.After(o.PaidAt.AddDate(0, 1, 0)) && g.tooManyOld(q.now):
		return failReply("FREQUENCY_LIMITED", "一个月之前的订单申请退款频率过高")
	}
	o.Gap, g.memo.dirty = q.now, true
	if g.kept.Purse != nil && *g.kept.Purse < sum {
		return failReply("NOTENOUGH", "商户可用退款余额不足")
	}
	end, ends := orWord(q.t.Then, success), q.now.Add(or(g.Rules.RefundTakes, 2*time.Second))
	if q.t.In > 0 {
		ends = q.now.Add(q.t.In)
	}
	r := g.giveBack(o, no, sum, q.now, ends)
	r.End, r.API, r.URL = end, q.API, q.params["notify_url"]
	g.queueRefundNotice(o, r)
	return g.refundReply(o, r)
}

// repeatRefund answers a refund number that has been used before.
func (g *Gateway) repeatRefund(q *request, first, o *order, no string, total, sum int64) reply {
	for _, r := range first.Refunds {
		if r.No != no {
			continue
		}
		switch {
		case first != o || total != o.Fen || sum != r.Fen:
			g.addViolation("refund number " + no + " was used for something else")
			return failReply("ERROR", "订单金额或退款金额与之前请求不一致，请核实后再试")
		case r.stateAt(q.now) == refundClose:
			return failReply("ERROR", "退款已关闭，请更换退款单号")
		case r.stateAt(q.now) == notSure:
			r.End, r.Ends, g.memo.dirty = success, q.now.Add(or(g.Rules.RefundTakes, 2*time.Second)), true
		}
		return g.refundReply(o, r)
	}
	return failReply("PARAM_ERROR", words["PARAM_ERROR"]) // a refund_id where a number belongs
}

// giveBack books a refund of the order.
func (g *Gateway) giveBack(o *order, no string, fen int64, at, ends time.Time) *refunding {
	dice := g.random(o.chance(), fmt.Sprint("refund ", len(o.Refunds)))
	r := &refunding{No: no, ID: "5030" + at.In(beijing).Format("20060102") + drawDigits(dice, 16), Fen: fen, At: at, Ends: ends, End: success}
	o.Refunds = append(o.Refunds, r)
	if g.kept.Purse != nil {
		*g.kept.Purse -= fen
	}
	g.moveOrder(o, refund, at)
	g.indexOrder(o)
	return r
}

// refundReply says that a refund was taken, not that it is done.
func (g *Gateway) refundReply(o *order, r *refunding) reply {
	return successReply("transaction_id", o.TransactionID, "out_trade_no", o.No, "out_refund_no", r.No, "refund_id", r.ID,
		"refund_channel", "", "refund_fee", formatInt(r.Fen), "total_fee", formatInt(o.Fen), "fee_type", "CNY",
		"cash_fee", formatInt(o.Fen-o.Coupon), "cash_refund_fee", formatInt(max(r.Fen-o.Coupon, 0)))
}

// tooManyOld counts the refunds of orders older than a month: the gateway allows fewer of those in a minute.
func (g *Gateway) tooManyOld(now time.Time) bool {
	limit := or(g.Rules.OldRefunds, 5000)
	g.memo.oldTries = timesAfter(g.memo.oldTries, now.Add(-time.Minute))
	if limit > 0 && len(g.memo.oldTries) >= limit {
		return true
	}
	g.memo.oldTries = append(g.memo.oldTries, now)
	return false
}

// queryRefund lists what has gone back of an order, ten at a time, or one refund.
func (g *Gateway) queryRefund(q *request) reply {
	o, only := g.findRefund(q)
	if o == nil && only == "" {
		return failReply("LACK_PARAMS", "缺少参数")
	}
	var list []*refunding
	if o != nil {
		for _, r := range o.Refunds {
			lag := g.Rules.RefundLag
			if q.now.Before(r.At.Add(max(lag, q.t.Lag, 0))) || only != "" && only != r.No && only != r.ID {
				continue
			}
			list = append(list, r)
		}
	}
	if len(list) == 0 {
		return failReply("REFUNDNOTEXIST", words["REFUNDNOTEXIST"])
	}
	total := len(list)
	offset, _ := parseFen(q.params["offset"])
	list = list[min(int(offset), total):]
	list = list[:min(10, len(list))]
	a := successReply("transaction_id", o.TransactionID, "out_trade_no", o.No, "total_fee", formatInt(o.Fen), "fee_type", "CNY",
		"cash_fee", formatInt(o.Fen-o.Coupon), "total_refund_count", fmt.Sprint(total), "refund_count", fmt.Sprint(len(list)))
	for i, r := range list {
		a = g.describeRefund(a, fmt.Sprint("_", i), r, q.now)
	}
	return a
}

// describeRefund adds one refund to a query's answer, its number behind every name.
func (g *Gateway) describeRefund(a reply, n string, r *refunding, now time.Time) reply {
	state := r.stateAt(now)
	a = a.withField("out_refund_no"+n, r.No).withField("refund_id"+n, r.ID).withField("refund_channel"+n, "ORIGINAL").
		withField("refund_fee"+n, formatInt(r.Fen)).withField("refund_status"+n, state).
		withField("refund_account"+n, "REFUND_SOURCE_UNSETTLED_FUNDS").withField("refund_recv_accout"+n, "支付用户零钱") // sic
	if state == success {
		a = a.withField("refund_success_time"+n, r.Ends.In(beijing).Format(time.DateTime))
	}
	return a
}

// findRefund looks by refund_id, out_refund_no, transaction_id and out_trade_no, the first that is given.
func (g *Gateway) findRefund(q *request) (o *order, only string) {
	for _, name := range []string{"refund_id", "out_refund_no"} {
		if v := q.params[name]; v != "" {
			return g.memo.byRefund[v], v
		}
	}
	if q.params["transaction_id"] == "" && q.params["out_trade_no"] == "" {
		return nil, ""
	}
	return g.findOrder(q), ""
}
