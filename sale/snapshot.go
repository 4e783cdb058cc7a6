package sale

import "time"

// Snapshot is the shop as others may see it: the status page, the street, a test.
type Snapshot struct {
	Ready       bool
	Why         []Why
	Cloud       Cloud
	Refused     []OrderRefusal // why orders are refused, or queries that nobody signs, if that lies with the merchant or the config
	Clock       bool           // the wall clock is trusted
	Front       *Front
	Live        bool // an order occupies the machine, though the screen may show something else
	Selling     Slot // the slot of that order
	Open        int  // orders under way, owed ones not counted
	Owed        int  // orders a person must settle
	Products    []Product
	Stalled     []Stall // orders that are not owed, and still want a person's look
	Foreign     []No    // orders in Closing and Refunding of a merchant that is not in the config: a person may hand them over
	Settleable  []No    // orders in Closing that a person may settle: the gateway was silent, or denied them, for long enough
	Doubts      Doubts
	Maintenance string         // who took the kiosk out of service; "" nobody did
	Testing     Slot           // whose motor turns for a technician, or is about to; 0: none
	Skew        *time.Duration // the wall minus the Date of the newest verified answer; nil: none yet in this run
	Dropped     int            // presses, scans and late drops that came while the shop was too far behind, since the program began
	Alarms      int            // since this life began
	Strays      map[string]int // events that the machine does not know, "state event", counted and dropped
	View        View
}

// Cloud is whether the gateway answers, and since when that is so.
type Cloud struct {
	Reachable bool      `json:"reachable"`
	Since     time.Time `json:"since"`
	Trouble   string    `json:"-"` // why the newest failed call is not known, for technicians; "" once such a call succeeds
}

// Front is what a customer finds at the machine; nil while it is idle.
type Front struct {
	Screen string `json:"screen"`
	No     No     `json:"no"`
	Slot   Slot   `json:"slot"`
	Fen    Fen    `json:"fen"`
}

func (v View) frontOf() *Front {
	if v.Screen == ScreenIdle {
		return nil
	}
	return &Front{v.Screen, v.No, v.Slot, v.Fen}
}

// Snapshot is the shop as others may see it.
func (s *Shop) Snapshot() Snapshot {
	why := s.whyNotReady()
	n := Snapshot{
		Ready: len(why) == 0, Why: why, Clock: s.now.Trusted, Products: s.listProducts(), Doubts: s.doubts, Alarms: s.alarms, Maintenance: s.maintained, Testing: s.testing,
		Cloud: Cloud{s.gateway.Reached, s.gateway.Since, s.gateway.Trouble}, Refused: s.listRefusals(), Strays: map[string]int{}, View: s.currentView(),
	}
	if why := s.gateway.Refused; why != nil && !s.gateway.Reached {
		n.Refused = append(n.Refused, OrderRefusal{Deed: KindProbe, Code: why.Code, Unsigned: why.Unsigned})
	}
	for k, v := range s.unexpected {
		n.Strays[k] = v
	}
	for _, t := range s.orders {
		switch {
		case t.State == Owed:
			n.Owed++
		case !t.State.Over() && t.State != New:
			n.Open++
		}
	}
	if t := s.liveOrder(); t != nil {
		n.Live, n.Selling = true, t.Slot
	}
	n.Stalled, n.Foreign = s.stalledOrders(), numbersOf(s.foreignOrders())
	n.Front, n.Settleable = n.View.frontOf(), s.settleableOrders()
	return n
}
