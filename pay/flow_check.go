package pay

import (
	"cmp"
	"fmt"
	"time"

	"kiosk/sale"
)

// The kinds of findings when the fund flow and the trade bill of one day differ.
const (
	FlowMissing = "in the bill, not in the purse"
	FlowUnknown = "in the purse, not in the bill"
	FlowDiffers = "more moved than the bill says"
)

const (
	flowTrade  = "交易"
	flowRefund = "退款"
	flowEdge   = 10 * time.Minute // a movement so near to midnight may stand in the account of the other day
)

// Against holds a day's movements against the whole trade bill of the same day: every payment must have come in, every
// finished refund gone out, and nothing else by those names. Less than the bill says may have moved, for coupons and
// fees lower the sums; more may not. A bill knows nothing of separate fees, withdrawals and top-ups.
func (f Flow) Against(b sale.Bill) []sale.Finding {
	came, went := map[string]sale.Fen{}, map[string]sale.Fen{}
	for _, r := range f.Rows {
		switch {
		case r.Kind == flowTrade && r.In:
			came[r.Business] += r.Fen
		case r.Kind == flowRefund && !r.In:
			went[r.Business] += r.Fen
		}
	}
	found, told := []sale.Finding{}, map[string]bool{}
	for _, row := range b.Rows {
		moved, number, fen, done := came, row.Transaction, row.Fen, true
		if row.State != sale.BillPaid {
			moved, number, fen, done = went, cmp.Or(row.RefundID, row.Transaction), row.RefundFen, row.RefundState == "SUCCESS"
		}
		got, there := moved[number]
		switch told[number] = true; {
		case !there && done && !flowNearMidnight(row.At):
			found = append(found, newFlowFinding(FlowMissing, row.No, number, fen))
		case there && got > fen:
			found = append(found, newFlowFinding(FlowDiffers, row.No, number, got))
		}
	}
	for _, r := range f.Rows {
		ours := r.Kind == flowTrade && r.In || r.Kind == flowRefund && !r.In
		if ours && !told[r.Business] && !flowNearMidnight(r.At) {
			told[r.Business] = true
			found = append(found, newFlowFinding(FlowUnknown, sale.No(r.Voucher), r.Business, r.Fen))
		}
	}
	return found
}

// newFlowFinding names the movement by its sum and the gateway's number, for a person to look up.
func newFlowFinding(kind string, no sale.No, number string, fen sale.Fen) sale.Finding {
	return sale.Finding{Kind: kind, No: no, Transaction: number, Fen: fen, Text: fmt.Sprintf("%s: %s yuan", kind, fen.Yuan())}
}

func flowNearMidnight(at time.Time) bool {
	at = at.In(beijing)
	in := time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute + time.Duration(at.Second())*time.Second
	return in < flowEdge || in >= 24*time.Hour-flowEdge
}
