package gateway

import (
	"crypto/tls"
	"net/http"
	"sync"
	"time"
)

// Gateway is a WeChat Pay gateway, v2 and v3, for one merchant: an http.Handler for a street
// that people visit, an http.RoundTripper for tests in a bubble. Fill in the exported
// fields, call Load when Path is set, and change nothing afterwards but through methods.
type Gateway struct {
	AppID, MchID, Key  string
	SubAppID, SubMchID string // service-provider mode when SubMchID is set
	V3                 V3

	Now    func() time.Time                // nil: time.Now
	Seed   uint64                          // all chance is drawn from here, by order number and call
	Path   string                          // where its state is kept as JSON; "": memory only
	Client func(*tls.ConnectionState) bool // does this verified certificate belong to the merchant; nil: any does
	Rules  Rules
	Post   func(*http.Request) (*http.Response, error) // delivers notices, while Run runs; it must not follow redirects; nil: none are sent
	Script func(Call) *Trouble                         // nil or a nil answer: no trouble; called without any lock held

	mu   sync.Mutex
	kept keptState    // survives the plug
	memo processState // does not
}

// Order is one order as the street shows it. Fen and RefundedFen are fen;
// State is a v2 trade_state; Means is native, code or jsapi.
type Order struct {
	OutTradeNo    string `json:"out_trade_no"`
	State         string `json:"state"`
	Fen           int64  `json:"fen"`
	RefundedFen   int64  `json:"refunded_fen"`
	TransactionID string `json:"transaction_id,omitempty"`
	Means         string `json:"means"`
	Second        bool   `json:"second,omitempty"` // another payment of a number that was paid: see PayAgain
}

// Orders lists what the gateway knows, oldest first.
func (g *Gateway) Orders() []Order {
	now := g.lockNow()
	defer g.mu.Unlock()
	list := []Order{}
	for _, o := range g.kept.Orders {
		if o.State != dead {
			list = append(list, Order{o.No, o.State, o.Fen, o.returnedFen(now), o.TransactionID, o.Means, o.Payment > 1})
		}
	}
	return list
}

// Log is the last calls, oldest first: no codes, no keys.
func (g *Gateway) Log() []Call {
	g.lockNow()
	defer g.mu.Unlock()
	return append([]Call(nil), g.memo.calls...)
}

// Violations names what must never be seen at a gateway: money taken after an
// acknowledged reverse, two charges under one number, requests with a wrong signature.
func (g *Gateway) Violations() []string {
	g.lockNow()
	defer g.mu.Unlock()
	return append([]string(nil), g.kept.Faults...)
}

// SetKey is the merchant setting another API v2 key: the one before is dead at once.
func (g *Gateway) SetKey(key string) {
	g.lockNow()
	defer g.mu.Unlock()
	g.memo.formerKeys = append(g.memo.formerKeys, g.Key)
	g.Key = key
}

// addViolation notes what must never be seen. The list is kept with the orders, so that a restart forgives nothing; a client
// that errs in a loop fills it only so far.
func (g *Gateway) addViolation(text string) {
	if len(g.kept.Faults) < 1000 {
		g.kept.Faults = append(g.kept.Faults, text)
		g.memo.dirty = true
	}
}

// Balance sets what the merchant may give back, in fen; negative (the default) means
// there is always enough. Payments top it up, refunds draw on it.
func (g *Gateway) Balance(fen int64) error {
	g.lockNow()
	defer g.mu.Unlock()
	g.kept.Purse, g.memo.dirty = nil, true
	if fen >= 0 {
		g.kept.Purse = &fen
	}
	return g.saveState()
}

// lockNow takes the lock, brings the books up to now and answers what now is.
func (g *Gateway) lockNow() time.Time {
	g.mu.Lock()
	now := g.now()
	g.initialize()
	g.carryOutArrived(now)
	for _, o := range g.kept.Orders {
		g.ageOrder(o, now)
	}
	return now
}

// now is the gateway's own clock: in a bubble it is the bubble's, on a street the machine's.
func (g *Gateway) now() time.Time {
	if g.Now != nil {
		return g.Now()
	}
	return time.Now()
}
