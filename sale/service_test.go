package sale

import (
	"strings"
	"testing"
	"time"
)

// lines is what the book keeps of what technicians did.
func (w *world) lines() (out []string) {
	for _, p := range w.pages {
		for _, a := range p.Alarms {
			if a.Kind == AlarmService {
				out = append(out, a.Text)
			}
		}
	}
	return out
}

func TestAKioskInMaintenanceSellsNothingEvenAfterARestart(t *testing.T) {
	w := calmWorld(t)
	w.tell(Located{"192.168.1.20"})
	w.tell(Maintained{On: true, By: "anna"})
	w.press(1)
	w.wait(time.Second)
	v := w.view
	if v.Screen != ScreenMaintenance || v.Address != "192.168.1.20" || len(w.book.birth) != 0 || w.shop.Sight().Ready {
		t.Fatalf("a customer was served in maintenance: %+v, %d orders", v, len(w.book.birth))
	}
	w.cut(time.Second)
	w.wait(10 * time.Second)
	if s := w.shop.Sight(); s.Maintenance != "anna" || s.Ready {
		t.Fatalf("the plug ended the maintenance: hands may be in the machine: %+v", s)
	}
	w.tell(Maintained{On: false, By: "bo"})
	w.wait(time.Second)
	if s := w.shop.Sight(); !s.Ready || w.view.Screen != ScreenIdle {
		t.Errorf("it does not sell again: %+v", s)
	}
	if got := strings.Join(w.lines(), "; "); got != "out of service, by anna; back in service, by bo" {
		t.Errorf("the book says of it: %q", got)
	}
}

func TestWhoPaysWhileTheDoorOpensGetsTheMoneyBackOrTheGoods(t *testing.T) {
	for name, open := range map[string]Input{"door": Health{WhyDoor, "the door is open"}, "maintenance": Maintained{true, "anna"}} {
		t.Run(name, func(t *testing.T) {
			w := calmWorld(t)
			no := w.qr(t, 1)
			w.tell(open)
			if w.view.QR != "" {
				t.Fatal("the code is still on the glass")
			}
			w.wait(time.Second)
			w.gate.pay(w.gate.orders[no])
			w.wait(10 * time.Minute)
			if w.state(no) != Refunded || len(w.motors) != 0 {
				t.Errorf("paid at an open machine: %s, %d vends", w.state(no), len(w.motors))
			}
		})
	}
}

// The line is dead when the technician begins, and the customer has paid: the answer comes with hands in the machine.
func TestNoMotorTurnsWhileSomebodyWorksAtTheMachine(t *testing.T) {
	for name, work := range map[string]Input{"door": Health{WhyDoor, "the door is open"}, "maintenance": Maintained{true, "anna"}} {
		t.Run(name, func(t *testing.T) {
			w := calmWorld(t)
			no := w.qr(t, 1)
			w.gate.pay(w.gate.orders[no])
			w.silence(true)
			w.tell(work)
			w.wait(5 * time.Second)
			w.silence(false)
			w.wait(10 * time.Minute)
			if w.state(no) != Refunded || len(w.motors) != 0 {
				t.Errorf("paid, and %s with %d motors", w.state(no), len(w.motors))
			}
		})
	}
}

func TestARefundThatV3RefusesForMoneyGoneElsewhereComesToAPerson(t *testing.T) {
	for _, code := range []string{"INVALID_REQUEST", "RULE_LIMIT"} {
		w := calmWorld(t)
		no := w.stuckOrder(t, 1)
		w.answer = func(c Call) (Answer, bool) {
			if c.Order.No != no {
				return Answer{}, false
			}
			if c.Kind == KindRefund {
				return Answer{Says: SaysDenied, Code: code}, true
			}
			return Answer{Says: SaysReturned, Code: "REFUND", Money: w.book.orders[no].Money}, true
		}
		w.wait(time.Hour)
		if o := w.book.orders[no]; o.State != Owed || o.Word != code {
			t.Errorf("%s: %s, %q: asked for ever, and nobody hears of it", code, o.State, o.Word)
		}
	}
}

func TestAChargedCodeComesToItsEndThoughMaintenanceBegan(t *testing.T) {
	w := calmWorld(t)
	w.qr(t, 1)
	w.scan("a")
	w.wait(2 * time.Second)
	o := w.codeOrder(t)
	w.tell(Maintained{On: true, By: "anna"})
	w.wait(10 * time.Minute)
	if s := w.state(o.No); s != Sold && s != Refunded && s != Closed {
		t.Errorf("the code order hangs as %s", s)
	}
}

