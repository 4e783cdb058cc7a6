package sale

import (
	"strings"
	"testing"
	"time"
)

// closeTrial gives the shop a trial order that another process asked for.
func (w *world) closeTrial(o Order) Refusal {
	answer := Refusal("none")
	seen := w.seen
	w.seen = func(in Input, deeds []Deed) {
		for _, d := range deeds {
			if r, ok := d.(Reply); ok {
				answer = r.Refusal
			}
		}
	}
	w.tell(CloseTrial{o})
	w.seen = seen
	return answer
}

func TestATrialOrderOfAnotherProcessIsClosedByTheRules(t *testing.T) {
	w := calmWorld(t)
	o := TrialOrder(Number("K1", 0, strings.Repeat("A", 30)), w.shop.Merchant, "ware 1")
	o.Expires = w.instant().Wall.Add(6 * time.Minute)
	w.gate.serve(Call{Kind: KindAsk, Order: o}) // the other process asked
	if why := w.closeTrial(o); why != "" || w.state(o.No) != Closing {
		t.Fatalf("the shop says %q, and the order is %q", why, w.state(o.No))
	}
	if why := w.closeTrial(o); why != RefusedSettled {
		t.Errorf("the same order twice: %q", why)
	}
	w.wait(5 * time.Minute)
	if n := len(w.sent(KindCancel, o.No)); n != 0 {
		t.Errorf("%d closes before five minutes have passed", n)
	}
	w.wait(5 * time.Minute)
	got := w.book.orders[o.No]
	if got.State != Closed || w.motors[o.No] != 0 || len(w.sent(KindCancel, o.No)) == 0 || !got.Expires.Equal(o.Expires) {
		t.Errorf("a trial order is left %s after %d closes", got.State, len(w.sent(KindCancel, o.No)))
	}
	w.sound(t)
}

func TestATrialOrderWaitsForTheCustomerAtTheMachine(t *testing.T) {
	w := calmWorld(t)
	w.qr(t, 1)
	o := TrialOrder(Number("K1", 0, strings.Repeat("B", 30)), w.shop.Merchant, "ware 1")
	if why := w.closeTrial(o); why != RefusedServing || w.state(o.No) != "" {
		t.Errorf("while a customer is served the shop says %q", why)
	}
	// A merchant number with a typing error, tried and then corrected, must not stop the sale.
	typo := w.shop.Merchant
	typo.MchID = "1999999999"
	if why := w.closeTrial(TrialOrder(Number("K1", 0, strings.Repeat("D", 30)), typo, "ware 1")); why != RefusedMerchant || !w.shop.Snapshot().Ready {
		t.Errorf("an order of another merchant: %q, ready %v", why, w.shop.Snapshot().Ready)
	}
	stranger := TrialOrder(Number("K2", 0, strings.Repeat("C", 30)), w.shop.Merchant, "ware 1")
	w.wait(10 * time.Minute)
	if why := w.closeTrial(stranger); why != RefusedInvalid {
		t.Errorf("another kiosk's order: %q", why)
	}
	if why := w.closeTrial(o); why != "" {
		t.Errorf("nobody is at the machine, and the shop says %q", why)
	}
	w.sound(t)
}

// Somebody who pays a trial order gets the money back.
func TestATrialOrderOfAnotherProcessThatIsPaidIsRefunded(t *testing.T) {
	w := calmWorld(t)
	o := TrialOrder(Number("K1", 0, strings.Repeat("D", 30)), w.shop.Merchant, "ware 1")
	w.gate.serve(Call{Kind: KindAsk, Order: o})
	w.gate.pay(w.gate.orders[o.No])
	w.closeTrial(o)
	w.wait(5 * time.Minute)
	if got := w.book.orders[o.No]; got.State != Refunded || w.motors[o.No] != 0 {
		t.Errorf("a paid trial order is %s after %d turns", got.State, w.motors[o.No])
	}
}
