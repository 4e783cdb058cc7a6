package sale

import "time"

// Instant is the time as a shop is told it.
type Instant struct {
	Mono    time.Duration `json:"t,omitempty"` // since some fixed moment of this boot; never steps
	Wall    time.Time     `json:"w,omitzero"`
	Trusted bool          `json:"trusted,omitempty"` // the wall may be believed
}

// Input is something that happened. Kind names it in a recording.
type Input interface{ Kind() string }

type (
	// Awake is the first input of every life: what the book remembers.
	// Quarantined: orders whose last move the book refused, so that a life ended; they are left alone for an hour.
	Awake struct {
		History     History
		Quarantined []No
	}
	// Pressed: a customer pressed a slot's key. Draw holds fresh random base32 characters (see Number).
	// Blocked: the slot's light barrier failed its test just now; a Beam follows only if that lasts.
	Pressed struct {
		Slot    Slot
		Draw    string
		Blocked bool
	}
	// GaveUp: the cancel key.
	GaveUp struct{}
	// Scanned: a code was read. The code itself stays with the clerk, behind the handle.
	Scanned struct {
		Code   Handle
		Wallet string // KindWeChat …
		Draw   string
	}
	// Answered: a deed at the gateway came back. Err: not known.
	Answered struct {
		Deed string // the deed's kind: KindAsk …
		No   No
		Sent time.Duration // Mono when it left
		Answer
		Draw    string        `json:",omitempty"` // fresh random base32 characters with the answer to an ask, for another order
		Refused *OrderRefusal `json:",omitempty"` // with Err: the call seems to be refused for a reason that lies with the merchant or the config
		Err     string        // "" or why it is not known, for people; Code is then the word of the gateway's that nobody knows
	}
	// Vended: the motor has stopped and settled. Pieces is how many fell; a recording of an older version has none there, and
	// a drop in it is one.
	Vended struct {
		No      No
		Dropped bool
		Fault   string
		Pieces  int `json:",omitempty"`
	}
	// Edge: the light barrier saw something while no motor ran. Unreadable: no piece, but edges without a partner, whether a
	// motor ran or not.
	Edge struct {
		Slot       Slot
		Unreadable bool `json:",omitempty"`
	}
	// Beam: the light barrier of a slot is blocked, or clear again.
	Beam struct {
		Slot    Slot
		Blocked bool
	}
	// Health: a part of the machine works, or why not ("" works). Part is a code of /readyz.
	Health struct{ Part, Fault string }
	// Unshown: the panel refused to show this order's code, and why.
	Unshown struct {
		No  No
		Why string
	}
	// Barred: the book refuses the moves of the step before, because of this order's.
	Barred struct{ No No }
	// Nudged: somebody says that the order changed. It only makes the next query come sooner.
	// Unknown: the book does not know the number either. Known: what the book knows, for an order that is done with.
	// Transaction: which payment it is about, if that is said. Entered: the book has that one as a second payment.
	Nudged struct {
		No          No
		Unknown     bool
		Known       *Order
		Transaction string `json:",omitempty"`
		Entered     bool   `json:",omitempty"`
	}
	// DecideOrder: a person settles, retries or hands over an order, behind the technician's secret.
	DecideOrder struct {
		No        No
		Event     Event // Settled, Retried or Handed
		How, Note string
		By, From  string
	}
	// ClearSlot: a technician looked at a slot, and lets it sell again. Fault and Flag are what the technician saw. It is
	// refused if the slot has another fault or flag by now, or is being sold from.
	ClearSlot struct {
		Slot        Slot
		Fault, Flag string
		By, From    string
	}
	// CountStock: a technician counted a slot, which clears nothing. Was is what it held when the counting began. It is
	// refused if the slot holds something else by now, or is being sold from.
	CountStock struct {
		Slot       Slot
		Stock, Was int
		By, From   string
	}
	// ClearStop: a technician lets a stopped kiosk sell again.
	ClearStop struct{ By, From string }
	// SetMaintenance: a technician takes the kiosk out of service, or puts it back. It outlives a restart.
	SetMaintenance struct {
		On       bool
		By, From string
	}
	// SetOnSale: a technician takes a slot off sale, or puts it back. It is refused for a slot with a fault, and for
	// one that is being sold from.
	SetOnSale struct {
		Slot     Slot
		On       bool
		By, From string
	}
	// EditProduct: a technician gives a slot another name, price or stock. It is refused while the slot is being sold from.
	// Stock below 0 leaves the stock as it is; otherwise Was is as in CountStock. WasName, WasNameEN and WasFen are what the
	// change was made from: it is refused if one of them has changed since. A zero one is not compared.
	EditProduct struct {
		Slot               Slot
		Name, NameEN       string
		Fen                Fen
		Stock, Was         int
		WasName, WasNameEN string `json:",omitempty"`
		WasFen             Fen    `json:",omitempty"`
		By, From           string
	}
	// BeginTestVend: a technician is about to turn a motor in maintenance. It may turn once the Reply refuses nothing, and
	// the maintenance does not end before EndTestVend.
	BeginTestVend struct {
		Slot     Slot
		By, From string
	}
	// EndTestVend: a technician turned a motor in maintenance. It is no sale, and takes nothing from the stock. With neither
	// Dropped nor Fault it never turned.
	EndTestVend struct {
		Slot     Slot
		Dropped  bool
		Fault    string
		By, From string
	}
	// NoteAct: a technician did something that changes nothing here, but is written down: a sign-in, a backup, a scan test.
	// What is what it was done to, or what came of it.
	NoteAct struct {
		Act      Act
		What     string
		By, From string
	}
	// Located: where a technician's browser finds the status page; "" without a network.
	Located struct{ Address string }
	// BookDamaged: the book is not what was written, and why. Nothing is sold until a person says so.
	BookDamaged struct{ Why string }
	// AcceptBook: a person has looked after what was lost with a damaged book, and lets the kiosk sell again.
	AcceptBook struct{ By, From string }
	// Tick: nothing happened but time.
	Tick struct{}
)

func (Awake) Kind() string          { return "awake" }
func (Pressed) Kind() string        { return "pressed" }
func (GaveUp) Kind() string         { return "gaveup" }
func (Scanned) Kind() string        { return "scanned" }
func (Answered) Kind() string       { return "answered" }
func (Vended) Kind() string         { return "vended" }
func (Edge) Kind() string           { return "edge" }
func (Beam) Kind() string           { return "beam" }
func (Health) Kind() string         { return "health" }
func (Unshown) Kind() string        { return "unshown" }
func (Barred) Kind() string         { return "barred" }
func (Nudged) Kind() string         { return "nudged" }
func (DecideOrder) Kind() string    { return "decideorder" }
func (ClearSlot) Kind() string      { return "clearslot" }
func (CountStock) Kind() string     { return "countstock" }
func (ClearStop) Kind() string      { return "clearstop" }
func (SetMaintenance) Kind() string { return "setmaintenance" }
func (SetOnSale) Kind() string      { return "setonsale" }
func (EditProduct) Kind() string    { return "editproduct" }
func (BeginTestVend) Kind() string  { return "begintestvend" }
func (EndTestVend) Kind() string    { return "endtestvend" }
func (NoteAct) Kind() string        { return "noteact" }
func (Located) Kind() string        { return "located" }
func (BookDamaged) Kind() string    { return "bookdamaged" }
func (AcceptBook) Kind() string     { return "acceptbook" }
func (Tick) Kind() string           { return "tick" }
