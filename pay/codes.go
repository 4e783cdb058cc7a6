package pay

import (
	"maps"

	"kiosk/sale"
)

// says maps the gateway's words to ours. A word that maps to unknown is documented but decides nothing.
type says map[string]sale.Outcome

const unknown sale.Outcome = ""

// endpoint is one call of the gateway and what its refusals mean.
type endpoint struct {
	what  string // the verb phrase of its errors
	path  string
	cert  bool // asked with the merchant's certificate
	once  bool // money may move twice if it is sent twice
	codes says
}

// misset are the refusals that only a person can cure: our ids, key, rights or requests are wrong.
var misset = says{
	"SIGNERROR":             sale.OutcomeFaulty,
	"XML_FORMAT_ERROR":      sale.OutcomeFaulty,
	"REQUIRE_POST_METHOD":   sale.OutcomeFaulty,
	"POST_DATA_EMPTY":       sale.OutcomeFaulty,
	"NOT_UTF8":              sale.OutcomeFaulty,
	"LACK_PARAMS":           sale.OutcomeFaulty,
	"PARAM_ERROR":           sale.OutcomeFaulty,
	"APPID_NOT_EXIST":       sale.OutcomeFaulty,
	"MCHID_NOT_EXIST":       sale.OutcomeFaulty,
	"APPID_MCHID_NOT_MATCH": sale.OutcomeFaulty,
	"NOAUTH":                sale.OutcomeFaulty,
	"INVALID_REQUEST":       unknown,
}

// later are the refusals that ask for the same call again. A charge is not among their readers.
var later = says{
	"SYSTEMERROR":       sale.OutcomeAgain,
	"BIZERR_NEED_RETRY": sale.OutcomeAgain,
	"FREQUENCY_LIMITED": sale.OutcomeAgain,
}

func join(tables ...says) says {
	all := says{}
	for _, t := range tables {
		maps.Copy(all, t)
	}
	return all
}

var unifiedorder = endpoint{what: "ask for a code", path: "/pay/unifiedorder", codes: join(misset, later, says{
	"OUT_TRADE_NO_USED": sale.OutcomeDenied,
	"ORDERPAID":         sale.OutcomeDenied, // not by this ask: the number is not ours to use
	"ORDERCLOSED":       sale.OutcomeDenied,
	"NOTENOUGH":         sale.OutcomeDenied,
})}

var micropay = endpoint{what: "charge the code", path: "/pay/micropay", once: true, codes: join(misset, says{
	"SYSTEMERROR":       unknown,
	"BANKERROR":         unknown,
	"TRADE_ERROR":       unknown, // seen as a final failure and as an open password prompt
	"BIZERR_NEED_RETRY": unknown,
	"FREQUENCY_LIMITED": unknown,
	"USERPAYING":        sale.OutcomePaying,
	"ORDERPAID":         sale.OutcomeDenied,
	"OUT_TRADE_NO_USED": sale.OutcomeDenied,
	"ORDERCLOSED":       sale.OutcomeDenied,
	"ORDERREVERSED":     sale.OutcomeDenied,
	"AUTHCODEEXPIRE":    sale.OutcomeDenied,
	"AUTH_CODE_ERROR":   sale.OutcomeDenied,
	"AUTH_CODE_INVALID": sale.OutcomeDenied,
	"NOTENOUGH":         sale.OutcomeDenied,
	"NOTSUPPORTCARD":    sale.OutcomeDenied,
	"BUYER_MISMATCH":    sale.OutcomeDenied,
})}

var orderquery = endpoint{what: "query the order", path: "/pay/orderquery", codes: join(misset, later, says{
	"ORDERNOTEXIST": sale.OutcomeMissing,
})}

var closeorder = endpoint{what: "close the order", path: "/pay/closeorder", codes: join(misset, later, says{
	"ORDERPAID":         sale.OutcomePaid,
	"ORDERCLOSED":       sale.OutcomeGone,
	"ORDERNOTEXIST":     sale.OutcomeMissing,
	"TRADE_STATE_ERROR": sale.OutcomeDenied,
})}

// What reverse says of a number that never existed is not documented, so it stays unknown.
var reverse = endpoint{what: "reverse the charge", path: "/secapi/pay/reverse", cert: true, codes: join(misset, later, says{
	"USERPAYING":            sale.OutcomeDenied,
	"REVERSE_EXPIRE":        sale.OutcomeDenied,
	"INVALID_TRANSACTIONID": sale.OutcomeFaulty,
	"INVALID_REQUEST":       sale.OutcomeDenied,
	"TRADE_ERROR":           sale.OutcomeDenied,
})}

var refund = endpoint{what: "refund the order", path: "/secapi/pay/refund", cert: true, codes: join(misset, later, says{
	"INVALID_REQ_TOO_MUCH":  sale.OutcomeAgain,
	"TRADE_OVERDUE":         sale.OutcomeDenied,
	"ERROR":                 sale.OutcomeDenied,
	"USER_ACCOUNT_ABNORMAL": sale.OutcomeDenied,
	"NOTENOUGH":             sale.OutcomeDenied,
	"ORDERNOTEXIST":         sale.OutcomeMissing,
	"INVALID_TRANSACTIONID": sale.OutcomeFaulty,
	"INVALID_REQUEST":       sale.OutcomeDenied, // kept, told once, and asked again every hour
})}

var refundquery = endpoint{what: "query the refunds", path: "/pay/refundquery", codes: join(misset, later, says{
	noRefund:                sale.OutcomeMissing,
	"INVALID_TRANSACTIONID": sale.OutcomeFaulty,
})}

// noRefund is refundquery's word for an order of which nothing went back.
const noRefund = "REFUNDNOTEXIST"

// tradeStates are orderquery's words.
var tradeStates = says{
	"SUCCESS":    sale.OutcomePaid,
	"REFUND":     sale.OutcomeReturned,
	"NOTPAY":     sale.OutcomeUnpaid,
	"CLOSED":     sale.OutcomeGone,
	"REVOKED":    sale.OutcomeGone,
	"USERPAYING": sale.OutcomePaying,
	"ACCEPT":     sale.OutcomePaying,
	"PAYERROR":   sale.OutcomeFailed,
}

// refundStates are refundquery's words.
var refundStates = map[string]string{
	"SUCCESS":     sale.RefundDone,
	"REFUNDCLOSE": sale.RefundClosed,
	"FAIL":        sale.RefundClosed,
	"PROCESSING":  sale.RefundPending,
	"CHANGE":      sale.RefundAbnormal,
}

// known are the texts of unsigned refusals that say what to look at. Others are not repeated.
var known = map[string]string{
	"签名错误":         "the gateway refuses the signature: check pay.key_file and pay.sign_type",
	"system error": "the gateway refuses the call with a system error: check pay.mchid",
}
