package sale

import (
	"fmt"
	"testing"
	"time"
)

// The line was away and is back. Whoever has not scanned yet can scan again, and nobody had to press anything.
func TestTheQRCodeComesBackByItselfAfterAGap(t *testing.T) {
	w := calmWorld(t)
	no := w.qr(t, 1)
	w.silence(true)
	off := time.Duration(0)
	for since := w.now; w.now < since+20*time.Second; w.wait(100 * time.Millisecond) {
		if w.view.QR == "" {
			off = w.now - since
			break
		}
	}
	if off == 0 || off > 12*time.Second || w.view.Screen != ScreenOffline || w.view.Note != NoteGap || w.view.No != no {
		t.Fatalf("the code left the glass after %v: %+v", off, w.view)
	}
	w.wait(5 * time.Second)
	if w.armed || w.view.QR != "" {
		t.Errorf("armed %v, %+v while nobody answers", w.armed, w.view)
	}
	w.silence(false)
	w.wait(7 * time.Second)
	if w.view.QR == "" || w.view.No != no || !w.armed || len(w.book.birth) != 1 {
		t.Fatalf("the line is back, %d orders, armed %v, and the customer sees %+v", len(w.book.birth), w.armed, w.view)
	}
	w.gate.pay(w.gate.orders[no])
	w.wait(10 * time.Second)
	if w.state(no) != Sold {
		t.Errorf("%s", w.state(no))
	}
}

// No code comes back for which a payment code may have been charged, nor one that is about to leave the glass anyway.
func TestTheQRCodeStaysAwayWhenItsTimeIsOver(t *testing.T) {
	w := calmWorld(t)
	w.qr(t, 1)
	w.wait(40 * time.Second)
	w.silence(true)
	w.wait(25 * time.Second)
	if w.view.Screen != ScreenOffline || w.view.Note != NoteUnsettled {
		t.Errorf("the code will not come back, and the customer reads %+v", w.view)
	}
	w.silence(false)
	w.wait(5 * time.Second)
	if w.view.QR != "" || w.view.Screen != ScreenQR || w.view.Note != NoteFinish {
		t.Errorf("20 s before its end: %+v", w.view)
	}

	w = calmWorld(t)
	w.qr(t, 1)
	w.silence(true)
	w.scan("a")
	for range 200 {
		if w.view.QR != "" {
			t.Fatalf("a code is on the glass again after another was scanned: %+v", w.view)
		}
		if w.wait(100 * time.Millisecond); w.now > 12*time.Second {
			w.silence(false)
		}
	}
}

// Once the code is off the glass for good, its key brings a new one: that of a new order.
func TestTheKeyOfACodeThatLeftTheGlassBringsANewOrder(t *testing.T) {
	w := calmWorld(t)
	first := w.qr(t, 1)
	w.wait(62 * time.Second)
	if w.view.Note != NoteFinish {
		t.Fatalf("%+v", w.view)
	}
	w.press(1)
	w.wait(time.Second)
	if w.view.QR == "" || w.view.No == first || w.state(first) != Closing {
		t.Errorf("the first order is %s, and it shows %+v", w.state(first), w.view)
	}

	w = calmWorld(t) // the cancel key still gives it up
	first = w.qr(t, 1)
	w.wait(62 * time.Second)
	w.tell(GaveUp{})
	w.wait(10 * time.Second)
	if w.state(first) != Closing || len(w.book.birth) != 1 || w.view.Screen != ScreenIdle {
		t.Errorf("cancelled: %s, %d orders, %s", w.state(first), len(w.book.birth), w.view.Screen)
	}
}

// A charged code is asked after every two seconds, and given up when its time is over.
func TestACodeOrderIsGivenUpAfterItsTimeout(t *testing.T) {
	for set, want := range map[time.Duration]time.Duration{0: 30 * time.Second, 15 * time.Second: 15 * time.Second, time.Minute: time.Minute} {
		w := calmWorld(t)
		w.shop.CodeTimeout = set
		w.answer = func(c Call) (Answer, bool) {
			return Answer{Outcome: OutcomePaying, Code: "USERPAYING"}, c.Kind == KindCharge || c.Kind == KindQuery && c.Order.Means == Code
		}
		w.qr(t, 1)
		w.scan("a")
		w.wait(time.Second)
		no := w.codeOrder(t).No
		charged := w.sent(KindCharge, no)[0]
		for w.state(no) == Waiting {
			left := (charged + want - w.now + time.Second - 1).Truncate(time.Second)
			if v := w.view; v.Screen != ScreenPassword || v.Left != max(left, 0) {
				t.Fatalf("%v: %v after the charge it shows %+v, want a countdown at %v", set, w.now-charged, v, left)
			}
			w.wait(250 * time.Millisecond)
		}
		if took := w.now - charged; w.state(no) != Closing || took < want || took > want+3*time.Second {
			t.Errorf("%v: %s %v after the charge, want %v", set, w.state(no), took, want)
		}
		last := charged
		for _, at := range w.sent(KindQuery, no) {
			if gap := at - last; gap > beat+500*time.Millisecond && at < charged+want {
				t.Errorf("%v: %v went by between two looks", set, gap)
			}
			last = at
		}
		w.wait(2 * time.Minute)
		first := append(w.sent(KindCancel, no), never)[0]
		if after := first - charged; after < max(want, reverseAfter) || after > want+20*time.Second {
			t.Errorf("%v: first reversed %v after the charge", set, after)
		}
	}
}

// The gateway takes no money after the expiry that it was sent: nobody is shown a code longer than that.
func TestAnOrderIsDueNoLaterThanItsExpiry(t *testing.T) {
	w := calmWorld(t)
	w.shop.Choice, w.shop.Expiry = 90*time.Second, 60*time.Second
	no := w.qr(t, 1)
	o := w.book.orders[no]
	for w.state(no) == Waiting {
		w.wait(100 * time.Millisecond)
	}
	if past := w.instant().Wall.Sub(o.Expires); past < 0 || past > 3*time.Second {
		t.Errorf("%s %v after its expiry", w.state(no), past)
	}
	if got := fmt.Sprint(expiryFor, chargeFor, choiceFor); got != "7m0s 30s 1m30s" {
		t.Errorf("unless set, a QR code can be paid for so long, a payment code waits so long, a choice stays so long: %s", got)
	}
}

// Somebody who paid a moment too late must be able to write down the number.
func TestWhoIsLateReadsTheNumberForAWhile(t *testing.T) {
	w := calmWorld(t)
	no := w.qr(t, 1)
	for w.state(no) == Waiting {
		w.wait(100 * time.Millisecond)
	}
	for since := w.now; w.now < since+15*time.Second; w.wait(time.Second) {
		if w.view.Screen != ScreenSorry || w.view.Note != NoteLate || w.view.No != no {
			t.Fatalf("%v after the end of the time: %+v", w.now-since, w.view)
		}
	}
	w.press(2) // it takes a press at once
	w.wait(time.Second)
	if w.view.QR == "" || w.view.Slot != 2 {
		t.Errorf("%+v", w.view)
	}
}
