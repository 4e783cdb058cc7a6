package record

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"kiosk/sale"
)

// reel is a sink of two parts, each as long as it may be.
type reel struct {
	most     int
	old, new bytes.Buffer
	turns    int
	refuse   int // puts that are not taken
}

func (t *reel) Put(lines []byte, begins bool) bool {
	if t.refuse > 0 {
		t.refuse--
		return false
	}
	if begins && t.Full() {
		t.old.Reset()
		t.old.Write(t.new.Bytes())
		t.new.Reset()
		t.turns++
	}
	t.new.Write(lines)
	return true
}

func (t *reel) Full() bool { return t.most > 0 && t.new.Len() > t.most }

func (t *reel) text() string { return t.old.String() + t.new.String() }

// ledger is a book in memory.
type ledger struct {
	orders map[sale.No]sale.Order
	birth  []sale.No
	slots  []sale.SlotState
	doubts sale.Doubts
	rest   string
}

func newLedger() ledger {
	b := ledger{orders: map[sale.No]sale.Order{}}
	for n := sale.Slot(1); n <= 3; n++ {
		b.slots = append(b.slots, sale.SlotState{Slot: n, Name: fmt.Sprint("ware ", n), Fen: 100 * sale.Fen(n), Stock: 1 << 30})
	}
	return b
}

func (b *ledger) write(p sale.Batch) {
	for _, m := range p.Moves {
		if _, had := b.orders[m.Order.No]; !had {
			b.birth = append(b.birth, m.Order.No)
		}
		b.orders[m.Order.No] = m.Order
	}
	for _, h := range p.Slots {
		b.slots[h.Slot-1] = h
	}
	if p.Doubts != nil {
		b.doubts = *p.Doubts
	}
	if p.Maintenance != nil {
		b.rest = *p.Maintenance
	}
}

func (b *ledger) history() sale.History {
	h := sale.History{Next: len(b.birth) + 1, Slots: slices.Clone(b.slots), Doubts: b.doubts, Maintenance: b.rest}
	for _, no := range b.birth {
		if o := b.orders[no]; !o.State.Over() || o.State == sale.Closed {
			h.Orders = append(h.Orders, o)
		}
	}
	return h
}

// street is a shop among customers, a gateway, motors and power cuts, all played by dice.
type street struct {
	rnd     *rand.Rand
	now     time.Duration
	queue   []event // by time
	life    int     // what an earlier life asked for comes to nothing
	calm    bool    // nobody comes and nothing fails
	away    bool    // the gateway
	shop    *sale.Shop
	take    func(*sale.Shop, sale.Instant, sale.Input) []sale.Deed
	seen    func(sale.Input, []sale.Deed)
	alarmAt time.Duration
	view    sale.View

	book   ledger
	paid   map[sale.No]sale.Fen
	back   map[sale.No]sale.Fen
	closed map[sale.No]bool
}

type event struct {
	at   time.Duration
	life int // 0: of every life
	do   func()
}

func newStreet(seed uint64, take func(*sale.Shop, sale.Instant, sale.Input) []sale.Deed) *street {
	return &street{rnd: rand.New(rand.NewPCG(seed, 7)), take: take, book: newLedger(),
		paid: map[sale.No]sale.Fen{}, back: map[sale.No]sale.Fen{}, closed: map[sale.No]bool{}}
}

func (s *street) chance(percent int) bool { return s.rnd.IntN(100) < percent }

func (s *street) span(lo, hi time.Duration) time.Duration {
	return lo + time.Duration(s.rnd.Int64N(int64(hi-lo)+1))
}

func (s *street) at(life int, d time.Duration, do func()) {
	e := event{s.now + d, life, do}
	i := slices.IndexFunc(s.queue, func(o event) bool { return o.at > e.at })
	if i < 0 {
		i = len(s.queue)
	}
	s.queue = slices.Insert(s.queue, i, e)
}

func (s *street) after(d time.Duration, do func()) { s.at(0, d, do) }

func (s *street) run(until time.Duration) {
	for len(s.queue) > 0 && s.queue[0].at <= until {
		e := s.queue[0]
		s.queue = s.queue[1:]
		s.now = e.at
		if e.life == 0 || e.life == s.life {
			e.do()
		}
	}
	s.now = until
}

