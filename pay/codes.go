package pay

import (
	"maps"

	"kiosk/sale"
)

// codeMap maps the gateway's words to ours. A word that is missing here is an error, as one that is undecided: a wrong
// guess would cost somebody money, and not knowing costs one more query.
type codeMap map[string]meaning

// meaning is one word of the gateway in ours.
type meaning struct {
	outcome sale.Outcome
	cause   sale.Cause
}

const unknown sale.Outcome = ""

// The meanings that most words have. An undecided word is documented, and says too little to move an order.
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

// The meanings of a refused refund. Asking again cures the first, if the merchant tops up; a person must act on the
// second; the third is a person's business once the order is seen to be refunded.
var (
	refundFunds      = meaning{sale.OutcomeDenied, sale.CauseRefundFunds}
	refundImpossible = meaning{sale.OutcomeDenied, sale.CauseRefundImpossible}
	refundUnfit      = meaning{sale.OutcomeDenied, sale.CauseRuleLimit}
)

// endpoint is one call of the gateway and what its refusals mean. The same word may mean another thing to another call,
// so each call has a table of its own.
type endpoint struct {
	what  string // the verb phrase of its errors
	path  string // its own part of it, under API v3
	cert  bool   // asked with the merchant's certificate
	once  bool   // money may move twice if it is sent twice
	most  int64  // bytes of its answer; 0 means 64 KiB
	names bool   // its answer names the order if the call was taken, and under API v3 the merchant
	ask   bool   // nothing is paid by it, and no customer has a part in it: its refusal is one though it lacks the merchant's ids
	codes codeMap
}

// configErrors are the refusals that only a person can cure: our ids, key, rights or requests are wrong.
var configErrors = codeMap{
	"SIGNERROR":             faulty, // the key or the sign type is not the merchant platform's
	"XML_FORMAT_ERROR":      faulty,
	"REQUIRE_POST_METHOD":   faulty,
	"POST_DATA_EMPTY":       faulty,
	"NOT_UTF8":              faulty,
	"LACK_PARAMS":           faulty,    // our request is incomplete: a bug, or an empty setting
	"PARAM_ERROR":           faulty,    // a value is of the wrong shape, often notify_url
	"APPID_NOT_EXIST":       faulty,    // pay.appid
	"MCHID_NOT_EXIST":       faulty,    // pay.mchid
	"APPID_MCHID_NOT_MATCH": faulty,    // the two are not bound on the merchant platform
	"NOAUTH":                faulty,    // the merchant has no right to this product
	"INVALID_REQUEST":       undecided, // a doubled number, a wrong setting or a state: it does not say which
}

// retryable are the refusals that ask for the same call again. A charge does not use them: it must never be repeated.
var retryable = codeMap{
	"SYSTEMERROR":       again, // timed out inside the gateway: what it did is not known
	"BIZERR_NEED_RETRY": again, // half done there: the same number must be sent again
	"FREQUENCY_LIMITED": again, // too many calls about one order
}

func joinTables(tables ...codeMap) codeMap {
	all := codeMap{}
	for _, t := range tables {
		maps.Copy(all, t)
	}
	return all
}

var unifiedorder = endpoint{what: "ask for a code", path: "/pay/unifiedorder", ask: true, codes: joinTables(configErrors, retryable, codeMap{
	"OUT_TRADE_NO_USED": denied, // the number was used with other fields
	"ORDERPAID":         denied, // not by this ask: the number is not ours to use
	"ORDERCLOSED":       denied, // a closed number cannot be opened again
	"NOTENOUGH":         payerFunds,
})}

// A charge that may have gone through is never called refused: the customer would pay again.
var micropay = endpoint{what: "charge the code", path: "/pay/micropay", once: true, names: true, codes: joinTables(configErrors, codeMap{
	"SYSTEMERROR":       undecided, // the customer may have paid all the same: only a query knows
	"BANKERROR":         undecided, // the same, at the bank
	"TRADE_ERROR":       undecided, // seen as a final failure and as an open password prompt
	"BIZERR_NEED_RETRY": undecided, // retried nowhere: a second charge could take the money twice
	"FREQUENCY_LIMITED": undecided,
	"USERPAYING":        paying, // the password is asked for on the phone
	"ORDERPAID":         denied,
	"OUT_TRADE_NO_USED": denied,
	"ORDERCLOSED":       denied,
	"ORDERREVERSED":     denied,     // taken back before; the number is used up
	"AUTHCODEEXPIRE":    badCode,    // a payment code lives for a minute
	"AUTH_CODE_ERROR":   badCode,    // it was misread
	"AUTH_CODE_INVALID": badCode,    // a code of another app's
	"NOTENOUGH":         payerFunds, // the balance
	"NOTSUPPORTCARD":    payerFunds, // the card is not taken here
	"BUYER_MISMATCH":    denied,     // two payers under one number
})}

