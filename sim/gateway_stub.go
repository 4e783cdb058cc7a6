package sim

import (
	"errors"
	"net/http"
	"time"
)

const dead = "DEAD"

type ledger struct {
	Book   []*order
	Faults []string
	Purse  *int64
}
type index struct {
	calls []Call
	dirty bool
}
type order struct {
	No, State, TransactionID, Means string
	Fen                             int64
}

var errSoon = errors.New("the gateway is being built")

func (o *order) returned(time.Time) int64 { return 0 }
func (g *Gateway) ready()                 {}
func (g *Gateway) land(time.Time)         {}
func (g *Gateway) age(*order, time.Time)  {}
func (g *Gateway) keep() error            { return errSoon }

// Load reads the state kept at Path; a missing file is a new gateway.
func (g *Gateway) Load() error { return errSoon }

// ServeHTTP answers the seven calls.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }

// RoundTrip is the same without sockets.
func (g *Gateway) RoundTrip(r *http.Request) (*http.Response, error) { return nil, errSoon }

// Pay is the customer's phone in front of a QR code: do is pay, cancel or wait.
func (g *Gateway) Pay(codeURL, do string) (outTradeNo, text string, err error) {
	return "", "", errSoon
}

// NewCode is a fresh payment code from a customer's phone.
func (g *Gateway) NewCode(askPassword bool) string { return "" }

// Hold makes a typed code known.
func (g *Gateway) Hold(code string, askPassword bool) {}

// Password answers the newest open prompt: do is enter or cancel.
func (g *Gateway) Password(do string) (outTradeNo string, err error) { return "", errSoon }

// Mode switches the whole gateway: down, lost-answers or up.
func (g *Gateway) Mode(how string) error { return errSoon }

// ModeNow is down, lost-answers or up.
func (g *Gateway) ModeNow() string { return "up" }
