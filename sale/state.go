package sale

import "time"

const maxMissed = 2 // beats without an answer, after which the gateway counts as away

// ShopState is all that a Shop remembers between two steps. A shop that is given it goes on as the one it was
// taken from would have.
type ShopState struct {
	Orders     []activeOrder   `json:"orders"`
	Checkout   checkout        `json:"checkout"`
	Refusals   refusals        `json:"refusals,omitzero"`
	Gateway    gatewayState    `json:"gateway"`
	Wall       wallState       `json:"wall"`
	Slots      []SlotState     `json:"slots"`
	Blocked    map[Slot]bool   `json:"blocked"`
	Parts      []Why           `json:"parts"`
	Doubts     Doubts          `json:"doubts"`
	Stuck      stuckVend       `json:"stuck"`
	StrayAt    time.Duration   `json:"stray_at"`
	Next       int             `json:"next"`
	BornAt     time.Duration   `json:"born_at"`
	Charged    map[Handle]bool `json:"charged"`
	Unexpected map[string]int  `json:"unexpected"`
	Alarms     int             `json:"alarms"`
	Awake      bool            `json:"awake"`
	Maintained string          `json:"maintained"`
	Testing    Slot            `json:"testing"`
	Address    string          `json:"address"`
	Faulty     bool            `json:"faulty"`
	Armed      bool            `json:"armed"`
	Shown      *View           `json:"shown"`
	Damaged    string          `json:"damaged"`
}

// activeOrder is an order with what is known of it in this life only. Times are on the monotonic clock.
type activeOrder struct {
	Order       `json:"order"`
	Call        callState
	Ask         askState      // until the order leaves the machine
	Closing     closingState  // of Closing
	Refunding   refundState   // of Refunding
	Due         time.Duration // when to act next
	Heard       time.Duration // the last answer that gave the order's state
	Rechecks    int           // of Closed, and of a second payment in New: how often to look again
	Quarantined bool          // the book refused its last move: it is asked after hourly, whatever nudges it
	Undated     string        // a reason that holds, and is dated once the wall is steady
	Other       string        // the last payment the gateway named that is not the order's own, told once
	Lost        State         // what it was in a lost book; "" for all others
	Word        string        // the last unknown word of the gateway's, told once
	Since       time.Duration // when it came to its state, or the wake
	Stalled     bool          // a person was told that it has not come to its end for hours
	Noticed     bool          // a person was told of a notice about it, which cannot be asked about
}

// callState is the one request that may be in flight.
type callState struct {
	Kind      string // KindAsk …; "": none
	Sent      time.Duration
	QueryNext bool // query as soon as this one is back
}

// askState is of an order that occupies the machine: in Asking, Waiting or Vending.
type askState struct {
	Born         time.Duration // when it was chosen
	Sent         time.Duration // when the ask or charge left, or the wake
	Returned     time.Duration // when the charge came back, or the wake
	Deadline     time.Duration // when waiting is over
	FullDeadline time.Duration // what the deadline was before the customer left
	Missed       int           // queries without an answer, in a row
	URL          string        // what the QR code holds
	Leaving      bool          // the customer gave it up, or a code was scanned instead
	Spent        bool          // the QR code never comes back: a code was scanned instead, or the panel refused it
	Checked      bool          // Vending: it was asked after once since the gateway came back
}

// closingState is where a cancel round stands.
type closingState struct {
	Stage       stage
	Pause       time.Duration // the back-off that grows
	Acked       bool          // the gateway acknowledged a cancel
	DeniedSince time.Duration // since when the gateway knows nothing of the order; 0: it does
}

// refundState is where a refund round stands.
type refundState struct {
	Stage       stage
	Pause       time.Duration // the back-off that grows
	TryAt       time.Duration // no refund before
	Errs        int           // refunds refused for good
	Partly      bool          // the last query says that some of the money has gone back
	Pending     bool          // the last query says that the refund is under way
	DeniedSince time.Duration // since when the gateway denies the payment; 0: it does not
}

// stage is the next call of a round.
type stage int

const (
	stageQuery stage = iota
	stageAct         // the cancel, or the refund
	stageCheck       // the query after a cancel
)

// checkout is what the customer at the machine is doing, beyond what the live order says.
type checkout struct {
	Order     Order         // the order that After is about
	After     string        // the screen after an order has left the machine: thanks, sorry or refunding
	Until     time.Duration // when After gives way
	Held      time.Duration // no key takes After away before
	Note      string
	NoteUntil time.Duration // when a note beside the QR code goes away
	Wish      *wish         // what comes as soon as the live order is known not to be paid, or After may be taken away
}

// wish is a slot, or a scanned code for the slot already chosen.
type wish struct {
	Slot Slot
	Draw string
	Code Handle
}

// gatewayState is what is known of the gateway being there.
type gatewayState struct {
	Reached   bool
	Known     bool // it was reached once in this life
	Since     time.Time
	Missed    int // probes without an answer, in a row
	Probing   bool
	ProbeSent time.Duration
	ProbeDue  time.Duration
	NextCall  time.Duration // no call about an old order before
	Trouble   string        // why the newest failed call is not known, until a call of its kind succeeds
	TroubleOf string        // the kind of that call
	Refused   *OrderRefusal // what the newest probe was refused with, if nobody signed that
}

// stuckVend is the last vend that dropped nothing, while a late edge may still belong to it.
type stuckVend struct {
	No   No
	Slot Slot
	At   time.Duration
}

// wallState is how the trusted wall goes along with the monotonic clock.
type wallState struct {
	Known  bool
	Offset time.Duration // the wall minus the monotonic clock
	Since  time.Duration // since when that is so
}