var orderquery = endpoint{what: "query the order", path: "/pay/orderquery", names: true, codes: joinTables(configErrors, retryable, codeMap{
	"ORDERNOTEXIST": missing, // or the query came before the order was written there
})}

// An acknowledged close proves nothing, and money may come all the same: a query has the last word.
var closeorder = endpoint{what: "close the order", path: "/pay/closeorder", codes: joinTables(configErrors, retryable, codeMap{
	"ORDERPAID":         paid, // too late to close: the money is there
	"ORDERCLOSED":       gone,
	"ORDERNOTEXIST":     missing,
	"TRADE_STATE_ERROR": denied, // not now; a later call may succeed
})}

// The papers do not say how reverse answers to a number that never existed, so that stays unknown.
var reverse = endpoint{what: "reverse the charge", path: "/secapi/pay/reverse", cert: true, codes: joinTables(configErrors, retryable, codeMap{
	"USERPAYING":            denied, // not while the password is asked for
	"REVERSE_EXPIRE":        denied, // after seven days only a refund gives money back
	"INVALID_TRANSACTIONID": faulty,
	"INVALID_REQUEST":       denied,
	"TRADE_ERROR":           denied,
})}

// An accepted refund is not done: only a query says that the money is back.
var refund = endpoint{what: "refund the order", path: "/secapi/pay/refund", cert: true, names: true, codes: joinTables(configErrors, retryable, codeMap{
	"INVALID_REQ_TOO_MUCH":  again,            // a minute must lie between two tries of one order
	"TRADE_OVERDUE":         refundImpossible, // older than a year
	"ERROR":                 {sale.OutcomeDenied, sale.CauseGatewayError},
	"USER_ACCOUNT_ABNORMAL": refundImpossible, // the payer's account is closed
	"NOTENOUGH":             refundFunds,      // the merchant's unsettled balance
	"ORDERNOTEXIST":         missing,
	"INVALID_TRANSACTIONID": faulty,
	"INVALID_REQUEST":       refundUnfit, // kept, told once, and asked again every hour
})}

var refundquery = endpoint{what: "query the refunds", path: "/pay/refundquery", names: true, codes: joinTables(configErrors, retryable, codeMap{
	noRefund:                missing,
	"INVALID_TRANSACTIONID": faulty,
})}

// noRefund is refundquery's word for an order of which nothing went back.
const noRefund = "REFUNDNOTEXIST"

// tradeStates are the states of a trade, the same words under both APIs.
var tradeStates = codeMap{
	"SUCCESS":    paid,
	"REFUND":     {outcome: sale.OutcomeReturned},
	"NOTPAY":     {outcome: sale.OutcomeUnpaid},          // not yet
	"CLOSED":     gone,                                   // closed by us, or expired
	"REVOKED":    {sale.OutcomeGone, sale.CauseReversed}, // reversed: a paid code order got its money back
	"USERPAYING": paying,                                 // at the password
	"ACCEPT":     paying,                                 // taken, and waiting for the deduction
	"PAYERROR":   {outcome: sale.OutcomeFailed},          // refused by the bank; the order may be paid in another way still
}

// notSure: the gateway lost sight of a refund, and asks for it again under the same number.
const notSure = ""

// refundStates are refundquery's words.
var refundStates = map[string]string{
	"SUCCESS":     sale.RefundDone,
	"REFUNDCLOSE": sale.RefundClosed, // the number is dead: only another one can bring the money back
	"FAIL":        sale.RefundClosed,
	"PROCESSING":  sale.RefundPending,
	"NOTSURE":     notSure,
	"CHANGE":      sale.RefundAbnormal, // the payer's card is dead or frozen: a person must send the money another way
}
