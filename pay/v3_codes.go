package pay

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"kiosk/sale"
)

// The words of API v3 are spelt with and without underscores: they are looked up without, and told as written here.

// misset3 are the refusals that only a person can cure.
var misset3 = says{
	"PARAM_ERROR":           sale.OutcomeFaulty,
	"SIGN_ERROR":            sale.OutcomeFaulty,
	"NO_AUTH":               sale.OutcomeFaulty,
	"APPID_MCHID_NOT_MATCH": sale.OutcomeFaulty,
	"MCH_NOT_EXISTS":        sale.OutcomeFaulty,
	"INVALID_REQUEST":       unknown, // a wrong setting, a doubled number, or a state: it decides nothing
}

// later3 are the refusals that ask for the same call again.
var later3 = says{
	"SYSTEM_ERROR":        sale.OutcomeAgain,
	"BANK_ERROR":          sale.OutcomeAgain,
	"RATE_LIMITED":        sale.OutcomeAgain,
	"RATELIMIT_EXCEEDED":  sale.OutcomeAgain,
	"FREQUENCY_LIMITED":   sale.OutcomeAgain,
	"SERVICE_UNAVAILABLE": sale.OutcomeAgain,
	"BIZERR_NEED_RETRY":   sale.OutcomeAgain,
}

var native3 = endpoint{what: "ask for a code", path: "/native", codes: join(misset3, later3, says{
	"OUT_TRADE_NO_USED": sale.OutcomeDenied,
	"ORDER_PAID":        sale.OutcomeDenied, // not by this ask: the number is not ours to use
	"ORDER_CLOSED":      sale.OutcomeDenied,
	"RULE_LIMIT":        sale.OutcomeDenied,
	"TRADE_ERROR":       sale.OutcomeDenied,
	"ACCOUNT_ERROR":     sale.OutcomeDenied,
	"NOT_ENOUGH":        sale.OutcomeDenied,
})}

var jsapi3 = endpoint{what: "order for a page", path: "/jsapi", codes: join(native3.codes, says{
	"OPENID_MISMATCH": sale.OutcomeDenied,
})}

// The refusals of codepay are not published as a whole, so every one of them is "not known".
var codepay3 = endpoint{what: "charge the code", path: "/codepay", once: true}

var query3 = endpoint{what: "query the order", codes: join(misset3, later3, says{
	"ORDER_NOT_EXIST": sale.OutcomeMissing,
})}

var close3 = endpoint{what: "close the order", codes: join(misset3, later3, says{
	"ORDER_PAID":        sale.OutcomePaid,
	"ORDER_CLOSED":      sale.OutcomeGone,
	"ORDER_NOT_EXIST":   sale.OutcomeMissing,
	"TRADE_ERROR":       sale.OutcomeDenied,
	"TRADE_STATE_ERROR": sale.OutcomeDenied,
	"RULE_LIMIT":        sale.OutcomeDenied,
})}

// What reverse says of a number that never existed is not documented, so it stays unknown.
var reverse3 = endpoint{what: "reverse the charge", codes: join(misset3, later3, says{
	"USER_PAYING":     sale.OutcomeDenied,
	"REVERSE_EXPIRE":  sale.OutcomeDenied,
	"TRADE_ERROR":     sale.OutcomeDenied,
	"RULE_LIMIT":      sale.OutcomeDenied,
	"INVALID_REQUEST": sale.OutcomeDenied,
})}

var refund3 = endpoint{what: "refund the order", codes: join(misset3, later3, says{
	"INVALID_REQ_TOO_MUCH":  sale.OutcomeAgain,
	"NOT_ENOUGH":            sale.OutcomeDenied,
	"USER_ACCOUNT_ABNORMAL": sale.OutcomeDenied,
	"ACCOUNT_ERROR":         sale.OutcomeDenied,
	"TRADE_OVERDUE":         sale.OutcomeDenied,
	"RULE_LIMIT":            sale.OutcomeDenied,
	"ORDER_NOT_EXIST":       sale.OutcomeMissing,
	"RESOURCE_NOT_EXISTS":   sale.OutcomeMissing,
	"INVALID_TRANSACTIONID": sale.OutcomeFaulty,
	"INVALID_REQUEST":       sale.OutcomeDenied, // kept, told once, and asked again every hour
})}

var refundquery3 = endpoint{what: "query the refund", codes: join(misset3, later3, says{
	"RESOURCE_NOT_EXISTS": sale.OutcomeMissing,
	"REFUND_NOT_EXISTS":   sale.OutcomeMissing,
	"ORDER_NOT_EXIST":     sale.OutcomeMissing,
})}

// refundStates3 are the words of a refund.
var refundStates3 = map[string]string{
	"SUCCESS":    sale.RefundDone,
	"CLOSED":     sale.RefundClosed,
	"PROCESSING": sale.RefundPending,
	"ABNORMAL":   sale.RefundAbnormal,
}

// squeeze is a word without its underscores.
func squeeze(word string) string { return strings.ReplaceAll(word, "_", "") }

// meaning looks a word up, however it is spelt.
func (s says) meaning(word string) (told string, means sale.Outcome) {
	for told, means := range s {
		if squeeze(told) == squeeze(word) {
			return told, means
		}
	}
	return word, unknown
}

// refused reads a verified refusal. A word that decides nothing is an error, but a gateway in trouble says Again.
func (e endpoint) refused(r reply) (sale.Answer, error) {
	in, err := readObject(r.body)
	if err != nil {
		return sale.Answer{}, err
	}
	word := in.text("code")
	told, means := e.codes.meaning(word)
	busy := r.status == http.StatusTooManyRequests || r.status >= http.StatusInternalServerError
	switch {
	case word == "" || e.once:
	case means != unknown:
		return sale.Answer{Outcome: means, Code: told, Date: r.date}, nil
	case busy && plain(word) == word:
		return sale.Answer{Outcome: sale.OutcomeAgain, Code: word, Date: r.date}, nil
	}
	return sale.Answer{}, fmt.Errorf("read the answer: %s (HTTP status %d) decides nothing", plain(word), r.status)
}

// looks say what to look at for a refusal, believed or not.
var looks = map[string]string{
	"SIGN_ERROR":            "check the clock, pay.cert_file and pay.cert_key_file",
	"NO_AUTH":               "check the merchant's rights to this product",
	"PARAM_ERROR":           "check pay.appid, pay.mchid and pay.notify_url",
	"APPID_MCHID_NOT_MATCH": "check that pay.appid is bound to pay.mchid",
	"MCH_NOT_EXISTS":        "check pay.mchid",
	"RESOURCE_NOT_EXISTS":   "if the merchant has a public key of WeChat Pay's: check pay.wechatpay_public_key_id and its file",
}

// hint tells of a refusal that is not believed no more than its status, its word, and what to look at.
func hint(r reply) string {
	text := fmt.Sprintf("HTTP status %d", r.status)
	in, err := readObject(r.body)
	if err != nil {
		return text
	}
	word := in.text("code")
	if plain(word) != word {
		return text
	}
	text += " " + word
	for of, look := range looks {
		if squeeze(of) == squeeze(word) {
			return text + ": " + look
		}
	}
	return text
}

var errOther = errors.New("believe the answer: it is for another order")
