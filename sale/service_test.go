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

// looks lets a slot sell again, whatever it was set aside for.
func (w *world) looks(n Slot, by string) {
	if h := w.shop.findSlot(n); h != nil {
		w.tell(ClearSlot{Slot: n, Fault: h.Fault, Flag: h.Flag, By: by})
	}
}

func TestAKioskInMaintenanceSellsNothingEvenAfterARestart(t *testing.T) {
	w := calmWorld(t)
	w.tell(Located{"192.168.1.20"})
	w.tell(SetMaintenance{On: true, By: "anna"})
	w.press(1)
	w.wait(time.Second)
	v := w.view
	if v.Screen != ScreenMaintenance || v.Address != "192.168.1.20" || len(w.book.birth) != 0 || w.shop.Snapshot().Ready {
		t.Fatalf("a customer was served in maintenance: %+v, %d orders", v, len(w.book.birth))
	}
	w.cut(time.Second)
	w.wait(10 * time.Second)
	if s := w.shop.Snapshot(); s.Maintenance != "anna" || s.Ready {
		t.Fatalf("the plug ended the maintenance: hands may be in the machine: %+v", s)
	}
	w.tell(SetMaintenance{On: false, By: "bo"})
	w.wait(time.Second)
	if s := w.shop.Snapshot(); !s.Ready || w.view.Screen != ScreenIdle {
		t.Errorf("it does not sell again: %+v", s)
	}
	if got := strings.Join(w.lines(), "; "); got != "out of service, by anna; back in service, by bo" {
		t.Errorf("the book says of it: %q", got)
	}
}

func TestWhoPaysWhileTheDoorOpensGetsTheMoneyBackOrTheGoods(t *testing.T) {
	for name, open := range map[string]Input{"door": Health{NotReadyDoor, "the door is open"}, "maintenance": SetMaintenance{On: true, By: "anna"}} {
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
	for name, work := range map[string]Input{"door": Health{NotReadyDoor, "the door is open"}, "maintenance": SetMaintenance{On: true, By: "anna"}} {
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
				return Answer{Outcome: OutcomeDenied, Code: code}, true
			}
			return Answer{Outcome: OutcomeReturned, Code: "REFUND", Money: w.book.orders[no].Money}, true
		}
		w.wait(time.Hour)
		if o := w.book.orders[no]; o.State != Owed || o.GatewayCode != code {
			t.Errorf("%s: %s, %q: asked for ever, and nobody hears of it", code, o.State, o.GatewayCode)
		}
	}
}

func TestAChargedCodeComesToItsEndThoughMaintenanceBegan(t *testing.T) {
	w := calmWorld(t)
	w.qr(t, 1)
	w.scan("a")
	w.wait(2 * time.Second)
	o := w.codeOrder(t)
	w.tell(SetMaintenance{On: true, By: "anna"})
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
		w.looks(1, "anna")
	}
	if s := w.shop.Snapshot(); s.Doubts.Count != 0 || s.Doubts.Stopped != "" {
		t.Errorf("an open door stopped the kiosk: %+v", s.Doubts)
	}
}

func TestWhatATechnicianDidIsWrittenDown(t *testing.T) {
	w := calmWorld(t)
	w.tell(CountStock{Slot: 2, Stock: 7, Was: 1 << 30, By: "anna"})
	w.tell(ClearSlot{Slot: 2, By: "anna"})
	w.tell(ClearStop{By: "anna"})
	w.tell(SetMaintenance{On: true})              // by nobody
	w.tell(SetMaintenance{On: false, By: "anna"}) // it is not
	if got := strings.Join(w.lines(), "; "); got != "filled to 7, was 1073741824, by anna; looked at, by anna; cleared the stop, by anna" {
		t.Errorf("the book says: %q", got)
	}
	if s := w.shop.Snapshot(); s.Alarms != 0 {
		t.Errorf("a technician's work rang %d alarms", s.Alarms)
	}
}