func (s *street) instant() sale.Instant {
	return sale.Instant{Mono: s.now, Wall: time.Unix(1_800_000_000, 0).In(time.FixedZone("", 8*60*60)).Add(s.now), Trusted: true}
}

func (s *street) boot() {
	s.life++
	s.alarmAt, s.view = 0, sale.View{}
	s.shop = &sale.Shop{Kiosk: "K1", Merchant: sale.Merchant{API: "v2", AppID: "wx", MchID: "1", SignType: "MD5", Key: "k"}}
	s.tell(sale.Awake{History: s.book.history()})
}

// tell gives the shop an input, carries out its deeds, and lets the clerk's own beat follow. Between the lives it says nothing.
func (s *street) tell(in sale.Input) {
	if s.shop == nil {
		return
	}
	deeds := s.take(s.shop, s.instant(), in)
	if s.seen != nil {
		s.seen(in, deeds)
	}
	for _, d := range deeds {
		s.do(d)
	}
	if _, tick := in.(sale.Tick); !tick {
		s.tell(sale.Tick{})
	}
}

func (s *street) do(d sale.Deed) {
	switch d := d.(type) {
	case sale.Write:
		s.book.write(d.Batch)
	case sale.Call:
		s.call(d)
	case sale.Vend:
		dropped, fault := true, ""
		if !s.calm && s.chance(15) {
			dropped, fault = false, sale.FaultNoDrop
		}
		s.at(s.life, 4*time.Second, func() { s.tell(sale.Vended{No: d.Order.No, Dropped: dropped, Fault: fault}) })
	case sale.Show:
		s.view = d.View
	case sale.Alarmed:
		s.alarmAt = d.At
		s.at(s.life, max(d.At-s.now, 0), func() {
			if s.alarmAt <= s.now {
				s.tell(sale.Tick{})
			}
		})
	}
}

// call carries a request to the gateway and its answer back, unless it gets lost.
func (s *street) call(d sale.Call) {
	in := sale.Answered{Deed: d.Kind, No: d.Order.No, Sent: s.now}
	if !s.calm && (s.away || s.chance(15)) {
		in.Err = "timeout"
		s.at(s.life, d.Timeout, func() { s.tell(in) })
		return
	}
	s.at(s.life, s.span(40*time.Millisecond, 400*time.Millisecond), func() {
		in.Answer = s.answer(d)
		in.Date = s.instant().Wall
		s.tell(in)
	})
}

func (s *street) answer(d sale.Call) sale.Answer {
	no := d.Order.No
	money := sale.Money{Transaction: "T" + string(no), Fen: s.paid[no], Currency: "CNY", At: s.instant().Wall}
	switch d.Kind {
	case sale.KindProbe:
		return sale.Answer{Outcome: sale.OutcomeMissing, Code: "ORDERNOTEXIST"}
	case sale.KindAsk:
		return sale.Answer{Outcome: sale.OutcomeAccepted, CodeURL: "weixin://wxpay/bizpayurl?pr=" + string(no)}
	case sale.KindCharge:
		switch s.rnd.IntN(4) {
		case 0:
			return sale.Answer{Outcome: sale.OutcomeDenied, Code: "NOTENOUGH", Cause: sale.CausePayerFunds}
		case 1:
			return sale.Answer{Outcome: sale.OutcomePaying}
		}
		s.paid[no], money.Fen = d.Order.Fen, d.Order.Fen
		return sale.Answer{Outcome: sale.OutcomePaid, Code: "SUCCESS", Money: money}
	case sale.KindCancel:
		if s.paid[no] == 0 {
			s.closed[no] = true
		}
		return sale.Answer{Outcome: sale.OutcomeAccepted}
	case sale.KindRefund:
		s.back[no] = d.Order.RefundFen
		return sale.Answer{Outcome: sale.OutcomeAccepted}
	}
	switch {
	case s.back[no] > 0:
		return sale.Answer{Outcome: sale.OutcomeReturned, Code: "REFUND", Money: money, Returned: s.back[no], Refund: sale.RefundDone}
	case s.paid[no] > 0:
		return sale.Answer{Outcome: sale.OutcomePaid, Code: "SUCCESS", Money: money}
	case s.closed[no]:
		return sale.Answer{Outcome: sale.OutcomeGone, Code: "CLOSED"}
	}
	return sale.Answer{Outcome: sale.OutcomeUnpaid, Code: "NOTPAY"}
}

