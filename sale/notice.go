package sale

import "time"

// The kinds of notices.
const (
	NoticePaid   = "paid"
	NoticeRefund = "refund"
)

// Notice is a verified message of the gateway that something became of an order. It never moves an order:
// it only makes the next query come sooner. It is durable before it is answered.
type Notice struct {
	ID          string // the gateway's id of the message, the same when it is repeated; v2 has none: a digest of what it says
	API         string // v2 | v3
	Kind        string // NoticePaid | NoticeRefund
	No          No
	Transaction string
	RefundNo    string // with NoticeRefund
	Fen         Fen    // what was paid, or went back
	Currency    string
	State       string // the gateway's word: SUCCESS, REFUNDCLOSE, CHANGE …
	At          time.Time
}
