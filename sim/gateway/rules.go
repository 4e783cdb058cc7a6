package gateway

import "time"

// Rules are the gateway's habits. Zero fields mean what the real one is known or
// believed to do; a negative duration or count switches the habit off.
type Rules struct {
	RefundTakes time.Duration // from acceptance to money returned; 0: 2 s
	RefundGap   time.Duration // between two refunds of one order; 0: 60 s
	RefundLag   time.Duration // refundquery finds a refund only so much later; 0: at once
	RefundYears int           // age at which refunds are TRADE_OVERDUE; 0: 1
	OldRefunds  int           // refunds a minute of orders older than a month; 0: 5000

	QueryLag time.Duration // orderquery shows what was true so long ago; 0: no lag
	Queries  int           // orderqueries a second of one order; 0: 20, then FREQUENCY_LIMITED

	PasswordAbove int64 // code payments above so many fen ask for the password; 0: 500 yuan
	FreePerDay    int   // code payments of one customer in a Beijing day without the password; 0: 5
	RiskOneIn     int   // one code payment in so many asks for the password anyway; 0: none
	CouponOneIn   int   // one payment in so many uses a coupon; 0: 5

	CodeLives    time.Duration // age at which a payment code is AUTHCODEEXPIRE; 0: 60 s
	AutoRevoke   time.Duration // an unpaid code order is revoked by itself; 0: 45 s
	ReverseAfter time.Duration // first reverse after the charge; 0: 15 s
	CloseAfter   time.Duration // first close after the order; 0: 5 min
	NativeLives  time.Duration // an unpaid QR order is closed by itself; 0: 7 days
	QRLives      time.Duration // one code_url; 0: 2 h

	CloseEarly     string // err_code of a close that comes too early; "": TRADE_STATE_ERROR ("not yet": query, close later)
	OtherParams    string // err_code of a used number with other parameters; "": OUT_TRADE_NO_USED
	Cancelled      string // trade_state after the password was refused; "": PAYERROR
	ReverseMissing string // a reverse of an unknown number: err_code, or SUCCESS to revoke the number for good; "": ORDERNOTEXIST
	ReversedPaid   string // trade_state of a paid order after a reverse: REVOKED or REFUND; "": REVOKED

	KeepPayError    bool // a reverse of a failed order leaves PAYERROR to be seen
	WaitWhilePaying bool // no reverse at all while the password is being asked for
	PayAfterClose   bool // a phone that had scanned may still pay a closed order
	StrictExpiry    bool // time_expire under five minutes is refused, not raised to one
	SignErrorCode   bool // a wrong signature is told as a signed SIGNERROR, not as an unsigned return_code FAIL
	Plain           bool // answers always in the manual's own shape
	JSAPI           bool // the merchant has opened JSAPI: pages in WeChat may order, in v2 and v3

	Paying     int    // HTTP status of a v3 code payment that asks for the password; 0: 202
	BillFrom   string // time of day from which yesterday's bill is there; "": 09:00
	BillEarly  string // what is said before; "": Bill Creating (v3: STATEMENT_CREATING); the other is No Bill Exist
	NewBill    bool   // the bill has 27 columns instead of 24
	HashPacked bool   // v3: the bill's hash is that of the packed file
	SignType   string // sign_type in v2 notices: "always", "never"; "": by chance
}

// or is the rule's value: the default for zero, nothing for less.
func or[T ~int | ~int64](v, usual T) T {
	switch {
	case v == 0:
		return usual
	case v < 0:
		return 0
	}
	return v
}

// orWord is the same for a rule that is a word.
func orWord(v, usual string) string {
	if v == "" {
		return usual
	}
	return v
}
