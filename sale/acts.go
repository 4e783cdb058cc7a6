package sale

import (
	"encoding/json"
	"strings"
)

// Act is what a person did, as an audit line keeps it. The words are stored: they are never renamed.
type Act string

// The acts that the shop itself takes note of. Old and New of the audit line are data, as said here.
const (
	ActClearSlot      Act = "clear-slot"      // Old: the fault and the flag that were cleared, "jam|double"
	ActCountStock     Act = "count-stock"     // Old, New: pieces
	ActOffSale        Act = "off-sale"        // a slot was taken off sale
	ActOnSale         Act = "on-sale"         // a slot was put back on sale
	ActEditProduct    Act = "edit-product"    // Old, New: a Listing as JSON
	ActClearStop      Act = "clear-stop"      // a stopped kiosk sells again
	ActAcceptBook     Act = "accept-book"     // Old: what was amiss with the book; it sells again
	ActMaintenanceOn  Act = "maintenance-on"  // out of service
	ActMaintenanceOff Act = "maintenance-off" // back in service
	ActTestBegun      Act = "test-begun"      // a motor is about to turn for a test
	ActTested         Act = "tested"          // New: "dropped", "dropped|double", a fault, or TestGivenUp
	ActSettle         Act = "settle"          // Old: how, New: the reason
	ActRetry          Act = "retry"           // New: the note
	ActHand           Act = "hand-over"       // New: the note
)

// The acts that change nothing in the shop, and come to it as NoteAct. New is NoteAct's What.
const (
	ActSignIn       Act = "sign-in"
	ActSignOut      Act = "sign-out"
	ActPicture      Act = "picture"       // New: the test picture's name
	ActScanTest     Act = "scan-test"     // New: the kind of code that was read; "": none
	ActLocate       Act = "locate"        // it beeped and blinked
	ActReconcile    Act = "reconcile"     // New: the day
	ActReconcileNot Act = "reconcile-not" // New: the day whose bill could not be compared
	ActBackup       Act = "backup"
	ActBundle       Act = "bundle"
	ActRestart      Act = "restart"
	ActEndSession   Act = "end-session" // New: who was signed out by somebody else
	ActGuesses      Act = "guesses"     // New: wrong secrets, blocked ones, from where: "12|40|192.168.1.7 192.168.1.9"
)

// ActRestored is written by the book itself, when a backup took its place. Old: the backup's name, New: how many orders.
const ActRestored Act = "restored"

// TestGivenUp is what came of a test vend whose motor never turned.
const TestGivenUp = "given-up"

// SplitGuesses reads what ActGuesses keeps.
func SplitGuesses(what string) (wrong, blocked, from string) {
	parts := append(strings.SplitN(what, "|", 3), "", "", "")
	return parts[0], parts[1], parts[2]
}

// Listing is what a technician may change of a slot, as the audit line keeps it.
type Listing struct {
	Name  string `json:"name"`
	Fen   Fen    `json:"fen"`
	Stock int    `json:"stock"`
}

func (l Listing) encodeJSON() string {
	b, err := json.Marshal(l)
	if err != nil { // three plain fields always marshal
		return ""
	}
	return string(b)
}

// FullName is a person with the address the person came from: "anna at 192.168.1.20".
func FullName(by, from string) string {
	if from == "" {
		return by
	}
	return by + " at " + from
}