func TestAPriceIsChangedForTheNextCustomerAndNotForThisOne(t *testing.T) {
	w := calmWorld(t)
	no := w.qr(t, 1)
	change := EditProduct{Slot: 1, Name: "tea", NameEN: "", Fen: 900, Stock: 4, Was: 1<<30 - 1, By: "anna"}
	w.tell(change)
	w.gate.pay(w.gate.orders[no])
	w.wait(20 * time.Second)
	if o := w.book.orders[no]; o.State != Sold || o.Fen != 100 || len(w.lines()) != 0 {
		t.Fatalf("the price changed under a customer: %+v, %q", o, w.lines())
	}
	w.tell(change)
	if h := w.shop.Snapshot().Products[0]; h.Name != "tea" || h.NameEN != "tea" || h.Fen != 900 || h.Stock != 4 {
		t.Errorf("on the shelf now: %+v", h)
	}
	for _, bad := range []EditProduct{{Slot: 1, Name: "tea", Fen: 0, By: "a"}, {Slot: 1, Fen: 5, By: "a"}, {Slot: 9, Name: "x", Fen: 5, By: "a"},
		{Slot: 1, Name: "tea", Fen: 5, Stock: 9, Was: 5, By: "a"}, {Slot: 1, Name: "tea", Fen: 5, Stock: -1}} {
		w.tell(bad)
	}
	if got := w.lines(); len(got) != 1 || !strings.HasPrefix(got[0], "now tea, ") || !strings.HasSuffix(got[0], ", by anna") {
		t.Errorf("written down: %q", got)
	}
}

// Two technicians have the page open: who comes second reads what the first one made of it, and loses nothing.
func TestAPriceOrNameThatSomebodyChangedMeanwhileIsNotOverwritten(t *testing.T) {
	for what, c := range map[string]struct {
		was EditProduct
		why Refusal
	}{
		"the price":               {EditProduct{WasFen: 350}, RefusedEdited},
		"the name":                {EditProduct{WasName: "water"}, RefusedEdited},
		"the English name":        {EditProduct{WasNameEN: "water"}, RefusedEdited},
		"nothing":                 {EditProduct{WasFen: 380, WasName: "tea", WasNameEN: "tea"}, ""},
		"nothing that was looked": {EditProduct{}, ""},
	} {
		w := calmWorld(t)
		w.tell(EditProduct{Slot: 1, Name: "tea", Fen: 380, Stock: -1, By: "bo"})
		edit := c.was
		edit.Slot, edit.Name, edit.Fen, edit.Stock, edit.By = 1, "green tea", 400, -1, "anna"
		if got := edit.applyTo(w.shop); got != c.why {
			t.Errorf("%s has changed meanwhile, and the shop says %q", what, got)
		}
		if h := w.shop.Snapshot().Products[0]; (h.Fen == 400) != (c.why == "") {
			t.Errorf("%s has changed meanwhile: now %+v", what, h)
		}
	}
}

func TestWhatATechnicianDidBesideIsWrittenDownWithWho(t *testing.T) {
	w := calmWorld(t)
	before := w.shop.Snapshot()
	w.tell(NoteAct{Act: ActSignIn, By: "anna"})
	w.tell(NoteAct{Act: ActBackup})
	w.tell(NoteAct{By: "anna"})
	if got := strings.Join(w.lines(), "; "); got != "signed in, by anna" {
		t.Errorf("written down: %q", got)
	}
	if after := w.shop.Snapshot(); after.Ready != before.Ready || after.Maintenance != before.Maintenance {
		t.Errorf("a remark changed the shop: %+v, was %+v", after, before)
	}
}

func TestATestVendIsNoSale(t *testing.T) {
	w := calmWorld(t)
	before := w.shop.Snapshot().Products[1].Stock
	w.tell(SetMaintenance{On: true, By: "anna"})
	for _, came := range []EndTestVend{{Slot: 2, Dropped: true, By: "anna"}, {Slot: 2, Fault: FaultJam, By: "anna"}, {Slot: 2, By: "anna"}} {
		w.tell(BeginTestVend{Slot: 2, By: "anna"})
		w.tell(came)
	}
	if len(w.book.orders) != 0 || w.shop.Snapshot().Products[1].Stock != before || w.shop.Snapshot().Doubts.Count != 0 {
		t.Errorf("a test was booked: %d orders, %+v", len(w.book.orders), w.shop.Snapshot())
	}
	if got := strings.Join(w.lines(), "; "); got != "out of service, by anna; test vend begun, by anna; test vend: dropped, by anna; test vend begun, by anna; "+
		"test vend: jam, by anna; test vend begun, by anna; test vend: given up before the motor turned, by anna" {
		t.Errorf("written down: %q", got)
	}
}

