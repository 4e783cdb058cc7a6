package sale

import "time"

// The screens that a View may name, in the words of /status.json.
const (
	ScreenIdle        = "idle"
	ScreenAsking      = "asking"
	ScreenQR          = "qr"
	ScreenCharging    = "charging"
	ScreenPassword    = "password"
	ScreenVending     = "vending"
	ScreenThanks      = "thanks"
	ScreenSorry       = "sorry"
	ScreenRefunding   = "refunding"
	ScreenOffline     = "offline"
	ScreenClosed      = "closed"
	ScreenMaintenance = "maintenance"
)

// Screens lists them all.
var Screens = []string{
	ScreenIdle, ScreenAsking, ScreenQR, ScreenCharging, ScreenPassword, ScreenVending,
	ScreenThanks, ScreenSorry, ScreenRefunding, ScreenOffline, ScreenClosed, ScreenMaintenance,
}

// Notes: a word beside the screen that a customer reads in their own language.
const (
	NoteMayFail   = "may fail"  // idle: orders were refused lately, the next one may be too
	NotePaced     = "paced"     // asking: earlier payments are being closed, this order is born when Left is over
	NoteFinish    = "finish"    // qr: the code is off the glass, finish on your phone
	NoteChecking  = "checking"  // qr, charging: we are asking the gateway
	NoteAlipay    = "alipay"    // qr: that was an Alipay code
	NoteForeign   = "foreign"   // qr: that was no WeChat payment code
	NoteUnread    = "unread"    // qr: something was held to the scan module, and it is no code
	NoteUsed      = "used"      // qr, sorry: that code was used already, show a fresh one
	NoteEmpty     = "empty"     // sorry: sold out
	NoteFault     = "fault"     // sorry: this slot is out of order
	NoteBusy      = "busy"      // sorry: please wait, earlier payments are still being closed
	NoteUnknown   = "unknown"   // sorry: could not check, nothing was charged by this code
	NoteExpired   = "expired"   // sorry: the code has expired, show a fresh one
	NoteBalance   = "balance"   // sorry: balance low, use another card
	NoteDeclined  = "declined"  // sorry: the payment was refused
	NoteLate      = "late"      // sorry: time is over; late money comes back by itself
	NoteConfig    = "config"    // sorry: this machine cannot take payments now
	NoteUnshown   = "unshown"   // sorry: the code does not fit this panel
	NoteCancelled = "cancelled" // sorry: given up
	NoteReturned  = "returned"  // refunding: the money is on its way back
	NotePaidBack  = "paid back" // refunding: the money is back
	NoteOwed      = "owed"      // refunding: the gateway refuses the refund, and a person must help
	NoteGap       = "gap"       // offline: the QR code comes back by itself once the gateway answers
	NoteUnsettled = "unsettled" // sorry: not known yet; if money was taken it comes back by itself
)

// Notes lists them all.
var Notes = []string{
	NotePaced, NoteMayFail, NoteFinish, NoteChecking, NoteAlipay, NoteForeign, NoteUnread, NoteUsed, NoteEmpty, NoteFault, NoteBusy,
	NoteUnknown, NoteExpired, NoteBalance, NoteDeclined, NoteLate, NoteConfig, NoteUnshown,
	NoteCancelled, NoteReturned, NotePaidBack, NoteOwed, NoteGap, NoteUnsettled,
}

// View is everything the panel needs to draw itself.
type View struct {
	Screen   string
	Note     string
	No       No
	Slot     Slot
	Name     string
	NameEN   string
	Fen      Fen
	Cause    string        `json:",omitempty"` // refunding: the fault that kept the goods, or why else the money goes back
	QR       string        // what the code holds; only on ScreenQR, and "" there when the code is off the glass
	Left     time.Duration // how long the screen stays, in whole seconds; 0: no countdown
	Why      []Why         // offline, closed, maintenance: why nothing is offered; idle: why payment may fail
	Products []Product     // idle: what is on offer
	Address  string        // maintenance: the status page for a technician's browser, host or host:port
}

// Product is a slot as the idle screen shows it.
type Product struct {
	Slot   Slot
	Name   string
	NameEN string
	Fen    Fen
	Stock  int
	Fault  string // "" sells; otherwise why not: "empty" or a fault
	Flag   string `json:",omitempty"` // something to look at that does not stop it selling
	Aside  bool   `json:",omitempty"` // the book keeps the fault: a person must let the slot sell again
}

// Why is one reason why nothing can be sold, as /readyz gives it.
type Why struct {
	Code string `json:"code"`
	Text string `json:"text"`
}
