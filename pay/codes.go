package pay

import (
	"maps"

	"kiosk/sale"
)

// says maps the gateway's words to ours. A word that maps to unknown is documented but decides nothing.
type says map[string]sale.Says

const unknown sale.Says = ""

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
	"SIGNERROR":             sale.SaysFaulty,
	"XML_FORMAT_ERROR":      sale.SaysFaulty,
	"REQUIRE_POST_METHOD":   sale.SaysFaulty,
	"POST_DATA_EMPTY":       sale.SaysFaulty,
	"NOT_UTF8":              sale.SaysFaulty,
	"LACK_PARAMS":           sale.SaysFaulty,
	"PARAM_ERROR":           sale.SaysFaulty,
	"APPID_NOT_EXIST":       sale.SaysFaulty,
	"MCHID_NOT_EXIST":       sale.SaysFaulty,
	"APPID_MCHID_NOT_MATCH": sale.SaysFaulty,
	"NOAUTH":                sale.SaysFaulty,
	"INVALID_REQUEST":       unknown,
}

// later are the refusals that ask for the same call again. A charge is not among their readers.
var later = says{
	"SYSTEMERROR":       sale.SaysAgain,
	"BIZERR_NEED_RETRY": sale.SaysAgain,
	"FREQUENCY_LIMITED": sale.SaysAgain,
}

func join(tables ...says) says {
	all := says{}
	for _, t := range tables {
		maps.Copy(all, t)
	}
	return all
}

var unifiedorder = endpoint{what: "ask for a code", path: "/pay/unifiedorder", codes: join(misset, later, says{
	"OUT_TRADE_NO_USED": sale.SaysDenied,
	"ORDERPAID":         sale.SaysDenied, // not by this ask: the number is not ours to use
	"ORDERCLOSED":       sale.SaysDenied,
	"NOTENOUGH":         sale.SaysDenied,
})}

var micropay = endpoint{what: "charge the code", path: "/pay/micropay", once: true, codes: join(misset, says{
	"SYSTEMERROR":       unknown,
	"BANKERROR":         unknown,
	"TRADE_ERROR":       unknown, // seen as a final failure and as an open password prompt
	"BIZERR_NEED_RETRY": unknown,
	"FREQUENCY_LIMITED": unknown,
	"USERPAYING":        sale.SaysPaying,
	"ORDERPAID":         sale.SaysDenied,
	"OUT_TRADE_NO_USED": sale.SaysDenied,
	"ORDERCLOSED":       sale.SaysDenied,
	"ORDERREVERSED":     sale.SaysDenied,
	"AUTHCODEEXPIRE":    sale.SaysDenied,
	"AUTH_CODE_ERROR":   sale.SaysDenied,
	"AUTH_CODE_INVALID": sale.SaysDenied,
	"NOTENOUGH":         sale.SaysDenied,
	"NOTSUPPORTCARD":    sale.SaysDenied,
	"BUYER_MISMATCH":    sale.SaysDenied,
})}

var orderquery = endpoint{what: "query the order", path: "/pay/orderquery", codes: join(misset, later, says{
	"ORDERNOTEXIST": sale.SaysMissing,
})}

var closeorder = endpoint{what: "close the order", path: "/pay/closeorder", codes: join(misset, later, says{
	"ORDERPAID":         sale.SaysPaid,
	"ORDERCLOSED":       sale.SaysGone,
	"ORDERNOTEXIST":     sale.SaysMissing,
	"TRADE_STATE_ERROR": sale.SaysDenied,
})}

// What reverse says of a number that never existed is not documented, so it stays unknown.
var reverse = endpoint{what: "reverse the charge", path: "/secapi/pay/reverse", cert: true, codes: join(misset, later, says{
	"USERPAYING":            sale.SaysDenied,
	"REVERSE_EXPIRE":        sale.SaysDenied,
	"INVALID_TRANSACTIONID": sale.SaysFaulty,
	"INVALID_REQUEST":       sale.SaysDenied,
	"TRADE_ERROR":           sale.SaysDenied,
})}

var refund = endpoint{what: "refund the order", path: "/secapi/pay/refund", cert: true, codes: join(misset, later, says{
	"INVALID_REQ_TOO_MUCH":  sale.SaysAgain,
	"TRADE_OVERDUE":         sale.SaysDenied,
	"ERROR":                 sale.SaysDenied,
	"USER_ACCOUNT_ABNORMAL": sale.SaysDenied,
	"NOTENOUGH":             sale.SaysDenied,
	"ORDERNOTEXIST":         sale.SaysMissing,
	"INVALID_TRANSACTIONID": sale.SaysFaulty,
	"INVALID_REQUEST":       sale.SaysDenied, // kept, told once, and asked again every hour
})}

var refundquery = endpoint{what: "query the refunds", path: "/pay/refundquery", codes: join(misset, later, says{
	noRefund:                sale.SaysMissing,
	"INVALID_TRANSACTIONID": sale.SaysFaulty,
})}

// noRefund is refundquery's word for an order of which nothing went back.
const noRefund = "REFUNDNOTEXIST"

// tradeStates are orderquery's words.
var tradeStates = says{
	"SUCCESS":    sale.SaysPaid,
	"REFUND":     sale.SaysReturned,
	"NOTPAY":     sale.SaysUnpaid,
	"CLOSED":     sale.SaysGone,
	"REVOKED":    sale.SaysGone,
	"USERPAYING": sale.SaysPaying,
	"ACCEPT":     sale.SaysPaying,
	"PAYERROR":   sale.SaysFailed,
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
