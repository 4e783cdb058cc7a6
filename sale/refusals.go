package sale

import (
	"maps"
	"time"
)

// OrderRefusal is why the gateway takes no orders of this merchant, for people: nothing is decided by it.
type OrderRefusal struct {
	Deed     string // the kind of the call that is refused: KindAsk, KindCharge, KindRefund; KindProbe for a query
	Code     string // the gateway's word, or the one that an unsigned text amounts to; "": a text that nobody knows
	Unsigned string // the text of a refusal that nobody signed, cleaned; "": it is signed, or has none
	Cause    Cause  // CauseExpiry, or none
}

// refusals is how the gateway refuses orders for a reason that lies with the merchant or the config. A QR order may be taken
// where a payment code or a refund is not, so each kind of call is counted by itself.
type refusals struct {
	Streaks map[string]refusalStreak `json:"streaks,omitempty"` // by the kind of call
	AskedAt time.Duration            `json:"asked_at,omitempty"`
	TrialAt time.Duration            `json:"trial_at,omitempty"` // when the next trial order is due
	Longer  bool                     `json:"longer,omitempty"`   // the gateway found the configured expiry too near
}

// clone returns a copy that the next step does not change.
func (r refusals) clone() refusals {
	r.Streaks = maps.Clone(r.Streaks)
	return r
}

// refusalStreak counts the orders that were refused since one succeeded.
type refusalStreak struct {
	Orders int          `json:"orders"`
	Last   No           `json:"last"` // an order that is asked for many times counts once
	Why    OrderRefusal `json:"why"`
}
