package sale

import (
	"cmp"
	"container/heap"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"
)

// world is a pure kiosk among models: one event heap, one draw per seed, no goroutine.
type world struct {
	rnd   *rand.Rand
	now   time.Duration
	seq   int
	queue events
	calm  bool          // faults and customers have stopped
	skew  time.Duration // how wrong the wall is, though it is trusted

	shop    *Shop
	life    int // events of an earlier life come to nothing
	down    bool
	alarmAt time.Duration

	book   *ledger
	gate   *gateModel
	motors map[No]int
	goods  map[No]int // what truly fell
	armed  bool
	view   View
	calls  []sentCall
	pages  []Batch
	answer func(Call) (Answer, bool) // a test's own answer instead of the model's
	mute   No                        // of which no answer is ever whole
	owner  func(*Merchant)           // what a test's owner has changed in the config
	refuse func(Call) *OrderRefusal  // a test's own refusal that proves nothing; nil: none
	codes  map[Handle]bool
	faults faults
	word   string              // what a motor says that drops nothing; "": no-drop
	seen   func(Input, []Deed) // is told every step
	hash   bool                // keep a history to compare
	keep   bool                // keep what was called and written
	sum    uint64
	stats  map[string]int
	wrong  []string
}

// faults are the odds of things going wrong, in a hundred; power and write in ten thousand. Twins are payments that the
// gateway books under another order's transaction id; again is a second payment of one number.
type faults struct{ lost, slow, power, write, jam, away, cut, twins, again, bar int }

type event struct {
	at  time.Duration
	seq int
	do  func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].seq < e[j].seq
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any     { n := len(*e) - 1; x := (*e)[n]; *e = (*e)[:n]; return x }

const wares = 3

func newWorld(seed uint64, f faults) *world {
	w := &world{
		rnd: rand.New(rand.NewPCG(seed, 7)), faults: f, motors: map[No]int{}, goods: map[No]int{},
		codes: map[Handle]bool{}, stats: map[string]int{}, alarmAt: never,
	}
	w.gate = &gateModel{w: w, orders: map[No]*gateOrder{}}
	w.book = &ledger{orders: map[No]Order{}, told: map[string]bool{}}
	for i := 1; i <= wares; i++ {
		w.book.shelves = append(w.book.shelves, SlotState{Slot: Slot(i), Name: fmt.Sprint("ware ", i), Fen: Fen(100 * i), Stock: 1 << 30})
	}
	w.boot()
	return w
}

func (w *world) chance(percent int) bool { return w.rnd.IntN(100) < percent }

func (w *world) span(lo, hi time.Duration) time.Duration {
	return lo + time.Duration(w.rnd.Int64N(int64(hi-lo)+1))
}

func (w *world) after(d time.Duration, do func()) {
	w.seq++
	heap.Push(&w.queue, event{w.now + d, w.seq, do})
}

// run lets the world go on until the queue has nothing before the end.
func (w *world) run(until time.Duration) {
	for len(w.queue) > 0 && w.queue[0].at <= until {
		e := heap.Pop(&w.queue).(event)
		w.now = e.at
		e.do()
	}
	w.now = until
}

func (w *world) instant() Instant {
	return Instant{Mono: w.now, Wall: time.Unix(1_800_000_000, 0).UTC().Add(w.now + w.skew), Trusted: true}
}

// boot begins a life: a new shop, woken from the book.
func (w *world) boot() {
	w.life++
	w.down, w.alarmAt, w.armed = false, never, false
	w.shop = &Shop{Kiosk: "K1", Merchant: w.configured()}
	w.tell(Awake{History: w.book.past()})
}

