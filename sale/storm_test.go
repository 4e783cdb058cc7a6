package sale

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// customers come one after the other, each with an idea of their own.
func (w *world) customer() {
	if w.calm {
		return
	}
	w.after(w.span(20*time.Second, 3*time.Minute), w.customer)
	w.person()
	w.tell(Pressed{Slot: Slot(1 + w.rnd.IntN(wares)), Draw: w.draw()})
	for range w.rnd.IntN(3) {
		w.after(w.span(500*time.Millisecond, 50*time.Second), w.act)
	}
}

// person: the technician comes by now and then.
func (w *world) person() {
	if w.chance(80) {
		return
	}
	for i := 1; i <= wares; i++ {
		w.looks(Slot(i), "anna")
	}
	w.tell(ClearStop{})
	if !w.down && w.chance(30) { // gives up the orders of another merchant
		w.handOver()
	}
	switch w.rnd.IntN(3) { // works at the machine for a while, by key or by opening the door
	case 0:
		w.tell(SetMaintenance{On: true, By: "anna"})
		w.after(w.span(time.Second, time.Minute), func() { w.tell(SetMaintenance{On: false, By: "anna"}) })
	case 1:
		w.tell(Health{Part: NotReadyDoor, Fault: "the door is open"})
		w.after(w.span(time.Second, time.Minute), func() { w.tell(Health{Part: NotReadyDoor}) })
	}
}

func (w *world) draw() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	b := make([]byte, 24)
	for i := range b {
		b[i] = letters[w.rnd.IntN(32)]
	}
	return string(b)
}

// act is one thing a customer does before the machine.
func (w *world) act() {
	if w.calm {
		return
	}
	switch w.rnd.IntN(8) {
	case 0:
		w.tell(GaveUp{})
	case 1:
		w.tell(Pressed{Slot: Slot(1 + w.rnd.IntN(wares)), Draw: w.draw()})
	case 2, 3:
		kind := KindWeChat
		if w.chance(10) {
			kind = KindAlipay
		}
		w.tell(Scanned{Handle(fmt.Sprint("code", w.rnd.IntN(1<<40))), kind, w.draw()})
	case 4, 5, 6, 7:
		if v := w.view; v.QR != "" {
			w.after(w.span(time.Second, []time.Duration{5, 20, 100}[w.rnd.IntN(3)]*time.Second), func() { // paid now, or when it is off the glass
				if g := w.gate.orders[v.No]; g != nil {
					w.gate.pay(g)
				}
			})
		}
	}
}

func (w *world) weather() {
	if w.calm {
		return
	}
	w.gate.away = w.chance(w.faults.away)
	if w.faults.bar > 0 { // only then drawn: the other storms keep their histories
		w.gate.barred = w.chance(w.faults.bar)
		if w.chance(w.faults.bar) {
			w.tell(CloseTrial{TrialOrder(Number(w.shop.Kiosk, 0, w.draw()), w.shop.Merchant, "ware 1")})
		}
	}
	w.after(w.span(10*time.Second, 3*time.Minute), w.weather)
	if w.chance(w.faults.cut) {
		w.cut(w.span(time.Second, time.Minute))
	}
}

