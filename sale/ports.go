package sale

import (
	"context"
	"errors"
)

// Gateway asks the payment gateway. It returns only what a verified answer surely
// said; anything else (timeout, 5xx, no or wrong signature, another appid, mchid or
// number, an unknown word, a missing field) is an error and means "not known".
// Every call may block until ctx ends. The order is asked for under o.Merchant, by o.TradeNo(); a second payment by its
// transaction id alone.
type Gateway interface {
	// Ask orders a QR code. Safely repeated with the same order.
	// Outcome: Accepted with CodeURL, Denied, Again, Faulty.
	Ask(ctx context.Context, o Order) (Answer, error)
	// Charge takes the money with a payment code. Never repeated: the only call that is not safe to.
	// Outcome: Paid with Money, Paying, Denied, Faulty. Whatever may have charged is an error.
	Charge(ctx context.Context, o Order, code string) (Answer, error)
	// Query asks what became of the order. Safely repeated.
	// Outcome: Paid with Money, Unpaid, Paying, Failed, Gone, Missing, Returned with Money, Again, Faulty.
	// The fields Returned, Pending and Refund are filled in for an order in Refunding or Owed, and with the outcome Returned.
	Query(ctx context.Context, o Order) (Answer, error)
	// Cancel closes a native order and reverses a code order. Safely repeated; an acknowledgement proves nothing.
	// Outcome: Accepted, Denied ("not yet"), Paid without Money, Gone, Missing, Again, Faulty.
	Cancel(ctx context.Context, o Order) (Answer, error)
	// Refund asks for o.RefundFen back under o.RefundNo. Safely repeated with the same number.
	// Outcome: Accepted (not yet repaid), Denied, Again, Missing, Faulty.
	Refund(ctx context.Context, o Order) (Answer, error)
}

// Book is the order book. What Write was given is on disk when it returns nil.
type Book interface {
	// Write stores a batch whole or not at all. An order whose stored state is not From, a number,
	// transaction id or refund number used twice, a second live order: a RefusedError that names the order.
	Write(ctx context.Context, p Batch) error
	// Load reads what a waking shop must know.
	Load(ctx context.Context) (History, error)
	// CheckWritable writes a byte and syncs it, growing nothing: nil means the book can be written.
	CheckWritable(ctx context.Context) error
}

// ErrRefused is a book's word for a batch that does not fit what is stored.
var ErrRefused = errors.New("the book refuses the move")

// RefusedError is an ErrRefused that one order of the batch is to blame for: the others may be written without it.
type RefusedError struct {
	No  No
	Err error
}

func (e *RefusedError) Error() string { return e.Err.Error() }

func (e *RefusedError) Unwrap() []error { return []error{ErrRefused, e.Err} }

// Dispenser turns motors.
type Dispenser interface {
	// Vend never errs and never repeats: it returns in bounded time, after the motor has stopped and
	// settled, with how many pieces fell, or with none and a fault. Fallen pieces may come with a fault too (FaultDouble).
	Vend(ctx context.Context, slot int) (pieces int, fault string)
	// Off takes every output away at once. What is vending ends as not dropped.
	Off()
}

// Recorder records what a shop is told and what it answers. Neither method may hold up a sale.
type Recorder interface {
	// Step lets the shop take one step and records it. If the shop panics, so does Step, once that is recorded.
	Step(s *Shop, now Instant, in Input) []Deed
	// Show records a view that the clerk shows without a shop: the book cannot be written.
	Show(now Instant, v View)
}

// Screen is the panel. Show never blocks.
type Screen interface {
	Show(v View)
}

// Scanner is the scan module. Arm never blocks; what was read before it was armed is dropped.
type Scanner interface {
	Arm(on bool)
}
