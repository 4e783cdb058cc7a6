package sale

import "time"

// Deed is something to do. A Write stands before the deeds that rest on it.
type Deed interface{ deed() }

type (
	// Write puts a page into the book, before any deed that follows.
	Write struct{ Batch Batch }
	// Call asks the gateway; it comes back as Answered.
	Call struct {
		Kind    string // KindAsk …
		Order   Order
		Code    Handle // KindCharge
		Timeout time.Duration
	}
	// Vend turns the motor of the order's slot; it comes back as Vended.
	Vend struct{ Order Order }
	// Show puts a view on the panel.
	Show struct{ View View }
	// Arm opens and shuts the scan module.
	Arm struct{ On bool }
	// Forget drops a payment code from memory.
	Forget struct{ Code Handle }
	// Alarmed wants another Step no later than At, on the monotonic clock.
	Alarmed struct{ At time.Duration }
)

// The kinds of calls.
const (
	KindAsk    = "ask"
	KindCharge = "charge"
	KindQuery  = "query"
	KindCancel = "cancel"
	KindRefund = "refund"
	KindProbe  = "probe" // a query of a number that cannot exist
)

func (Write) deed()   {}
func (Call) deed()    {}
func (Vend) deed()    {}
func (Show) deed()    {}
func (Arm) deed()     {}
func (Forget) deed()  {}
func (Alarmed) deed() {}
