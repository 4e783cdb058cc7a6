package status

import (
	"context"
	"errors"
	"io"
	"time"

	"kiosk/sale"
)

// What a tool answers that does not do it now, in words of the page's own.
var (
	ErrInService = errors.New("the kiosk is in service: begin maintenance first")
	ErrServing   = errors.New("a customer is being served: try again in a minute")
	ErrTurning   = errors.New("a test vend turns a motor: wait until it has stopped")
	ErrNotTurned = errors.New("no motor was turned: the kiosk did not take the test vend; look at how it stands, and try again")
	ErrScanning  = errors.New("a scan test is under way: hold a code to the module")
	// ErrNothingRead: the time of a scan test is over.
	ErrNothingRead = errors.New("nothing was read: hold a payment code 10 cm before the module, at full brightness")
	// ErrBillLater and ErrBillUnreached: the gateway has no bill of that day yet, or does not answer.
	ErrBillLater     = errors.New("the gateway is still writing the bill of that day")
	ErrBillUnreached = errors.New("the gateway does not answer")
	ErrNoRoom        = errors.New("there is no room for a copy of the book: make room, or run kiosk backup -o FILE onto another disk")
)

// Tools are what a technician may do at the machine beside what the shop itself is told (sale.Command by Page.Do).
// A nil one is not offered. One that is told by whom writes the act down itself, the page does for the rest. An error is one
// line for the page.
type Tools struct {
	// TestVend turns a slot's motor, in maintenance only, and tells what came of it: a fault, "" for none. It may take
	// as long as a vend does, and is never booked as a sale.
	TestVend func(ctx context.Context, slot int, who Person) (dropped bool, fault string, err error)
	// Pictures are the panel's test pictures; Picture shows one for half a minute. Refused while a customer is served.
	Pictures []Picture
	Picture  func(name string) error
	// ScanTest lets the scan module look, in maintenance only, and tells what kind of code it read and how long that
	// took. The code itself goes nowhere.
	ScanTest func(ctx context.Context) (kind string, err error)
	// Locate beeps and blinks for ten seconds.
	Locate func()
	// Reconcile holds a day's bill against the book, now, and returns where they differ.
	Reconcile func(ctx context.Context, day time.Time) ([]sale.Finding, error)
	// Backup writes a consistent copy of the book, and Bundle the evidence for whoever must find out what happened.
	Backup func(ctx context.Context, w io.Writer) error
	Bundle func(ctx context.Context, w io.Writer) error
	// Restart writes down who asks for it and answers how to end the service; the service manager starts it again. It is
	// ErrServing while a customer is served or a motor turns.
	Restart func(ctx context.Context, who Person) (end func(), err error)
}

// Person is somebody who works at the machine: the name that was given, and the address it came from.
type Person struct{ Name, From string }

// Picture is a test picture's name, and what it is for in both languages.
type Picture struct{ Name, ZH, EN string }

// Note is a line about what wants looking after, in the two languages of the page; where ZH is empty, EN is shown.
// Cause is what the machine says of it, in English and in full.
type Note struct{ ZH, EN, Cause string }

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

// BookHead is the end of the order book's journal as it was noted last. Written down elsewhere, it proves later that no line
// up to it was changed or lost.
type BookHead struct {
	Line int64
	Seal string
	At   time.Time
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

// What became of a day whose bill could not be had, in codes of the page's refusals.
const (
	BillLater     = "bill later"
	BillUnreached = "bill unreached"
	BillFailed    = "bill failed"
	BillGivenUp   = "bill given up" // nobody will compare it
)

// Unfetched is a day whose bill could not be had.
type Unfetched struct {
	Day  time.Time
	Word string    // what happened: a code of the page's refusals
	Why  string    // its cause in full
	At   time.Time // of the last try
	Next time.Time
}
