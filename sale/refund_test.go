package sale

import (
	"testing"
	"time"
)

func TestAPartThatWentBackIsNotTheWhole(t *testing.T) {
	for _, state := range []State{Refunding, Owed} {
		for _, hand := range []string{"", RefundDone} {
			for _, back := range []Fen{1, 50, 99} {
				w := calmWorld(t)
				no := w.stuckOrder(t, 1)
				returned := back
				w.answer = func(c Call) (Answer, bool) {
					switch {
					case c.Order.No != no:
						return Answer{}, false
					case c.Kind == KindRefund && state == Owed:
						return Answer{Outcome: OutcomeDenied, Code: "TRADE_OVERDUE"}, true
					case c.Kind == KindRefund:
						return Answer{Outcome: OutcomeAccepted}, true
					}
					return Answer{Outcome: OutcomeReturned, Code: "REFUND", Money: w.book.orders[no].Money, Returned: returned, Refund: hand}, true
				}
				for range 3 {
					w.wait(10 * time.Minute)
					w.tell(Nudged{No: no}) // asked after now, and not only tomorrow
				}
				if w.state(no) != state {
					t.Fatalf("%d of 100 fen went back, and the order is %s: the customer gets a part, and nobody asks for the rest", back, w.state(no))
				}
				returned = 100
				w.tell(Nudged{No: no})
				w.wait(time.Minute)
				if w.state(no) != Refunded {
					t.Errorf("all of it is back, and the order is %s", w.state(no))
				}
			}
		}
	}
}

// The gateway knows an order only under the merchant who was paid, and only that one may pay it back.
func TestAnOrderOfAFormerMerchantIsNotSentBackForARefund(t *testing.T) {
	for what, change := range map[string]func(*Merchant){
		"mchid":     func(m *Merchant) { m.MchID = "2" },
		"appid":     func(m *Merchant) { m.AppID = "wx2" },
		"sub_mchid": func(m *Merchant) { m.SubMchID = "3" },
		"sub_appid": func(m *Merchant) { m.SubAppID = "wx3" },
		"api":       func(m *Merchant) { m.API = "v3" },
	} {
		w := calmWorld(t)
		w.answer = func(c Call) (Answer, bool) {
			return Answer{Outcome: OutcomeDenied, Code: "TRADE_OVERDUE"}, c.Kind == KindRefund
		}
		no := w.stuckOrder(t, 1)
		w.wait(10 * time.Minute)
		w.cut(time.Second)
		w.wait(10 * time.Second)
		paid, tries := w.shop.Merchant, len(w.sent(KindRefund, no))
		change(&w.shop.Merchant)
		w.answer = nil
		w.tell(DecideOrder{No: no, Event: Retried, By: "owner"})
		w.wait(time.Hour)
		if n := len(w.sent(KindRefund, no)) - tries; n != 0 || w.state(no) != Owed {
			t.Errorf("another %s: %d refunds were asked for, and the order is %s: not the merchant who was paid pays, or nobody does", what, n, w.state(no))
		}
		w.shop.Merchant = paid
		w.tell(DecideOrder{No: no, Event: Retried, By: "owner"})
		w.wait(time.Hour)
		if w.state(no) != Refunded {
			t.Errorf("%s: sent back under its own merchant, and %s", what, w.state(no))
		}
	}
}
