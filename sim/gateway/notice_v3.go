package gateway

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// noticeV3 is the signed JSON around a sealed resource, for payments and refunds.
func (g *Gateway) noticeV3(q *request, o *order) answer {
	kind, event, resource := "transaction", "TRANSACTION.SUCCESS", g.paidV3(g.asPaid(o, q.now), g.withMerchant(map[string]any{
		"out_trade_no": o.No, "trade_state": success, "trade_state_desc": stateWords[success]}))
	if q.RefundNo != "" {
		kind, event, resource = "refund", "REFUND.", g.refundResource(o, o.findRefund(q.RefundNo), q.now)
		event += fmt.Sprint(resource["refund_status"])
	}
	s := &sealing{q: q, id: g.letterID(q), event: event, kind: kind, key: g.apiV3Key(), algorithm: "AEAD_AES_256_GCM",
		resource: resource, at: q.now, by: g.signerFor(q, q.now)}
	s.aad, s.said = kind, kind
	if g.random(q.No, "no aad").IntN(4) == 0 && !g.Rules.Plain {
		s.aad, s.said = "", ""
	}
	if q.t.Forge != "" {
		return g.forgeNoticeV3(s)
	}
	return g.sealNotice(s)
}

// sealing is all a v3 notice is made of, so that a forger can change one part.
type sealing struct {
	q                         *request
	id, event, kind           string
	key, algorithm, aad, said string
	resource                  map[string]any
	at                        time.Time
	by                        signer
	damage                    func(ciphertext string) string
	body                      func([]byte) []byte // after the signature was made
}

// sealNotice encrypts the resource and signs the whole.
func (g *Gateway) sealNotice(s *sealing) answer {
	dice := g.random(s.q.No+s.q.RefundNo, fmt.Sprint("notice ", s.q.Nth))
	nonce := drawLetters(dice, 12, base62)
	plain, err := json.Marshal(s.resource)
	if err != nil {
		panic(err) // strings, numbers and maps can always be written
	}
	text := aeadSeal(s.key, nonce, s.aad, string(plain))
	if s.damage != nil {
		text = s.damage(text)
	}
	inner := map[string]any{"algorithm": s.algorithm, "ciphertext": text, "nonce": nonce, "original_type": s.kind, "associated_data": s.said}
	if s.said == "" && dice.IntN(2) == 0 {
		delete(inner, "associated_data")
	}
	outer := map[string]any{"id": s.id, "create_time": inV3Time(s.q.now), "event_type": s.event, "resource_type": "encrypt-resource",
		"summary": map[string]string{"transaction": "支付成功", "refund": "退款通知"}[s.kind], "resource": inner}
	a := answer{header: map[string]string{}, body: g.jsonText(outer, s.q)}
	a.sign(s.by, s.at, drawLetters(dice, 32, base62))
	if dice.IntN(4) == 0 && !g.Rules.Plain {
		delete(a.header, "Wechatpay-Signature-Type") // may be absent: then it is the usual one
	}
	if s.body != nil {
		a.body = s.body(a.body)
	}
	return a
}

// letterID is the same for every copy of one notice.
func (g *Gateway) letterID(q *request) string {
	for _, l := range g.kept.Letters {
		if l.No == q.No && l.Paid == q.Paid && l.Refund == q.RefundNo {
			return l.ID
		}
	}
	return g.newID(q.No, q.RefundNo)
}

// newID is drawn from the numbers alone, so the same seed gives the same id in every run.
func (g *Gateway) newID(no, refundNo string) string {
	return drawUUID(g.random(no, "letter "+refundNo))
}

// refundResource is what a refund notice seals. It names the merchant, and unlike all else of v3 it names no appid.
func (g *Gateway) refundResource(o *order, r *refunding, now time.Time) map[string]any {
	state := v3Refund[r.stateAt(now)]
	m := map[string]any{"out_trade_no": o.No, "transaction_id": o.TransactionID, "out_refund_no": r.No, "refund_id": r.ID,
		"refund_status": state, "user_received_account": "支付用户零钱", "amount": map[string]any{"total": o.Fen, "refund": r.Fen,
			"payer_total": o.Fen - o.Coupon, "payer_refund": r.Fen - o.couponShare(r)}}
	if state == success {
		m["success_time"] = inV3Time(r.Ends)
	}
	m["mchid"] = g.MchID
	if g.SubMchID != "" {
		delete(m, "mchid")
		m["sp_mchid"], m["sub_mchid"] = g.MchID, g.SubMchID
	}
	return m
}

// signTestSignature is a signature that is wrong on purpose.
func signTestSignature(sig string) string { return signTest + sig[min(len(signTest), len(sig)):] }

// flipTag changes one letter of the authentication tag, so that only a reader who checks it notices.
func flipTag(text string) string {
	i := len(strings.TrimRight(text, "=")) - 2
	other := byte('A')
	if text[i] == other {
		other = 'B'
	}
	return text[:i] + string(other) + text[i+1:]
}
