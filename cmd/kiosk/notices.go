package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"kiosk/pay"
	"kiosk/sale"
)

// now is the wall as the wires tell it.
func (k *kiosk) now() time.Time {
	wall, _ := k.wires.wall()
	return wall
}

// notices reads what the gateway posts to a kiosk that can be reached.
func (k *kiosk) notices(payee sale.Merchant, gateway sale.Gateway) (*pay.Notices, error) {
	key, err := k.conf.APIKey()
	if err != nil {
		return nil, err
	}
	n := &pay.Notices{Payee: payee, Order: k.book.FindOrder, Now: k.now}
	if v3, ok := gateway.(*pay.V3); ok {
		n.APIv3Key, n.Verify = key, v3.Verify
	} else {
		n.Key = key
	}
	return n, nil
}

// take makes a notice durable before it is answered; then it nudges.
func (k *kiosk) take(ctx context.Context, n sale.Notice, err error) error {
	if errors.Is(err, pay.ErrNotYet) {
		k.nudge(ctx, n.No) // genuine, and the book does not know it: asked after once, and told to come again
	}
	if err != nil {
		return err
	}
	if _, err := k.book.KeepNotice(ctx, n); err != nil {
		return err
	}
	k.nudge(ctx, n.No)
	return nil
}

func (k *kiosk) takeV2(n *pay.Notices) func(context.Context, http.Header, []byte) error {
	return func(ctx context.Context, _ http.Header, body []byte) error {
		notice, err := n.V2(ctx, body)
		return k.take(ctx, notice, err)
	}
}

func (k *kiosk) takeV3(n *pay.Notices) func(context.Context, http.Header, []byte) error {
	return func(ctx context.Context, h http.Header, body []byte) error {
		notice, err := n.V3(ctx, h, body)
		return k.take(ctx, notice, err)
	}
}
