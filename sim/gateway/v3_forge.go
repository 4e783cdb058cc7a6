package gateway

import (
	"bytes"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// V3Forgeries are the ways a v3 answer can be false. The last group is genuinely signed and
// true but not ours; the rest claim that an open order has been paid. Every name of Forgeries
// does something in v3 too.
var V3Forgeries = []string{
	"no-sign", "wrong-sign", "other-key", "altered", "unknown-serial", "signtest", "skew-past", "skew-future", "no-timestamp",
	"duplicate", "downgrade", "return-fail", "no-result", "empty", "garbage", "huge",
	"other-appid", "other-mchid", "other-number", "other-amount", "other-currency", "no-amount",
}

// forgeV3 writes an answer nobody may believe.
func (g *Gateway) forgeV3(a *answer, q *request, r reply, by signer) {
	nonce := drawLetters(g.random(q.No, "forged nonce"), 32, base62)
	var honest []byte
	if r.json != nil {
		honest = g.jsonText(maps.Clone(r.json), q)
	}
	if i := slices.Index(Forgeries, "other-appid"); slices.Contains(Forgeries[i:], q.t.Forge) {
		if r.json != nil {
			a.body = g.jsonText(misnameV3(r.json, q.t.Forge), q)
		}
		a.sign(by, q.now, nonce)
		return
	}
	claimed, at := honest, q.now
	if m := g.claimV3(q); m != nil {
		a.status, claimed = http.StatusOK, g.jsonText(m, q)
	}
	a.body = claimed
	switch q.t.Forge {
	case "unknown-serial":
		by = signer{name: strings.Repeat("5A", 20), key: g.keyRing().merchant.key}
	case "other-key":
		by.key = g.keyRing().merchant.key // the merchant's own key is not the platform's
	case "skew-past":
		at = at.Add(-301 * time.Second)
	case "skew-future":
		at = at.Add(301 * time.Second)
	case "no-result":
		a.body = g.jsonText(map[string]any{}, q)
	case "huge":
		a.body = append(bytes.TrimSuffix(bytes.TrimSpace(honest), []byte("}")), (`,"pad":"` + strings.Repeat("x", 12<<20) + `"}`)...)
	case "altered", "duplicate", "nested", "attribute", "doctype", "empty":
		a.body = honest
	}
	a.sign(by, at, nonce)
	g.spoilV3(a, q.t.Forge, claimed)
}

// spoilV3 breaks what has been signed.
func (g *Gateway) spoilV3(a *answer, how string, claimed []byte) {
	switch how {
	case "no-sign":
		a.removeSignature()
	case "no-timestamp":
		delete(a.header, "Wechatpay-Timestamp")
	case "wrong-sign":
		a.header["Wechatpay-Signature"] = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0x5A}, 256))
	case "signtest":
		a.header["Wechatpay-Signature"] = signTestSignature(a.header["Wechatpay-Signature"])
	case "downgrade":
		a.header["Wechatpay-Signature-Type"] = "WECHATPAY2-NONE"
		a.header["Wechatpay-Signature"] = ""
	case "altered", "nested", "attribute", "doctype":
		a.body = claimed
	case "duplicate":
		a.body = append(bytes.TrimSuffix(bytes.TrimSpace(a.body), []byte("}")), append([]byte(","), bytes.TrimPrefix(claimed, []byte("{"))...)...)
	case "return-fail":
		a.status, a.body = http.StatusInternalServerError, []byte(`{"code":"SYSTEM_ERROR","message":"系统错误"}`)
		a.removeSignature()
	case "empty":
		a.body = nil
	case "garbage":
		a.body = []byte("<xml><return_code>SUCCESS</return_code></xml>")
	}
}

// signTest starts a signature that is wrong on purpose: who accepts it does not verify.
const signTest = "WECHATPAY/SIGNTEST/"

// claimV3 is what a thief would like the kiosk to read; nil where there is nothing to claim.
func (g *Gateway) claimV3(q *request) map[string]any {
	switch q.Endpoint {
	case "reverse":
		return g.withMerchant(map[string]any{"out_trade_no": q.No})
	case "orderquery", "micropay":
		return g.transactionV3(g.asIfPaid(q.No, q.Fen, q.now), success, q)
	}
	return nil
}

// asPaid is the order as if it had been paid.
func (g *Gateway) asPaid(o *order, now time.Time) *order {
	if o.isPaid() {
		return o
	}
	fake := *o
	fake.State, fake.PaidAt, fake.TransactionID = success, now.Add(-time.Second), "4200"+drawDigits(g.random(o.No, "sham"), 24)
	return &fake
}

// asIfPaid is the same by a number, which may be nobody's.
func (g *Gateway) asIfPaid(no string, fen int64, now time.Time) *order {
	if o := g.memo.byNo[no]; o != nil {
		return g.asPaid(o, now)
	}
	return &order{No: no, Fen: fen, Means: byCode, State: success, PaidAt: now.Add(-time.Second), TransactionID: "4200" + drawDigits(g.random(no, "sham"), 24)}
}

// misnameV3 is a message about somebody or something else.
func misnameV3(m map[string]any, how string) map[string]any {
	change := func(m map[string]any, value any, names ...string) {
		for _, name := range names {
			if _, there := m[name]; there {
				m[name] = value
			}
		}
	}
	amount, _ := m["amount"].(map[string]any)
	switch how {
	case "other-appid":
		change(m, "wx0000000000000000", "appid", "sp_appid")
	case "other-mchid":
		change(m, "1000000000", "mchid", "sp_mchid")
	case "other-number":
		change(m, "K9999-00000000000000000001", "out_trade_no")
	case "other-currency":
		change(amount, "USD", "currency", "payer_currency")
	case "no-amount":
		delete(m, "amount")
	case "other-amount":
		for name, v := range amount {
			if sum, ok := v.(int64); ok {
				amount[name] = sum + 1
			}
		}
	}
	return m
}