// judge compares the book with the gateway and the goods, never with the screen.
func (w *world) judge() []string {
	wrong := w.wrong
	say := func(no No, what string) {
		wrong = append(wrong, fmt.Sprintf("%s (%s): %s", no, w.book.orders[no].State, what))
	}
	for _, no := range w.book.birth {
		o, g := w.book.orders[no], w.gate.orders[no]
		var paid, back Fen
		if g != nil {
			paid, back = g.paid, g.refunded()
		}
		if w.motors[no] > 1 {
			say(no, "the motor turned twice")
		}
		if w.goods[no] > 0 && paid == 0 {
			say(no, "gave goods without money")
		}
		switch o.State {
		case Sold:
			if paid != o.Fen || back != 0 || w.goods[no] != 1 {
				say(no, fmt.Sprintf("sold, but paid %d back %d goods %d", paid, back, w.goods[no]))
			}
		case Refunded:
			handed := o.Money.Fen == 0 && o.By != "" // without a payment, and the gateway says that none will come
			if back != paid || paid == 0 && !handed {
				say(no, fmt.Sprintf("refunded, but paid %d back %d", paid, back))
			}
		case Closed:
			told := o.Merchant.AppID == "wx2" && (w.book.told["notice "+string(no)] || w.book.told["kept "+string(no)])
			if g != nil && w.gate.sharesPayment(g) { // a person settled it, or its money came too late for the book to take
				if o.By == "" && o.Reason != ReasonBarred && paid != back && !told {
					say(no, "its payment has another's transaction id, and nobody was told")
				}
			} else if paid != back && !told {
				say(no, "closed: kept the money, gave no goods")
			}
		case Owed:
			if o.GatewayCode == "" && o.Last != Handed || back != 0 && no.IsSecond() {
				say(no, fmt.Sprintf("owed for the reason %q, and %d went back", o.GatewayCode, back))
			}
			foreign := o.Merchant.AppID == "wx2" && o.Last != Found && o.Last != Unpayable // such a one was asked about while that was the config
			if (o.Money.Fen == 0 || foreign) && o.Last != Handed {
				say(no, "owed without a payment, or unasked, and nobody has handed it over")
			}
		default:
			say(no, "never came to an end")
		}
		if w.goods[no] > 0 && back > 0 && !o.Doubt {
			say(no, "goods and money both went out, and nobody doubts it")
		}
	}
	for no, g := range w.gate.orders {
		asked := !w.book.told["notice "+string(no)] // else its merchant is no longer in the config: a person was told
		if first := w.book.orders[No(g.o.Choice)]; g.second != "" && first.Money.Transaction == "" &&
			(first.Reason == ReasonBarred || first.By != "" || w.book.told["notice "+string(first.No)]) {
			continue // the book has no payment to tell it from, and a person looks at that order
		}
		if _, ok := w.book.orders[no]; !ok && g.paid > 0 && asked {
			say(no, "paid, and the book never heard of it")
		}
	}
	return wrong
}

// settleBarred is a person who ends at once what the book cannot write.
func (w *world) settleBarred() {
	for _, no := range w.shop.Snapshot().Settleable {
		w.tell(DecideOrder{No: no, Event: Settled, By: "anna", How: "platform", Note: "two orders have one payment"})
	}
}

// compareBill is the day's bill, which names every second payment.
func (w *world) compareBill() {
	for _, no := range slices.Sorted(maps.Keys(w.gate.orders)) {
		if g := w.gate.orders[no]; g.second != "" {
			w.stats["second payments"]++
			w.notify(No(g.o.Choice), g.second)
		}
	}
}

// storm runs one seed: hours of bad weather, then days of calm in which all must settle.
func storm(seed uint64, f faults, hash bool) *world {
	w := newWorld(seed, f)
	w.hash = hash
	w.storm()
	return w
}

// storm is two hours of bad weather, then days of calm.
func (w *world) storm() {
	w.after(time.Second, w.customer)
	w.after(time.Second, w.weather)
	w.run(2 * time.Hour)
	w.calm, w.gate.away, w.gate.barred = true, false, false
	w.cut(time.Second) // the config is put back, and what was born under another one is handed over
	w.run(2*time.Hour + 10*time.Minute)
	w.handOver()
	w.run(8 * time.Hour)
	w.settleBarred()
	w.compareBill()
	w.wait(time.Hour)
	for i, no := range w.book.birth {
		if o := w.book.orders[no]; i%2 == 0 && o.State == Owed && o.No.IsSecond() {
			w.tell(DecideOrder{No: no, Event: Retried, By: "anna", Note: "paid twice"})
		}
	}
	w.wait(time.Hour)
}

// handOver gives up every order of another merchant.
func (w *world) handOver() {
	for _, no := range w.shop.Snapshot().Foreign {
		w.tell(DecideOrder{No: no, Event: Handed, By: "anna", Note: "asks there"})
	}
}

var rough = faults{lost: 8, slow: 8, power: 8, write: 4, jam: 15, away: 10, cut: 4, twins: 1, again: 2}

