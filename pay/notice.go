package pay

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"kiosk/sale"
)

// Notices reads the gateway's notices of payments and refunds. A notice that comes out is verified and ours, and still it
// moves no order: it only makes the next query come sooner. So a forged one that got through would cost one query.
type Notices struct {
	Payee    sale.Merchant // the merchant here; a notice for another one is refused, unless its order was born under that one
	Key      string        // the APIv2 key
	APIv3Key string        // the APIv3 key, 32 bytes; "" refuses every v3 notice
	// Verify holds a v3 signature against the platform key of that serial.
	Verify func(ctx context.Context, serial, signature string, message []byte) error
	// Order looks a number up in the book.
	Order func(ctx context.Context, no sale.No) (sale.Order, bool, error)
	Now   func() time.Time // nil means time.Now

	counts [checkCount]atomic.Int64
}

// ErrNotYet: the notice is genuine, but the book does not know its order, or not yet. The gateway is to send it
// again. The notice comes along with this error, so that a stranger's payment can be asked after.
var ErrNotYet = errors.New("its order is not in the book, or not yet")

// findOrder looks an order up. A number that no gateway would send is not looked up at all.
func (n *Notices) findOrder(ctx context.Context, no string) (sale.Order, bool, error) {
	if !looksLikeNumber(no) {
		return sale.Order{}, false, n.refuse(checkNumber, "its order number is none")
	}
	o, ok, err := n.Order(ctx, sale.No(no))
	if err != nil {
		return sale.Order{}, false, n.refuseWith(checkBook, errors.New("the book cannot be asked"))
	}
	return o, ok, nil
}

// payees are whom a notice may be for: the merchant here, and the one that its order in the book was born under. The latter's
// can be read as long as the number of the merchant has stayed, and with it the key.
func (n *Notices) payees(o sale.Order, known bool) []sale.Merchant {
	if known {
		return []sale.Merchant{n.Payee, o.Merchant}
	}
	return []sale.Merchant{n.Payee}
}

// looksLikeNumber allows the characters of an out_trade_no, so that no stranger's text reaches the book.
func looksLikeNumber(no string) bool {
	return len(no) >= 6 && len(no) <= 32 && !strings.ContainsFunc(no, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && !strings.ContainsRune("_-|*@", c)
	})
}

// finish ends a notice that passed all checks, the last perhaps excepted: that its order is in the book. It
// counts how a payment that is surely the gateway's differs from the order.
func (n *Notices) finish(o sale.Order, inBook bool, got sale.Notice) (sale.Notice, error) {
	if !inBook {
		return got, n.refuseWith(checkUnknown, ErrNotYet)
	}
	sum := cmp.Or(o.Money.Fen, o.Fen)
	if got.Kind == sale.NoticePaid && got.Fen != sum || got.Fen > sum {
		n.counts[oddAmount].Add(1)
	}
	if got.Currency != "CNY" {
		n.counts[oddCurrency].Add(1)
	}
	if o.Money.Transaction != "" && got.Transaction != o.Money.Transaction {
		n.counts[oddTransaction].Add(1)
	}
	n.counts[checkGood].Add(1)
	return got, nil
}

func (n *Notices) now() time.Time { return readClock(n.Now) }

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
