package gateway

import (
	"bytes"
	"slices"
	"strings"
	"time"
)

// forge seals the answer, truly or in the way the script asks for.
func (g *Gateway) forge(q *request, fields []element, how shape) []byte {
	if q.t.Forge == "" {
		return writeXML(seal(fields, q.kind, g.Key), how)
	}
	if i := slices.Index(Forgeries, "other-appid"); slices.Index(Forgeries, q.t.Forge) >= i {
		return writeXML(seal(g.misname(q, fields), q.kind, g.Key), how)
	}
	honest := seal(slices.Clone(fields), q.kind, g.Key)
	claimed := g.claim(q, fields)
	key, kind := g.Key, q.kind
	switch q.t.Forge {
	case "no-sign":
		return writeXML(claimed, how)
	case "wrong-sign":
		return writeXML(append(claimed, element{"sign", strings.Repeat("0A", len(signature(kind, key, nil))/2)}), how)
	case "other-key":
		key = "another merchant's key, 32 chars"
	case "downgrade":
		// whoever knows only how to break MD5 would like the reader to use it
		return writeXML(append(set(claimed, "sign_type", signMD5), element{"sign", signature(signMD5, "", asMap(claimed))}), how)
	case "altered":
		return writeXML(append(claimed, element{"sign", asMap(honest)["sign"]}), how)
	case "duplicate":
		// signed as it should be, and every changed word said a second time
		return writeXML(append(honest, differing(honest, claimed)...), how)
	case "no-result":
		return writeXML(seal(slices.DeleteFunc(fields, func(e element) bool { return e.Name == "result_code" }), kind, key), how)
	case "return-fail":
		return writeXML([]element{{"return_code", "FAIL"}, {"return_msg", "system error"}}, how)
	}
	return spoil(q.t.Forge, writeXML(seal(claimed, kind, key), how), writeXML(honest, how))
}

// spoil breaks the written message. What it says is true or claimed, but no reader may trust it.
func spoil(forgery string, claimed, honest []byte) []byte {
	switch forgery {
	case "nested":
		return bytes.Replace(bytes.Replace(claimed, []byte("<xml>"), []byte("<xml><xml>"), 1), []byte("</xml>"), []byte("</xml></xml>"), 1)
	case "attribute":
		return bytes.Replace(claimed, []byte("<result_code>"), []byte(`<result_code x="1">`), 1)
	case "doctype":
		return bytes.Replace(claimed, []byte("<xml>"), []byte(`<!DOCTYPE xml [<!ENTITY a "b">]><xml>`), 1)
	case "empty":
		return nil
	case "garbage":
		return []byte("{\"code\":\"SUCCESS\"}")
	case "huge":
		return bytes.Replace(honest, []byte("</xml>"), []byte("<pad>"+strings.Repeat("x", 12<<20)+"</pad></xml>"), 1)
	}
	return claimed
}

// misname is a genuinely signed answer about somebody or something else.
func (g *Gateway) misname(q *request, fields []element) []element {
	switch q.t.Forge {
	case "other-appid":
		return set(fields, "appid", "wx0000000000000000")
	case "other-mchid":
		return set(fields, "mch_id", "1000000000")
	case "other-number":
		return set(fields, "out_trade_no", "K9999-"+letters(g.dice(q.No, "other number"), 20, "0123456789ABCDEF"))
	case "other-amount":
		sum, _ := fen(asMap(fields)["total_fee"])
		return set(set(fields, "total_fee", num(sum+1)), "cash_fee", num(sum+1))
	case "other-currency":
		return set(fields, "fee_type", "USD")
	}
	return slices.DeleteFunc(fields, func(e element) bool { return e.Name == "total_fee" })
}

// claim turns an answer into what a thief would like the kiosk to read: money is there.
func (g *Gateway) claim(q *request, fields []element) []element {
	drop := []string{"err_code", "err_code_des", "trade_state", "trade_state_desc"}
	out := slices.DeleteFunc(slices.Clone(fields), func(e element) bool { return slices.Contains(drop, e.Name) })
	out = set(out, "result_code", "SUCCESS")
	switch q.Endpoint {
	case "reverse":
		return set(out, "recall", "N")
	case "orderquery", "micropay":
	default:
		return out
	}
	if asMap(out)["transaction_id"] == "" {
		sham := order{No: q.No, Fen: q.Fen, Means: byCode, PaidAt: q.now.Add(-time.Second),
			TransactionID: "4200" + digits(g.dice(q.No, "sham"), 24)}
		if o := g.memo.byNo[q.No]; o != nil {
			sham.Fen, sham.Means = o.Fen, o.Means
		}
		for _, e := range g.paidFields(&sham) {
			out = set(out, e.Name, e.Value)
		}
	}
	if q.Endpoint == "orderquery" {
		out = set(out, "trade_state", success)
	}
	return out
}

func set(fields []element, name, value string) []element {
	for i := range fields {
		if fields[i].Name == name {
			fields[i].Value = value
			return fields
		}
	}
	return append(fields, element{name, value})
}

// differing is what the second message says otherwise than the first, or one word twice.
func differing(first, second []element) []element {
	was := asMap(first)
	var out []element
	for _, e := range second {
		if v, ok := was[e.Name]; ok && v != e.Value {
			out = append(out, e)
		}
	}
	if len(out) == 0 {
		out = append(out, element{"result_code", was["result_code"]})
	}
	return out
}