// configured is what the config says at this start. In a storm the owner sets new keys and other ways to sign, and now and then
// another appid, which is put back later.
func (w *world) configured() Merchant {
	m := Merchant{API: "v2", AppID: "wx", MchID: "1", SignType: "MD5", Key: "k"}
	if w.owner != nil {
		w.owner(&m)
	}
	if w.calm || w.faults.power == 0 {
		return m
	}
	if w.chance(20) {
		m.SignType, m.Key = []string{"MD5", "HMAC-SHA256"}[w.rnd.IntN(2)], fmt.Sprint("k", w.rnd.IntN(100))
		w.stats["new key"]++
	}
	if w.chance(4) {
		m.AppID = "wx2"
		w.stats["other appid"]++
	}
	return m
}

// cut ends the life: what was not written is gone, what has left is left.
func (w *world) cut(dark time.Duration) {
	if w.down {
		return
	}
	w.down = true
	w.life++
	w.view = View{}
	w.stats["cut"]++
	w.after(dark, w.boot)
}

// mine wraps what belongs to this life only.
func (w *world) mine(do func()) func() {
	life := w.life
	return func() {
		if life == w.life && !w.down {
			do()
		}
	}
}

func (w *world) note(x string) {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %d %s", w.sum, w.now, x)
	w.sum = h.Sum64()
}

// tell gives the shop one input and carries out its deeds; the power may go before any of them.
func (w *world) tell(in Input) {
	if w.down {
		return
	}
	if w.hash {
		what := in
		if n, notice := in.(Nudged); notice {
			n.Known = nil // an address
			what = n
		}
		w.note(fmt.Sprintf("in %T %v", in, what))
	}
	deeds := w.shop.Step(w.instant(), in)
	if w.seen != nil {
		w.seen(in, deeds)
	}
	w.alarmAt = never
	for _, d := range deeds {
		if !w.calm && w.rnd.IntN(10_000) < w.faults.power {
			w.cut(w.span(time.Second, 2*time.Minute))
			return
		}
		if w.hash {
			w.note(fmt.Sprintf("out %T %s", d, told(d)))
		}
		if !w.do(d) {
			return
		}
	}
	w.check()
}

// told writes a deed without addresses in it, so that two runs can be compared.
func told(d Deed) string {
	if p, ok := d.(Write); ok {
		doubts := Doubts{}
		if p.Batch.Doubts != nil {
			doubts = *p.Batch.Doubts
		}
		return fmt.Sprint(p.Batch.Moves, p.Batch.Slots, p.Batch.Alarms, doubts)
	}
	return fmt.Sprint(d)
}

func (w *world) do(d Deed) bool {
	switch d := d.(type) {
	case Write:
		if !w.calm && w.rnd.IntN(10_000) < w.faults.write {
			w.stats["write failed"]++
			w.cut(time.Second)
			return false
		}
		refused := (*RefusedError)(nil)
		if err := w.book.write(d.Batch); errors.As(err, &refused) {
			w.stats["barred"]++
			if !w.shop.CanUndo(refused.No) {
				w.wrong = append(w.wrong, fmt.Sprintf("a move of %s that the book refuses ends the life of whoever is buying", refused.No))
			}
			w.tell(Barred{refused.No})
			return false
		} else if err != nil {
			w.wrong = append(w.wrong, err.Error())
		}
		if w.keep {
			w.pages = append(w.pages, d.Batch)
		}
		for _, m := range d.Batch.Moves {
			w.stats[string(m.From)+" "+string(m.Event)]++
		}
	case Call:
		w.call(d)
	case Vend:
		w.vend(d)
	case Show:
		w.view = d.View
	case Arm:
		w.armed = d.On
	case Alarmed:
		w.alarmAt = d.At
		w.after(max(d.At-w.now, 0), w.mine(func() {
			if w.alarmAt <= w.now {
				w.tell(Tick{})
			}
		}))
	}
	return true
}

// sentCall is a request that left.
type sentCall struct {
	at time.Duration
	Call
}

