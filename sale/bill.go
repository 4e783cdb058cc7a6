package sale

import "time"

// Bill is the gateway's account of one day, Beijing time.
type Bill struct {
	Day  time.Time
	Rows []BillRow
}

// What a row of a bill is about.
const (
	BillPaid    = "SUCCESS"
	BillRefund  = "REFUND"
	BillRevoked = "REVOKED"
)

// BillRow is one line of a bill: a payment, a refund, or a payment that was reversed.
type BillRow struct {
	State       string // BillPaid …
	No          No
	Transaction string
	RefundNo    string
	RefundID    string
	Fen         Fen // what the order cost
	RefundFen   Fen // what went back, on BillRefund and BillRevoked rows
	RefundState string
	Currency    string
	AppID       string
	MchID       string
	SubMchID    string
	Device      string
	At          time.Time
}
