package gateway

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// jsonTime is RFC 3339 with the offset written out: time.RFC3339 would write Z for a machine in UTC.
const jsonTime = "2006-01-02T15:04:05+08:00"

// inV3Time is RFC 3339 in Beijing time: v3 writes +08:00 always.
func inV3Time(at time.Time) string { return at.In(beijing).Format(jsonTime) }

// transactionV3 is an order as v3 tells it: the money only where there was some.
func (g *Gateway) transactionV3(o *order, state string, q *request) map[string]any {
	state = orWord(state, o.State)
	m := g.withMerchant(map[string]any{"out_trade_no": o.No, "trade_state": state, "trade_state_desc": stateWords[state]})
	if state != success && state != refund || !o.isPaid() {
		if o.Attach != "" {
			m["attach"] = o.Attach
		}
		if g.random(o.No, fmt.Sprint("empties ", q.Nth)).IntN(3) == 0 && !g.Rules.Plain {
			// some answers name everything and say nothing
			m["payer"], m["promotion_detail"], m["success_time"], m["bank_type"] = map[string]any{}, []any{}, "", ""
			m["amount"] = map[string]any{"total": o.Fen, "payer_currency": "CNY"}
		}
		return m
	}
	return g.paidV3(o, m)
}

// paidV3 adds what a paid order is told with, by answers as by notices.
func (g *Gateway) paidV3(o *order, m map[string]any) map[string]any {
	v2 := asMap(g.paidFields(o))
	payer := map[string]any{"openid": v2["openid"]}
	if g.SubMchID != "" {
		payer = map[string]any{"sp_openid": v2["openid"]}
		if v2["sub_openid"] != "" {
			payer["sub_openid"] = v2["sub_openid"]
		}
	}
	m["transaction_id"], m["trade_type"], m["bank_type"] = o.TransactionID, v2["trade_type"], v2["bank_type"]
	m["success_time"], m["payer"], m["attach"] = inV3Time(o.PaidAt), payer, o.Attach
	m["amount"] = map[string]any{"total": o.Fen, "payer_total": o.Fen - o.Coupon, "currency": "CNY", "payer_currency": "CNY"}
	if o.Device != "" {
		m["scene_info"] = map[string]any{"device_id": o.Device}
	}
	if o.Coupon > 0 {
		m["promotion_detail"] = []any{map[string]any{"coupon_id": v2["coupon_id_0"], "amount": o.Coupon, "type": "NOCASH", "currency": "CNY"}}
	}
	return m
}

// v3Refund are v3's names for the refund states of v2.
var v3Refund = map[string]string{success: success, processing: processing, notSure: processing, refundClose: "CLOSED", refundLost: "ABNORMAL"}

// refundV3 is the refund a call was about.
func (g *Gateway) refundV3(q *request) map[string]any {
	o := g.memo.byRefund[q.params["out_refund_no"]]
	i := slices.IndexFunc(o.Refunds, func(r *refunding) bool { return r.No == q.params["out_refund_no"] })
	r := o.Refunds[max(i, 0)]
	state := r.stateAt(q.now)
	m := map[string]any{"refund_id": r.ID, "out_refund_no": r.No, "transaction_id": o.TransactionID, "out_trade_no": o.No,
		"channel": "ORIGINAL", "user_received_account": "支付用户零钱", "create_time": inV3Time(r.At), "status": v3Refund[state],
		"funds_account": "UNSETTLED", "promotion_detail": []any{}, "amount": o.refundSums(r)}
	if state == success {
		m["success_time"] = inV3Time(r.Ends)
	}
	return m
}

// refundSums are the parts of a refund: the customer's own money, and the coupon's share, which never was.
func (o *order) refundSums(r *refunding) map[string]any {
	share := o.couponShare(r)
	return map[string]any{"total": o.Fen, "refund": r.Fen, "payer_total": o.Fen - o.Coupon, "payer_refund": r.Fen - share,
		"settlement_total": o.Fen - o.Coupon, "settlement_refund": r.Fen - share, "discount_refund": share, "currency": "CNY", "from": []any{}}
}

// couponShare is the part of a refund that was never the customer's money.
func (o *order) couponShare(r *refunding) int64 { return o.Coupon * r.Fen / max(o.Fen, 1) }

// certificates hands out the platform's certificates, each sealed with the APIv3 key.
func (g *Gateway) certificates(q *request) reply {
	if g.V3.Mode == PublicKeyMode {
		return v3Fail(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥")
	}
	var data []any
	for i, s := range g.listedCertificates(q.now) {
		nonce := drawLetters(g.random(s.name, fmt.Sprint("seal ", q.Nth)), 12, base62)
		from := q.now.AddDate(-1, 0, 0)
		if i == 0 && !g.kept.Rotated.IsZero() {
			from = g.kept.Rotated
		}
		data = append(data, map[string]any{"serial_no": s.name, "effective_time": inV3Time(from), "expire_time": inV3Time(from.AddDate(5, 0, 0)),
			"encrypt_certificate": map[string]any{"algorithm": "AEAD_AES_256_GCM", "nonce": nonce, "associated_data": "certificate",
				"ciphertext": aeadSeal(g.apiV3Key(), nonce, "certificate", string(s.cert))}})
	}
	return reply{outcome: success, status: http.StatusOK, json: map[string]any{"data": data}}
}
