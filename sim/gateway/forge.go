package gateway

import (
	"bytes"
	"slices"
	"strings"
	"time"
)

// forgeV2 seals the answer, truly or in the way the script asks for.
func (g *Gateway) forgeV2(q *request, fields []element, how shape) []byte {
	if q.t.Forge == "" {
		return writeXML(signFields(fields, q.kind, g.Key), how)
	}
	if i := slices.Index(Forgeries, "other-appid"); slices.Index(Forgeries, q.t.Forge) >= i {
		return writeXML(signFields(g.misnameV2(q, fields), q.kind, g.Key), how)
	}
	honest := signFields(slices.Clone(fields), q.kind, g.Key)
	claimed := g.claimV2(q, fields)
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
		return writeXML(append(setField(claimed, "sign_type", signMD5), element{"sign", signature(signMD5, "", asMap(claimed))}), how)
	case "altered":
		return writeXML(append(claimed, element{"sign", asMap(honest)["sign"]}), how)
	case "duplicate":
		// signed as it should be, and every changed word said a second time
		return writeXML(append(honest, differingFields(honest, claimed)...), how)
	case "no-result":
		return writeXML(signFields(slices.DeleteFunc(fields, func(e element) bool { return e.Name == "result_code" }), kind, key), how)
	case "return-fail":
		return writeXML([]element{{"return_code", "FAIL"}, {"return_msg", "system error"}}, how)
	}
	return spoilV2(q.t.Forge, writeXML(signFields(claimed, kind, key), how), writeXML(honest, how))
}

// spoilV2 breaks the written message. What it says is true or claimed, but no reader may trust it.
func spoilV2(forgery string, claimed, honest []byte) []byte {
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

// misnameV2 is a genuinely signed answer about somebody or something else.
func (g *Gateway) misnameV2(q *request, fields []element) []element {
	switch q.t.Forge {
	case "other-appid":
		return setField(fields, "appid", "wx0000000000000000")
	case "other-mchid":
		return setField(fields, "mch_id", "1000000000")
	case "other-number":
		return setField(fields, "out_trade_no", "K9999-"+drawLetters(g.random(q.No, "other number"), 20, "0123456789ABCDEF"))
	case "other-amount":
		sum, _ := parseFen(asMap(fields)["total_fee"])
		return setField(setField(fields, "total_fee", formatInt(sum+1)), "cash_fee", formatInt(sum+1))
	case "other-currency":
		return setField(fields, "fee_type", "USD")
	}
	return slices.DeleteFunc(fields, func(e element) bool { return e.Name == "total_fee" })
}

// claimV2 turns an answer into what a thief would like the kiosk to read: money is there.
func (g *Gateway) claimV2(q *request, fields []element) []element {
	drop := []string{"err_code", "err_code_des", "trade_state", "trade_state_desc"}
	out := slices.DeleteFunc(slices.Clone(fields), func(e element) bool { return slices.Contains(drop, e.Name) })
	out = setField(out, "result_code", "SUCCESS")
	switch q.Endpoint {
	case "reverse":
		return setField(out, "recall", "N")
	case "orderquery", "micropay":
	default:
		return out
	}
	if asMap(out)["transaction_id"] == "" {
		sham := order{No: q.No, Fen: q.Fen, Means: byCode, PaidAt: q.now.Add(-time.Second),
			TransactionID: "4200" + drawDigits(g.random(q.No, "sham"), 24)}
		if o := g.memo.byNo[q.No]; o != nil {
			sham.Fen, sham.Means = o.Fen, o.Means
		}
		for _, e := range g.paidFields(&sham) {
			out = setField(out, e.Name, e.Value)
		}
	}
	if q.Endpoint == "orderquery" {
		out = setField(out, "trade_state", success)
	}
	return out
}

// setField replaces the field of that name, or adds it at the end.
func setField(fields []element, name, value string) []element {
	for i := range fields {
		if fields[i].Name == name {
			fields[i].Value = value
			return fields
		}
	}
	return append(fields, element{name, value})
}

// differingFields is what the second message says otherwise than the first, or one word twice.
func differingFields(first, second []element) []element {
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
