package gateway

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// NoticeForgeriesV2 are the ways a v2 payment notice can be false. All but replay and fail,
// which the gateway itself has signed, must be refused.
var NoticeForgeriesV2 = []string{
	"no-sign", "wrong-key", "altered-fee", "altered-number", "other-merchant", "replay", "doctype", "laughs", "huge", "duplicate",
	"fail", "downgrade", "attribute", "nested", "empty", "garbage",
}

// RefundForgeriesV2 are those of a v2 refund notice, which nobody signs.
var RefundForgeriesV2 = []string{
	"wrong-key", "bad-base64", "bad-padding", "reordered-blocks", "no-req-info", "other-merchant", "doctype", "laughs", "huge", "empty", "garbage",
}

// NoticeForgeriesV3 are those of v3 notices. fail and other-event are genuinely signed.
var NoticeForgeriesV3 = []string{
	"no-sign", "wrong-key", "altered-fee", "altered-number", "other-merchant", "replay", "unknown-serial", "signtest",
	"skew-past", "skew-future", "bad-aad", "bad-tag", "other-algorithm", "other-event", "huge", "duplicate", "fail", "empty", "garbage",
}

// NoticeOddities are genuine and wrong: a second transaction id for one order, another amount.
var NoticeOddities = []string{"other-transaction", "other-amount"}

// otherMerchantKey signs what another merchant of the same platform could sign.
const otherMerchantKey = "another merchant's key, 32 chars"

// forgeNoticeV2 spoils the fields, the signature or the text.
func (g *Gateway) forgeNoticeV2(q *request, fields []element, kind string, how shape) []byte {
	key, honest := g.Key, signFields(slices.Clone(fields), kind, g.Key)
	sum := formatInt(q.Fen + 1)
	switch q.t.Forge {
	case "no-sign":
		return writeXML(fields, how)
	case "wrong-key":
		key = otherMerchantKey
	case "altered-fee":
		return writeXML(setField(setField(honest, "total_fee", sum), "cash_fee", sum), how)
	case "altered-number":
		return writeXML(setField(honest, "out_trade_no", g.anotherNumber(q.No)), how)
	case "other-merchant":
		key, fields = otherMerchantKey, setField(setField(fields, "appid", "wx0000000000000000"), "mch_id", "1000000000")
	case "replay":
		return g.pastNotice(q)
	case "duplicate":
		return writeXML(append(honest, element{"total_fee", sum}), how)
	case "fail":
		fields = append(setField(fields, "result_code", "FAIL"), element{"err_code", "SYSTEMERROR"})
	case "downgrade":
		// says MD5, and is signed with a key everybody knows
		fields = setField(fields, "sign_type", signMD5)
		return writeXML(append(fields, element{"sign", signature(signMD5, "", asMap(fields))}), how)
	case "other-transaction":
		fields = setField(fields, "transaction_id", "4200"+drawDigits(g.random(q.No, "second transaction"), 24))
	case "other-amount":
		fields = setField(setField(fields, "total_fee", sum), "cash_fee", sum)
	}
	return spoilNotice(q.t.Forge, writeXML(signFields(fields, kind, key), how))
}

// spoilNotice breaks the text of a message that is otherwise right.
func spoilNotice(how string, text []byte) []byte {
	bomb := `<!DOCTYPE xml [<!ENTITY a0 "ha">`
	for i := range 9 {
		bomb += fmt.Sprintf(`<!ENTITY a%d "%s">`, i+1, strings.Repeat(fmt.Sprintf("&a%d;", i), 10))
	}
	switch how {
	case "doctype":
		return bytes.Replace(text, []byte("<xml>"), []byte(`<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]><xml>`), 1)
	case "laughs":
		return bytes.Replace(text, []byte("<xml>"), []byte(bomb+"]><xml><attach>&a9;</attach>"), 1)
	case "huge":
		return bytes.Replace(text, []byte("</xml>"), []byte("<pad>"+strings.Repeat("x", 10<<20)+"</pad></xml>"), 1)
	case "attribute":
		return bytes.Replace(text, []byte("<total_fee>"), []byte(`<total_fee x="1">`), 1)
	case "nested":
		return []byte("<xml>" + string(text) + "</xml>")
	case "empty":
		return nil
	case "garbage":
		return []byte(`{"return_code":"SUCCESS"}`)
	}
	return text
}

// anotherNumber is an open order, where there is one: that is whom a thief would like paid.
func (g *Gateway) anotherNumber(no string) string {
	for _, o := range g.kept.Orders {
		if o.No != no && o.State == notPay {
			return o.No
		}
	}
	return no + "0"
}

