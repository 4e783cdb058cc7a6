package pay

import "errors"

// noticeCheck is one thing a notice may fail, and the name of its counter.
type noticeCheck int

const (
	checkGood     noticeCheck = iota
	checkShape                // no flat XML, no envelope, or too long
	checkReturn               // return_code is not SUCCESS
	checkNumber               // the order number is none
	checkBook                 // the book cannot be asked: our fault
	checkSignType             // signed a weaker way than the order
	checkSign
	checkIDs       // for another merchant
	checkUnknown   // the order is not in the book, or not yet
	checkResult    // v2: not a payment that succeeded
	checkFields    // a field is missing or malformed
	checkCipher    // sealed with another key, or altered
	checkPlain     // opened, but of no known shape
	checkRefund    // a v2 refund that differs from the book
	checkHeaders   // v3: the headers of its signature
	checkSkew      // v3: its time is not ours
	checkProbe     // v3: the gateway's own forgery
	checkEvent     // v3: not a payment and not a refund
	checkAlgorithm // v3: sealed another way
	checkKey       // v3: our key is no key
	checkMethod    // not posted
	checkFlood     // too many in one second
	checkSize      // longer than 64 KiB
	checkCut       // broke off
	checkFull      // too many wait for the book
	checkSlow      // not stored in time: it comes again
	checkBroke     // its reader panicked
	oddAmount      // not the sum of the order
	oddCurrency    // not CNY
	oddTransaction // not the payment that the book knows
	checkCount     // how many there are
)

// checkNames are the names of the counters, in the order of the checks. The last three refuse nothing: a
// signed notice of money that does not fit is true all the same, and the query decides about the order.
var checkNames = [checkCount]string{
	"good", "shape", "return_code", "number", "book", "sign_type", "signature", "ids", "unknown_order", "result",
	"fields", "cipher", "plaintext", "refund_unfit", "headers", "timestamp", "probe", "event", "algorithm", "key",
	"method", "flood", "size", "cut", "full", "slow", "broke",
	"amount_differs", "currency_differs", "transaction_differs",
}

// Counts returns how many notices were good and how many failed each check.
func (n *Notices) Counts() map[string]int {
	out := make(map[string]int, checkCount)
	for c, name := range checkNames {
		out[name] = int(n.counts[c].Load())
	}
	return out
}

// Refusal is a notice that is not believed. Its text holds nothing of the notice.
type Refusal struct {
	Check string // the counter's name
	Err   error
}

func (r *Refusal) Error() string { return "refuse the notice: " + r.Err.Error() }

func (r *Refusal) Unwrap() error { return r.Err }

// Refused is false for trouble of our own: the sender is not at fault then, and is to send the notice again.
func (r *Refusal) Refused() bool { return r.Check != checkNames[checkBook] }

func (n *Notices) refuse(c noticeCheck, text string) error { return n.refuseWith(c, errors.New(text)) }

func (n *Notices) refuseWith(c noticeCheck, err error) error {
	n.counts[c].Add(1)
	return &Refusal{checkNames[c], err}
}
