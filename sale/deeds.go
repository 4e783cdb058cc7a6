package sale

import "time"

// Deed is something to do. A Write stands before the deeds that rest on it.
type Deed interface{ deed() }

type (
	// Write puts a batch into the book, before any deed that follows.
	Write struct{ Batch Batch }
	// Call asks the gateway; it comes back as Answered.
	Call struct {
		Kind    string // KindAsk …
		Order   Order
		Code    Handle // KindCharge
		Draw    bool   `json:",omitempty"` // its answer brings fresh random characters; an ask's does anyway
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
	// Reply answers the Command of this step, after what it wrote.
	Reply struct {
		Refusal Refusal // "": it is done
		Product Product // the command's slot, as it stands now
	}
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
func (Reply) deed()   {}
func (Alarmed) deed() {}

// Refusal is why the shop did not do what it was told; "" means that it did.
type Refusal string

// The refusals.
const (
	RefusedStarting   Refusal = "starting"    // the book is not read yet
	RefusedInvalid    Refusal = "invalid"     // a value that no form of ours sends, or nobody's name
	RefusedSlot       Refusal = "slot"        // no such slot
	RefusedSelling    Refusal = "selling"     // the order that occupies the machine is for that slot
	RefusedEdited     Refusal = "edited"      // the slot has another name or price than the command was made from
	RefusedMoved      Refusal = "moved"       // the slot holds another number than the command was made from
	RefusedOther      Refusal = "other"       // the slot's fault or flag is another one than was looked at
	RefusedOff        Refusal = "off"         // a person took the slot off sale: nothing to clear
	RefusedOffAlready Refusal = "off already" // the slot is off sale
	RefusedOnAlready  Refusal = "on already"  // the slot is not off sale
	RefusedAside      Refusal = "aside"       // the slot has a fault, and does not sell
	RefusedOutAlready Refusal = "out already" // the kiosk is in maintenance
	RefusedInAlready  Refusal = "in already"  // the kiosk is not in maintenance
	RefusedInService  Refusal = "in service"  // only in maintenance
	RefusedServing    Refusal = "serving"     // an order occupies the machine
	RefusedTurning    Refusal = "turning"     // a motor turns for a test
	RefusedSettled    Refusal = "settled"     // the order waits for nobody
	RefusedEarly      Refusal = "early"       // the shop is still closing the order by itself
	RefusedMerchant   Refusal = "merchant"    // the order belongs to another merchant
	RefusedOurs       Refusal = "ours"        // the order's merchant is in the config: the shop looks after it itself
	RefusedUnpaid     Refusal = "unpaid"      // no payment of the order is known: there is nothing to give back
	RefusedPaid       Refusal = "paid"        // the order was paid, and "never paid" was said of it
	RefusedSoon       Refusal = "soon"        // the order may still be paid
	RefusedReason     Refusal = "reason"      // the order wants a reason written down
	RefusedSound      Refusal = "sound"       // nobody doubts the book
)
