package store

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"kiosk/sale"
)

var _ sale.Book = (*ReopeningBook)(nil)

// ReopeningBook is a book that may not be there yet: with a disk that is full or read-only at boot the kiosk serves
// its page, does not sell, and tries again. Every method opens the book first if it is not open.
type ReopeningBook struct {
	Path  string
	Slots []sale.SlotState // the config's: first values for a new slot; one that is not among them is not loaded
	// Traces are names of files beside the book that only a kiosk that ran leaves.
	Traces []string

	mu   sync.Mutex // held while opening, so that two callers do not open it twice
	book *Book      // nil while it is closed
	err  error      // why the last try to open it came to nothing
}

// IsRetryable is true for an error of opening that may go away by itself.
func IsRetryable(err error) bool {
	var r retryable
	return errors.As(err, &r)
}

// retryable leaves the text of an error as it is.
type retryable struct{ error }

func (r retryable) Unwrap() error { return r.error }

// Open returns the open book. Between two calls it may be another one.
func (r *ReopeningBook) Open(ctx context.Context) (*Book, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.book != nil {
		return r.book, nil
	}
	book, err := Open(r.Path, r.Traces...)
	if err != nil {
		if r.err = err; errors.Is(err, ErrInUse) || errors.Is(err, ErrNewer) {
			return nil, err
		}
		return nil, retryable{err}
	}
	if err := book.SeedSlots(ctx, r.firstSlots(book)); err != nil {
		r.err = errors.Join(err, book.Close())
		return nil, retryable{r.err}
	}
	r.book, r.err = book, nil
	return book, nil
}

// firstSlots are the config's. In place of a damaged book nobody knows what they hold and cost.
func (r *ReopeningBook) firstSlots(book *Book) []sale.SlotState {
	slots := slices.Clone(r.Slots)
	for i := range slots {
		if book.BegunAnew() {
			slots[i].Flag = sale.FlagRestored
		}
	}
	return slots
}

// Close closes the book if it is open. The next call of another method opens it anew.
func (r *ReopeningBook) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.book == nil {
		return nil
	}
	var err error
	if why := r.book.CheckFiles(); why != nil {
		err = r.book.writeBack(context.Background(), why) // else it would be gone with the process
	}
	err = errors.Join(err, r.book.Close())
	r.book = nil
	return err
}

// writeBack saves the book if its names lead elsewhere. If that fails it stays open, so that it can be tried again.
func (r *ReopeningBook) writeBack(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.book == nil {
		return nil
	}
	why := r.book.CheckFiles()
	if why == nil {
		return nil
	}
	if err := r.book.writeBack(ctx, why); err != nil {
		return err
	}
	r.book = nil
	return nil
}

// IfOpen returns the book if it is open, or why the last try to open it came to nothing.
func (r *ReopeningBook) IfOpen() (*Book, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.book, r.err
}

// Load reads what a waking shop must know. See sale.Book.
func (r *ReopeningBook) Load(ctx context.Context) (past sale.History, err error) {
	book, err := r.Open(ctx)
	if err != nil {
		return past, err
	}
	if past, err = book.Load(ctx); err != nil {
		return past, err
	}
	past.Slots = slices.DeleteFunc(past.Slots, func(had sale.SlotState) bool { // no longer in the config: not sold from
		return !slices.ContainsFunc(r.Slots, func(s sale.SlotState) bool { return s.Slot == had.Slot })
	})
	return past, nil
}

// Write is Book.Write.
func (r *ReopeningBook) Write(ctx context.Context, p sale.Batch) error {
	book, err := r.Open(ctx)
	if err != nil {
		return err
	}
	return book.Write(ctx, p)
}

// CheckWritable is asked after a failed write. A book that still cannot be written is closed and opened anew: only
// opening finds out that it is damaged, and sets it aside. One whose file was deleted or replaced is written back first.
func (r *ReopeningBook) CheckWritable(ctx context.Context) error {
	if err := r.writeBack(ctx); err != nil {
		return err
	}
	book, err := r.Open(ctx)
	if err != nil {
		return err
	}
	if err := book.CheckWritable(ctx); err != nil {
		return errors.Join(err, r.Close())
	}
	return nil
}

// withBook does something with the open book.
func withBook[T any](ctx context.Context, r *ReopeningBook, do func(*Book) (T, error)) (T, error) {
	book, err := r.Open(ctx)
	if err != nil {
		var none T
		return none, err
	}
	return do(book)
}

// The methods from here on are those of Book. More of them are reached by Open.

func (r *ReopeningBook) ListOrders(ctx context.Context, limit int, state string) ([]sale.Entry, error) {
	return withBook(ctx, r, func(b *Book) ([]sale.Entry, error) { return b.ListOrders(ctx, limit, state) })
}

func (r *ReopeningBook) CountSales(ctx context.Context, from, to time.Time, bucket time.Duration) ([]sale.SalesBucket, error) {
	return withBook(ctx, r, func(b *Book) ([]sale.SalesBucket, error) { return b.CountSales(ctx, from, to, bucket) })
}

func (r *ReopeningBook) ListAlarms(ctx context.Context, limit int) ([]sale.Alarm, error) {
	return withBook(ctx, r, func(b *Book) ([]sale.Alarm, error) { return b.ListAlarms(ctx, limit) })
}

func (r *ReopeningBook) WasPruned(ctx context.Context, no sale.No) (bool, error) {
	return withBook(ctx, r, func(b *Book) (bool, error) { return b.WasPruned(ctx, no) })
}

func (r *ReopeningBook) KeepNotice(ctx context.Context, n sale.Notice) (fresh bool, err error) {
	return withBook(ctx, r, func(b *Book) (bool, error) { return b.KeepNotice(ctx, n) })
}

func (r *ReopeningBook) FindOrder(ctx context.Context, no sale.No) (o sale.Order, found bool, err error) {
	book, err := r.Open(ctx)
	if err != nil {
		return o, false, err
	}
	return book.FindOrder(ctx, no)
}

func (r *ReopeningBook) LastReconciliation(ctx context.Context, now time.Time) (last sale.Reconciliation, found bool, err error) {
	book, err := r.Open(ctx)
	if err != nil {
		return last, false, err
	}
	return book.LastReconciliation(ctx, now)
}
