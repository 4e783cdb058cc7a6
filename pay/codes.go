package pay

import (
	"maps"

	"kiosk/sale"
)

// codeMap maps the gateway's words to ours. A word that is undecided is documented but decides nothing.
type codeMap map[string]meaning

// meaning is what one word of the gateway says in ours.
type meaning struct {
	outcome sale.Outcome
	cause   sale.Cause
}

const unknown sale.Outcome = ""

// The meanings that most words have.
var (
	undecided = meaning{}
	again     = meaning{outcome: sale.OutcomeAgain}
	denied    = meaning{outcome: sale.OutcomeDenied}
	faulty    = meaning{sale.OutcomeFaulty, sale.CauseConfig}
	gone      = meaning{outcome: sale.OutcomeGone}
	missing   = meaning{outcome: sale.OutcomeMissing}
	paid      = meaning{outcome: sale.OutcomePaid}
	paying    = meaning{outcome: sale.OutcomePaying}

	badCode    = meaning{sale.OutcomeDenied, sale.CauseCodeExpired}
	payerFunds = meaning{sale.OutcomeDenied, sale.CausePayerFunds}
)

// The meanings of a refused refund. A person must look at those that asking again does not cure.
var (
	refundFunds      = meaning{sale.OutcomeDenied, sale.CauseRefundFunds}
	refundImpossible = meaning{sale.OutcomeDenied, sale.CauseRefundImpossible}
	refundUnfit      = meaning{sale.OutcomeDenied, sale.CauseRuleLimit}
)

// endpoint is one call of the gateway and what its refusals mean.
type endpoint struct {
	what  string // the verb phrase of its errors
	path  string
	cert  bool  // asked with the merchant's certificate
	once  bool  // money may move twice if it is sent twice
	most  int64 // bytes of its answer; 0 means 64 KiB
	codes codeMap
}

// configErrors are the refusals that only a person can cure: our ids, key, rights or requests are wrong.
var configErrors = codeMap{
	"SIGNERROR":             faulty,
	"XML_FORMAT_ERROR":      faulty,
	"REQUIRE_POST_METHOD":   faulty,
	"POST_DATA_EMPTY":       faulty,
	"NOT_UTF8":              faulty,
	"LACK_PARAMS":           faulty,
	"PARAM_ERROR":           faulty,
	"APPID_NOT_EXIST":       faulty,
	"MCHID_NOT_EXIST":       faulty,
	"APPID_MCHID_NOT_MATCH": faulty,
	"NOAUTH":                faulty,
	"INVALID_REQUEST":       undecided,
}

// retryable are the refusals that ask for the same call again. A charge is not among their readers.
var retryable = codeMap{
	"SYSTEMERROR":       again,
	"BIZERR_NEED_RETRY": again,
	"FREQUENCY_LIMITED": again,
}

func joinTables(tables ...codeMap) codeMap {
	all := codeMap{}
	for _, t := range tables {
		maps.Copy(all, t)
	}
	return all
}

var unifiedorder = endpoint{what: "ask for a code", path: "/pay/unifiedorder", codes: joinTables(configErrors, retryable, codeMap{
	"OUT_TRADE_NO_USED": denied,
	"ORDERPAID":         denied, // not by this ask: the number is not ours to use
	"ORDERCLOSED":       denied,
	"NOTENOUGH":         payerFunds,
})}

var micropay = endpoint{what: "charge the code", path: "/pay/micropay", once: true, codes: joinTables(configErrors, codeMap{
	"SYSTEMERROR":       undecided,
	"BANKERROR":         undecided,
	"TRADE_ERROR":       undecided, // seen as a final failure and as an open password prompt
	"BIZERR_NEED_RETRY": undecided,
	"FREQUENCY_LIMITED": undecided,
	"USERPAYING":        paying,
	"ORDERPAID":         denied,
	"OUT_TRADE_NO_USED": denied,
	"ORDERCLOSED":       denied,
	"ORDERREVERSED":     denied,
	"AUTHCODEEXPIRE":    badCode,
	"AUTH_CODE_ERROR":   badCode,
	"AUTH_CODE_INVALID": badCode,
	"NOTENOUGH":         payerFunds,
	"NOTSUPPORTCARD":    payerFunds,
	"BUYER_MISMATCH":    denied,
})}

var orderquery = endpoint{what: "query the order", path: "/pay/orderquery", codes: joinTables(configErrors, retryable, codeMap{
	"ORDERNOTEXIST": missing,
})}

var closeorder = endpoint{what: "close the order", path: "/pay/closeorder", codes: joinTables(configErrors, retryable, codeMap{
	"ORDERPAID":         paid,
	"ORDERCLOSED":       gone,
	"ORDERNOTEXIST":     missing,
	"TRADE_STATE_ERROR": denied,
})}

// What reverse says of a number that never existed is not documented, so it stays unknown.
var reverse = endpoint{what: "reverse the charge", path: "/secapi/pay/reverse", cert: true, codes: joinTables(configErrors, retryable, codeMap{
	"USERPAYING":            denied,
	"REVERSE_EXPIRE":        denied,
	"INVALID_TRANSACTIONID": faulty,
	"INVALID_REQUEST":       denied,
	"TRADE_ERROR":           denied,
})}

var refund = endpoint{what: "refund the order", path: "/secapi/pay/refund", cert: true, codes: joinTables(configErrors, retryable, codeMap{
	"INVALID_REQ_TOO_MUCH":  again,
	"TRADE_OVERDUE":         refundImpossible,
	"ERROR":                 {sale.OutcomeDenied, sale.CauseGatewayError},
	"USER_ACCOUNT_ABNORMAL": refundImpossible,
	"NOTENOUGH":             refundFunds,
	"ORDERNOTEXIST":         missing,
	"INVALID_TRANSACTIONID": faulty,
	"INVALID_REQUEST":       refundUnfit, // kept, told once, and asked again every hour
})}

var refundquery = endpoint{what: "query the refunds", path: "/pay/refundquery", codes: joinTables(configErrors, retryable, codeMap{
	noRefund:                missing,
	"INVALID_TRANSACTIONID": faulty,
})}

// noRefund is refundquery's word for an order of which nothing went back.
const noRefund = "REFUNDNOTEXIST"

// tradeStates are orderquery's words.
var tradeStates = codeMap{
	"SUCCESS":    paid,
	"REFUND":     {outcome: sale.OutcomeReturned},
	"NOTPAY":     {outcome: sale.OutcomeUnpaid},
	"CLOSED":     gone,
	"REVOKED":    {sale.OutcomeGone, sale.CauseReversed},
	"USERPAYING": paying,
	"ACCEPT":     paying,
	"PAYERROR":   {outcome: sale.OutcomeFailed},
}

// refundStates are refundquery's words.
var refundStates = map[string]string{
	"SUCCESS":     sale.RefundDone,
	"REFUNDCLOSE": sale.RefundClosed,
	"FAIL":        sale.RefundClosed,
	"PROCESSING":  sale.RefundPending,
	"CHANGE":      sale.RefundAbnormal,
}

// unsignedTexts are the texts of unsigned refusals that say what to look at. Others are not repeated.
var unsignedTexts = map[string]string{
	"签名错误":         "the gateway refuses the signature: check pay.key_file and pay.sign_type",
	"system error": "the gateway refuses the call with a system error: check pay.mchid",
}