// A slot's key sells what stands in front of the spiral: while it does, nobody counts it, clears it or fills it.
func TestNoSlotIsCountedOrClearedUnderACustomer(t *testing.T) {
	for name, in := range map[string]Input{
		"counted": CountStock{Slot: 1, Stock: 9, Was: 1 << 30, By: "anna"}, "cleared": ClearSlot{Slot: 1, Flag: FaultDouble, By: "anna"},
	} {
		w := calmWorld(t)
		w.shop.findSlot(1).Flag = FaultDouble
		w.qr(t, 1)
		w.tell(in)
		if h := *w.shop.findSlot(1); h.Stock != 1<<30 || h.Flag != FaultDouble || len(w.lines()) != 0 || w.shop.Snapshot().Selling != 1 {
			t.Errorf("%s while it was being sold: %+v, %q", name, h, w.lines())
		}
		w.silence(true)
		w.wait(20 * time.Second) // the screen says offline; the customer may have paid all the same
		w.tell(in)
		if w.view.Screen != ScreenOffline || len(w.lines()) != 0 || w.shop.Snapshot().Selling != 1 {
			t.Errorf("%s on the screen %s: %q", name, w.view.Screen, w.lines())
		}
		w.tell(CountStock{Slot: 2, Stock: 9, Was: 1 << 30, By: "anna"})
		w.silence(false)
		w.wait(5 * time.Minute)
		w.tell(in)
		if got := w.lines(); len(got) != 2 || !strings.HasPrefix(got[0], "filled to 9") || w.shop.Snapshot().Selling != 0 {
			t.Errorf("%s: the other slot first, this one when the sale was over: %q", name, got)
		}
	}
}

// A page may be hours old: what was printed on it is what was looked at.
func TestAFaultThatCameAfterTheLookIsNotCleared(t *testing.T) {
	w := calmWorld(t)
	w.word = FaultJam
	w.stuckOrder(t, 1)
	w.wait(5 * time.Minute)
	w.tell(CountStock{Slot: 1, Stock: 9, Was: 1 << 30, By: "anna"})
	w.tell(ClearSlot{Slot: 1, By: "anna"})                     // looked at before it jammed
	w.tell(ClearSlot{Slot: 1, Fault: FaultNoDrop, By: "anna"}) // looked at when something else was wrong
	if h := w.shop.findSlot(1); h.Fault != FaultJam || h.Stock != 9 {
		t.Fatalf("the slot sells into the jam: %+v", h)
	}
	if s := w.shop.Snapshot().Products[0]; !s.Aside {
		t.Errorf("the page is not told that a person must clear it: %+v", s)
	}
	w.shop.findSlot(1).Flag = FaultDouble
	w.tell(CountStock{Slot: 1, Stock: 8, Was: 9, By: "anna"})
	if h := w.shop.findSlot(1); h.Flag != FaultDouble {
		t.Errorf("counting took the flag off: %+v", h)
	}
	w.tell(ClearSlot{Slot: 1, Fault: FaultJam, By: "anna"}) // the flag came since
	if h := w.shop.findSlot(1); h.Fault != FaultJam {
		t.Errorf("cleared by somebody who had not seen the flag: %+v", h)
	}
	w.tell(ClearSlot{Slot: 1, Fault: FaultJam, Flag: FaultDouble, By: "anna"})
	if h := w.shop.findSlot(1); h.Fault != "" || h.Flag != "" || h.Stock != 8 {
		t.Errorf("looked at: %+v", h)
	}
	want := "filled to 9, was 1073741824, by anna; filled to 8, was 9, by anna; looked at, cleared of jam, no longer flagged double, by anna"
	if got := strings.Join(w.lines(), "; "); got != want {
		t.Errorf("written down: %q", got)
	}
}

func TestAPieceThatSoldMeanwhileIsNotBroughtBack(t *testing.T) {
	change := EditProduct{Slot: 1, Name: "tea", Fen: 900, Stock: 9, Was: 8, By: "anna"}
	w := calmWorld(t)
	w.tell(CountStock{Slot: 1, Stock: 8, Was: 1 << 30, By: "anna"})
	w.gate.pay(w.gate.orders[w.qr(t, 1)])
	w.wait(20 * time.Second)
	w.tell(CountStock{Slot: 1, Stock: 9, Was: 8, By: "anna"})
	w.tell(change)
	if h := w.shop.findSlot(1); h.Stock != 7 || h.Fen != 100 {
		t.Errorf("there are 7, and the book says %+v", h)
	}
	change.Stock, change.Was = -1, 0 // the stock was not touched
	w.tell(change)
	if h := w.shop.findSlot(1); h.Stock != 7 || h.Fen != 900 {
		t.Errorf("a new price, and 7 in it: %+v", h)
	}
	change.Stock, change.Was = 12, 7
	w.tell(change)
	if h := w.shop.findSlot(1); h.Stock != 12 {
		t.Errorf("filled to 12: %+v", h)
	}
}

