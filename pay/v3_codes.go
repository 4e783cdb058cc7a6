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
	"PARAM_ERROR":           sale.SaysFaulty,
	"SIGN_ERROR":            sale.SaysFaulty,
	"NO_AUTH":               sale.SaysFaulty,
	"APPID_MCHID_NOT_MATCH": sale.SaysFaulty,
	"MCH_NOT_EXISTS":        sale.SaysFaulty,
	"INVALID_REQUEST":       unknown, // a wrong setting, a doubled number, or a state: it decides nothing
}

// later3 are the refusals that ask for the same call again.
var later3 = says{
	"SYSTEM_ERROR":        sale.SaysAgain,
	"BANK_ERROR":          sale.SaysAgain,
	"RATE_LIMITED":        sale.SaysAgain,
	"RATELIMIT_EXCEEDED":  sale.SaysAgain,
	"FREQUENCY_LIMITED":   sale.SaysAgain,
	"SERVICE_UNAVAILABLE": sale.SaysAgain,
	"BIZERR_NEED_RETRY":   sale.SaysAgain,
}

var native3 = endpoint{what: "ask for a code", path: "/native", codes: join(misset3, later3, says{
	"OUT_TRADE_NO_USED": sale.SaysDenied,
	"ORDER_PAID":        sale.SaysDenied, // not by this ask: the number is not ours to use
	"ORDER_CLOSED":      sale.SaysDenied,
	"RULE_LIMIT":        sale.SaysDenied,
	"TRADE_ERROR":       sale.SaysDenied,
	"ACCOUNT_ERROR":     sale.SaysDenied,
	"NOT_ENOUGH":        sale.SaysDenied,
})}

var jsapi3 = endpoint{what: "order for a page", path: "/jsapi", codes: join(native3.codes, says{
	"OPENID_MISMATCH": sale.SaysDenied,
})}

// The refusals of codepay are not published as a whole, so every one of them is "not known".
var codepay3 = endpoint{what: "charge the code", path: "/codepay", once: true}

var query3 = endpoint{what: "query the order", codes: join(misset3, later3, says{
	"ORDER_NOT_EXIST": sale.SaysMissing,
})}

var close3 = endpoint{what: "close the order", codes: join(misset3, later3, says{
	"ORDER_PAID":        sale.SaysPaid,
	"ORDER_CLOSED":      sale.SaysGone,
	"ORDER_NOT_EXIST":   sale.SaysMissing,
	"TRADE_ERROR":       sale.SaysDenied,
	"TRADE_STATE_ERROR": sale.SaysDenied,
	"RULE_LIMIT":        sale.SaysDenied,
})}

// What reverse says of a number that never existed is not documented, so it stays unknown.
var reverse3 = endpoint{what: "reverse the charge", codes: join(misset3, later3, says{
	"USER_PAYING":     sale.SaysDenied,
	"REVERSE_EXPIRE":  sale.SaysDenied,
	"TRADE_ERROR":     sale.SaysDenied,
	"RULE_LIMIT":      sale.SaysDenied,
	"INVALID_REQUEST": sale.SaysDenied,
})}

var refund3 = endpoint{what: "refund the order", codes: join(misset3, later3, says{
	"INVALID_REQ_TOO_MUCH":  sale.SaysAgain,
	"NOT_ENOUGH":            sale.SaysDenied,
	"USER_ACCOUNT_ABNORMAL": sale.SaysDenied,
	"ACCOUNT_ERROR":         sale.SaysDenied,
	"TRADE_OVERDUE":         sale.SaysDenied,
	"RULE_LIMIT":            sale.SaysDenied,
	"ORDER_NOT_EXIST":       sale.SaysMissing,
	"RESOURCE_NOT_EXISTS":   sale.SaysMissing,
	"INVALID_TRANSACTIONID": sale.SaysFaulty,
	"INVALID_REQUEST":       sale.SaysDenied, // kept, told once, and asked again every hour
})}

var refundquery3 = endpoint{what: "query the refund", codes: join(misset3, later3, says{
	"RESOURCE_NOT_EXISTS": sale.SaysMissing,
	"REFUND_NOT_EXISTS":   sale.SaysMissing,
	"ORDER_NOT_EXIST":     sale.SaysMissing,
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
func (s says) meaning(word string) (told string, means sale.Says) {
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
		return sale.Answer{Says: means, Code: told, Date: r.date}, nil
	case busy && plain(word) == word:
		return sale.Answer{Says: sale.SaysAgain, Code: word, Date: r.date}, nil
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
