package kiosk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/pay"
	"kiosk/sale"
	"kiosk/sim"
	"kiosk/status"
	"kiosk/store"
)

// doorbell is the way of a gateway's notices into the house: what the program wires, on the house's own book.
type doorbell struct {
	h    *house
	in   *pay.Notices
	door http.Handler
	came []letter // under h.mu
}

// letter is what came, when, and whether it was taken.
type letter struct {
	body  []byte
	taken bool
}

// bell puts a doorbell on the house. The gateway rings it while the test lasts; stop waits for the last ring.
func (h *house) bell() (b *doorbell, stop func()) {
	b = &doorbell{h: h}
	payee := sale.Payee{API: "v2", AppID: appID, MchID: mchID, SignType: h.sign, Key: pay.Fingerprint(secret)}
	b.in = &pay.Notices{Payee: payee, Key: secret, Order: func(ctx context.Context, no sale.No) (sale.Order, bool, error) {
		l := h.now()
		if l == nil {
			return sale.Order{}, false, errDark
		}
		return l.book.Find(ctx, no)
	}}
	b.door = status.NotifyV2(b.take)
	h.gate.Post = b.ring
	ctx, off := context.WithCancel(context.Background())
	over := make(chan error, 1)
	go func() { over <- h.gate.Run(ctx) }()
	return b, func() {
		off()
		if err := <-over; err != nil {
			h.blame("the gateway's post ended: " + err.Error())
		}
	}
}

// take keeps a notice before it is answered, as the program does.
func (b *doorbell) take(ctx context.Context, _ http.Header, body []byte) error {
	n, err := b.in.V2(ctx, body)
	l := b.h.now()
	if l == nil {
		return errDark
	}
	if errors.Is(err, pay.ErrNotYet) {
		l.clerk.Tell(sale.Nudged{No: n.No, Stranger: true})
	}
	if err != nil {
		return err
	}
	err = ledger{l}.do(func() error { _, err := l.book.Keep(ctx, n); return err })
	if err != nil {
		return err
	}
	o, known, err := l.book.Find(ctx, n.No)
	if err == nil {
		l.clerk.Tell(sale.Nudged{No: n.No, Stranger: !known, Known: &o})
	}
	return nil
}

// ring delivers one notice. Before its answer leaves, another reader must find it in the book.
func (b *doorbell) ring(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	w := httptest.NewRecorder()
	b.door.ServeHTTP(w, r)
	taken := w.Code == http.StatusOK && strings.Contains(w.Body.String(), "SUCCESS")
	if taken && !b.keeps(body) {
		b.h.blame("a notice was acknowledged that is not in the book: after a power cut nobody knows of it")
	}
	b.h.mu.Lock()
	b.came = append(b.came, letter{body, taken})
	b.h.mu.Unlock()
	return w.Result(), nil
}

func (b *doorbell) keeps(body []byte) bool {
	sum := sha256.Sum256(body)
	return slices.ContainsFunc(b.kept(), func(n sale.Notice) bool { return n.ID == hex.EncodeToString(sum[:]) })
}

// kept is what somebody else reads of the notices on the card.
func (b *doorbell) kept() []sale.Notice {
	r, err := store.OpenReader(b.h.path())
	if err != nil {
		b.h.blame(err.Error())
		return nil
	}
	list, err := r.Notices(context.Background(), 0)
	if err = errors.Join(err, r.Close()); err != nil {
		b.h.blame(err.Error())
	}
	return list
}

func (b *doorbell) letters() []letter {
	b.h.mu.Lock()
	defer b.h.mu.Unlock()
	return slices.Clone(b.came)
}

// again rings with bytes that came before, or that somebody else wrote.
func (b *doorbell) again(t *testing.T, body []byte) (taken bool) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, "https://kiosk.invalid/notify/v2", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return b.deliver(t, r)
}