// Rule 18: while a motor turns for a technician the front is empty, and stays so.
func TestNoSaleBeginsWhileAMotorTurnsForATechnician(t *testing.T) {
	w := calmWorld(t)
	w.tell(BeginTestVend{Slot: 1, By: "anna"}) // in service
	if w.shop.Snapshot().Testing != 0 {
		t.Fatal("a motor turns for a technician while customers buy")
	}
	w.tell(SetMaintenance{On: true, By: "anna"})
	w.tell(BeginTestVend{Slot: 1, By: "anna"})
	w.tell(BeginTestVend{Slot: 2, By: "bo"})
	w.tell(SetMaintenance{On: false, By: "bo"})
	w.press(1)
	w.wait(time.Second)
	if s := w.shop.Snapshot(); s.Testing != 1 || s.Maintenance != "anna" || len(w.book.birth) != 0 {
		t.Fatalf("a customer is served while a motor turns under somebody's hands: %+v, %d orders", s, len(w.book.birth))
	}
	w.tell(EndTestVend{Slot: 1, Dropped: true, By: "anna"})
	w.tell(SetMaintenance{On: false, By: "bo"})
	if s := w.shop.Snapshot(); s.Testing != 0 || s.Maintenance != "" {
		t.Errorf("the motor has stopped: %+v", s)
	}
}

func TestAPowerCutInATestVendLeavesALine(t *testing.T) {
	w := calmWorld(t)
	w.tell(SetMaintenance{On: true, By: "anna"})
	w.tell(BeginTestVend{Slot: 1, By: "anna"})
	w.cut(time.Second)
	w.wait(10 * time.Second)
	if got := strings.Join(w.lines(), "; "); got != "out of service, by anna; test vend begun, by anna" {
		t.Errorf("written down: %q", got)
	}
	w.tell(SetMaintenance{On: false, By: "anna"})
	if s := w.shop.Snapshot(); s.Testing != 0 || s.Maintenance != "" {
		t.Errorf("no motor turns after a power cut, and the kiosk waits for it: %+v", s)
	}
}

// The light barrier's word: a late edge belongs to the last stuck order only if no motor ran since.
func TestWhatFallsAfterATestVendBelongsToNoOrder(t *testing.T) {
	for _, c := range []struct {
		name string
		came []Input
		too  bool
	}{
		{"no test", nil, true},
		{"turned", []Input{BeginTestVend{Slot: 1, By: "anna"}, EndTestVend{Slot: 1, Fault: FaultNoDrop, By: "anna"}}, false},
		{"dropped", []Input{BeginTestVend{Slot: 1, By: "anna"}, EndTestVend{Slot: 1, Dropped: true, By: "anna"}}, false},
		{"turns", []Input{BeginTestVend{Slot: 2, By: "anna"}}, false},
		{"door open, never turned", []Input{BeginTestVend{Slot: 1, By: "anna"}, EndTestVend{Slot: 1, Fault: FaultDoor, By: "anna"}}, true},
		{"given up", []Input{BeginTestVend{Slot: 1, By: "anna"}, EndTestVend{Slot: 1, By: "anna"}}, true},
	} {
		w := calmWorld(t)
		no := w.stuckOrder(t, 1)
		w.answer = func(c Call) (Answer, bool) { return Answer{Outcome: OutcomeAgain}, c.Kind == KindRefund }
		w.wait(10 * time.Second)
		w.tell(SetMaintenance{On: true, By: "anna"})
		for _, in := range c.came {
			w.tell(in)
		}
		w.tell(Edge{Slot: 1})
		if got := w.book.orders[no].GoodsToo; got != c.too {
			t.Errorf("%s: goods and money both went out: %v", c.name, got)
		}
	}
}

// An order remembers the last word only; who settles it must not wipe out who sent it back before.
func TestEachWordOnAnOwedOrderIsWrittenDown(t *testing.T) {
	w := calmWorld(t)
	w.answer = func(c Call) (Answer, bool) {
		return Answer{Outcome: OutcomeDenied, Code: "TRADE_OVERDUE"}, c.Kind == KindRefund
	}
	no := w.stuckOrder(t, 1)
	for _, word := range []DecideOrder{
		{No: no, Event: Retried, By: "anna", Note: "card was frozen"}, {No: no, Event: Retried, By: "cai"},
		{No: no, Event: Settled, By: "bo", How: "cash", Note: "met him"}, {No: no, Event: Settled, By: "dan", How: "goods", Note: "too late"},
	} {
		w.wait(10 * time.Minute)
		w.tell(word)
	}
	w.wait(time.Minute)
	want := "sent back for another refund: card was frozen, by anna; sent back for another refund, by cai; settled, cash: met him, by bo"
	if got := strings.Join(w.lines(), "; "); got != want || w.state(no) != Refunded {
		t.Errorf("%s, and the book says who did what: %q", w.state(no), got)
	}
	for _, p := range w.pages {
		for _, a := range p.Alarms {
			if a.Kind == AlarmService && (a.No != no || a.Slot != 1) {
				t.Errorf("nobody knows which order it was: %+v", a)
			}
		}
	}
}

