package sale

import (
	"testing"
	"time"
)

// A charge is under way until its answer is here. A reverse that overtakes it finds no order there, and the money is
// taken after it.
func TestAReverseNeverOvertakesItsCharge(t *testing.T) {
	for took := time.Second; took < timeouts[KindCharge]; took += 2 * time.Second {
		w := calmWorld(t)
		w.qr(t, 1)
		w.answer = func(c Call) (Answer, bool) {
			if c.Kind == KindQuery {
				w.answer = nil
				w.lose() // the answer to the charge comes from this test
			}
			return Answer{}, false
		}
		w.scan("a")
		w.wait(time.Second)
		no := w.codeOrder(t).No
		left := w.sent(KindCharge, no)[0]
		w.run(left + took)
		w.tell(Answered{Deed: KindCharge, No: no, Sent: left, Answer: Answer{Outcome: OutcomeDenied, Code: "NOTENOUGH", Cause: CausePayerFunds}})
		w.wait(2 * time.Minute)
		at := w.sent(KindCancel, no)
		if len(at) == 0 {
			t.Fatalf("a charge that came back after %v was never reversed: %s", took, w.state(no))
		}
		if gap := at[0] - left - took; gap < 15*time.Second {
			t.Errorf("a charge of %v was reversed %v after it came back: it may still be served there, money taken and no order to give it back for", took, gap)
		}
	}
}

// The gateway denies an order, knows it again, and denies it once more: of these only the last denial counts.
func TestAnOrderIsGoneOnlyIfItIsDeniedWithoutABreak(t *testing.T) {
	for _, means := range []Means{Native, Code} {
		for says, word := range map[Outcome]string{OutcomeUnpaid: "NOTPAY", OutcomePaying: "USERPAYING", OutcomeFailed: "PAYERROR"} {
			w := calmWorld(t)
			no, denied := w.qr(t, 1), false
			w.answer = func(c Call) (Answer, bool) {
				switch {
				case c.Kind == KindCancel:
					return Answer{Outcome: OutcomeDenied, Code: "TRADE_STATE_ERROR"}, true
				case c.Kind == KindCharge:
					return Answer{Outcome: OutcomePaying, Code: "USERPAYING"}, true
				case c.Kind != KindQuery || c.Order.Means != means:
					return Answer{}, false
				case denied:
					return Answer{Outcome: OutcomeMissing, Code: "ORDERNOTEXIST"}, true
				}
				return Answer{Outcome: says, Code: word}, true
			}
			if means == Code {
				w.scan("a")
				w.wait(time.Second)
				no = w.codeOrder(t).No
			}
			w.wait(10 * time.Minute) // late long ago, and every cancel is allowed
			denied = true
			w.wait(goneAfter - 10*time.Second)
			denied = false
			w.wait(roundPause + 10*time.Second)
			if w.state(no) != Closing {
				t.Fatalf("%s, %s: %s", means, word, w.state(no))
			}
			denied = true
			began := w.now
			for w.state(no) == Closing && w.now < began+time.Hour {
				w.wait(time.Second)
			}
			if after := w.now - began; w.state(no) != Closed || after < goneAfter {
				t.Errorf("%s: %s %v after the gateway still said %s: it only lags, and the payment that it hides is kept", means, w.state(no), after, word)
			}
		}
	}
}
