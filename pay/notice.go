package pay

import (
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
	Payee    sale.Merchant // the merchant here; a notice for another one is refused
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

// looksLikeNumber allows the characters of an out_trade_no, so that no stranger's text reaches the book.
func looksLikeNumber(no string) bool {
	return len(no) >= 6 && len(no) <= 32 && !strings.ContainsFunc(no, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && !strings.ContainsRune("_-|*@", c)
	})
}

// countMismatches holds a payment that is surely the gateway's against the order, and counts its differences.
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

// finish ends a notice that passed all checks, the last perhaps excepted: that its order is in the book.
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
