package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"kiosk/sale"
	"kiosk/status"
	"kiosk/store"
)

// connectBook opens the book. A disk that fails now is tried again while the kiosk serves its page; an error that waiting
// will not mend is returned.
func (k *kiosk) connectBook(payee sale.Merchant) error {
	k.book = &store.ReopeningBook{Path: k.conf.Store.Path, Slots: shelves(&k.conf),
		Accept: func(past sale.History) error { return samePayee(past.Orders, payee) }}
	_, err := k.book.Open(context.Background())
	if store.IsRetryable(err) || errors.Is(err, os.ErrPermission) {
		return nil
	}
	return err
}

// samePayee: an open order is asked with the ids it was born under, so they may not change while one is open.
func samePayee(orders []sale.Order, now sale.Merchant) error {
	i := slices.IndexFunc(orders, func(o sale.Order) bool { return !o.State.Over() && o.Merchant != now && o.State != sale.Owed })
	if i < 0 {
		return nil
	}
	o := orders[i]
	return fmt.Errorf("order %s is still %s under mchid %s: put pay.api, pay.appid, pay.mchid, pay.sign_type and the key back until it is settled",
		o.No, o.State, o.Merchant.MchID)
}

// bookNotes tells the page of a book that cannot be opened, and of a damaged one that was set aside.
func (k *kiosk) bookNotes() []status.Note {
	switch book, err := k.book.IfOpen(); {
	case err != nil:
		return []status.Note{{ZH: "账本打不开，机器会一直重试：" + err.Error(), EN: err.Error()}}
	case book != nil && book.SetAside() != "":
		told := book.SetAside()
		return []status.Note{{ZH: "账本损坏，已改名留存，机器用新账本继续。请取走旧账本，与商户平台核对：" + told, EN: told}}
	}
	return nil
}

// pruned is true for a number that was ours, of an order that ended long ago.
func (k *kiosk) pruned(ctx context.Context, no sale.No) bool {
	was, err := k.book.WasPruned(ctx, no)
	return err == nil && was
}
