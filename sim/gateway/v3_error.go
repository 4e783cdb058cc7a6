package gateway

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// v3Words are v3's HTTP status and word for v2's err_codes. Others are 400 and keep their name.
var v3Words = map[string]struct {
	status int
	word   string
}{
	"ORDERNOTEXIST": {404, "ORDER_NOT_EXIST"}, "REFUNDNOTEXIST": {404, "RESOURCE_NOT_EXISTS"},
	"ORDERCLOSED": {400, "ORDER_CLOSED"}, "ORDERPAID": {400, "ORDER_PAID"}, "ORDERREVERSED": {400, "ORDER_REVERSED"},
	"LACK_PARAMS": {400, "PARAM_ERROR"}, "ERROR": {400, "INVALID_REQUEST"}, "MCHID_NOT_EXIST": {400, "MCH_NOT_EXISTS"},
	"APPID_NOT_EXIST": {400, "APPID_MCHID_NOT_MATCH"}, "AUTHCODEEXPIRE": {400, "AUTH_CODE_EXPIRE"},
	"NOTENOUGH": {403, "NOT_ENOUGH"}, "NOTSUPPORTCARD": {403, "NOT_SUPPORT_CARD"}, "NOAUTH": {403, "NO_AUTH"},
	"TRADE_ERROR": {403, "TRADE_ERROR"}, "TRADE_OVERDUE": {403, "TRADE_OVERDUE"}, "OUT_TRADE_NO_USED": {403, "OUT_TRADE_NO_USED"},
	"USER_ACCOUNT_ABNORMAL": {403, "USER_ACCOUNT_ABNORMAL"}, "ACCOUNT_ERROR": {403, "ACCOUNT_ERROR"}, "RULELIMIT": {403, "RULE_LIMIT"},
	"SIGNERROR": {401, "SIGN_ERROR"}, "FREQUENCY_LIMITED": {429, "FREQUENCY_LIMITED"}, "RATELIMITED": {429, "RATE_LIMITED"},
	"RATELIMITEXCEEDED": {429, "RATELIMIT_EXCEEDED"}, "INVALID_REQ_TOO_MUCH": {429, "FREQUENCY_LIMITED"},
	"SYSTEMERROR": {500, "SYSTEM_ERROR"}, "BANKERROR": {500, "BANK_ERROR"}, "BIZERR_NEED_RETRY": {500, "SYSTEM_ERROR"},
	"OPENIDMISMATCH": {500, "OPENID_MISMATCH"}, "INVALID_TRANSACTIONID": {500, "INVALID_TRANSACTIONID"},
	"SERVICEUNAVAILABLE": {503, "SERVICE_UNAVAILABLE"}, "USERPAYING": {202, "USERPAYING"},
	"RESOURCENOTEXISTS": {404, "RESOURCE_NOT_EXISTS"},
}

// v2Word is the err_code a script means by any spelling of it: v3 writes underscores now so, now so.
func v2Word(code string) string {
	for _, word := range append(slices.Sorted(maps.Keys(v3Words)), slices.Sorted(maps.Keys(words))...) {
		if withoutUnderscores(word) == withoutUnderscores(code) {
			return word
		}
	}
	for _, word := range slices.Sorted(maps.Keys(v3Words)) {
		if withoutUnderscores(v3Words[word].word) == withoutUnderscores(code) {
			return word
		}
	}
	return code
}

func withoutUnderscores(word string) string { return strings.ReplaceAll(word, "_", "") }

// v3Fail is a refusal by v3: the HTTP status counts as much as the code.
func v3Fail(status int, code, text string) reply {
	return reply{outcome: code, status: status, json: map[string]any{"code": code, "message": text}}
}

// v3Param names the field that is wrong, in the detail that only people read.
func v3Param(field, text string) reply {
	r := v3Fail(http.StatusBadRequest, "PARAM_ERROR", text)
	r.json["detail"] = map[string]any{"field": field, "issue": text, "location": "body"}
	return r
}

// inV3 says a v2 refusal in v3's words.
func (g *Gateway) inV3(q *request, code, text string) reply {
	known, ok := v3Words[code]
	if !ok {
		known.status, known.word = http.StatusBadRequest, code
	}
	switch {
	case code == "USERPAYING" && q.Endpoint == "micropay":
		known.status = or(g.Rules.Paying, http.StatusAccepted)
	case code == "USERPAYING":
		known.status = http.StatusBadRequest
	case code == "ORDERNOTEXIST" && (q.Endpoint == "refund" || q.Endpoint == "refundquery"):
		known.word = "RESOURCE_NOT_EXISTS"
	}
	if dice := g.random(q.No, fmt.Sprint("spelling ", q.Endpoint, " ", q.Nth)); !g.Rules.Plain && withoutUnderscores(code) == withoutUnderscores(known.word) && dice.IntN(4) == 0 {
		known.word = code // old pages spell like v2
	}
	r := v3Fail(known.status, known.word, orWord(text, code))
	r.outcome = code
	return r
}

// statusWord is the word for a status that a script demands without one.
func statusWord(status int) string {
	return orWord(map[int]string{202: "USERPAYING", 400: "PARAM_ERROR", 401: "SIGN_ERROR", 403: "NO_AUTH", 404: "RESOURCE_NOT_EXISTS",
		429: "RATELIMIT_EXCEEDED"}[status], "INVALID_REQUEST")
}
