package sale

import (
	"context"
	"errors"
	"time"
)

// Gateway asks the payment gateway. It returns only what a verified answer surely
// said; anything else (timeout, 5xx, no or wrong signature, another appid, mchid or
// number, an unknown word, a missing field) is an error and means "not known".
// Every call may block until ctx ends. The order is asked for under o.Merchant.
type Gateway interface {
	// Ask orders a QR code. Safely repeated with the same order.
	// Outcome: Accepted with CodeURL, Denied, Again, Faulty.
	Ask(ctx context.Context, o Order) (Answer, error)
	// Charge takes the money with a payment code. Never repeated: the only call that is not safe to.
	// Outcome: Paid with Money, Paying, Denied, Faulty. Whatever may have charged is an error.
	Charge(ctx context.Context, o Order, code string) (Answer, error)
	// Query asks what became of the order. Safely repeated.
	// Outcome: Paid with Money, Unpaid, Paying, Failed, Gone, Missing, Returned with Money, Again, Faulty.
	// For an order in Refunding or Owed, and whenever it says Returned, Returned, Pending and Refund are filled in.
	Query(ctx context.Context, o Order) (Answer, error)
	// Cancel closes a native order and reverses a code order. Safely repeated; an acknowledgement proves nothing.
	// Outcome: Accepted, Denied ("not yet"), Paid without Money, Gone, Missing, Again, Faulty.
	Cancel(ctx context.Context, o Order) (Answer, error)
	// Refund asks for o.RefundFen back under o.RefundNo. Safely repeated with the same number.
	// Outcome: Accepted (not yet repaid), Denied, Again, Missing, Faulty.
	Refund(ctx context.Context, o Order) (Answer, error)
}

// Outcome is what the gateway surely said, in our words.
type Outcome string

const (
	OutcomeAccepted Outcome = "accepted" // the call was taken; for a cancel or a refund no more than that
	OutcomePaid     Outcome = "paid"     // trade_state SUCCESS
	OutcomeUnpaid   Outcome = "unpaid"   // NOTPAY
	OutcomePaying   Outcome = "paying"   // USERPAYING, ACCEPT: the customer is asked for the password
	OutcomeFailed   Outcome = "failed"   // PAYERROR
	OutcomeGone     Outcome = "gone"     // CLOSED, REVOKED: the latter with CauseReversed
	OutcomeMissing  Outcome = "missing"  // ORDERNOTEXIST: may be lag
	OutcomeReturned Outcome = "returned" // REFUND: all or part of it went back, or is on its way
	OutcomeDenied   Outcome = "denied"   // a final refusal of this call: Cause says why
	OutcomeAgain    Outcome = "again"    // signed, nothing decided: the same call again, later
	OutcomeFaulty   Outcome = "faulty"   // signed: our configuration is wrong (signature, ids, permission)
)

// Cause is why the gateway refused, or what became of the money, in our words: the gateway's own codes stay in pay.
type Cause string

const (
	CauseNone             Cause = ""                  // the outcome says it all, or the reason needs no word of its own
	CauseCodeExpired      Cause = "code-expired"      // the payment code is too old, or was never good
	CausePayerFunds       Cause = "payer-funds"       // the customer's balance or card will not do
	CauseConfig           Cause = "config"            // the merchant's account, permission or our configuration
	CauseReversed         Cause = "reversed"          // a reverse gave the money back
	CauseRefundFunds      Cause = "refund-funds"      // the merchant's balance does not cover the refund
	CauseRefundImpossible Cause = "refund-impossible" // too old, or the payer's account is gone: a person must pay
	CauseRuleLimit        Cause = "rule-limit"        // the request does not fit what the gateway has: another refund number took the money
	CauseGatewayError     Cause = "gateway-error"     // the gateway failed for this call; a second time a person must look
)

// Answer is one verified answer of the gateway.
type Answer struct {
	Outcome Outcome
	Code    string // the gateway's own word, a trade_state or err_code, for the book: nothing is decided by it
	Cause   Cause  // why, where the outcome alone does not say
	CodeURL string // what the QR code holds
	Money   Money
	// What has gone back, where Query was asked for it.
	Returned Fen    // the sum of all refunds that are done
	Pending  bool   // some refund of the order is under way
	Refund   string // what became of o.RefundNo: "", RefundPending, RefundDone, RefundClosed, RefundAbnormal
	Date     time.Time
}

// What became of our own refund number.
const (
	RefundPending  = "pending"
	RefundDone     = "done"
	RefundClosed   = "closed"
	RefundAbnormal = "abnormal" // card dead or frozen: a person must act
)