// call carries a request to the model and its answer back, unless one of them gets lost.
func (w *world) call(d Call) {
	if w.keep {
		w.calls = append(w.calls, sentCall{w.now, d})
	}
	if !d.Order.Merchant.IsSamePayee(w.shop.Merchant) {
		w.wrong = append(w.wrong, fmt.Sprintf("%s of %s left under ids that are not in the config", d.Kind, d.Order.No))
	}
	there, back := w.span(20*time.Millisecond, 200*time.Millisecond), w.span(20*time.Millisecond, 200*time.Millisecond)
	lost, gone := false, false
	if !w.calm {
		lost, gone = w.chance(w.faults.lost), w.chance(w.faults.lost)
		if w.chance(w.faults.slow) {
			there += w.span(0, 20*time.Second)
		}
		if w.gate.away {
			lost = true
		}
	}
	sent, base := w.now, Answered{Deed: d.Kind, No: d.Order.No, Sent: w.now}
	if d.Kind == KindAsk || d.Draw {
		base.Draw = fmt.Sprintf("%030d", w.seq)
	}
	answered := false
	reply := w.mine(func() {
		if !answered {
			answered = true
			w.tell(base)
		}
	})
	if !lost {
		w.after(there, func() {
			a, own := Answer{}, false
			if w.answer != nil {
				a, own = w.answer(d)
			}
			switch barred := w.gate.barred && slices.Contains(orderCalls, d.Kind); {
			case barred && w.seq%2 == 0:
				base.Refused, base.Err = &OrderRefusal{Code: "NOAUTH", Unsigned: "权限未开通"}, "refused"
			case barred:
				a = Answer{Outcome: OutcomeFaulty, Code: "NOAUTH", Cause: CauseConfig}
			case !own:
				a = w.gate.serve(d)
			}
			if w.gate.barred && slices.Contains(orderCalls, d.Kind) {
				w.stats["barred "+d.Kind]++
				if d.Order.IsTrial() {
					w.stats["barred trial"]++
				}
			}
			a.Cause = cmp.Or(a.Cause, causes[d.Kind+" "+a.Code])
			if w.refuse != nil {
				if base.Refused = w.refuse(d); base.Refused != nil {
					a, base.Err = Answer{}, "refused"
				}
			}
			if gone || w.now+back-sent > d.Timeout {
				return
			}
			w.after(back, w.mine(func() {
				if !answered {
					base.Answer = a
					if w.mute == d.Order.No {
						base.Answer, base.Err = Answer{}, "read the answer: its time_end is no time"
					}
					reply()
				}
			}))
		})
	}
	w.after(d.Timeout, w.mine(func() {
		if !answered {
			base.Answer, base.Err = Answer{}, "timeout"
			reply()
		}
	}))
}

// deliver brings a notice, again and again until a kiosk is there to take it.
func (w *world) deliver(no No) {
	if w.down {
		w.after(15*time.Second, func() { w.deliver(no) })
		return
	}
	o, life := w.book.orders[no], w.life
	w.after(time.Minute, func() {
		if w.life != life { // the book keeps the notice, but the power went before the query it made: an audit finds it
			w.book.told["kept "+string(no)] = true
		}
	})
	w.tell(Nudged{No: no, Known: &o})
}

// vend turns the motor; whether it is told or not, the goods fall or they do not.
func (w *world) vend(d Vend) {
	no := d.Order.No
	w.motors[no]++
	if w.book.orders[no].State != Vending {
		w.wrong = append(w.wrong, fmt.Sprintf("the motor turned for %s in state %q", no, w.book.orders[no].State))
	}
	if g := w.gate.orders[no]; g == nil || g.paid != d.Order.Fen || g.refunded() > 0 {
		w.wrong = append(w.wrong, fmt.Sprintf("the motor turned for %s without the money", no))
	}
	drop, fault := true, ""
	if !w.calm && w.chance(w.faults.jam) {
		drop, fault = false, cmp.Or(w.word, FaultNoDrop)
	}
	if drop {
		w.after(900*time.Millisecond, func() { w.goods[no]++ })
	}
	late := !drop && w.chance(30)
	w.after(4*time.Second, w.mine(func() {
		w.tell(Vended{No: no, Dropped: drop, Fault: fault})
		if late {
			w.after(w.span(time.Second, 90*time.Second), w.mine(func() { w.tell(Edge{Slot: d.Order.Slot}) }))
		}
	}))
}