func (s *street) draw() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	b := make([]byte, 24)
	for i := range b {
		b[i] = letters[s.rnd.IntN(len(letters))]
	}
	return string(b)
}

func (s *street) press(n sale.Slot) { s.tell(sale.Pressed{Slot: n, Draw: s.draw()}) }

// customer comes, presses a key, and does one thing or another. Now and then it is a technician.
func (s *street) customer() {
	if s.calm {
		return
	}
	s.after(s.span(20*time.Second, 4*time.Minute), s.customer)
	if s.chance(5) {
		s.tell(sale.Health{Part: sale.NotReadyDoor, Fault: "the door is open"})
		s.after(s.span(time.Second, time.Minute), func() { s.tell(sale.Health{Part: sale.NotReadyDoor}) })
	}
	if s.chance(20) {
		s.tell(sale.Edge{Slot: 1})
		s.mend()
	}
	s.press(sale.Slot(1 + s.rnd.IntN(3)))
	for range 1 + s.rnd.IntN(3) {
		s.after(s.span(500*time.Millisecond, 50*time.Second), s.act)
	}
}

// mend lets every slot sell again.
func (s *street) mend() {
	for _, h := range s.book.slots {
		s.tell(sale.ClearSlot{Slot: h.Slot, Fault: h.Fault, Flag: h.Flag, By: "anna"})
	}
	s.tell(sale.ClearStop{By: "anna"})
}

func (s *street) act() {
	switch s.rnd.IntN(6) {
	case 0:
		s.tell(sale.GaveUp{})
	case 1:
		s.press(sale.Slot(1 + s.rnd.IntN(3)))
	case 2, 3:
		s.tell(sale.Scanned{Code: sale.Handle(fmt.Sprint("code", s.rnd.IntN(1<<40))), Wallet: sale.KindWeChat, Draw: s.draw()})
	default:
		if s.view.QR != "" {
			s.paid[s.view.No] = s.view.Fen
		}
	}
}

// weather takes the gateway away and cuts the power.
func (s *street) weather() {
	if s.calm {
		return
	}
	s.after(s.span(10*time.Second, 3*time.Minute), s.weather)
	s.away = s.chance(10)
	if s.chance(4) {
		s.life++
		s.shop = nil
		s.after(s.span(time.Second, time.Minute), s.boot)
	}
}

// storm is hours of bad weather and as many of calm.
func (s *street) storm(bad, calm time.Duration) {
	s.boot()
	s.after(time.Second, s.customer)
	s.after(time.Second, s.weather)
	s.run(bad)
	s.calm, s.away = true, false
	s.run(bad + calm)
}

// recorded runs a storm under a recorder that writes after every step, and says how many views were shown.
func recorded(seed uint64, tape *reel, spoil func(*Recorder)) (r *Recorder, shows int) {
	r = &Recorder{Program: "test", Sink: tape}
	s := newStreet(seed, r.Step)
	s.seen = func(_ sale.Input, deeds []sale.Deed) {
		for _, d := range deeds {
			if _, ok := d.(sale.Show); ok {
				shows++
			}
		}
		if spoil != nil {
			spoil(r)
		}
		r.writeQueue()
	}
	s.storm(2*time.Hour, 6*time.Hour)
	r.flushPending()
	return r, shows
}

func TestTheStreetIsABusyOne(t *testing.T) {
	s := newStreet(1, (*sale.Shop).Step)
	s.storm(4*time.Hour, 2*time.Hour)
	states := map[sale.State]int{}
	for _, o := range s.book.orders {
		states[o.State]++
	}
	if states[sale.Sold] < 5 || states[sale.Refunded] < 5 || states[sale.Closed] < 10 || s.life < 3 {
		t.Errorf("%v in %d lives", states, s.life)
	}
}
