package main

import (
	"context"
	"errors"
	"net/http"

	"kiosk/pay"
	"kiosk/sale"
	"kiosk/web"
)

// connectNotices opens the page's path for what the gateway posts to a kiosk that can be reached. It speaks one API.
func (k *kiosk) connectNotices(payee sale.Merchant, gateway sale.Gateway) error {
	key, err := k.conf.APIKey()
	if err != nil {
		return err
	}
	n := &pay.Notices{Payee: payee, Order: k.book.FindOrder, Now: k.wires.now}
	k.page.Notices = n.Counts
	if v3, ok := gateway.(*pay.V3); ok {
		n.APIv3Key, n.Verify = key, v3.Verify
		k.page.NotifyV3 = n.WebhookV3(func(ctx context.Context, h http.Header, body []byte) error {
			notice, err := n.V3(ctx, h, body)
			return k.takeNotice(ctx, notice, err)
		}, web.RemoteAddr)
		return nil
	}
	n.Key = key
	k.page.NotifyV2 = n.WebhookV2(func(ctx context.Context, _ http.Header, body []byte) error {
		notice, err := n.V2(ctx, body)
		return k.takeNotice(ctx, notice, err)
	}, web.RemoteAddr)
	return nil
}

// takeNotice makes a notice durable before it is answered; then it nudges.
func (k *kiosk) takeNotice(ctx context.Context, n sale.Notice, err error) error {
	if errors.Is(err, pay.ErrNotYet) {
		k.nudge(ctx, n.No, n.Transaction) // genuine, and the book does not know it: asked after once, and told to come again
	}
	if err != nil {
		return err
	}
	if _, err := k.book.KeepNotice(ctx, n); err != nil {
		return err
	}
	k.nudge(ctx, n.No, n.Transaction)
	return nil
}

// nudge makes the next query of an order come sooner; a number that the book does not know is asked after once. What is
// said of a number that was ours and was pruned is no news. With another transaction than the book's, it is a second payment.
func (k *kiosk) nudge(ctx context.Context, no sale.No, transaction string) {
	if no.Kiosk() != k.conf.Kiosk {
		return
	}
	o, known, err := k.book.FindOrder(ctx, no)
	if err != nil || !known && k.wasPruned(ctx, no) {
		return
	}
	in := sale.Nudged{No: no, Unknown: !known, Known: &o, Transaction: transaction}
	if second := sale.SecondNumber(no.Kiosk(), transaction); known && transaction != "" {
		if _, in.Entered, err = k.book.FindOrder(ctx, second); err != nil {
			return
		}
		in.Entered = in.Entered || k.wasPruned(ctx, second)
	}
	k.clerk.Post(in)
}

// wasPruned reports a number of an order of ours that ended long ago.
func (k *kiosk) wasPruned(ctx context.Context, no sale.No) bool {
	was, err := k.book.WasPruned(ctx, no)
	return err == nil && was
}