func stormSeeds(t *testing.T) (first, count uint64) {
	first, count = 1, 400
	if s := os.Getenv("STORM_SEEDS"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil || n == 0 {
			t.Fatalf("STORM_SEEDS=%s: say how many seeds", s)
		}
		count = n
	}
	if s := os.Getenv("STORM_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatalf("STORM_SEED=%s is no number", s)
		}
		first, count = n, 1
	}
	return first, count
}

// TestAStormOfRefusals: a merchant who may not collect, now and then, beside all that can go wrong otherwise.
func TestAStormOfRefusals(t *testing.T) {
	total := map[string]int{}
	trials, told := 0, 0
	f := rough
	f.bar, f.away, f.power = 40, 4, 1
	for seed := uint64(1); seed <= 15; seed++ {
		w := newWorld(seed, f)
		w.seen = func(Input, []Deed) {
			if w.shop.maySell() && len(w.shop.listRefusals()) > 0 {
				told++
			}
		}
		w.storm()
		for k, n := range w.stats {
			total[k] += n
		}
		for _, no := range w.book.birth {
			if o := w.book.orders[no]; o.IsTrial() {
				trials++
				handed := o.State == Owed && o.Money.Transaction == "" // born under an appid that the owner has changed
				if w.motors[no] > 0 || o.State != Closed && o.State != Refunded && !handed {
					t.Errorf("seed %d: a trial order is %s after %d turns", seed, o.State, w.motors[no])
				}
			}
		}
		if wrong := w.judge(); len(wrong) > 0 {
			t.Fatalf("seed %d lost something:\n%s", seed, strings.Join(wrong, "\n"))
		}
	}
	t.Logf("%d refused asks, %d charges, %d refunds; %d trial orders, %d of them refused; refused for %d steps, %d sold",
		total["barred ask"], total["barred charge"], total["barred refund"], trials, total["barred trial"], told, total["vending dropped"])
	if total["barred ask"] == 0 || total["barred charge"] == 0 || total["barred refund"] == 0 || total["barred trial"] == 0 || told == 0 || total["vending dropped"] == 0 {
		t.Errorf("no storm ever drew this: %v", total)
	}
}

func TestStorm(t *testing.T) {
	first, count := stormSeeds(t)
	total := map[string]int{}
	orders := 0
	for seed := first; seed < first+count; seed++ {
		w := storm(seed, rough, false)
		orders += len(w.book.birth)
		for k, n := range w.stats {
			total[k] += n
		}
		if wrong := w.judge(); len(wrong) > 0 {
			t.Fatalf("seed %d lost something (STORM_SEED=%d shows it again):\n%s", seed, seed, strings.Join(wrong, "\n"))
		}
	}
	t.Logf("pure storm: seeds %d..%d, %d orders, %d power cuts and failed writes, %d paid by QR, %d by code, %d sold",
		first, first+count-1, orders, total["cut"], total["paid native"], total["paid code"], total["vending dropped"])
	t.Logf("%d starts under another key, %d under another appid, %d orders handed over, %d refunds lost sight of",
		total["new key"], total["other appid"], total["closing handed"]+total["refunding handed"], total["notsure"])
	if count < 300 {
		return // too few for the rare moves
	}
	for _, rare := range []string{"barred", "second payments", "new found", "owed retried"} {
		if total[rare] == 0 {
			t.Errorf("no storm ever drew this: %s", rare)
		}
	}
	t.Logf("%d refused moves, %d second payments, %d of them sent back by a person", total["barred"], total["second payments"], total["owed retried"])
	for from, row := range moves { // sometimes: every move the models can cause was made
		for e := range row {
			if from == Owed || e == Found || e == Settled || from == Closed && e == Misfit || from == Asking && e == Misfit || e == Unpayable || Stay(from, e) {
				continue
			}
			if total[string(from)+" "+string(e)] == 0 {
				t.Errorf("no storm ever made the move %s %s", from, e)
			}
		}
	}
}

// Stay tells whether a Woke changes nothing, and so is never written.
func Stay(s State, e Event) bool { to, _ := Next(s, e); return e == Woke && to == s }

func TestSameSeedSameHistory(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		a, b := storm(seed, rough, true), storm(seed, rough, true)
		if a.sum != b.sum || a.sum == 0 {
			t.Fatalf("seed %d: two histories, %x and %x", seed, a.sum, b.sum)
		}
	}
}