func (b *doorbell) deliver(t *testing.T, r *http.Request) (taken bool) {
	t.Helper()
	res, err := b.ring(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	came := b.letters()
	return came[len(came)-1].taken
}

// digest is everything that the book says of orders, moves, shelves, doubts and alarms.
func (h *house) digest(t *testing.T) string {
	t.Helper()
	b := h.now().book
	entries, err := b.List(context.Background(), 0, "")
	past, err2 := b.Recall(context.Background())
	alarms, err3 := b.Alarms(context.Background(), 0)
	text, err4 := json.Marshal([]any{entries, past.Shelves, past.Doubts, past.Next, alarms})
	if err := errors.Join(err, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// newest is the order that was born last.
func (h *house) newest(t *testing.T) sale.Order {
	t.Helper()
	list, err := h.now().book.List(context.Background(), 1, "")
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
	if said := p.phone("pay"); said != sim.PhonePaid {
		t.Fatalf("a customer cannot pay: %q", said)
	}
	h.ends(t, no)
	return h.newest(t)
}

func (h *house) ends(t *testing.T, no sale.No) sale.Order {
	t.Helper()
	var o sale.Order
	h.until(3*time.Hour, func() bool {
		found, _, err := h.now().book.Find(context.Background(), no)
		o = found
		return err == nil && o.State.Over()
	})
	time.Sleep(15 * time.Second) // the thanks leave the glass
	return o
}

// noticeCase is one way a genuine notice may come.
type noticeCase struct {
	name  string
	set   func(h *house)
	do    func(t *testing.T, h *house, b *doorbell) sale.No
	end   sale.State
	came  int // how often it was posted
	kept  int
	count string // a counter that must be 1
}

var noticeCases = []noticeCase{
	{name: "before the order's answer", end: sale.Sold, came: 1, kept: 1, count: "good",
		set: func(h *house) { h.script("unifiedorder", sim.Trouble{Then: "pay", Late: 4 * time.Second}) },
		do: func(t *testing.T, h *house, b *doorbell) sale.No {
			(&person{h: h}).press(1, time.Minute)
			h.until(3*time.Second, func() bool { return len(b.letters()) > 0 })
			if o := h.newest(t); len(b.letters()) != 1 || o.State != sale.Asking {
				t.Errorf("the notice did not overtake the answer: %d came, the order is %s", len(b.letters()), o.State)
			}
			return h.newest(t).No
		}},
	{name: "twice at once", end: sale.Sold, came: 2, kept: 1,
		set: func(h *house) { h.script("notice", sim.Trouble{Twice: "together"}) },
		do:  func(t *testing.T, h *house, _ *doorbell) sale.No { return h.buys(t).No }},
	{name: "after close", end: sale.Refunded, came: 1, kept: 1, count: "good",
		// The queries are answered by a place that believes the order closed; the phones are not.
		set: func(h *house) {
			h.gate.Script = func(c sim.Call) *sim.Trouble {
				if c.Endpoint == "orderquery" && !anyPaid(h) {
					return &sim.Trouble{State: "CLOSED"}
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
			if said := p.phone("pay"); said != sim.PhonePaid {
				t.Errorf("nobody paid late: %q", said)
			}
			if !h.until(time.Minute, func() bool { return h.newest(t).State == sale.Refunded }) {
				t.Errorf("a minute after the notice the money has not gone back: %s", h.newest(t).State)
			}
			return no
		}},
	{name: "another transaction id", end: sale.Sold, came: 2, kept: 2, count: "transaction_differs",
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
	{name: "replayed a day later", end: sale.Sold, came: 4, kept: 1,
		set: func(h *house) {},
		do: func(t *testing.T, h *house, b *doorbell) sale.No {
			o := h.buys(t)
			time.Sleep(24 * time.Hour)
			before, old := h.digest(t), b.letters()[0].body
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
	{name: "for another merchant", end: sale.Sold, came: 2, kept: 1, count: "ids",
		set: func(h *house) { h.sign = "MD5" },
		do: func(t *testing.T, h *house, b *doorbell) sale.No {
			p := h.shopper(t)
			o, before := h.newest(t), h.digest(t)
			// Another merchant with the same key, who truly was paid for an order of the same number.
			other := &sim.Gateway{AppID: appID, MchID: "1000000000", Key: secret, Seed: 5, Rules: sim.Rules{Plain: true}}
			if err := other.Plant(sim.Plant{Kind: "paid", OutTradeNo: string(o.No), Fen: int64(o.Fen)}); err != nil {
				t.Fatal(err)
			}
			r, err := other.Notice(string(o.No), "")
			if err != nil {
				t.Fatal(err)
			}
			if b.deliver(t, r) || h.digest(t) != before {
				t.Error("a payment to another merchant counts here")
			}
			if said := p.phone("pay"); said != sim.PhonePaid {
				t.Errorf("after it the customer cannot pay: %q", said)
			}
			return o.No
		}},
}

// script lets one trouble befall the first call of an endpoint.
func (h *house) script(endpoint string, t sim.Trouble) {
	h.gate.Script = func(c sim.Call) *sim.Trouble {
		if c.Endpoint == endpoint && c.Nth == 1 {
			return &t
		}
		return nil
	}
}

// anyPaid tells whether anybody has paid yet.
func anyPaid(h *house) bool {
	return slices.ContainsFunc(h.gate.Orders(), func(o sim.GatewayOrder) bool { return o.TransactionID != "" })
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
	for _, c := range noticeCases {
		h := newHouse(folder(t), 11)
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
		if o.State != c.end || len(came) != c.came || len(kept) != c.kept || c.count != "" && counts[c.count] != 1 {
			t.Errorf("%s: the order is %s, want %s; %d came, want %d; %d kept, want %d; %v", c.name, o.State, c.end, len(came), c.came, len(kept), c.kept, counts)
		}
		t.Logf("v2 | %-26s | posted %d | kept %d | order %-8s | book and gateway agree: %v", c.name, len(came), len(kept), o.State, !t.Failed())
	}
}

// TestForgedNoticesChangeNothing rings with every notice a thief can write, while one customer stands before an
// unpaid code, one has bought and one has the money back.
func TestForgedNoticesChangeNothing(t *testing.T) {
	h := newHouse(folder(t), 12)
	h.choice = 10 * time.Minute
	forged, stopped := 0, false
	synctest.Test(t, func(t *testing.T) {
		b, stop := h.bell()
		if err := h.open(); err != nil {
			t.Fatal(err)
		}
		defer h.shut()
		defer stop()
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
		try := func(kind, how string, genuine bool, r *http.Request, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			before, kept := h.digest(t), len(b.kept())
			taken := b.deliver(t, r)
			time.Sleep(3 * time.Second) // a nudge would have been followed by now
			same := h.digest(t) == before
			if !same || taken && !genuine || !genuine && len(b.kept()) != kept {
				t.Errorf("%s %s: taken %v, kept %d, book the same %v: a thief gets goods or money", kind, how, taken, len(b.kept())-kept, same)
			}
			if !taken {
				forged++
			}
			t.Logf("v2 | %-14s | %-16s | taken %-5v | book the same: %v", kind, how, taken, same)
		}
		for _, how := range sim.NoticeForgeriesV2 {
			r, err := h.gate.Notice(string(open.No), how)
			try("payment", how, how == "replay", r, err)
		}
		for _, how := range sim.RefundForgeriesV2 {
			r, err := h.gate.RefundNotice(back.RefundNo, how)
			try("refund", how, false, r, err)
		}
		r, err := h.gate.RefundNotice(back.RefundNo, "")
		try("refund", "genuine", true, r, err)
		if said := p.phone("pay"); said != sim.PhonePaid {
			t.Errorf("after all this the customer cannot pay: %q", said)
		}
		if o := h.ends(t, open.No); o.State != sale.Sold {
			t.Errorf("after all this an honest order is %s", o.State)
		}
		stopped = h.settle(4 * time.Hour)
	})
	lost(t, h.judge(func(sale.No) bool { return false }))
	if forged < 12 || !stopped {
		t.Errorf("%d forgeries were refused, settled %v", forged, stopped)
	}
	t.Logf("%d forged notices refused, the book's digest unchanged by each", forged)
}
