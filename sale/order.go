package sale

import (
	"fmt"
	"time"
)

type (
	Fen  int64  // money is counted, never measured
	Slot int    // a spiral, numbered as on the sticker
	No   string // our order number, the gateway's out_trade_no
)

// Yuan writes an amount as a price is written: 350 is "3.50".
func (f Fen) Yuan() string {
	sign := ""
	if f < 0 {
		sign, f = "-", -f
	}
	return fmt.Sprintf("%s%d.%02d", sign, f/100, f%100)
}

// Means is how the customer pays.
type Means string

// The means of payment: a QR code on our panel, a code on the customer's phone, the customer's own page.
const (
	Native Means = "native"
	Code   Means = "code"
	JSAPI  Means = "jsapi"
)

// Merchant is who is paid and how the gateway is spoken to. An order keeps the one it was born under, SignType and Key only for
// the record: it is asked about with those of today.
type Merchant struct {
	API      string `json:"api"` // v2 | v3
	AppID    string `json:"appid"`
	MchID    string `json:"mchid"`
	SubAppID string `json:"sub_appid,omitempty"`
	SubMchID string `json:"sub_mchid,omitempty"`
	SignType string `json:"sign_type"` // MD5 | HMAC-SHA256
	Key      string `json:"key"`       // a short fingerprint of the key, never the key
}

// IsSamePayee reports whether money for the one is money for the other: under the same ids, by the same API. Keys and ways to
// sign come and go under them.
func (m Merchant) IsSamePayee(o Merchant) bool {
	m.SignType, m.Key = o.SignType, o.Key
	return m == o
}

// Money is a payment as the gateway confirmed it.
type Money struct {
	Transaction string // the gateway's number of the payment
	Fen         Fen
	Currency    string
	At          time.Time
}

// Why an order is refunded.
const (
	RefundForStuck  = "stuck"
	RefundForWoke   = "woke"
	RefundForLate   = "late"
	RefundForMisfit = "misfit"
)

// trialFen is what a trial order costs.
const trialFen = 1

// IsTrial reports an order that no customer chose: it finds out whether orders are taken at all, and nobody sees its code.
func (o Order) IsTrial() bool { return o.Slot == 0 && o.GatewayCode != codeFound && o.Fen == trialFen }

// Order is a purchase as the book stores it. Never in here: a payment code, a code_url, an openid.
type Order struct {
	No       No
	Choice   string // one for the QR order and the code order of one customer's choice; of a second payment the order paid first
	Means    Means
	Slot     Slot
	Name     string
	NameEN   string
	Fen      Fen
	Merchant Merchant
	Expires  time.Time // the last moment to pay, as sent to the gateway; zero for code orders
	Created  time.Time
	Trusted  bool // whether the clock was trusted at birth

	Money  Money  // with Paid, Misfit, Found
	Source string // where Money was seen: "charge" or "query"
	Misfit string // what did not fit

	RefundNo  string // number + "R" + round
	Round     int    // 1 or 2
	RefundFen Fen
	Why       string // why it is refunded: RefundForStuck …
	Doubt     bool   // the goods may have gone out as well
	GoodsToo  bool   // they surely did: goods and money both went out

	GatewayCode string // the gateway's word on Refused, Gone, Repaid, Unpayable
	ReturnedBy  string // who returned the money: "reverse", "refund", "other"
	Fault       string // the kind of fault with Dropped and Stuck
	By          string // who settled, retried or handed over
	How         string // platform, cash, goods, never paid
	Note        string

	State   State
	Last    Event
	Updated time.Time
	Reason  string // why it is not moving: ReasonBalance …
}

// The words of GatewayCode that the shop writes or reads itself. They stand in the book, so they never change.
const (
	codeReversed       = "REVOKED"
	codeRefundClosed   = "REFUNDCLOSE" // that refund number is dead: the next try takes a new one
	codeRefundAbnormal = "CHANGE"
	codeNoOrder        = "ORDERNOTEXIST"
	codeFound          = "FOUND"  // ours: no gateway says it
	codeBarred         = "BARRED" // ours too: the book refuses what the gateway says
)

// Why an order that should move does not.
const (
	ReasonBalance = "balance low"
	ReasonConfig  = "configuration"
	ReasonOverdue = "overdue"
	ReasonSilent  = "no answer"      // closing: the gateway has said nothing since Updated
	ReasonUnknown = "unknown there"  // closing, too old to be called gone: the gateway has denied the order since Updated
	ReasonBarred  = "barred"         // the book refuses what the gateway says of it: only a person can end it
	ReasonDenied  = "payment denied" // refunding: the gateway has denied the payment since Updated
	ReasonForeign = "other merchant" // its ids are not in the config: nobody can ask about it here
	ReasonNotice  = "notice"         // closed, and ReasonForeign; the gateway says all the same that something became of it
)