// Move is one line of the journal: the order as it stands after the event.
type Move struct {
	From    State
	Event   Event
	Order   Order // Updated is the time of the move
	Trusted bool  // whether the clock was trusted then
}

// SlotState is what the book keeps of a slot. The config gives first values; the book wins.
type SlotState struct {
	Slot   Slot
	Name   string
	NameEN string
	Fen    Fen
	Stock  int
	Fault  string // why the slot is set aside; "" while it sells
	Flag   string // something to look at that does not stop it selling
}

// Doubts bound what "in doubt the customer wins" may cost (rule 13).
type Doubts struct {
	Count   int       // doubts without ten proven drops between
	Drops   int       // proven drops since the last doubt
	First   time.Time // when the first of them was, zero if the clock was not trusted
	Stopped string    // why the kiosk is stopped until a person clears it
}

// Batch is what is written in one transaction, in this order.
type Batch struct {
	Moves  []Move
	Slots  []SlotState
	Doubts *Doubts // nil: unchanged
	Alarms []Alarm
	// Maintenance: who took the kiosk out of service, "" once it is back; nil: unchanged.
	Maintenance *string
}

// Alarm is something a person should see that moves no order. One of kind AlarmService is an audit line instead: what a
// person did, as data in Act to From, which the page puts into the reader's language.
type Alarm struct {
	At   time.Time
	Slot Slot
	No   No
	Kind string // "stray drop", "double drop", … ; AlarmService is no alarm but a line of who did what
	Text string // in English, for versions that know no Act
	Act  string // a fixed word, such as "restock"; empty in an alarm, and in audit lines of older versions
	Old  string // the value before, a number or a name; empty if the act changes none
	New  string // the value after
	By   string // the name the person gave
	From string // the address or device the person used; may be empty
}

// FaultOffSale is on a slot that a technician took off sale: nothing is wrong with it, and only a person puts it back. It is
// kept as a fault, so that a version that does not know the word does not sell from it either.
const FaultOffSale = "off sale"

// FlagRestored is on every slot after a restoring: what was sold since the backup is not in its stock.
const FlagRestored = "restored: count the stock"

// AlarmService marks what a technician did.
const AlarmService = "service"

// History is what the book remembers at wake.
type History struct {
	Orders []Order // unfinished ones, and the Closed ones under seven days old; oldest first
	Next   int     // the sequence of the next order number
	Slots  []SlotState
	Doubts Doubts
	// Maintenance: who took the kiosk out of service; "" nobody did.
	Maintenance string
	Last        time.Time // the newest time written with a trusted clock: the wall cannot be before it
}

// Book is the order book. What Write was given is on disk when it returns nil.
type Book interface {
	// Write stores a page whole or not at all. An order whose stored state is not From, a number,
	// transaction id or refund number used twice, a second live order: ErrRefused.
	Write(ctx context.Context, p Batch) error
	// Load reads what a waking shop must know.
	Load(ctx context.Context) (History, error)
	// CheckWritable writes a byte and syncs it, growing nothing: nil means the book can be written.
	CheckWritable(ctx context.Context) error
}

// ErrRefused is a book's word for a page that does not fit what is stored.
var ErrRefused = errors.New("the book refuses the move")

// Dispenser turns motors.
type Dispenser interface {
	// Vend never errs and never repeats: it returns in bounded time, after the motor has stopped and
	// settled, with dropped, or not and a fault. A dropped one may carry a fault too (FaultDouble).
	Vend(ctx context.Context, slot int) (dropped bool, fault string)
	// Off takes every output away at once. What is vending ends as not dropped.
	Off()
}

// The faults a Dispenser may report.
const (
	FaultBlocked = "blocked"  // the beam was blocked before the start: the motor never ran
	FaultJam     = "jam"      // the spiral did not come home in time
	FaultNoMotor = "no-motor" // the home switch never let go
	FaultNoDrop  = "no-drop"  // a whole turn, and nothing fell
	FaultDoor    = "door"     // the door was open before the start: the motor never ran
	FaultDouble  = "double"   // two or more edges: dropped, and the slot is flagged
	FaultOff     = "off"      // the outputs were taken away while it ran
	FaultUnknown = "unknown"  // no such slot, or the wires failed
)

// Faults lists every word a Dispenser may say.
var Faults = []string{FaultBlocked, FaultJam, FaultNoMotor, FaultNoDrop, FaultDoor, FaultDouble, FaultOff, FaultUnknown}

// Recorder takes down what a shop is told and what it answers. Neither method may hold up a sale.
type Recorder interface {
	// Step lets the shop take one step and takes it down. If the shop panics, so does Step, once that is taken down.
	Step(s *Shop, now Instant, in Input) []Deed
	// Show takes down a view that the clerk shows without a shop: the book cannot be written.
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