// pastNotice is a genuine notice of the past: the first paid order's, else the order's own.
func (g *Gateway) pastNotice(q *request) []byte {
	past := *q
	past.t = &Trouble{}
	for _, o := range g.kept.Orders {
		if o.isPaid() && o.Means != byCode {
			past.No, past.Fen = o.No, o.Fen
			break
		}
	}
	return g.noticeV2(&past, g.memo.byNo[past.No])
}

// forgeRefundV2 spoils a message that has no signature to begin with.
func (g *Gateway) forgeRefundV2(q *request, fields []element, plain []byte, how shape) []byte {
	sealed := asMap(fields)["req_info"]
	switch q.t.Forge {
	case "bad-base64":
		sealed = "*" + sealed[1:]
	case "bad-padding":
		whole := plain[:len(plain)/16*16]
		sealed = sealBlocks(g.Key, append(slices.Clone(whole[:len(whole)-1]), 0xFF))
	case "reordered-blocks":
		sealed = swapBlocks(sealed)
	case "no-req-info":
		fields = slices.DeleteFunc(fields, func(e element) bool { return e.Name == "req_info" })
		return writeXML(fields, how)
	case "other-merchant":
		sealed = sealRefund(otherMerchantKey, plain)
		fields = setField(setField(fields, "appid", "wx0000000000000000"), "mch_id", "1000000000")
	}
	return spoilNotice(q.t.Forge, writeXML(setField(fields, "req_info", sealed), how))
}

// forgeNoticeV3 changes one part of the sealing, or what was signed.
func (g *Gateway) forgeNoticeV3(s *sealing) answer {
	how, thief := s.q.t.Forge, g.keyRing().merchant
	amount, _ := s.resource["amount"].(map[string]any)
	amount = maps.Clone(amount)
	changed := func(name string, value any) { // sealed with the right key, under a signature made for another body
		was := s.resource[name]
		s.resource[name] = value
		altered := g.sealNotice(s).body
		s.resource[name] = was
		s.body = func([]byte) []byte { return altered }
	}
	switch how {
	case "wrong-key":
		s.by.key = thief.key
	case "unknown-serial":
		s.by = signer{name: strings.Repeat("5A", 20), key: thief.key}
	case "altered-fee":
		amount["total"] = s.q.Fen + 1
		changed("amount", amount)
	case "altered-number":
		changed("out_trade_no", g.anotherNumber(s.q.No))
	case "other-merchant":
		s.key = otherMerchantKey
		s.resource = misnameV3(misnameV3(s.resource, "other-appid"), "other-mchid")
	case "replay":
		s.at = s.at.Add(-24 * time.Hour)
	case "skew-past":
		s.at = s.at.Add(-301 * time.Second)
	case "skew-future":
		s.at = s.at.Add(301 * time.Second)
	case "bad-aad":
		s.said = s.aad + "x"
	case "bad-tag":
		s.damage = flipTag
	case "other-algorithm":
		s.algorithm = "AEAD_AES_128_CBC"
	case "other-event":
		s.event = "TRANSACTION.PONDERED"
	case "fail":
		s.event, s.resource["trade_state"] = "TRANSACTION.FAILED", payError
	case "other-transaction":
		s.resource["transaction_id"] = "4200" + drawDigits(g.random(s.q.No, "second transaction"), 24)
	case "other-amount":
		amount["total"], amount["payer_total"] = s.q.Fen+1, s.q.Fen+1
		s.resource["amount"] = amount
	case "huge":
		s.body = func(b []byte) []byte {
			return append(bytes.TrimSuffix(bytes.TrimSpace(b), []byte("}")), (`,"pad":"` + strings.Repeat("x", 10<<20) + `"}`)...)
		}
	case "duplicate":
		s.body = func(b []byte) []byte {
			return append(bytes.TrimSuffix(bytes.TrimSpace(b), []byte("}")), `,"event_type":"TRANSACTION.SUCCESS"}`...)
		}
	case "empty":
		s.body = func([]byte) []byte { return nil }
	case "garbage":
		s.body = func([]byte) []byte { return []byte("<xml><return_code>SUCCESS</return_code></xml>") }
	}
	a := g.sealNotice(s)
	switch how {
	case "no-sign":
		a.removeSignature()
	case "signtest":
		a.header["Wechatpay-Signature"] = signTestSignature(a.header["Wechatpay-Signature"])
	}
	return a
}
