package pay

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"kiosk/sale"
)

// Notices reads what the gateway posts to us. What comes out is verified and ours; it still only nudges.
type Notices struct {
	Payee    sale.Merchant // who is paid here; a notice for another is refused
	Key      string        // the APIv2 key
	APIv3Key string        // the APIv3 key, 32 bytes; "" refuses every v3 notice
	// Verify holds a v3 signature against the platform key of that serial.
	Verify func(ctx context.Context, serial, signature string, message []byte) error
	// Order is what the book knows of a number.
	Order func(ctx context.Context, no sale.No) (sale.Order, bool, error)
	Now   func() time.Time // nil means time.Now

	counts [checkCount]atomic.Int64
}

// ErrNotYet: the notice is genuine, but the book does not know its order, or not yet. The gateway is to send it
// again. The notice comes along with this error, so that a stranger's payment can be asked after.
var ErrNotYet = errors.New("its order is not in the book, or not yet")

// noticeCheck is one thing a notice may fail, and the name of its counter.
type noticeCheck int

const (
	checkGood noticeCheck = iota
	checkShape
	checkReturn
	checkNumber
	checkBook
	checkSignType
	checkSign
	checkIDs
	checkUnknown
	checkResult
	checkFields
	checkCipher
	checkPlain
	checkRefund
	checkHeaders
	checkSkew
	checkProbe
	checkEvent
	checkAlgorithm
	checkKey
	checkMethod
	checkFlood
	checkSize
	checkCut
	checkFull
	checkSlow
	checkBroke
	oddAmount
	oddCurrency
	oddTransaction
	checkCount
)

// checkNames are the names of the counters, in the order of the checks. The last three refuse nothing: a
// signed notice of money that does not fit is true, and the query decides what becomes of it.
var checkNames = [checkCount]string{
	"good", "shape", "return_code", "number", "book", "sign_type", "signature", "ids", "unknown_order", "result",
	"fields", "cipher", "plaintext", "refund_unfit", "headers", "timestamp", "probe", "event", "algorithm", "key",
	"method", "flood", "size", "cut", "full", "slow", "broke",
	"amount_differs", "currency_differs", "transaction_differs",
}

// Counts tells how many notices were good and how many failed each check.
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

// Refused tells a refusal from trouble of our own: the sender is at fault, not the book.
func (r *Refusal) Refused() bool { return r.Check != checkNames[checkBook] }

func (n *Notices) refuse(c noticeCheck, text string) error { return n.refuseWith(c, errors.New(text)) }

func (n *Notices) refuseWith(c noticeCheck, err error) error {
	n.counts[c].Add(1)
	return &Refusal{checkNames[c], err}
}

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

func looksLikeNumber(no string) bool {
	return len(no) >= 6 && len(no) <= 32 && !strings.ContainsFunc(no, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && !strings.ContainsRune("_-|*@", c)
	})
}

// countMismatches holds a payment that is surely the gateway's against the order, and counts what does not fit.
func (n *Notices) countMismatches(o sale.Order, got sale.Notice) {
	sum := o.Fen
	if o.Money.Fen != 0 {
		sum = o.Money.Fen
	}
	if got.Kind == sale.NoticePaid && got.Fen != sum || got.Fen > sum {
		n.counts[oddAmount].Add(1)
	}
	if got.Currency != "CNY" {
		n.counts[oddCurrency].Add(1)
	}
	if o.Money.Transaction != "" && got.Transaction != o.Money.Transaction {
		n.counts[oddTransaction].Add(1)
	}
}

// finish is the end of every notice whose every check was passed, but perhaps for being in the book.
func (n *Notices) finish(o sale.Order, inBook bool, got sale.Notice) (sale.Notice, error) {
	if !inBook {
		return got, n.refuseWith(checkUnknown, ErrNotYet)
	}
	n.countMismatches(o, got)
	n.counts[checkGood].Add(1)
	return got, nil
}

func (n *Notices) now() time.Time {
	if n.Now == nil {
		return time.Now()
	}
	return n.Now()
}
