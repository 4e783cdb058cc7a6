package gateway

import (
	"errors"
	"fmt"
)

// ErrNotPaid: only a number that is paid can be paid a second time.
var ErrNotPaid = errors.New("nothing was paid under that number")

// PayAgain takes a second payment under a number that is paid: what must not happen, and was seen all the same. A query by the
// number goes on speaking of the first payment; the second is found by its own transaction id alone. It is notified like any.
func (g *Gateway) PayAgain(outTradeNo string) (transactionID string, err error) {
	now := g.lockNow()
	defer g.mu.Unlock()
	first := g.memo.byNo[outTradeNo]
	if first == nil || !first.isPaid() {
		return "", ErrNotPaid
	}
	n := 2
	for _, o := range g.kept.Orders {
		if o.No == first.No && o.Payment >= n {
			n = o.Payment + 1
		}
	}
	o := &order{No: first.No, Payment: n, Means: first.Means, API: first.API, Kind: first.Kind, URL: first.URL, Body: first.Body,
		OpenID: first.OpenID, Fen: first.Fen, Attach: first.Attach, Device: first.Device, Params: first.Params, Created: now}
	g.kept.Orders = append(g.kept.Orders, o)
	g.moveOrder(o, success, now)
	return o.TransactionID, g.saveState()
}

// paymentOf is the payment of a number that a notice speaks of: its own, or the one of that transaction.
func (g *Gateway) paymentOf(no, transaction string) *order {
	if o := g.memo.byTxn[transaction]; o != nil {
		return o
	}
	return g.memo.byNo[no]
}

// second is the transaction of a second payment; "" of an order's own.
func (o *order) second() string {
	if o.Payment > 1 {
		return o.TransactionID
	}
	return ""
}

// chance names one payment's share of the chance: two payments of one number do not draw the same ids.
func (o *order) chance() string {
	if o.Payment > 1 {
		return fmt.Sprint(o.No, " payment ", o.Payment)
	}
	return o.No
}
