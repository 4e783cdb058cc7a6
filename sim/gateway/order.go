package gateway

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"time"
)

// The trade_state words, and one of our own.
const (
	notPay     = "NOTPAY"
	userPaying = "USERPAYING"
	success    = "SUCCESS"
	closed     = "CLOSED"
	revoked    = "REVOKED"
	payError   = "PAYERROR"
	refund     = "REFUND"
	dead       = "DEAD" // the number was used up by a code that was no good; a query finds nothing
)

// How an order is paid. It is fixed at birth: a number that was ordered as a QR code cannot be charged with a payment code.
const (
	byNative = "native"
	byCode   = "code"
	byJSAPI  = "jsapi"
)

// order is one out_trade_no. It is never forgotten: a number is good for one payment.
type order struct {
	No            string        `json:"no"`
	Payment       int           `json:"payment,omitempty"` // of two payments of one number the second has 2 here, a third 3
	Means         string        `json:"means"`
	API           string        `json:"api,omitempty"`  // v2 or v3: the words it was ordered in, and its notices speak
	Kind          string        `json:"kind,omitempty"` // the sign type of a v2 order
	URL           string        `json:"notify_url,omitempty"`
	Body          string        `json:"body,omitempty"`
	OpenID        string        `json:"openid,omitempty"` // who alone may pay a JSAPI order
	State         string        `json:"state"`
	Story         []stateChange `json:"story"`
	Fen           int64         `json:"fen"`
	Coupon        int64         `json:"coupon,omitempty"`
	Attach        string        `json:"attach,omitempty"`
	Device        string        `json:"device,omitempty"`
	Params        string        `json:"params"` // digest of the request without its code
	Code          string        `json:"code,omitempty"`
	Word          string        `json:"word,omitempty"` // the err_code a failed charge was answered with
	Created       time.Time     `json:"created"`
	Expires       time.Time     `json:"expires,omitzero"`
	Hidden        time.Time     `json:"hidden,omitzero"` // queries find nothing before
	Turns         time.Time     `json:"turns,omitzero"`  // when a charge that hangs becomes Turn
	Turn          string        `json:"turn,omitempty"`
	PaidAt        time.Time     `json:"paid,omitzero"`
	TransactionID string        `json:"transaction_id,omitempty"`
	Reversed      time.Time     `json:"reversed,omitzero"` // when the first reverse was acknowledged
	Gap           time.Time     `json:"gap,omitzero"`      // the last try to refund
	Tickets       []ticket      `json:"tickets,omitempty"`
	Refunds       []*refunding  `json:"refunds,omitempty"`
}

// stateChange is one state and its beginning; a query that lags reads an earlier one.
type stateChange struct {
	State string    `json:"state"`
	At    time.Time `json:"at"`
}

// ticket is one code_url and prepay_id of an order.
type ticket struct {
	Token string    `json:"token"`
	Pre   string    `json:"prepay,omitempty"`
	At    time.Time `json:"at"`
}

// isPaid is true for ever once the money came, whatever was refunded since.
func (o *order) isPaid() bool { return !o.PaidAt.IsZero() }

// stateAt is what was true at that time; "" before the order was there.
func (o *order) stateAt(at time.Time) string {
	state := ""
	for _, c := range o.Story {
		if c.At.After(at) {
			break
		}
		state = c.State
	}
	return state
}

// moveOrder moves the order on. It is the only place where a state changes, and so where
// the worst cannot happen unnoticed.
func (g *Gateway) moveOrder(o *order, state string, at time.Time) {
	if state == success {
		if !o.Reversed.IsZero() {
			g.addViolation("order " + o.No + " was paid after its reverse was acknowledged")
		}
		if o.isPaid() {
			g.addViolation("order " + o.No + " was paid twice")
		}
		o.PaidAt = at
		o.Coupon = g.couponOf(o)
		o.TransactionID = "4200" + at.In(beijing).Format("20060102") + drawDigits(g.random(o.chance(), "transaction"), 16)
		if g.kept.Purse != nil {
			*g.kept.Purse += o.Fen
		}
		g.indexOrder(o)
		g.queueNotice(o, at)
	}
	o.State = state
	o.Story = append(o.Story, stateChange{state, at})
	g.memo.dirty = true
}

// ageOrder lets pass what passes by itself: hanging charges, the end of unpaid orders.
func (g *Gateway) ageOrder(o *order, now time.Time) {
	if o.State != userPaying && o.State != notPay {
		return
	}
	end, state := o.Created.Add(or(g.Rules.NativeLives, 7*24*time.Hour)), closed
	if o.Means == byCode {
		end, state = o.Created.Add(or(g.Rules.AutoRevoke, 45*time.Second)), revoked
		if g.Rules.AutoRevoke < 0 {
			end = now.Add(time.Hour)
		}
	}
	if !o.Turns.IsZero() && !o.Turns.After(now) && o.Turns.Before(end) {
		at, to := o.Turns, o.Turn
		o.Turns, o.Turn = time.Time{}, ""
		g.moveOrder(o, to, at)
		return
	}
	if !now.Before(end) {
		o.Turns, o.Turn = time.Time{}, ""
		g.moveOrder(o, state, end)
	}
}

// couponOf is what a coupon pays of the price, so that total_fee and cash_fee differ: a client that compares the wrong one with its
// own sum refuses an honest payment.
func (g *Gateway) couponOf(o *order) int64 {
	one := or(g.Rules.CouponOneIn, 5)
	if one == 0 || o.Fen < 2 || g.random(o.No, "coupon").IntN(one) != 0 {
		return 0
	}
	return min(o.Fen/2, 10)
}

// random is the chance of one order in one matter: other orders' calls do not change it.
func (g *Gateway) random(no, matter string) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s\x00%s", no, matter)
	return rand.New(rand.NewPCG(g.Seed, h.Sum64()))
}

var beijing = time.FixedZone("Beijing", 8*3600)

// stampLayout is v2's way to write a time, always in Beijing time.
const stampLayout = "20060102150405"

func drawDigits(dice *rand.Rand, n int) string { return drawLetters(dice, n, "0123456789") }

// base62 are the letters of nonces, tickets and openids.
const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// drawLetters draws n letters out of those given.
func drawLetters(dice *rand.Rand, n int, from string) string {
	var b strings.Builder
	for range n {
		b.WriteByte(from[dice.IntN(len(from))])
	}
	return b.String()
}
