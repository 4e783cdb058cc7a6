package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"kiosk/sale"
	"kiosk/status"
	"kiosk/store"
)

// lateBook is a book that may not be there yet: a disk that is full or read-only at boot leaves the kiosk
// serving its page, not selling, and trying again.
type lateBook struct {
	path  string
	payee sale.Merchant
	first []sale.SlotState

	mu   sync.Mutex
	book *store.Book
	err  error
}

// waits marks an error that may go away by itself.
type waits struct{ error }

func (w waits) Unwrap() error { return w.error }

// open opens the book, puts first values in, and refuses a payee that open orders were not born under.
func (b *lateBook) open() error {
	_, err := b.get(context.Background())
	return err
}

func (b *lateBook) get(ctx context.Context) (*store.Book, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.book != nil {
		return b.book, nil
	}
	book, err := store.Open(b.path)
	if err != nil {
		b.err = err
		if errors.Is(err, store.ErrInUse) || errors.Is(err, store.ErrNewer) {
			return nil, err
		}
		return nil, waits{err}
	}
	if err := book.Stock(ctx, b.first); err != nil {
		b.err = errors.Join(err, book.Close())
		return nil, waits{b.err}
	}
	past, err := book.Load(ctx)
	if err == nil {
		err = samePayee(past.Orders, b.payee)
	}
	if err != nil {
		return nil, errors.Join(err, book.Close())
	}
	b.book, b.err = book, nil
	return book, nil
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

func (b *lateBook) Write(ctx context.Context, p sale.Batch) error {
	book, err := b.get(ctx)
	if err != nil {
		return err
	}
	return book.Write(ctx, p)
}

func (b *lateBook) Load(ctx context.Context) (sale.History, error) {
	book, err := b.get(ctx)
	if err != nil {
		return sale.History{}, err
	}
	past, err := book.Load(ctx)
	past.Slots = slices.DeleteFunc(past.Slots, func(h sale.SlotState) bool { // a slot that the config no longer has is not sold from
		return !slices.ContainsFunc(b.first, func(f sale.SlotState) bool { return f.Slot == h.Slot })
	})
	return past, err
}

// CheckWritable is asked after a failed write. A book that still cannot be written is closed and opened anew:
// only opening finds out that it is damaged, and sets it aside.
func (b *lateBook) CheckWritable(ctx context.Context) error {
	book, err := b.get(ctx)
	if err != nil {
		return err
	}
	if err := book.CheckWritable(ctx); err != nil {
		return errors.Join(err, b.Close())
	}
	return nil
}

// List is what the page and orders.json show.
func (b *lateBook) List(ctx context.Context, limit int, state string) ([]sale.Entry, error) {
	book, err := b.get(ctx)
	if err != nil {
		return nil, err
	}
	return book.List(ctx, limit, state)
}

func (b *lateBook) notes() []status.Note {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.err != nil:
		return []status.Note{{ZH: "账本打不开，机器会一直重试：" + b.err.Error(), EN: b.err.Error()}}
	case b.book != nil && b.book.SetAside() != "":
		told := b.book.SetAside()
		return []status.Note{{ZH: "账本损坏，已改名留存，机器用新账本继续。请取走旧账本，与商户平台核对：" + told, EN: told}}
	}
	return nil
}

func (b *lateBook) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.book == nil {
		return nil
	}
	err := b.book.Close()
	b.book = nil
	return err
}

// prune goes on forgetting what is long at an end; pruned tells whether a number was ours before.
func (b *lateBook) prune(ctx context.Context, p store.Pruning) (store.Pruning, error) {
	book, err := b.get(ctx)
	if err != nil {
		return p, err
	}
	return book.Prune(ctx, p)
}

func (b *lateBook) pruned(ctx context.Context, no sale.No) bool {
	book, err := b.get(ctx)
	if err != nil {
		return false
	}
	was, err := book.Pruned(ctx, no)
	return err == nil && was
}

// find, keep, reconciled and lastReconciled are for what comes from the gateway by itself.
func (b *lateBook) find(ctx context.Context, no sale.No) (sale.Order, bool, error) {
	book, err := b.get(ctx)
	if err != nil {
		return sale.Order{}, false, err
	}
	return book.Find(ctx, no)
}

func (b *lateBook) keep(ctx context.Context, n sale.Notice) (bool, error) {
	book, err := b.get(ctx)
	if err != nil {
		return false, err
	}
	return book.Keep(ctx, n)
}

func (b *lateBook) reconciled(ctx context.Context, r sale.Reconciliation) error {
	book, err := b.get(ctx)
	if err != nil {
		return err
	}
	return book.Reconciled(ctx, r)
}

func (b *lateBook) lastReconciled(ctx context.Context) (sale.Reconciliation, bool, error) {
	book, err := b.get(ctx)
	if err != nil {
		return sale.Reconciliation{}, false, err
	}
	return book.LastReconciled(ctx)
}
