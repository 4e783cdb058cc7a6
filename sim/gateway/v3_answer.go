package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// answerV3 lets an honest v3 call through to the doings of v2, and tells in v3 what they came to.
func (g *Gateway) answerV3(in wire, q *request) reply {
	a := readV3(in)
	q.params, q.wants = a.params, in.header.Get("Wechatpay-Serial")
	if refusal, ok := g.checkV3(in, q, a); !ok {
		return refusal
	}
	t := *q.t
	q.t = &t
	t.Code = v2Word(t.Code)
	told := t.Code
	if told == "" && t.Status != 0 && t.Status < 500 {
		told = statusWord(t.Status)
	}
	if told != "" && !t.After && (q.Endpoint != "micropay" || t.Code == "") {
		return g.scriptedRefusal(q, told)
	}
	r := g.doV3(in, q)
	if told != "" && (t.After || t.Status != 0) {
		return g.scriptedRefusal(q, told)
	}
	return r
}

// scriptedRefusal is the error a script has ordered, with the status it ordered, if any.
func (g *Gateway) scriptedRefusal(q *request, code string) reply {
	r := g.inV3(q, code, words[code])
	if q.t.Status != 0 {
		r.status = q.t.Status
	}
	return r
}

// doV3 has v2's code do what is asked, then says in v3's words what came of it: there is one set of books for both.
func (g *Gateway) doV3(in wire, q *request) reply {
	switch q.Endpoint {
	case "certificates":
		return g.certificates(q)
	case "downloadbill", "fundflowbill":
		return g.billV3(in, q)
	case "billfile":
		return g.billFile(q)
	}
	r := v2Endpoints()[q.Endpoint].do(g, q)
	said := asMap(r.fields)
	if said["result_code"] != "SUCCESS" {
		return g.inV3(q, r.outcome, said["err_code_des"])
	}
	out := reply{outcome: r.outcome, status: http.StatusOK}
	switch q.Endpoint {
	case "unifiedorder":
		out.json = map[string]any{}
		for _, name := range []string{"code_url", "prepay_id"} {
			if said[name] != "" && (name == "code_url") == (said["code_url"] != "") {
				out.json[name] = said[name]
			}
		}
	case "micropay", "orderquery":
		out.json = g.transactionV3(g.findOrder(q), said["trade_state"], q)
	case "closeorder":
		out.status = http.StatusNoContent
	case "reverse":
		if said["recall"] == "Y" {
			return g.inV3(q, "SYSTEMERROR", "系统错误，请重试") // v3 has no recall: what is not 200 is asked again
		}
		out.json = g.withMerchant(map[string]any{"out_trade_no": g.findOrder(q).No})
	case "refund", "refundquery":
		out.json = g.refundV3(q)
	}
	return out
}

// withMerchant adds the merchant's numbers as v3 writes them.
func (g *Gateway) withMerchant(m map[string]any) map[string]any {
	if g.SubMchID == "" {
		m["appid"], m["mchid"] = g.AppID, g.MchID
		return m
	}
	m["sp_appid"], m["sp_mchid"], m["sub_mchid"] = g.AppID, g.MchID, g.SubMchID
	if g.SubAppID != "" {
		m["sub_appid"] = g.SubAppID
	}
	return m
}

// writeV3 writes the body, signs it, and lets the script spoil both.
func (g *Gateway) writeV3(a *answer, q *request, r reply) {
	dice := g.random(q.No, fmt.Sprint("looks ", q.Endpoint, " ", q.Nth))
	a.status, a.kind, a.body = r.status, "application/json; charset=utf-8", r.raw
	a.header = map[string]string{"Request-ID": strings.ToUpper(drawLetters(dice, 24, base62))}
	if r.raw != nil {
		a.kind = "application/octet-stream"
		return // the one answer without a signature
	}
	by := g.signerFor(q, q.now)
	if q.t.Forge != "" {
		g.forgeV3(a, q, r, by)
	} else {
		if r.json != nil {
			a.body = g.jsonText(r.json, q)
		}
		a.sign(by, q.now, drawLetters(dice, 32, base62))
	}
	if q.t.Unsigned {
		a.removeSignature()
	}
}

// signerFor is the key that signs this answer or notice.
func (g *Gateway) signerFor(q *request, now time.Time) signer {
	k, dice := g.keyRing(), g.random(q.No, fmt.Sprint("key ", q.Endpoint, " ", q.Nth))
	cert, since := k.old, now.Sub(g.kept.Rotated)
	if !g.kept.Rotated.IsZero() && (since >= 48*time.Hour || since >= 24*time.Hour && dice.IntN(2) == 0) {
		cert = k.new
	}
	switch {
	case q.t.SignBy == "old":
		return k.old
	case q.t.SignBy == "new":
		return k.new
	case q.t.SignBy == PublicKeyMode, g.V3.Mode == PublicKeyMode, g.V3.Mode == BothMode && (q.wants == k.public.name || dice.IntN(2) == 0):
		return k.public
	}
	return cert
}

// sign puts the four Wechatpay headers over the body as it stands; a body that changes later is a forgery.
func (a *answer) sign(by signer, now time.Time, nonce string) {
	stamp := fmt.Sprint(now.Unix())
	a.header["Wechatpay-Serial"], a.header["Wechatpay-Timestamp"], a.header["Wechatpay-Nonce"] = by.name, stamp, nonce
	a.header["Wechatpay-Signature"] = rsaSign(by.key, signedLines(stamp, nonce, string(a.body)))
	a.header["Wechatpay-Signature-Type"] = v3Scheme
}

// removeSignature takes all of its headers away, as on answers of a machine before the gateway.
func (a *answer) removeSignature() {
	for name := range a.header {
		if strings.HasPrefix(name, "Wechatpay-") {
			delete(a.header, name)
		}
	}
}

// jsonText writes an answer in one of the ways that all mean the same.
func (g *Gateway) jsonText(m map[string]any, q *request) []byte {
	dice := g.random(q.No, fmt.Sprint("text ", q.Endpoint, " ", q.Nth))
	if !g.Rules.Plain && dice.IntN(3) == 0 {
		m["zz_new_field"] = map[string]any{"a": `& <b> "c"`}
	}
	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(dice.IntN(2) == 0)
	if !g.Rules.Plain && dice.IntN(3) == 0 {
		enc.SetIndent("", "  ")
	}
	if err := enc.Encode(m); err != nil {
		panic(err) // strings, numbers and maps can always be written
	}
	if dice.IntN(6) == 0 {
		return []byte(text.String()) // its last line end is signed like the rest
	}
	return []byte(strings.TrimSuffix(text.String(), "\n"))
}
