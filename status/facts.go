package status

import (
	"time"

	"kiosk/sale"
)

// Note is a line about what wants looking after, in the two languages of the page; where ZH is empty, EN is shown.
type Note struct{ ZH, EN string }

// The kinds of what is known of the network.
const (
	NetInterface = "interface" // Name: wlan0; Text: its addresses
	NetRouter    = "router"    // Text: its address; Up: it answered lately
	NetPage      = "page"      // Text: where a browser finds this page
)

// NetworkFact is one thing known of the network the kiosk is on.
type NetworkFact struct {
	Kind, Name, Text string
	Up               bool
}

// Bills is what came of the gateway's bills: the newest day that was compared with the book, and the day whose
// bill does not come.
type Bills struct {
	Last   *sale.Reconciliation
	Failed *Unfetched
}

// Wait is how long customers waited lately for one thing.
type Wait struct {
	Key      string // "tap-qr", "paid-motor", "motor-drop"
	Count    uint64 // since the start
	P50, P95 time.Duration
}

// Unfetched is a day whose bill could not be had.
type Unfetched struct {
	Day  time.Time
	Why  string
	At   time.Time // of the last try
	Next time.Time
}
