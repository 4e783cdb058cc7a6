package gateway

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// billRow is one line of a day's bill before it is written down. Sums are fen.
type billRow struct {
	at     time.Time
	o      *order
	state  string // SUCCESS, REFUND, REVOKED
	fen    int64  // what was ordered; of a refund: what was asked back
	coupon int64
	r      *refunding
}

// isRefund tells whether the row takes money from the merchant.
func (r billRow) isRefund() bool { return r.state != success }

// platformFee is what the platform keeps of a row, in fen: 0.60 %, rounded; given back with the money.
func (r billRow) platformFee() int64 {
	fee := (r.fen*6 + 500) / 1000
	if r.isRefund() {
		return -fee
	}
	return fee
}

// billRows are the rows of one Beijing day, with what tests have planted.
func (g *Gateway) billRows(day string, kind string, now time.Time) []billRow {
	var rows []billRow
	add := func(row billRow) {
		if row.at.In(beijing).Format(dayLayout) == day && (kind == "ALL" || kind == success && !row.isRefund() || kind == refund && row.isRefund()) {
			rows = append(rows, row)
		}
	}
	for _, o := range g.kept.Orders {
		if !o.isPaid() {
			continue
		}
		add(billRow{o.PaidAt, o, success, o.Fen, o.Coupon, nil})
		if o.State == revoked {
			add(billRow{o.Reversed, o, revoked, o.Fen, o.Coupon, &refunding{No: "", ID: "", Fen: o.Fen, At: o.Reversed, Ends: o.Reversed, End: success}})
		}
		for _, r := range o.Refunds {
			add(billRow{r.At, o, refund, r.Fen, o.couponShare(r), r})
		}
	}
	slices.SortStableFunc(rows, func(a, b billRow) int {
		return cmp.Or(a.at.Compare(b.at), strings.Compare(a.o.No, b.o.No))
	})
	return g.plantDifferences(rows)
}

// dayLayout is v2's bill_date; v3 writes dashes.
const dayLayout = "20060102"

// Plant is a difference between the bill and what the kiosk believes.
type Plant struct {
	Kind       string    `json:"kind"` // one of PlantKinds
	OutTradeNo string    `json:"out_trade_no"`
	Fen        int64     `json:"fen,omitempty"`
	At         time.Time `json:"at,omitzero"`
}

// PlantKinds: "paid" is an order the kiosk never made, paid for Fen at At; "refund" gives Fen
// back at At, as somebody at the merchant platform would. Both really happen: queries tell of
// them. The rest are in the bill only: "amount" tells the paid row with Fen, "missing" leaves
// it out, "doubled" says it twice.
var PlantKinds = []string{"paid", "refund", "amount", "missing", "doubled"}

// Plant makes one difference. The order must be there, but for "paid", where it must not.
func (g *Gateway) Plant(p Plant) error {
	now := g.lockNow()
	defer g.mu.Unlock()
	o := g.memo.byNo[p.OutTradeNo]
	if p.At.IsZero() {
		p.At = now
	}
	switch {
	case !slices.Contains(PlantKinds, p.Kind):
		return fmt.Errorf("plant a difference: no kind named %q", p.Kind)
	case (p.Kind == "paid") != (o == nil):
		return fmt.Errorf("plant %s: the order is there: %v", p.Kind, o != nil)
	case p.Kind != "paid" && !o.isPaid():
		return fmt.Errorf("plant %s: the order is not paid", p.Kind)
	case p.Kind == "refund" && (p.Fen <= 0 || o.promisedFen(now)+p.Fen > o.Fen):
		return fmt.Errorf("plant a refund: %d fen are more than are left", p.Fen)
	}
	g.memo.dirty = true
	switch p.Kind {
	case "paid":
		o = &order{No: p.OutTradeNo, Means: byNative, Fen: p.Fen, Created: p.At, API: "v2", Body: "planted"}
		g.kept.Orders = append(g.kept.Orders, o)
		g.indexOrder(o)
		g.moveOrder(o, notPay, p.At)
		g.moveOrder(o, success, p.At)
	case "refund":
		r := g.giveBack(o, "PLANTED"+fmt.Sprint(len(o.Refunds))+o.No, p.Fen, p.At, p.At.Add(2*time.Second))
		r.Source = "VENDOR_PLATFORM"
	default:
		g.kept.Plants = append(g.kept.Plants, p)
	}
	return g.saveState()
}

// plantDifferences applies what tests have planted to the rows of payments. Refund rows stay as they are: a planted refund
// really happened.
func (g *Gateway) plantDifferences(rows []billRow) []billRow {
	var out []billRow
	for _, row := range rows {
		times := 1
		for _, p := range g.kept.Plants {
			if p.OutTradeNo != row.o.No || row.state != success {
				continue
			}
			switch p.Kind {
			case "amount":
				row.fen = p.Fen
			case "missing":
				times = 0
			case "doubled":
				times = 2
			}
		}
		for range times {
			out = append(out, row)
		}
	}
	return out
}

// billDay reads a date in the layout of its API and says what stands against a bill of it:
// "bad", "creating" or "none" before it is made, "old" after three months; "" is nothing.
func (g *Gateway) billDay(text, layout string, now time.Time) (day, problem string) {
	at, err := time.ParseInLocation(layout, text, beijing)
	if err != nil {
		return "", "bad"
	}
	from, err := time.Parse("15:04", orWord(g.Rules.BillFrom, "09:00"))
	if err != nil {
		from = time.Date(0, 1, 1, 9, 0, 0, 0, time.UTC)
	}
	here := now.In(beijing)
	ready := at.AddDate(0, 0, 1).Add(time.Duration(from.Hour())*time.Hour + time.Duration(from.Minute())*time.Minute)
	switch {
	case at.After(here):
		return "", "bad"
	case at.AddDate(0, 3, 0).Before(time.Date(here.Year(), here.Month(), here.Day(), 0, 0, 0, 0, beijing)):
		return "", "old"
	case here.Before(ready) && orWord(g.Rules.BillEarly, "Bill Creating") == "Bill Creating":
		return "", "creating"
	case here.Before(ready):
		return "", "none"
	}
	return at.Format(dayLayout), ""
}
