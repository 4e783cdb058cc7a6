package sale

import (
	"testing"
	"testing/synctest"
	"time"
)

// wild lets the wall of the next while be years away, and called synchronised.
func (w *world) wild(off time.Duration, do func()) {
	w.skew = off
	do()
	w.skew = 0
}

const years = 365 * 24 * time.Hour

// A clock that runs wild for one sale begins no limit of days and ends none: not for an order that is closing, not for one that is
// being refunded, and not for the doubts of a day.
func TestAWildClockEndsNoLimitOfDays(t *testing.T) {
	for _, off := range []time.Duration{12 * years, -27 * years} {
		w := calmWorld(t)
		w.wait(steadyFor)
		closing := w.silentOrder(t)
		w.wild(off, func() { w.wait(3 * time.Minute) })
		w.tell(DecideOrder{No: closing, Event: Settled, By: "owner", How: "cash", Note: "x"})
		if w.state(closing) != Closing {
			t.Errorf("%v off: settled within the hour", off)
		}
		w.wait(time.Hour) // the clock is right again
		w.tell(DecideOrder{No: closing, Event: Settled, By: "owner", How: "cash", Note: "x"})
		if w.state(closing) != Closing || len(w.shop.Snapshot().Settleable) > 0 {
			t.Errorf("%v off: settled two hours after the silence began", off)
		}

		w = calmWorld(t)
		w.wait(steadyFor)
		no := w.stuckOrder(t, 1)
		w.answer = func(c Call) (Answer, bool) {
			return Answer{Outcome: OutcomeMissing, Code: "ORDERNOTEXIST"}, c.Order.No == no
		}
		w.wait(time.Hour)
		w.wild(off, func() { w.wait(3 * time.Minute) })
		w.cut(time.Second)
		w.wait(time.Hour)
		w.wild(off, func() { w.cut(time.Second); w.wait(3 * time.Minute) })
		w.wait(time.Hour)
		if w.state(no) != Refunding {
			t.Errorf("%v off: the gateway denied the payment for hours, and the order is %s", off, w.state(no))
		}
	}
}

func TestAWildClockForgivesNoDoubt(t *testing.T) {
	for _, off := range []time.Duration{12 * years, -27 * years} {
		for _, when := range []int{0, 1, 2} {
			w := calmWorld(t)
			w.wait(time.Hour)
			for n := range 3 {
				vend := func() { w.stuckOrder(t, Slot(1+n)); w.wait(10 * time.Minute) }
				if n == when {
					w.wild(off, func() { w.wait(time.Second); vend() })
				} else {
					vend()
				}
				w.wait(time.Hour)
				w.looks(Slot(1+n), "anna")
			}
			if s := w.shop.Snapshot(); s.Doubts.Stopped == "" {
				t.Errorf("%v off during doubt %d: three doubts in hours, and it sells on: %+v", off, when+1, s.Doubts)
			}
		}
	}
}

// An order that was born by a wild clock is not called gone on a word that may be too old.
func TestABirthThatIsStillToComeIsNotBelieved(t *testing.T) {
	for _, c := range []struct {
		born  time.Duration // before now
		young bool
	}{{time.Hour, true}, {29 * 24 * time.Hour, true}, {31 * 24 * time.Hour, false}, {-12 * years, false}, {27 * years, false}} {
		w := calmWorld(t)
		o := &activeOrder{Order: Order{Trusted: true, Created: w.instant().Wall.Add(-c.born)}}
		w.shop.now = w.instant()
		if w.shop.isYoung(o) != c.young {
			t.Errorf("born %v ago: young %v", c.born, !c.young)
		}
		o.Ask.Born = max(w.now-time.Minute, 1)
		if !w.shop.isYoung(o) {
			t.Error("an order of this life is as old as the wall says")
		}
	}
}

// What the kernel calls synchronised is not believed against the Date of a verified answer, nor against the book.
func TestASynchronisedClockThatTheGatewayContradictsIsNotTrusted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, off, synced := &clock{}, time.Duration(0), true
		c.start(func() (time.Time, bool) { return time.Now().Add(off), synced })
		trusts := func(what string, want bool) {
			t.Helper()
			time.Sleep(time.Second)
			if got := c.instant().Trusted; got != want {
				t.Errorf("%s: trusted %v", what, got)
			}
		}
		trusts("synchronised, and nobody contradicts", true)
		off = 12 * years
		trusts("wild, and nobody is there to contradict", true)
		c.compareDate(Answered{Answer: Answer{Date: time.Now()}})
		trusts("the gateway says that it is years ahead", false)
		off = 0
		trusts("put right", true)
		off = 12 * years
		trusts("wild again, before the next answer", false)
		off = -27 * years
		trusts("wild the other way", false)
		off = 5 * time.Minute
		trusts("some minutes off are the kernel's word", true)
		synced = false
		trusts("which it must give", false)
		off = 0
		c.compareDate(Answered{Answer: Answer{Date: time.Now()}})
		trusts("the gateway agrees", true)
	})
}
