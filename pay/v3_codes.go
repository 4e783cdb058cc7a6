package pay

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"kiosk/sale"
)

// The words of API v3 are spelt with and without underscores: they are looked up without, and told as written here.

// configErrors3 are the refusals that only a person can cure.
var configErrors3 = codeMap{
	"PARAM_ERROR":           faulty,
	"SIGN_ERROR":            faulty,
	"NO_AUTH":               faulty,
	"APPID_MCHID_NOT_MATCH": faulty,
	"MCH_NOT_EXISTS":        {outcome: sale.OutcomeFaulty}, // a customer reads of it as a plain refusal
	"INVALID_REQUEST":       undecided,                     // a wrong setting, a doubled number, or a state: it decides nothing
}

// retryable3 are the refusals that ask for the same call again.
var retryable3 = codeMap{
	"SYSTEM_ERROR":        again,
	"BANK_ERROR":          again,
	"RATE_LIMITED":        again,
	"RATELIMIT_EXCEEDED":  again,
	"FREQUENCY_LIMITED":   again,
	"SERVICE_UNAVAILABLE": again,
	"BIZERR_NEED_RETRY":   again,
}

var native3 = endpoint{what: "ask for a code", path: "/native", codes: joinTables(configErrors3, retryable3, codeMap{
	"OUT_TRADE_NO_USED": denied,
	"ORDER_PAID":        denied, // not by this ask: the number is not ours to use
	"ORDER_CLOSED":      denied,
	"RULE_LIMIT":        denied,
	"TRADE_ERROR":       denied,
	"ACCOUNT_ERROR":     denied,
	"NOT_ENOUGH":        payerFunds,
})}

var jsapi3 = endpoint{what: "order for a page", path: "/jsapi", codes: joinTables(native3.codes, codeMap{
	"OPENID_MISMATCH": denied,
})}

// The refusals of codepay are not published as a whole, so every one of them is "not known".
var codepay3 = endpoint{what: "charge the code", path: "/codepay", once: true}

var query3 = endpoint{what: "query the order", codes: joinTables(configErrors3, retryable3, codeMap{
	"ORDER_NOT_EXIST": missing,
})}

var close3 = endpoint{what: "close the order", codes: joinTables(configErrors3, retryable3, codeMap{
	"ORDER_PAID":        paid,
	"ORDER_CLOSED":      gone,
	"ORDER_NOT_EXIST":   missing,
	"TRADE_ERROR":       denied,
	"TRADE_STATE_ERROR": denied,
	"RULE_LIMIT":        denied,
})}

// What reverse says of a number that never existed is not documented, so it stays unknown.
var reverse3 = endpoint{what: "reverse the charge", codes: joinTables(configErrors3, retryable3, codeMap{
	"USER_PAYING":     denied,
	"REVERSE_EXPIRE":  denied,
	"TRADE_ERROR":     denied,
	"RULE_LIMIT":      denied,
	"INVALID_REQUEST": denied,
})}

var refund3 = endpoint{what: "refund the order", codes: joinTables(configErrors3, retryable3, codeMap{
	"INVALID_REQ_TOO_MUCH":  again,
	"NOT_ENOUGH":            refundFunds,
	"USER_ACCOUNT_ABNORMAL": refundImpossible,
	"ACCOUNT_ERROR":         {sale.OutcomeDenied, sale.CauseConfig},
	"TRADE_OVERDUE":         refundImpossible,
	"RULE_LIMIT":            refundUnfit,
	"ORDER_NOT_EXIST":       missing,
	"RESOURCE_NOT_EXISTS":   missing,
	"INVALID_TRANSACTIONID": faulty,
	"INVALID_REQUEST":       refundUnfit, // kept, told once, and asked again every hour
})}

var refundquery3 = endpoint{what: "query the refund", codes: joinTables(configErrors3, retryable3, codeMap{
	"RESOURCE_NOT_EXISTS": missing,
	"REFUND_NOT_EXISTS":   missing,
	"ORDER_NOT_EXIST":     missing,
})}

// refundStates3 are the words of a refund.
var refundStates3 = map[string]string{
	"SUCCESS":    sale.RefundDone,
	"CLOSED":     sale.RefundClosed,
	"PROCESSING": sale.RefundPending,
	"ABNORMAL":   sale.RefundAbnormal,
}

// normalizeCode is a word without its underscores.
func normalizeCode(word string) string { return strings.ReplaceAll(word, "_", "") }

// lookUp looks a word up, however it is spelt.
func (s codeMap) lookUp(word string) (told string, means meaning) {
	for told, means := range s {
		if normalizeCode(told) == normalizeCode(word) {
			return told, means
		}
	}
	return word, undecided
}

// readRefusal reads a verified refusal. A word that decides nothing is an error, but a gateway in trouble says Again.
func (e endpoint) readRefusal(r reply) (sale.Answer, error) {
	in, err := readObject(r.body)
	if err != nil {
		return sale.Answer{}, err
	}
	word := in.text("code")
	told, means := e.codes.lookUp(word)
	busy := r.status == http.StatusTooManyRequests || r.status >= http.StatusInternalServerError
	switch {
	case word == "" || e.once:
	case means != undecided:
		return means.toAnswer(told, r.date), nil
	case busy && sanitizeWord(word) == word:
		return sale.Answer{Outcome: sale.OutcomeAgain, Code: word, Date: r.date}, nil
	}
	return sale.Answer{}, fmt.Errorf("read the answer: %s (HTTP status %d) decides nothing", sanitizeWord(word), r.status)
}

// unsignedHints say what to look at for a refusal, believed or not.
var unsignedHints = map[string]string{
	"SIGN_ERROR":            "check the clock, pay.cert_file and pay.cert_key_file",
	"NO_AUTH":               "check the merchant's rights to this product",
	"PARAM_ERROR":           "check pay.appid, pay.mchid and pay.notify_url",
	"APPID_MCHID_NOT_MATCH": "check that pay.appid is bound to pay.mchid",
	"MCH_NOT_EXISTS":        "check pay.mchid",
	"RESOURCE_NOT_EXISTS":   "if the merchant has a public key of WeChat Pay's: check pay.wechatpay_public_key_id and its file",
}

// refusalHint tells of a refusal that is not believed no more than its status, its word, and what to look at.
func refusalHint(r reply) string {
	text := fmt.Sprintf("HTTP status %d", r.status)
	in, err := readObject(r.body)
	if err != nil {
		return text
	}
	word := in.text("code")
	if sanitizeWord(word) != word {
		return text
	}
	text += " " + word
	for of, look := range unsignedHints {
		if normalizeCode(of) == normalizeCode(word) {
			return text + ": " + look
		}
	}
	return text
}

var errOther = errors.New("believe the answer: it is for another order")
