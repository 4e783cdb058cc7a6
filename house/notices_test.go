package house_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/sale"
	"kiosk/sim/gateway"
)

// digest is everything that the book says of orders, moves, shelves, doubts and alarms.
func (h *house) digest(t *testing.T) string {
	t.Helper()
	b := h.now().book
	entries, err := b.ListOrders(context.Background(), 0, "")
	past, err2 := b.Load(context.Background())
	alarms, err3 := b.ListAlarms(context.Background(), 0)
	text, err4 := json.Marshal([]any{entries, past.Slots, past.Doubts, past.Next, alarms})
	if err := errors.Join(err, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// newest is the order that was born last.
func (h *house) newest(t *testing.T) sale.Order {
	t.Helper()
	list, err := h.now().book.ListOrders(context.Background(), 1, "")
	if err != nil || len(list) != 1 {
		t.Fatalf("the book has no newest order: %d, %v", len(list), err)
	}
	return list[0].Order
}

func (h *house) shopper(t *testing.T) *person {
	t.Helper()
	p := &person{h: h}
	if !p.press(1, time.Minute) || !p.scan(20*time.Second) {
		t.Fatalf("nobody can buy: the glass is %+v", h.seen())
	}
	return p
}

// buys leads one customer to the end of a sale that is paid.
func (h *house) buys(t *testing.T) sale.Order {
	t.Helper()
	p := h.shopper(t)
	no := h.newest(t).No
	if said := p.phone("pay"); said != gateway.PhonePaid {
		t.Fatalf("a customer cannot pay: %q", said)
	}
	h.ends(t, no)
	return h.newest(t)
}

func (h *house) ends(t *testing.T, no sale.No) sale.Order {
	t.Helper()
	var o sale.Order
	h.until(3*time.Hour, func() bool {
		found, _, err := h.now().book.FindOrder(context.Background(), no)
		o = found
		return err == nil && o.State.Over()
	})
	time.Sleep(15 * time.Second) // the thanks leave the glass
	return o
}

// noticeCase is one way a genuine notice may come.
type noticeCase struct {
	name  string
	under string // one of agreements; "" is each
	set   func(h *house)
	do    func(t *testing.T, h *house, b *doorbell) sale.No
	end   sale.State
	came  int // how often it was posted
	kept  int
	kept3 int    // under v3, where that is not the same
	count string // a counter that must be 1
}

// asked tells whether a case is one for houses that speak so.
func (c noticeCase) asked(agreed string) bool {
	return c.under == "" || c.under == agreed || c.under == "v3" && agreed != byV2
}

var noticeCases = []noticeCase{
	{name: "before the order's answer", end: sale.Sold, came: 1, kept: 1, count: "good",
		set: func(h *house) { h.script("unifiedorder", gateway.Trouble{Then: "pay", Late: 4 * time.Second}) },
		do: func(t *testing.T, h *house, b *doorbell) sale.No {
			(&person{h: h}).press(1, time.Minute)
			h.until(3*time.Second, func() bool { return len(b.letters()) > 0 })
			if o := h.newest(t); len(b.letters()) != 1 || o.State != sale.Asking {
				t.Errorf("the notice did not overtake the answer: %d came, the order is %s", len(b.letters()), o.State)
			}
			return h.newest(t).No
		}},
	{name: "twice at once", end: sale.Sold, came: 2, kept: 1,
		set: func(h *house) { h.script("notice", gateway.Trouble{Twice: "together"}) },
		do:  func(t *testing.T, h *house, _ *doorbell) sale.No { return h.buys(t).No }},
	{name: "after close", end: sale.Refunded, came: 2, kept: 2, // of the payment, and of the refund
		// The queries are answered by a place that believes the order closed; the phones are not.
		set: func(h *house) {
			h.gate.Script = func(c gateway.Call) *gateway.Trouble {
				if c.Endpoint == "orderquery" && !anyPaid(h) {
					return &gateway.Trouble{State: "CLOSED"}
				}
				return nil
			}
		},
		do: func(t *testing.T, h *house, _ *doorbell) sale.No {
			p := h.shopper(t)
			no := h.newest(t).No
			if !h.until(5*time.Minute, func() bool { return h.newest(t).State == sale.Closed }) {
				t.Errorf("the order is %s, and was to be closed", h.newest(t).State)
			}
			if said := p.phone("pay"); said != gateway.PhonePaid {
				t.Errorf("nobody paid late: %q", said)
			}
			if !h.until(time.Minute, func() bool { return h.newest(t).State == sale.Refunded }) {
				t.Errorf("a minute after the notice the money has not gone back: %s", h.newest(t).State)
			}
			return no
		}},
	// Under v3 it comes under the number of the first, and a number is kept once.
	{name: "another transaction id", end: sale.Sold, came: 2, kept: 2, kept3: 1, count: "transaction_differs",
		set: func(h *house) {},
		do: func(t *testing.T, h *house, b *doorbell) sale.No {
			o := h.buys(t)
			before := h.digest(t)
			if !h.notice(t, b, o.No, "other-transaction") {
				t.Error("a signed notice was sent back: the gateway repeats it for a day")
			}
			time.Sleep(5 * time.Second)
			if h.digest(t) != before {
				t.Error("a notice of another payment changed the book: only a query may")
			}
			return o.No
		}},
	{name: "replayed a day later", under: byV2, end: sale.Sold, came: 4, kept: 1,
		set: func(h *house) {},
		do: func(t *testing.T, h *house, b *doorbell) sale.No {
			o := h.buys(t)
			time.Sleep(24 * time.Hour)
			before, old := h.digest(t), b.letters()[0]
			for range 3 {
				if !b.again(t, old) {
					t.Error("a repeated notice was not acknowledged")
				}
				time.Sleep(5 * time.Second)
			}
			if h.digest(t) != before {
				t.Error("a replayed notice changed the book")
			}
			return o.No
		}},
	{name: "replayed a day later", under: "v3", end: sale.Sold, came: 4, kept: 1, count: "good",
		set: func(h *house) {},
		do: func(t *testing.T, h *house, b *doorbell) sale.No {
			o := h.buys(t)
			time.Sleep(24 * time.Hour)
			before, old := h.digest(t), b.letters()[0]
			for range 3 {
				if b.again(t, old) {
					t.Error("a notice signed yesterday was taken")
				}
				time.Sleep(5 * time.Second)
			}
			if h.digest(t) != before || b.in.Counts()["timestamp"] != 3 {
				t.Errorf("a replayed notice changed the book, or was refused for something else: %v", b.in.Counts())
			}
			return o.No
		}},
	{name: "repeated a day later", under: "v3", end: sale.Sold, came: 2, kept: 1,
		set: func(h *house) {},
		do: func(t *testing.T, h *house, b *doorbell) sale.No {
			o := h.buys(t)
			time.Sleep(24 * time.Hour)
			before := h.digest(t)
			if !h.notice(t, b, o.No, "") {
				t.Error("the gateway's own repetition, signed anew, was sent back")
			}
			time.Sleep(5 * time.Second)
			if h.digest(t) != before {
				t.Error("a repeated notice changed the book")
			}
			return o.No
		}},
	{name: "after a probe", under: "v3", end: sale.Sold, came: 2, kept: 1, count: "probe",
		set: func(h *house) { h.script("notice", gateway.Trouble{Forge: "signtest"}) },
		do: func(t *testing.T, h *house, b *doorbell) sale.No {
			o := h.buys(t)
			if !h.until(time.Minute, func() bool { return len(b.letters()) == 2 }) || b.letters()[0].taken || !b.letters()[1].taken {
				t.Error("the probe was taken, or the notice after it was not")
			}
			return o.No
		}},
	{name: "signed by the new certificate", under: byCerts, end: sale.Sold, came: 1, kept: 1, count: "good",
		set: func(h *house) { h.script("notice", gateway.Trouble{SignBy: "new"}) },
		do: func(t *testing.T, h *house, b *doorbell) sale.No {
			time.Sleep(2 * time.Minute) // the kiosk has its list, as it was
			if err := h.gate.Rotate(); err != nil {
				t.Fatal(err)
			}
			return h.buys(t).No
		}},
	{name: "for another merchant", end: sale.Sold, came: 2, kept: 1, count: "ids",
		set: func(h *house) {},
		do: func(t *testing.T, h *house, b *doorbell) sale.No {
			p := h.shopper(t)
			o, before := h.newest(t), h.digest(t)
			// Another merchant with the same key, who truly was paid for an order of the same number.
			if b.deliver(t, h.paidElsewhere(t, o)) || h.digest(t) != before {
				t.Error("a payment to another merchant counts here")
			}
			if said := p.phone("pay"); said != gateway.PhonePaid {
				t.Errorf("after it the customer cannot pay: %q", said)
			}
			return o.No
		}},
}

// script lets one trouble befall the first call of an endpoint.
func (h *house) script(endpoint string, t gateway.Trouble) {
	h.gate.Script = func(c gateway.Call) *gateway.Trouble {
		if c.Endpoint == endpoint && c.Nth == 1 {
			return &t
		}
		return nil
	}
}

// paidElsewhere is the genuine notice of a payment that another merchant got under the number of an order of ours.
func (h *house) paidElsewhere(t *testing.T, o sale.Order) *http.Request {
	t.Helper()
	other := agreedHouse("", 5, h.agreed)
	other.gate.MchID = "1000000000"
	other.gate.V3.PublicKeyID, _ = h.gate.PlatformPublicKey() // the platform signs for both
	client, err := other.client(other.gate, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	said, err := client.Ask(t.Context(), sale.Order{No: o.No, Means: sale.Native, Name: "可乐", Fen: o.Fen, Merchant: other.payee()})
	if err != nil {
		t.Fatal(err)
	}
	_, text, err := other.gate.Pay(said.CodeURL, "pay")
	if err != nil || text != gateway.PhonePaid {
		t.Fatalf("nobody can pay the other merchant: %q, %v, %+v", text, err, said)
	}
	r, err := other.gate.Notice(string(o.No), "")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// anyPaid tells whether anybody has paid yet.
func anyPaid(h *house) bool {
	return slices.ContainsFunc(h.gate.Orders(), func(o gateway.Order) bool { return o.TransactionID != "" })
}

func (h *house) notice(t *testing.T, b *doorbell, no sale.No, how string) (taken bool) {
	t.Helper()
	r, err := h.gate.Notice(string(no), how)
	if err != nil {
		t.Fatal(err)
	}
	return b.deliver(t, r)
}

// TestNoticesComeInEveryOrder: early, doubled, late, odd, repeated or strange, a notice leaves book and gateway agreed.
func TestNoticesComeInEveryOrder(t *testing.T) {
	overAgreements(t, func(t *testing.T, agreed string) {
		for _, c := range noticeCases {
			if c.asked(agreed) {
				t.Run(c.name, func(t *testing.T) { c.comes(t, agreed) })
			}
		}
	})
}

func (c noticeCase) comes(t *testing.T, agreed string) {
	h := agreedHouse(folder(t), 11, agreed)
	c.set(h)
	var o sale.Order
	var b *doorbell
	synctest.Test(t, func(t *testing.T) {
		bell, stop := h.bell()
		b = bell
		if err := h.open(); err != nil {
			t.Fatal(err)
		}
		defer h.shut()
		defer stop()
		o = h.ends(t, c.do(t, h, b))
		if !h.settle(4 * time.Hour) {
			h.blame("four hours later something is still under way")
		}
	})
	kept, came, counts := b.kept(), b.letters(), b.in.Counts()
	lost(t, h.judge(func(sale.No) bool { return false }))
	if agreed != byV2 {
		c.kept = cmp.Or(c.kept3, c.kept)
	}
	if o.State != c.end || len(came) != c.came || len(kept) != c.kept || c.count != "" && counts[c.count] != 1 {
		t.Errorf("%s: the order is %s, want %s; %d came, want %d; %d kept, want %d; %v", c.name, o.State, c.end, len(came), c.came, len(kept), c.kept, seen(counts))
	}
	t.Logf("%-15s | %-29s | posted %d | kept %d | order %-8s | book and gateway agree: %v", agreed, c.name, len(came), len(kept), o.State, !t.Failed())
}

// TestForgedNoticesChangeNothing rings with every notice a thief can write, while one customer stands before an
// unpaid code, one has bought and one has the money back.
func TestForgedNoticesChangeNothing(t *testing.T) {
	overAgreements(t, func(t *testing.T, agreed string) {
		h := agreedHouse(folder(t), 12, agreed)
		h.choice = 10 * time.Minute
		f, stopped := &thief{h: h}, false
		synctest.Test(t, func(t *testing.T) {
			bell, stop := h.bell()
			f.b = bell
			if err := h.open(); err != nil {
				t.Fatal(err)
			}
			defer h.shut()
			defer stop()
			f.tries(t)
			stopped = h.settle(4 * time.Hour)
		})
		lost(t, h.judge(func(sale.No) bool { return false }))
		if f.refused < 24 || !stopped {
			t.Errorf("%d forgeries were refused, settled %v", f.refused, stopped)
		}
		t.Logf("%s: %d forged notices refused, the book's digest unchanged by each; the counters: %v", agreed, f.refused, seen(f.b.in.Counts()))
	})
}

// thief rings a house's bell with what the gateway never wrote.
type thief struct {
	h       *house
	b       *doorbell
	refused int
}

// forgeries of payments and refunds, and those among them that are genuine under this API.
func (f *thief) forgeries() (paid, refund []string, genuine string) {
	if f.h.api() == "v3" {
		return gateway.NoticeForgeriesV3, gateway.NoticeForgeriesV3, "" // what was signed yesterday is too old
	}
	return gateway.NoticeForgeriesV2, gateway.RefundForgeriesV2, "replay"
}

func (f *thief) tries(t *testing.T) {
	t.Helper()
	h := f.h
	sold := h.buys(t)
	h.fate = func(sale.No) string { return fateBlocked }
	back := h.buys(t)
	h.fate = func(sale.No) string { return fateDrop }
	p := &person{h: h}
	if !p.press(2, time.Minute) || !p.scan(20*time.Second) {
		t.Fatalf("nobody can buy: the glass is %+v", h.seen())
	}
	open := h.newest(t)
	if sold.State != sale.Sold || back.State != sale.Refunded || open.State != sale.Waiting {
		t.Fatalf("the orders are %s, %s and %s: this test looks at something else", sold.State, back.State, open.State)
	}
	paid, refund, genuine := f.forgeries()
	for _, how := range paid {
		r, err := h.gate.Notice(string(open.No), how)
		f.rings(t, "payment", how, how == genuine, r, err)
	}
	for _, how := range refund {
		r, err := h.gate.RefundNotice(back.RefundNo, how)
		f.rings(t, "refund", how, false, r, err)
	}
	r, err := h.gate.RefundNotice(back.RefundNo, "")
	f.rings(t, "refund", "genuine", true, r, err)
	if said := p.phone("pay"); said != gateway.PhonePaid {
		t.Errorf("after all this the customer cannot pay: %q", said)
	}
	if o := h.ends(t, open.No); o.State != sale.Sold {
		t.Errorf("after all this an honest order is %s", o.State)
	}
}

func (f *thief) rings(t *testing.T, kind, how string, genuine bool, r *http.Request, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	before, kept, counted := f.h.digest(t), len(f.b.kept()), f.b.in.Counts()
	taken := f.b.deliver(t, r)
	time.Sleep(3 * time.Second) // a nudge would have been followed by now
	same := f.h.digest(t) == before
	if !same || taken != genuine || !genuine && len(f.b.kept()) != kept {
		t.Errorf("%s %s: taken %v, kept %d, book the same %v: a thief gets goods or money", kind, how, taken, len(f.b.kept())-kept, same)
	}
	check := ""
	for name, n := range f.b.in.Counts() {
		if n > counted[name] {
			check += " " + name
		}
	}
	if !taken {
		f.refused++
		if check == "" && how != "huge" { // what is too long is not read at all
			t.Errorf("%s %s is counted nowhere", kind, how)
		}
	}
	t.Logf("%-15s | %-7s | %-16s | taken %-5v | book the same: %v |%s", f.h.agreed, kind, how, taken, same, check)
}

// seen are the counters that counted something.
func seen(counts map[string]int) tally {
	out := tally{}
	for name, n := range counts {
		if n > 0 {
			out[name] = n
		}
	}
	return out
}