// check looks at the glass after every step.
func (w *world) check() {
	v := w.view
	if v.QR == "" {
		return
	}
	o, ok := w.book.orders[v.No]
	if !ok || o.State != Waiting || o.Fen != v.Fen || v.QR != "qr:"+string(v.No) {
		w.wrong = append(w.wrong, fmt.Sprintf("the glass shows a code of %s, which is %q in the book", v.No, o.State))
	}
}

// ledger is the book as the rules want it.
type ledger struct {
	orders  map[No]Order
	birth   []No
	shelves []SlotState
	doubts  Doubts
	resting string
	told    map[string]bool // what a person can read, by kind and order
	damaged string
	doubted int     // how often damaged was written
	lost    []Order // of the book before
	asked   []No
	journal []Move
}

func (b *ledger) write(p Batch) error {
	if no, twice := b.twice(p); twice {
		return &RefusedError{no, errors.New("its payment or refund is another order's")}
	}
	for _, m := range p.Moves {
		o := m.Order
		old, had := b.orders[o.No]
		was := New
		if had {
			was = old.State
		}
		to, ok := Next(m.From, m.Event)
		if m.Event == Remark {
			to, ok = m.From, true
		}
		if !ok || was != m.From || to != o.State {
			return fmt.Errorf("illegal move of %s: %s (%s) %s -> %s", o.No, m.From, was, m.Event, o.State)
		}
		if !had {
			b.birth = append(b.birth, o.No)
		}
		b.orders[o.No] = o
		b.journal = append(b.journal, m)
	}
	live := 0
	for _, no := range b.birth {
		if b.orders[no].State.Live() {
			live++
		}
	}
	if live > 1 {
		return errors.New("two live orders")
	}
	for _, h := range p.Slots {
		i := slices.IndexFunc(b.shelves, func(o SlotState) bool { return o.Slot == h.Slot })
		b.shelves[i] = h
	}
	for _, a := range p.Alarms {
		if b.told == nil {
			b.told = map[string]bool{}
		}
		b.told[a.Kind+" "+string(a.No)] = true
	}
	if p.Doubts != nil {
		b.doubts = *p.Doubts
	}
	if p.Maintenance != nil {
		b.resting = *p.Maintenance
	}
	if p.Damaged != nil {
		b.damaged = *p.Damaged
		b.doubted++
	}
	for _, no := range p.Asked {
		b.asked = append(b.asked, no)
		b.lost = slices.DeleteFunc(b.lost, func(o Order) bool { return o.No == no })
	}
	return nil
}

// twice names an order of a batch whose transaction or refund number is another's: the book refuses it, and writes nothing.
func (b *ledger) twice(p Batch) (No, bool) {
	for _, m := range p.Moves {
		for _, no := range b.birth {
			o := b.orders[no]
			if no != m.Order.No && (m.Order.Money.Transaction != "" && o.Money.Transaction == m.Order.Money.Transaction ||
				m.Order.RefundNo != "" && o.RefundNo == m.Order.RefundNo) {
				return m.Order.No, true
			}
		}
	}
	return "", false
}

func (b *ledger) past() History {
	p := History{Next: len(b.birth) + 1, Slots: slices.Clone(b.shelves), Doubts: b.doubts, Maintenance: b.resting, Damaged: b.damaged, Lost: slices.Clone(b.lost)}
	for _, no := range b.birth {
		if o := b.orders[no]; !o.State.Over() || o.State == Closed {
			p.Orders = append(p.Orders, o)
		}
	}
	return p
}