func TestAVendRefusedForTheDoorIsNoDoubt(t *testing.T) {
	w := calmWorld(t)
	for range 4 {
		w.word = FaultDoor
		no := w.stuckOrder(t, 1)
		w.wait(5 * time.Minute)
		if w.state(no) != Refunded {
			t.Fatalf("paid before an open door: %s", w.state(no))
		}
		w.tell(Served{Slot: 1, Stock: -1, By: "anna"})
	}
	if s := w.shop.Sight(); s.Doubts.Count != 0 || s.Doubts.Stopped != "" {
		t.Errorf("an open door stopped the kiosk: %+v", s.Doubts)
	}
}

func TestWhatATechnicianDidIsWrittenDown(t *testing.T) {
	w := calmWorld(t)
	w.tell(Served{Slot: 2, Stock: 7, By: "anna"})
	w.tell(Cleared{By: "anna"})
	w.tell(Maintained{On: true})              // by nobody
	w.tell(Maintained{On: false, By: "anna"}) // it is not
	if got := strings.Join(w.lines(), "; "); got != "filled to 7, by anna; cleared the stop, by anna" {
		t.Errorf("the book says: %q", got)
	}
	if s := w.shop.Sight(); s.Alarms != 0 {
		t.Errorf("a technician's work rang %d alarms", s.Alarms)
	}
}

func TestAPriceIsChangedForTheNextCustomerAndNotForThisOne(t *testing.T) {
	w := calmWorld(t)
	no := w.qr(t, 1)
	change := Changed{Slot: 1, Name: "tea", NameEN: "", Fen: 900, Stock: 4, By: "anna"}
	w.tell(change)
	w.gate.pay(w.gate.orders[no])
	w.wait(20 * time.Second)
	if o := w.book.orders[no]; o.State != Sold || o.Fen != 100 || len(w.lines()) != 0 {
		t.Fatalf("the price changed under a customer: %+v, %q", o, w.lines())
	}
	w.tell(change)
	if h := w.shop.Sight().Wares[0]; h.Name != "tea" || h.NameEN != "tea" || h.Fen != 900 || h.Stock != 4 {
		t.Errorf("on the shelf now: %+v", h)
	}
	for _, bad := range []Changed{{Slot: 1, Name: "tea", Fen: 0, By: "a"}, {Slot: 1, Fen: 5, By: "a"}, {Slot: 9, Name: "x", Fen: 5, By: "a"},
		{Slot: 1, Name: "tea", Fen: 5, Stock: -1, By: "a"}, {Slot: 1, Name: "tea", Fen: 5}} {
		w.tell(bad)
	}
	if got := w.lines(); len(got) != 1 || !strings.HasPrefix(got[0], "now tea, ") || !strings.HasSuffix(got[0], ", by anna") {
		t.Errorf("written down: %q", got)
	}
}

func TestWhatATechnicianDidBesideIsWrittenDownWithWho(t *testing.T) {
	w := calmWorld(t)
	before := w.shop.Sight()
	w.tell(Noted{Text: "signed in", By: "anna"})
	w.tell(Noted{Text: "took a backup"})
	w.tell(Noted{By: "anna"})
	if got := strings.Join(w.lines(), "; "); got != "signed in, by anna" {
		t.Errorf("written down: %q", got)
	}
	if after := w.shop.Sight(); after.Ready != before.Ready || after.Maintenance != before.Maintenance {
		t.Errorf("a remark changed the shop: %+v, was %+v", after, before)
	}
}

func TestATestVendIsNoSale(t *testing.T) {
	w := calmWorld(t)
	before := w.shop.Sight().Wares[1].Stock
	w.tell(Maintained{On: true, By: "anna"})
	w.tell(Tested{Slot: 2, Dropped: true, By: "anna"})
	w.tell(Tested{Slot: 2, Fault: FaultJam, By: "anna"})
	if len(w.book.orders) != 0 || w.shop.Sight().Wares[1].Stock != before || w.shop.Sight().Doubts.Count != 0 {
		t.Errorf("a test was booked: %d orders, %+v", len(w.book.orders), w.shop.Sight())
	}
	if got := strings.Join(w.lines(), "; "); got != "out of service, by anna; test vend: dropped, by anna; test vend: jam, by anna" {
		t.Errorf("written down: %q", got)
	}
}
