package daily

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kiosk/cmd/kiosk/config"
	"kiosk/sale"
	"kiosk/store"
)

const (
	FirstPruning = 20 * time.Minute // after a start there is enough to do
	FirstAudit   = 30 * time.Minute

	prunePeriod      = 24 * time.Hour
	pruneBusy        = 30 * time.Second       // a customer is at the machine
	prunePause       = 200 * time.Millisecond // between batches the book is everybody's
	checkpointPeriod = 5 * time.Second
	auditPeriod      = 24 * time.Hour
	LogWorry         = 8 << 20 // larger than any that nobody reads
)

// Upkeep keeps the book small and quick.
type Upkeep struct {
	Book     *store.ReopeningBook
	Snapshot func() sale.Snapshot
	Damaged  func(why string) // tells the shop that the book is not what was written
	Log      func(line string)

	told    string // the last error of a checkpoint, told once
	doubted string // what the shop was told last
}

// Prune forgets each day the orders that ended long ago.
func (u *Upkeep) Prune(ctx context.Context) error {
	for pause := FirstPruning; sleep(ctx, pause); pause = prunePeriod {
		switch n, err := u.pruneOnce(ctx); {
		case err != nil && ctx.Err() == nil:
			u.Log(fmt.Sprintf("pruning: %v; tried again in %v", err, prunePeriod))
		case n > 0:
			u.Log(fmt.Sprintf("pruned %d orders that ended long ago", n))
		}
	}
	return nil
}

// pruneOnce goes on batch by batch, and gives way to a customer.
func (u *Upkeep) pruneOnce(ctx context.Context) (int, error) {
	p := store.Pruning{}
	for {
		book, err := u.Book.Open(ctx)
		if err != nil {
			return p.Pruned, err
		}
		if p, err = book.Prune(ctx, p); err != nil || p.Done {
			return p.Pruned, err
		}
		pause := prunePause
		if p.Busy {
			pause = pruneBusy
		}
		if !sleep(ctx, pause) {
			return p.Pruned, nil
		}
	}
}

// Checkpoint moves the book's log into the book, notes its head beside it, and looks whether the book is still what was opened,
// while no customer is at the machine, so that no sale has to wait for it.
func (u *Upkeep) Checkpoint(ctx context.Context) error {
	for sleep(ctx, checkpointPeriod) {
		if book, _ := u.Book.IfOpen(); book != nil && !u.Snapshot().Live {
			u.tellOnce(ctx, u.keepBook(ctx, book))
		}
	}
	return nil
}

// keepBook is one round. A book whose file was replaced, or that went back while it was open, is in doubt: the shop writes
// that down, and if it cannot, its life ends and the book is written back.
func (u *Upkeep) keepBook(ctx context.Context, book *store.Book) error {
	if err := book.CheckFiles(); err != nil {
		u.doubt(err.Error())
		return nil
	}
	_, err := book.Checkpoint(ctx)
	err = errors.Join(err, book.NoteHead(ctx))
	if errors.Is(err, store.ErrBehind) {
		u.doubt(config.OneLine(err))
		return nil
	}
	if size := book.LogSize(); size > LogWorry {
		err = errors.Join(err, fmt.Errorf("the book's log has grown to %d MB: something has been reading the book for long: close it", size>>20))
	}
	return err
}

// doubt tells the shop, once for each reason.
func (u *Upkeep) doubt(why string) {
	if why != u.doubted {
		u.Log(why)
		u.Damaged(why)
	}
	u.doubted = why
}

// tellOnce logs an error, until it is another one.
func (u *Upkeep) tellOnce(ctx context.Context, err error) {
	why := ""
	if err != nil && ctx.Err() == nil {
		why = config.OneLine(err)
	}
	if why != "" && why != u.told {
		u.Log(why)
	}
	u.told = why
}

// Audit audits the whole book once after the start, and each day, in the background: a start looks at the newest only, if the
// book is large.
func (u *Upkeep) Audit(ctx context.Context) error {
	for pause := FirstAudit; sleep(ctx, pause); pause = auditPeriod {
		book, _ := u.Book.IfOpen()
		if book == nil {
			continue
		}
		a, err := book.Audit(ctx)
		if err != nil && ctx.Err() == nil {
			u.Log(config.OneLine(err))
		}
		if why := a.Damage(); why != "" {
			u.Log(why)
			u.Damaged(why)
		}
	}
	return nil
}
