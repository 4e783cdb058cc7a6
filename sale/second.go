package sale

import (
	"crypto/sha256"
	"math/big"
	"strings"
)

// A second payment is money that came under a number which is paid already, with another transaction id. It has a row of its
// own in the book, and is asked after and refunded by its transaction id (rule 14).
const (
	secondMark = "-T"
	secondLen  = 18 // characters of base 36: as many as 28 digits need

	secondLooks = 3 // more, a minute apart, if the gateway does not know it yet: its notice does not come again
)

// SecondNumber is the number of the row of a second payment: the same every time for one transaction id.
func SecondNumber(kiosk, transaction string) No {
	n, ok := new(big.Int).SetString(transaction, 10)
	if !ok || n.String() != transaction || len(transaction) > 28 { // no id of today: a digest of it is as good
		sum := sha256.Sum256([]byte(transaction))
		n = new(big.Int).Mod(new(big.Int).SetBytes(sum[:]), new(big.Int).Exp(big.NewInt(36), big.NewInt(secondLen), nil))
	}
	text := strings.ToUpper(n.Text(36))
	return No(kiosk + secondMark + strings.Repeat("0", secondLen-len(text)) + text)
}

// IsSecond reports whether a number is that of a second payment's row. An order's own has a digit behind the "-".
func (n No) IsSecond() bool { return strings.HasPrefix(string(n)[len(n.Kiosk()):], secondMark) }

// TradeNo is the number under which the gateway knows the order: a second payment's is that of the order paid first.
func (o *Order) TradeNo() No {
	if o.No.IsSecond() {
		return No(o.Choice)
	}
	return o.No
}

// isOther reports whether an order is paid by another transaction than one that the gateway names.
func (o *Order) isOther(transaction string) bool {
	return o.Money.Transaction != "" && transaction != "" && o.Money.Transaction != transaction
}

// nudgeSecond asks after a second payment of an order. It stands in no book before the gateway has confirmed it.
func (s *Shop) nudgeSecond(first Order, transaction string, entered bool) {
	no := SecondNumber(first.No.Kiosk(), transaction)
	switch t := s.findOrder(no); {
	case t != nil:
		s.nudgeKnown(t)
	case !entered && s.countUnknown() < maxUnknown:
		o := Order{No: no, Choice: string(first.No), Means: first.Means, Slot: first.Slot, Name: first.Name, NameEN: first.NameEN,
			Merchant: first.Merchant, Created: s.now.Wall, Trusted: s.now.Trusted, Money: Money{Transaction: transaction}, State: New}
		t = &activeOrder{Order: o, Due: s.now.Mono, Rechecks: secondLooks}
		s.orders = append(s.orders, t)
		if !s.isOurs(t) {
			s.noteUnaskable(t)
		}
	}
}

// isOfOther reports whether an answer speaks of another payment than the order's own: it says nothing of that one, and the
// other is asked after by its own id.
func (s *Shop) isOfOther(t *activeOrder, in Answered) bool {
	if t.State == New || in.Err != "" || !t.isOther(in.Money.Transaction) {
		return false
	}
	if t.Other != in.Money.Transaction { // once, for the book may have it already
		t.Other = in.Money.Transaction
		s.nudgeSecond(t.Order, t.Other, false)
	}
	return true
}
