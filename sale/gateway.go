package sale

import "time"

// Outcome is what the gateway surely said, in our words.
type Outcome string

const (
	OutcomeAccepted Outcome = "accepted" // the call was taken; for a cancel or a refund no more than that
	OutcomePaid     Outcome = "paid"     // trade_state SUCCESS
	OutcomeUnpaid   Outcome = "unpaid"   // NOTPAY
	OutcomePaying   Outcome = "paying"   // USERPAYING, ACCEPT: the customer is asked for the password
	OutcomeFailed   Outcome = "failed"   // PAYERROR
	OutcomeGone     Outcome = "gone"     // CLOSED, REVOKED: the latter with CauseReversed
	OutcomeMissing  Outcome = "missing"  // ORDERNOTEXIST: may be lag
	OutcomeReturned Outcome = "returned" // REFUND: all or part of it went back, or is on its way
	OutcomeDenied   Outcome = "denied"   // a final refusal of this call: Cause says why
	OutcomeAgain    Outcome = "again"    // signed, nothing decided: the same call again, later
	OutcomeFaulty   Outcome = "faulty"   // signed: our configuration is wrong (signature, ids, permission)
)

// Cause is why the gateway refused, or what became of the money, in our words: the gateway's own codes stay in pay.
type Cause string

const (
	CauseNone             Cause = ""                  // the outcome says it all, or the reason needs no word of its own
	CauseCodeExpired      Cause = "code-expired"      // the payment code is too old, or was never good
	CausePayerFunds       Cause = "payer-funds"       // the customer's balance or card will not do
	CauseConfig           Cause = "config"            // the merchant's account, permission or our configuration
	CauseReversed         Cause = "reversed"          // a reverse gave the money back
	CauseRefundFunds      Cause = "refund-funds"      // the merchant's balance does not cover the refund
	CauseRefundImpossible Cause = "refund-impossible" // too old, or the payer's account is gone: a person must pay
	CauseRuleLimit        Cause = "rule-limit"        // the request does not fit what the gateway has: another refund number took the money
	CauseExpiry           Cause = "expiry"            // the order's expiry is too near for the gateway: a later one may be taken
	CauseGatewayError     Cause = "gateway-error"     // the gateway failed for this call; a second time a person must look
)

// Answer is one verified answer of the gateway.
type Answer struct {
	Outcome Outcome
	Code    string // the gateway's own word, a trade_state or err_code, for the book: nothing is decided by it
	Cause   Cause  // why, if the outcome alone does not say
	CodeURL string // what the QR code holds
	Money   Money
	// What has gone back, if Query was asked for it.
	Returned Fen    // the sum of all refunds that are done
	Pending  bool   // some refund of the order is under way
	Refund   string // what became of o.RefundNo: "", RefundPending, RefundDone, RefundClosed, RefundAbnormal
	Date     time.Time
}

// UnknownWord is a state that the gateway surely gave and nobody here knows. An error that wraps it means "not known" as
// every error does; the word itself reaches a person.
type UnknownWord string

func (w UnknownWord) Error() string { return string(w) }

// What became of our own refund number.
const (
	RefundPending  = "pending"
	RefundDone     = "done"
	RefundClosed   = "closed"
	RefundAbnormal = "abnormal" // card dead or frozen: a person must act
)
