package house_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"kiosk/pay"
	"kiosk/sale"
	"kiosk/store"
	"kiosk/web"
)

// doorbell is the way of a gateway's notices into the house: what the program wires, on the house's own book.
type doorbell struct {
	h    *house
	in   *pay.Notices
	door http.Handler
	slow time.Duration // how long the card takes before it keeps a notice; under h.mu
	came []letter      // under h.mu
}

// letter is what came, and what became of it.
type letter struct {
	head   http.Header
	body   []byte
	status int
	taken  bool
}

// bell puts a doorbell on the house. The gateway rings it while the test lasts; stop waits for the last ring.
func (h *house) bell() (b *doorbell, stop func()) {
	b = &doorbell{h: h}
	b.in = &pay.Notices{Payee: h.payee(), Order: func(ctx context.Context, no sale.No) (sale.Order, bool, error) {
		l := h.now()
		if l == nil {
			return sale.Order{}, false, errDark
		}
		return l.book.FindOrder(ctx, no)
	}}
	b.door = b.in.WebhookV2(b.take, web.RemoteAddr)
	b.in.Key = h.key()
	if h.api() == "v3" {
		b.in.Key, b.in.APIv3Key, b.in.Verify = "", h.key(), b.verify
		b.door = b.in.WebhookV3(b.take, web.RemoteAddr)
	}
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

// verify asks the room that speaks to the gateway: it holds the keys.
func (b *doorbell) verify(ctx context.Context, serial, sign string, message []byte) error {
	l := b.h.now()
	if l == nil {
		return errDark
	}
	return l.gateway.(*pay.V3).Verify(ctx, serial, sign, message)
}

func (b *doorbell) read(ctx context.Context, head http.Header, body []byte) (sale.Notice, error) {
	if b.h.api() == "v3" {
		return b.in.V3(ctx, head, body)
	}
	return b.in.V2(ctx, body)
}

// take keeps a notice before it is answered, as the program does.
func (b *doorbell) take(ctx context.Context, head http.Header, body []byte) error {
	n, err := b.read(ctx, head, body)
	l := b.h.now()
	if l == nil {
		return errDark
	}
	if errors.Is(err, pay.ErrNotYet) {
		l.clerk.Post(sale.Nudged{No: n.No, Unknown: true})
	}
	if err != nil {
		return err
	}
	b.h.mu.Lock()
	slow := b.slow
	b.h.mu.Unlock()
	time.Sleep(slow) // a card that is busy hears no deadline
	err = ledger{l}.do(func() error { _, err := l.book.KeepNotice(ctx, n); return err })
	if err != nil {
		return err
	}
	o, known, err := l.book.FindOrder(ctx, n.No)
	if err == nil {
		l.clerk.Post(sale.Nudged{No: n.No, Unknown: !known, Known: &o})
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
	if b.h.api() == "v3" {
		taken = w.Code == http.StatusOK || w.Code == http.StatusNoContent // the status alone says it
	}
	if taken && !b.keeps(body) {
		b.h.blame("a notice was acknowledged that is not in the book: after a power cut nobody knows of it")
	}
	b.h.mu.Lock()
	b.came = append(b.came, letter{r.Header, body, w.Code, taken})
	b.h.mu.Unlock()
	return w.Result(), nil
}

func (b *doorbell) keeps(body []byte) bool {
	id := ""
	if b.h.api() == "v3" { // its messages have a number of their own
		var envelope struct{ ID string }
		if json.Unmarshal(body, &envelope) != nil || envelope.ID == "" {
			return false
		}
		id = envelope.ID
	} else { // its number is made of what it says; another reader, for this one counts
		n, err := (&pay.Notices{Payee: b.in.Payee, Key: b.in.Key, Order: b.in.Order}).V2(context.Background(), body)
		if err != nil {
			return false
		}
		id = n.ID
	}
	return slices.ContainsFunc(b.kept(), func(n sale.Notice) bool { return n.ID == id && n.API == b.h.api() })
}

// kept is what somebody else reads of the notices on the card.
func (b *doorbell) kept() []sale.Notice {
	r, err := store.OpenReader(b.h.path())
	if err != nil {
		b.h.blame(err.Error())
		return nil
	}
	list, err := r.ListNotices(context.Background(), 0)
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

// again rings with a letter that came before, byte for byte.
func (b *doorbell) again(t *testing.T, old letter) (taken bool) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, "https://kiosk.invalid/notify", bytes.NewReader(old.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = old.head.Clone()
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
