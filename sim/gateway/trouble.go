package gateway

import "time"

// Call is one request as the log and a script see it: never a code, a key or a body.
type Call struct {
	At   time.Time `json:"at"`
	Host string    `json:"host,omitempty"` // lets a script lose one of two domains
	API  string    `json:"api,omitempty"`  // v2 or v3
	// Endpoint is the call by v2's names: unifiedorder (v3's native and jsapi), micropay (codepay), orderquery, closeorder, reverse,
	// refund, refundquery, downloadbill (tradebill), downloadfundflow, fundflowbill (the same in v3), billfile, certificates, report;
	// notice and refundnotice are what the gateway posts.
	Endpoint string `json:"endpoint"`
	No       string `json:"out_trade_no,omitempty"`
	RefundNo string `json:"out_refund_no,omitempty"`
	Paid     string `json:"transaction_id,omitempty"` // of a notice of a second payment: which one
	Fen      int64  `json:"fen,omitempty"`            // total_fee, or refund_fee of a refund
	Nth      int    `json:"nth"`                      // the how-manieth of this endpoint for this number in this life, from 1
	Outcome  string `json:"outcome"`                  // in the log only: the err_code or state answered, or how it was lost
}

// Trouble is what befalls one call. Fields combine; zero is no trouble.
type Trouble struct {
	Lose   string        // "request": refused before anything was read; "answer": carried out, connection cut; "hang": neither, until the caller gives up
	Delay  time.Duration // the request arrives so much later, and arrives even if the caller has gone
	Late   time.Duration // the answer leaves so much later
	Slow   time.Duration // a pause in the middle of the body
	Cut    bool          // the body breaks off in the middle
	Status int           // this HTTP status with an HTML page instead of an answer; v3 with Code or below 500: with a JSON body
	Code   string        // this err_code, signed: SYSTEMERROR, FREQUENCY_LIMITED, NOTENOUGH, FOO_BAR …
	After  bool          // Status and Code come after the call was carried out, instead of before
	Recall bool          // a reverse answers recall=Y; undone unless After
	Forge  string        // one of Forgeries or, in v3, of V3Forgeries; for a notice of NoticeForgeries
	State  string        // an orderquery answers this trade_state
	Lag    time.Duration // an orderquery shows what was true so long ago
	Hide   time.Duration // a new order is not found by queries for so long
	// Then is what comes about by itself. unifiedorder: pay (somebody pays, even before the answer has left); micropay: pay, ask or
	// fail; refund: SUCCESS, CHANGE, REFUNDCLOSE, NOTSURE until it is sent again, or PROCESSING for ever.
	Then string
	In   time.Duration // after which Then comes about

	SignBy   string // v3: old, new or public-key signs, whatever the mode
	Unsigned bool   // v3: the answer carries no signature
	Twice    string // a notice is posted twice: "after" one another or "together"
}

// Forgeries are the ways an answer can be false. All but the last group claim that an
// open order has been paid; the last group is genuinely signed and true but not ours.
var Forgeries = []string{
	"no-sign", "wrong-sign", "other-key", "altered", "duplicate", "nested", "attribute", "doctype", "downgrade",
	"return-fail", "no-result", "empty", "garbage", "huge",
	"other-appid", "other-mchid", "other-number", "other-amount", "other-currency", "no-amount",
}
