package pay

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"kiosk/sale"
)

// The gateway spells the words of API v3 with and without underscores, sometimes both in one product. They are looked up
// without, and the book gets them as they are written here.

// configErrors3 are the refusals that only a person can cure.
var configErrors3 = codeMap{
	"PARAM_ERROR":           faulty,    // a value is of the wrong shape
	"SIGN_ERROR":            faulty,    // the certificate, its key or the clock
	"NO_AUTH":               faulty,    // the merchant has no right to this product
	"APPID_MCHID_NOT_MATCH": faulty,    // the two are not bound on the merchant platform
	"MCH_NOT_EXISTS":        faulty,    // pay.mchid
	"INVALID_REQUEST":       undecided, // a wrong setting, a doubled number, or a state: it decides nothing
}

// retryable3 are the refusals that ask for the same call again.
var retryable3 = codeMap{
	"SYSTEM_ERROR":        again, // what it did is not known: the same call finds out
	"BANK_ERROR":          again, // the same, at the bank
	"RATE_LIMITED":        again,
	"RATELIMIT_EXCEEDED":  again,
	"FREQUENCY_LIMITED":   again,
	"SERVICE_UNAVAILABLE": again,
	"BIZERR_NEED_RETRY":   again,
}

var native3 = endpoint{what: "ask for a code", path: "/native", ask: true, codes: joinTables(configErrors3, retryable3, codeMap{
	"OUT_TRADE_NO_USED": denied,                                 // the number was used with other fields
	"ORDER_PAID":        denied,                                 // not by this ask: the number is not ours to use
	"ORDER_CLOSED":      denied,                                 // a closed number cannot be opened again
	"RULE_LIMIT":        {sale.OutcomeDenied, sale.CauseConfig}, // a limit of the merchant or of the business
	"TRADE_ERROR":       denied,
	"ACCOUNT_ERROR":     denied,     // the payer's account
	"NOT_ENOUGH":        payerFunds, // the balance
})}

var jsapi3 = endpoint{what: "order for a page", path: "/jsapi", codes: joinTables(native3.codes, codeMap{
	"OPENID_MISMATCH": denied,
})}

// The refusals of codepay are not published as a whole, so every one of them is "not known": a query finds out, and the
// order is reversed if it is still open then.
var codepay3 = endpoint{what: "charge the code", path: "/codepay", once: true, names: true}

var query3 = endpoint{what: "query the order", names: true, codes: joinTables(configErrors3, retryable3, codeMap{
	"ORDER_NOT_EXIST": missing, // or the query came before the order was written there
})}

var close3 = endpoint{what: "close the order", codes: joinTables(configErrors3, retryable3, codeMap{
	"ORDER_PAID":        paid, // too late to close: the money is there
	"ORDER_CLOSED":      gone,
	"ORDER_NOT_EXIST":   missing,
	"TRADE_ERROR":       denied, // not now; a later call may succeed
	"TRADE_STATE_ERROR": denied,
	"RULE_LIMIT":        denied,
})}

// The papers do not say how reverse answers to a number that never existed, so that stays unknown.
var reverse3 = endpoint{what: "reverse the charge", names: true, codes: joinTables(configErrors3, retryable3, codeMap{
	"USER_PAYING":     denied, // not while the password is asked for
	"REVERSE_EXPIRE":  denied, // after seven days only a refund gives money back
	"TRADE_ERROR":     denied,
	"RULE_LIMIT":      denied,
	"INVALID_REQUEST": denied,
})}

var refund3 = endpoint{what: "refund the order", codes: joinTables(configErrors3, retryable3, codeMap{
	"INVALID_REQ_TOO_MUCH":  again,                                  // a minute must lie between two tries of one order
	"NOT_ENOUGH":            refundFunds,                            // the merchant's balance
	"USER_ACCOUNT_ABNORMAL": refundImpossible,                       // the payer's account is closed
	"ACCOUNT_ERROR":         {sale.OutcomeDenied, sale.CauseConfig}, // the merchant's own account
	"TRADE_OVERDUE":         refundImpossible,                       // older than a year
	"RULE_LIMIT":            refundUnfit,                            // another refund number may have taken the money
	"ORDER_NOT_EXIST":       missing,
	"RESOURCE_NOT_EXISTS":   missing, // no such payment
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
	"CLOSED":     sale.RefundClosed, // the number is dead: only another one can bring the money back
	"PROCESSING": sale.RefundPending,
	"ABNORMAL":   sale.RefundAbnormal, // the payer's card is dead or frozen: a person must act
}

// normalizeCode is a word without its underscores.
func normalizeCode(word string) string { return strings.ReplaceAll(word, "_", "") }

// lookUp looks a word up, however it is spelt; told is how we spell it.
func lookUp[V any](table map[string]V, word string) (told string, means V) {
	for told, means := range table {
		if normalizeCode(told) == normalizeCode(word) {
			return told, means
		}
	}
	return word, means
}

// readRefusal reads a verified refusal. A word that decides nothing is an error, but a gateway in trouble (HTTP 429, 5xx)
// asks for the same call again whatever its word is.
func (e endpoint) readRefusal(r reply, o sale.Order) (sale.Answer, error) {
	in, err := readObject(r.body)
	if err = cmp.Or(err, in.verifyFor(o, false)); err != nil {
		return sale.Answer{}, err
	}
	word := in.text("code")
	told, means := lookUp(e.codes, word)
	busy := r.status == http.StatusTooManyRequests || r.status >= http.StatusInternalServerError
	switch {
	case word == "" || e.once || in.text("trade_state") != "": // a refusal that gives a state contradicts itself
	case means != undecided:
		return means.narrow(string(r.body)).toAnswer(told, r.date), nil
	case busy && sanitizeWord(word) == word:
		return sale.Answer{Outcome: sale.OutcomeAgain, Code: word, Date: r.date}, nil
	}
	told, _ = lookUp(configErrors3, told)
	return sale.Answer{}, e.suspect(told, configErrors3, fmt.Errorf("read the answer: %s (HTTP status %d) decides nothing", sanitizeWord(word), r.status))
}

// unsignedHints name the setting to look at for a refusal that may be signed or not.
var unsignedHints = map[string]string{
	"SIGN_ERROR":            "check the clock, pay.cert_file and pay.cert_key_file",
	"NO_AUTH":               "check the merchant's rights to this product",
	"PARAM_ERROR":           "check pay.appid, pay.mchid and pay.notify_url",
	"APPID_MCHID_NOT_MATCH": "check that pay.appid is bound to pay.mchid",
	"MCH_NOT_EXISTS":        "check pay.mchid",
	"RESOURCE_NOT_EXISTS":   "if the merchant has a public key of WeChat Pay's: check pay.wechatpay_public_key_id and its file",
}

// refusalHint describes a refusal that is not believed: its status, its word if that looks like one, and the setting to
// look at. Nothing else of it is repeated.
func refusalHint(r reply) string {
	text := fmt.Sprintf("HTTP status %d", r.status)
	in, err := readObject(r.body)
	word := in.text("code")
	if err != nil || sanitizeWord(word) != word {
		return text
	}
	text += " " + word
	if _, look := lookUp(unsignedHints, word); look != "" {
		text += ": " + look
	}
	return text
}
