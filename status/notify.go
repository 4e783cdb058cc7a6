package status

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"kiosk/web"
)

const (
	noticeBytes  = 64 << 10
	noticeRead   = 3 * time.Second        // for its sender to say all of it
	noticeTake   = 900 * time.Millisecond // for us to store it: the gateway is answered within a second
	noticesOpen  = 32                     // being stored at once, hung ones too
	noticesEach  = 20                     // a second, from one address
	noticesTotal = 100                    // a second, from everybody
)

// Take makes a notice durable. Only when it returns nil is the gateway told that we have it. An error with a
// method Refused() bool that says true is the sender's fault; any other is ours, and the notice is to come again.
type Take func(ctx context.Context, head http.Header, body []byte) error

// NotifyV2 answers the notices of API v2 in its words.
func NotifyV2(take Take) http.Handler { return newNotify(take, answerV2) }

// NotifyV3 answers the notices of API v3 in its words.
func NotifyV3(take Take) http.Handler { return newNotify(take, answerV3) }

func newNotify(take Take, answer func(http.ResponseWriter, int)) *notify {
	n := &notify{take: take, answer: answer, seats: make(chan struct{}, noticesOpen), counts: map[string]int{}}
	for _, why := range []string{"method", "flood", "size", "cut", "full", "slow", "broke"} {
		n.counts[why] = 0
	}
	return n
}

type notify struct {
	take   Take
	answer func(w http.ResponseWriter, status int)
	seats  chan struct{}

	mu    sync.Mutex
	since time.Time // the second that is counted
	from  map[netip.Addr]int
	total int

	counts map[string]int // what the door itself turned away, by why
}

// Counts tells how many notices the door turned away before anybody read them, or because nobody did in time.
func (n *notify) Counts() map[string]int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return maps.Clone(n.counts)
}

// refuse counts why, and answers.
func (n *notify) refuse(w http.ResponseWriter, why string, status int) {
	n.count(why)
	n.answer(w, status)
}

func (n *notify) count(why string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.counts[why]++
}

func (n *notify) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		n.refuse(w, "method", http.StatusMethodNotAllowed)
		return
	}
	if !n.room(web.RemoteAddr(r)) {
		w.Header().Set("Retry-After", "15")
		n.refuse(w, "flood", http.StatusTooManyRequests)
		return
	}
	// Whoever cannot be given a deadline, as in a test, is read without one.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(noticeRead))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, noticeBytes))
	if long := (*http.MaxBytesError)(nil); errors.As(err, &long) {
		n.refuse(w, "size", http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		n.refuse(w, "cut", http.StatusBadRequest)
		return
	}
	select {
	case n.seats <- struct{}{}:
	default:
		n.refuse(w, "full", http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), noticeTake)
	defer cancel()
	select {
	case err := <-n.begin(ctx, r.Header.Clone(), body):
		n.answer(w, outcome(err))
	case <-ctx.Done():
		n.refuse(w, "slow", http.StatusInternalServerError)
	}
}

// begin takes a notice beside its answer, for a write under way cannot be called back: one that is stored after we
// said that it is not only comes once more. Whoever hangs keeps the seat.
func (n *notify) begin(ctx context.Context, head http.Header, body []byte) <-chan error {
	over := make(chan error, 1)
	go func() {
		defer func() {
			if why := recover(); why != nil { // as the server does for its handlers
				n.count("broke")
				over <- fmt.Errorf("take the notice: %v", why)
			}
			<-n.seats
		}()
		over <- n.take(ctx, head, body)
	}()
	return over
}

func outcome(err error) int {
	refused, ok := errors.AsType[interface {
		error
		Refused() bool
	}](err)
	switch {
	case err == nil:
		return http.StatusOK
	case ok && refused.Refused():
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}

// room counts the notices of this second. A flood is turned away before anything is computed.
func (n *notify) room(from netip.Addr) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if now := time.Now(); n.from == nil || now.Sub(n.since) >= time.Second {
		n.since, n.from, n.total = now, map[netip.Addr]int{}, 0
	}
	if n.total >= noticesTotal || n.from[from] >= noticesEach {
		return false
	}
	n.total++
	n.from[from]++
	return true
}

// answerV2 says no more than yes or no: which check failed is nobody's business out there.
func answerV2(w http.ResponseWriter, status int) {
	code, text := "FAIL", "FAIL"
	if status == http.StatusOK {
		code, text = "SUCCESS", "OK"
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(status)
	io.WriteString(w, "<xml><return_code><![CDATA["+code+"]]></return_code><return_msg><![CDATA["+text+"]]></return_msg></xml>")
}

func answerV3(w http.ResponseWriter, status int) {
	if status == http.StatusOK {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	io.WriteString(w, `{"code":"FAIL","message":"`+http.StatusText(status)+`"}`)
}

// besides lets the gateway's notices in past the guard: they come under another name than the page, from no
// browser, and prove themselves by their signature.
func (p *Page) besides(page http.Handler) http.Handler {
	doors := map[string]http.Handler{"/notify/v2": p.NotifyV2, "/notify/v3": p.NotifyV3}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		door := doors[r.URL.Path]
		if door == nil {
			page.ServeHTTP(w, r)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		door.ServeHTTP(w, r)
	})
}