func TestASlotThatIsOffSaleStaysSoUntilSomebodyPutsItBack(t *testing.T) {
	w := calmWorld(t)
	no := w.qr(t, 1)
	w.tell(SetOnSale{Slot: 1, By: "anna"}) // a customer is paying for it
	w.gate.pay(w.gate.orders[no])
	w.wait(20 * time.Second)
	if w.state(no) != Sold || w.shop.findSlot(1).Fault != "" || len(w.lines()) != 0 {
		t.Fatalf("taken off sale under a customer: %s, %q", w.state(no), w.lines())
	}
	w.tell(SetOnSale{Slot: 1}) // by nobody
	w.tell(SetOnSale{Slot: 1, By: "anna"})
	w.shop.findSlot(1).Flag = FaultDouble
	w.tell(CountStock{Slot: 1, Stock: 5, Was: 1<<30 - 1, By: "anna"})
	w.looks(1, "anna")
	w.cut(time.Second)
	w.wait(10 * time.Second)
	w.press(1)
	w.wait(time.Second)
	if h := w.shop.findSlot(1); h.Fault != FaultOffSale || h.Flag != "" || len(w.book.birth) != 1 || !w.shop.Snapshot().Ready {
		t.Errorf("sold off a slot that is off sale, or the others do not sell: %+v, %d orders", h, len(w.book.birth))
	}
	w.tell(SetOnSale{Slot: 1, On: true, By: "bo"})
	w.qr(t, 1)
	want := "taken off sale, by anna; filled to 5, was 1073741823, by anna; looked at, no longer flagged double, by anna; put back on sale, by bo"
	if got := strings.Join(w.lines(), "; "); got != want {
		t.Errorf("written down: %q", got)
	}
}

// A jam must not be forgotten because somebody takes the jammed slot off sale, and puts it back.
func TestAFaultIsNotHiddenByTakingTheSlotOffSale(t *testing.T) {
	w := calmWorld(t)
	w.word = FaultJam
	w.stuckOrder(t, 1)
	w.wait(5 * time.Minute)
	w.tell(SetOnSale{Slot: 1, By: "anna"})
	w.tell(SetOnSale{Slot: 1, On: true, By: "anna"})
	if h := w.shop.findSlot(1); h.Fault != FaultJam || len(w.lines()) != 0 {
		t.Errorf("the slot sells into the jam: %+v, %q", h, w.lines())
	}
}

// Somebody may be buying when the technician comes. The book keeps the maintenance all the same: the plug may be pulled next.
func TestMaintenanceThatBeganUnderACustomerOutlastsThePlug(t *testing.T) {
	for name, buy := range map[string]func(w *world){
		"a code is asked for": func(w *world) { w.press(1) },
		"a code is shown":     func(w *world) { w.qr(t, 1) },
		"it was given up":     func(w *world) { w.qr(t, 1); w.tell(GaveUp{}) },
		"a code was scanned":  func(w *world) { w.qr(t, 1); w.scan("a") },
		"a code is charged":   func(w *world) { w.qr(t, 1); w.scan("a"); w.wait(2 * time.Second) },
		"a motor turns":       func(w *world) { w.stuckOrder(t, 1) },
	} {
		w := calmWorld(t)
		w.answer = func(c Call) (Answer, bool) {
			return Answer{Outcome: OutcomePaying, Code: "USERPAYING"}, c.Kind == KindCharge || c.Order.Means == Code
		}
		buy(w)
		if w.shop.liveOrder() == nil {
			t.Errorf("%s: nobody is at the machine", name)
		}
		w.tell(SetMaintenance{On: true, By: "anna"})
		if w.shop.Snapshot().Maintenance != "anna" {
			t.Errorf("%s: the technician was not heard", name)
		}
		w.cut(time.Second)
		w.wait(10 * time.Second)
		born := len(w.book.birth)
		w.press(2)
		w.wait(time.Second)
		if s := w.shop.Snapshot(); s.Maintenance != "anna" || s.Ready || len(w.book.birth) != born {
			t.Errorf("%s when maintenance began, then the plug: it sells (%v), a motor may turn on hands in the machine", name, s.Ready)
		}
	}
}
